// A configuration is applied, not merged: `base` first, then the file's own keys, then each --set,
// all onto one struct. So every file is checked by itself and an error names the file that holds
// it.

#include "vernier/experiment/config.h"

#include "vernier/base/files.h"
#include "vernier/base/table.h"
#include "vernier/experiment/yaml_map.h"

namespace vernier {
namespace {

void read_options(YamlMap& map, CalibOptions& options) {
  calib_option_fields([&](const std::string& key, auto member, auto least, auto most) {
    map.take(key, options.*member);
    const bool in_range = options.*member >= least && options.*member <= most;  // no NaN is
    if (!in_range) map.at(key).wrong(fmt::format("{} to {}", least, most));
  });
  map.take("compat", options.compat);
}

void read(const YamlNode& from, TensorConfig& config) {
  YamlMap map(from);
  map.take("bits", config.bits);
  if (config.bits && (*config.bits < 2 || *config.bits > 16)) map.at("bits").wrong("2 to 16");
  map.take("calibrator", config.calibrator);
  if (from.key == "activations") map.take("inputs", config.inputs);
  read_options(map, config.options);
  map.take("granularity", config.granularity);
  map.done();
}

/// The width that a map such as `weights: {bits: 4}` gives to a layer.
std::optional<int> read_layer_bits(YamlMap& layer, const std::string& key) {
  if (!layer.has(key)) return std::nullopt;
  YamlMap map(layer.at(key));
  std::optional<int> bits;
  map.take("bits", bits);
  if (bits && (*bits < 2 || *bits > 16)) map.at("bits").wrong("2 to 16");
  map.done();
  return bits;
}

void read_layers(const YamlNode& from, std::vector<LayerConfig>& layers) {
  if (!from.node.IsMap()) from.wrong("a map from node names to what holds for them");
  layers.clear();
  for (const auto& entry : from.node) {
    LayerConfig layer = {.pattern = entry.first.Scalar()};
    YamlMap map({entry.second, from.file, from.key + '.' + layer.pattern});
    layer.weight_bits = read_layer_bits(map, "weights");
    layer.activation_bits = read_layer_bits(map, "activations");
    map.take("skip", layer.skip);
    map.done();
    layers.push_back(layer);
  }
}

void read_shapes(const YamlNode& from, std::map<std::string, Shape>& shapes) {
  if (!from.node.IsMap()) from.wrong("a map from input names to shapes");
  for (const auto& entry : from.node) {
    const std::string name = entry.first.Scalar();
    vernier::read(YamlNode{entry.second, from.file, from.key + '.' + name}, shapes[name]);
  }
}

constexpr int deepest_base = 8;

void apply(Experiment& experiment, const YamlNode& top, int depth) {
  YamlMap map(top);
  std::string base;
  map.take("base", base);
  if (!base.empty()) {
    if (depth == deepest_base)
      map.at("base").wrong(
          fmt::format("a chain of at most {} files (is it a circle?)", deepest_base));
    const auto path = std::filesystem::path(top.file).parent_path() / base;
    apply(experiment, parse_yaml(read_text(path), path.string()), depth + 1);
  }
  map.take("model", experiment.model);
  if (map.has("shapes")) read_shapes(map.at("shapes"), experiment.shapes);
  map.take("profile", experiment.profile);
  map.take("preprocess", experiment.preprocess);
  map.take("calibration", experiment.calibration);
  map.take("validation", experiment.validation);
  if (map.has("validation")) YamlMap(map.at("validation")).take("metric", experiment.metric);
  if (map.has("weights")) read(map.at("weights"), experiment.weights);
  if (map.has("activations")) read(map.at("activations"), experiment.activations);
  if (map.has("layers")) read_layers(map.at("layers"), experiment.layers);
  map.take("methods", experiment.methods);
  map.take("effort", experiment.effort);
  map.take("memory", experiment.memory);
  map.take("export", experiment.exports);
  map.take("skip_passes", experiment.skipped_passes);
  map.take("seed", experiment.seed);
  map.done();
}

/// Those that were changed: most calibrators read none.
void write_options(YAML::Emitter& out, const CalibOptions& options) {
  const CalibOptions defaults;
  calib_option_fields([&](const char* key, auto member, auto, auto) {
    if (options.*member == defaults.*member) return;
    out << YAML::Key << key << YAML::Value << options.*member;
  });
  if (options.compat != defaults.compat)
    out << YAML::Key << "compat" << YAML::Value << std::string(enum_name(options.compat));
}

void write_tensors(YAML::Emitter& out, const char* key, const TensorConfig& config) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginMap;
  if (config.bits) out << YAML::Key << "bits" << YAML::Value << *config.bits;
  out << YAML::Key << "calibrator" << YAML::Value << config.calibrator;
  if (!config.inputs.empty()) out << YAML::Key << "inputs" << YAML::Value << config.inputs;
  write_options(out, config.options);
  if (config.granularity) {
    out << YAML::Key << "granularity" << YAML::Value << std::string(enum_name(*config.granularity));
  }
  out << YAML::EndMap;
}

void write_layer(YAML::Emitter& out, const LayerConfig& layer) {
  const auto bits = [&](const char* key, std::optional<int> value) {
    if (!value) return;
    out << YAML::Key << key << YAML::Value << YAML::BeginMap << YAML::Key << "bits" << YAML::Value
        << *value << YAML::EndMap;
  };
  out << YAML::Key << layer.pattern << YAML::Value << YAML::Flow << YAML::BeginMap;
  bits("weights", layer.weight_bits);
  bits("activations", layer.activation_bits);
  if (layer.skip) out << YAML::Key << "skip" << YAML::Value << true;
  out << YAML::EndMap;
}

}  // namespace

