// Preprocessing steps and data sets in YAML. A step is a map with one key, its kind; a data set is
// a map in which one key names its kind and holds its folder.

#include <ranges>

#include "vernier/base/table.h"
#include "vernier/experiment/yaml_map.h"

namespace vernier {

template <>
struct EnumNames<Filter> {
  static constexpr std::array<std::string_view, 4> names = {"nearest", "bilinear", "bicubic",
                                                            "area"};
};
template <>
struct EnumNames<ChannelOrder> {
  static constexpr std::array<std::string_view, 3> names = {"rgb", "bgr", "grey"};
};

namespace {

/// One number for a square, or [height, width].
ImageSize read_size(const YamlNode& from) {
  if (from.node.IsScalar()) {
    std::int64_t side = 0;
    read(from, side);
    return {side, side};
  }
  std::vector<std::int64_t> sides;
  read(from, sides);
  if (sides.size() != 2) from.wrong("one size, or [height, width]");
  return {sides[0], sides[1]};
}

PreprocessStep read_resize(const YamlNode& from) {
  YamlMap map(from);
  ResizeStep step;
  const int modes =
      (map.has("short_side") ? 1 : 0) + (map.has("size") ? 1 : 0) + (map.has("letterbox") ? 1 : 0);
  if (modes != 1) from.wrong("one of short_side, size, letterbox");
  if (map.has("short_side")) {
    ShortSide side;
    map.take("short_side", side.length);
    step.to = side;
  } else if (map.has("size")) {
    step.to = read_size(map.at("size"));
  } else {
    Letterbox letterbox = {.size = read_size(map.at("letterbox"))};
    map.take("fill", letterbox.fill);
    step.to = letterbox;
  }
  map.take("filter", step.filter);
  map.take("antialias", step.antialias);
  map.done();
  return step;
}

PreprocessStep read_crop(const YamlNode& from) {
  YamlMap map(from);
  if (!map.has("center")) from.wrong("{center: SIZE}");
  const CropStep step = {.center = read_size(map.at("center"))};
  map.done();
  return step;
}

PreprocessStep read_channels(const YamlNode& from) {
  ChannelsStep step;
  read(from, step.order);
  return step;
}

PreprocessStep read_normalize(const YamlNode& from) {
  YamlMap map(from);
  NormalizeStep step;
  map.take("mean", step.mean);
  map.take("std", step.std);
  map.done();
  return step;
}

PreprocessStep read_scale(const YamlNode& from) {
  ScaleStep step;
  read(from, step.factor);
  return step;
}

struct StepKind {
  std::string_view name;
  PreprocessStep (*read)(const YamlNode& from);
};

constexpr std::array step_kinds = {
    StepKind{"resize", read_resize},     StepKind{"crop", read_crop},
    StepKind{"channels", read_channels}, StepKind{"normalize", read_normalize},
    StepKind{"scale", read_scale},
};

void write_size(YAML::Emitter& out, const ImageSize& size) {
  out << YAML::Flow << std::vector<std::int64_t>{size.height, size.width};
}

void write_step(YAML::Emitter& out, const ResizeStep& step) {
  out << YAML::Key << "resize" << YAML::Value << YAML::Flow << YAML::BeginMap;
  if (const auto* side = std::get_if<ShortSide>(&step.to)) {
    out << YAML::Key << "short_side" << YAML::Value << side->length;
  } else if (const auto* size = std::get_if<ImageSize>(&step.to)) {
    out << YAML::Key << "size" << YAML::Value;
    write_size(out, *size);
  } else {
    const auto& letterbox = std::get<Letterbox>(step.to);
    out << YAML::Key << "letterbox" << YAML::Value;
    write_size(out, letterbox.size);
    out << YAML::Key << "fill" << YAML::Value << int{letterbox.fill};
  }
  out << YAML::Key << "filter" << YAML::Value << std::string(enum_name(step.filter));
  out << YAML::Key << "antialias" << YAML::Value << step.antialias << YAML::EndMap;
}

void write_step(YAML::Emitter& out, const CropStep& step) {
  out << YAML::Key << "crop" << YAML::Value << YAML::Flow << YAML::BeginMap << YAML::Key << "center"
      << YAML::Value;
  write_size(out, step.center);
  out << YAML::EndMap;
}

void write_step(YAML::Emitter& out, const ChannelsStep& step) {
  out << YAML::Key << "channels" << YAML::Value << std::string(enum_name(step.order));
}

void write_step(YAML::Emitter& out, const NormalizeStep& step) {
  out << YAML::Key << "normalize" << YAML::Value << YAML::Flow << YAML::BeginMap;
  out << YAML::Key << "mean" << YAML::Value << YAML::Flow << step.mean;
  out << YAML::Key << "std" << YAML::Value << YAML::Flow << step.std << YAML::EndMap;
}

void write_step(YAML::Emitter& out, const ScaleStep& step) {
  out << YAML::Key << "scale" << YAML::Value << step.factor;
}

}  // namespace

void read(const YamlNode& from, Preprocess& preprocess) {
  if (!from.node.IsSequence()) from.wrong("a list of steps, such as [{crop: {center: 224}}]");
  preprocess.steps.clear();
  for (std::size_t i = 0; i < from.node.size(); ++i) {
    const YamlNode entry = {from.node[i], from.file, fmt::format("{}[{}]", from.key, i)};
    YamlMap map(entry);
    if (entry.node.size() != 1) entry.wrong("a map with one key, the kind of the step");
    for (const StepKind& kind : step_kinds) {
      const std::string name(kind.name);
      if (map.has(name)) preprocess.steps.push_back(kind.read(map.at(name)));
    }
    map.done();
  }
  verify(preprocess);
}

void read(const YamlNode& from, DataConfig& data) {
  YamlMap map(from);
  std::vector<std::string_view> named;
  for (const DatasetKind& kind : dataset_kinds()) {
    if (map.has(std::string(kind.name))) named.push_back(kind.name);
  }
  if (named.size() > 1) from.wrong("one kind of data set, not two");
  if (named.empty() && data.options.kind.empty()) {
    from.wrong(
        fmt::format("a key that names the kind of the data set: {}",
                    fmt::join(dataset_kinds() | std::views::transform(&DatasetKind::name), ", ")));
  }
  if (!named.empty()) {  // else it changes what was said before, such as its count
    if (data.options.kind != named[0]) data = {};
    data.options.kind = named[0];
    std::string path;
    map.take(data.options.kind, path);
    data.options.path = path;
  }
  std::string list = data.options.list.string();
  map.take("list", list);
  data.options.list = list;
  map.take("split", data.options.split);
  map.take("count", data.options.count);
  map.take("shuffle_seed", data.options.shuffle_seed);
  map.take("preprocess", data.preprocess);
  map.has("metric");  // read by the experiment
  map.done();
}

void write(YAML::Emitter& out, const Preprocess& preprocess) {
  out << YAML::BeginSeq;
  for (const PreprocessStep& step : preprocess.steps) {
    out << YAML::BeginMap;
    std::visit([&](const auto& each) { write_step(out, each); }, step);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq;
}

void write(YAML::Emitter& out, const DataConfig& data, std::string_view metric) {
  const DatasetOptions& options = data.options;
  out << YAML::BeginMap << YAML::Key << options.kind << YAML::Value << options.path.string();
  if (!options.list.empty()) out << YAML::Key << "list" << YAML::Value << options.list.string();
  if (!options.split.empty()) out << YAML::Key << "split" << YAML::Value << options.split;
  if (options.count) out << YAML::Key << "count" << YAML::Value << *options.count;
  if (options.shuffle_seed)
    out << YAML::Key << "shuffle_seed" << YAML::Value << *options.shuffle_seed;
  if (data.preprocess) {
    out << YAML::Key << "preprocess" << YAML::Value;
    write(out, *data.preprocess);
  }
  if (!metric.empty()) out << YAML::Key << "metric" << YAML::Value << std::string(metric);
  out << YAML::EndMap;
}

std::string to_yaml(const Preprocess& preprocess) {
  YAML::Emitter out;
  out.SetFloatPrecision(9);
  write(out, preprocess);
  return out.c_str();
}

}  // namespace vernier