YamlNode parse_yaml(const std::string& text, const std::string& file) {
  try {
    return {YAML::Load(text), file, ""};
  } catch (const YAML::Exception& error) {
    fail("{}:{}: not YAML: {}", file, error.mark.line + 1, error.msg);
  }
}

void apply_file(Experiment& experiment, const std::filesystem::path& path) {
  apply(experiment, parse_yaml(read_text(path), path.string()), 0);
}

void apply_setting(Experiment& experiment, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0)
    fail("--set {}: expected key.path=value", setting);
  // A key path is a map in a map: weights.bits=4 is {weights: {bits: 4}}.
  std::string text;
  std::string closing;
  const std::string path = setting.substr(0, equals);
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    text += fmt::format("{{{}: ", path.substr(begin, end - begin));
    closing += '}';
    begin = end + 1;
  }
  apply(experiment, parse_yaml(text + setting.substr(equals + 1) + closing, "--set " + setting), 0);
}

std::string to_yaml(const Experiment& experiment) {
  YAML::Emitter out;
  out.SetFloatPrecision(9);
  out.SetDoublePrecision(15);  // 2.4, not 2.3999999999999999
  out << YAML::BeginMap;
  out << YAML::Key << "model" << YAML::Value << experiment.model;
  if (!experiment.shapes.empty()) {
    out << YAML::Key << "shapes" << YAML::Value << YAML::Flow << experiment.shapes;
  }
  out << YAML::Key << "profile" << YAML::Value << experiment.profile;
  if (experiment.preprocess) {
    out << YAML::Key << "preprocess" << YAML::Value;
    write(out, *experiment.preprocess);
  }
  if (experiment.calibration) {
    out << YAML::Key << "calibration" << YAML::Value;
    write(out, *experiment.calibration, "");
  }
  if (experiment.validation) {
    out << YAML::Key << "validation" << YAML::Value;
    write(out, *experiment.validation, experiment.metric);
  }
  write_tensors(out, "weights", experiment.weights);
  write_tensors(out, "activations", experiment.activations);
  if (!experiment.layers.empty()) {
    out << YAML::Key << "layers" << YAML::Value << YAML::BeginMap;
    for (const LayerConfig& layer : experiment.layers) write_layer(out, layer);
    out << YAML::EndMap;
  }
  if (experiment.methods)
    out << YAML::Key << "methods" << YAML::Value << YAML::Flow << *experiment.methods;
  out << YAML::Key << "effort" << YAML::Value << std::string(enum_name(experiment.effort));
  out << YAML::Key << "memory" << YAML::Value << experiment.memory;
  out << YAML::Key << "export" << YAML::Value << YAML::Flow << experiment.exports;
  out << YAML::Key << "skip_passes" << YAML::Value << YAML::Flow << experiment.skipped_passes;
  out << YAML::Key << "seed" << YAML::Value << experiment.seed;
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace vernier
