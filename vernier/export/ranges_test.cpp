// Every format through a reader of its own, which takes nothing from the writer but the format; and
// back: a network that is given what was read writes the same file.

#include "vernier/export/ranges.h"

#include <cmath>
#include <functional>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/base/random.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

using Json = nlohmann::json;
using Writer = void (*)(const Exported&, const std::filesystem::path&);

/// A layer with the given parameters of its input (and output) and of its weight.
QuantGraph layer(const std::string& activation, const std::string& weight) {
  return quant_graph_from_text(
      fmt::format("input x: f32[1,1,2,2]\n"
                  "const w: f32[2,1,1,1] = [1 -0.5]\n"
                  "const b: f32[2] = [0.25 0]\n"
                  "y = Conv(x, w, b)  # name: conv\n"
                  "z = Conv(y, w, b) group=2  # name: last\n"
                  "return z\n"
                  "point x: {0}\n"
                  "point y: {0}\n"
                  "point w: {1}\n",
                  activation, weight));
}

const std::string u8 = "range=[0,255] symmetric=false scale=[0.05] zero_point=[113]";
const std::string s8 = "range=[-127,127] scale=[0.25] zero_point=[0]";
const std::string per_channel =
    "range=[-127,127] granularity=per_channel scale=[0.125,0.3] zero_point=[0,0]";
const std::string per_tensor = "range=[-127,127] scale=[0.125] zero_point=[0]";

std::string written(Writer write, const QuantGraph& model) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / fmt::format("vernier_ranges_{}", getpid());
  const IntegerGraph integers = lower(model);
  write({model.graph, model, integers}, path);
  std::string text = read_text(path);
  std::filesystem::remove(path);
  return text;
}

std::string error_of(Writer write, const QuantGraph& model) {
  try {
    written(write, model);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// Scale and zero point of unsigned integers from the two ends of their range.
QuantParams from_ends(double lo, double hi, int bits) {
  const double scale = (hi - lo) / (std::exp2(bits) - 1);
  return {static_cast<float>(scale), static_cast<std::int32_t>(std::nearbyint(-lo / scale))};
}

TEST(Ranges, TensorRtReadsTheLargestMagnitude) {
  const Json json = Json::parse(written(write_tensorrt_ranges, layer(s8, per_channel)));
  const Json& ranges = json.at("tensorrt").at("blob_range");
  ASSERT_EQ(ranges.size(), 2U) << "x and y, no weights";
  for (const char* name : {"x", "y"}) EXPECT_FLOAT_EQ(ranges.at(name).get<float>() / 127, 0.25F);
  EXPECT_NE(error_of(write_tensorrt_ranges, layer(u8, per_channel)).find("--profile tensorrt"),
            std::string::npos);
}

TEST(Ranges, SnpeReadsTheEnds) {
  const Json json = Json::parse(written(write_snpe_encodings, layer(u8, per_tensor)));
  for (const char* name : {"x", "y"}) {
    const Json& encoding = json.at("activation_encodings").at(name).at(0);
    EXPECT_EQ(encoding.at("bitwidth"), 8);
    const QuantParams params = from_ends(encoding.at("min"), encoding.at("max"), 8);
    EXPECT_NEAR(params.scale, 0.05F, 1e-7F) << name;
    EXPECT_EQ(params.zero_point, 113) << name;
  }
  const Json& weight = json.at("param_encodings").at("w").at(0);
  EXPECT_EQ(weight.at("max").get<float>(), 127 * 0.125F);
  EXPECT_EQ(weight.at("min").get<float>(), -127 * 0.125F);
}

/// The text form of a protobuf message, as far as records need it: `name {`, `name: value`, `}`.
std::map<std::string, std::vector<std::pair<std::string, std::string>>> read_records(
    const std::string& text) {
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> records;
  std::istringstream lines(text);
  std::string key;
  int depth = 0;
  for (std::string word; lines >> word;) {
    if (word == "record" || word == "value") {
      EXPECT_TRUE(lines >> word && word == "{");
      ++depth;
    } else if (word == "}") {
      --depth;
    } else {
      EXPECT_EQ(word.back(), ':') << word;
      std::string value;
      lines >> value;
      if (word == "key:") {
        key = value.substr(1, value.size() - 2);
      } else {
        records[key].emplace_back(word, value);
      }
    }
  }
  EXPECT_EQ(depth, 0);
  return records;
}

TEST(Ranges, AnAclRecordHasEveryLayer) {
  const auto records = read_records(written(write_acl_record, layer(u8, per_channel)));
  ASSERT_EQ(records.size(), 2U);
  using Field = std::pair<std::string, std::string>;
  const std::vector<Field> expected = {{"scale_d:", "0.05"},  {"offset_d:", "-15"},
                                       {"scale_w:", "0.125"}, {"scale_w:", "0.3"},
                                       {"offset_w:", "0"},    {"offset_w:", "0"}};
  EXPECT_EQ(records.at("conv"), expected);
  EXPECT_EQ(records.at("last"), expected);
}

TEST(Ranges, PplReadsStepAndZeroPoint) {
  const Json json = Json::parse(written(write_ppl_ranges, layer(u8, per_tensor)));
  const Json& x = json.at("ppl").at("x");
  EXPECT_EQ(x.at("step").get<float>(), 0.05F);
  EXPECT_EQ(x.at("zero_point"), 113);
  EXPECT_EQ(x.at("bit"), 8);
  EXPECT_EQ(x.at("type"), "biased");
  const QuantParams params = from_ends(x.at("min"), x.at("max"), x.at("bit"));
  EXPECT_NEAR(params.scale, 0.05F, 1e-7F);
  EXPECT_EQ(params.zero_point, 113);
  EXPECT_NE(error_of(write_ppl_ranges, layer(u8, per_channel)).find("one scale a tensor"),
            std::string::npos);
}

TEST(Ranges, VitisReadsPowersOfTwo) {
  const Json json = Json::parse(written(write_vitis_scales, layer(s8, per_tensor)));
  EXPECT_EQ(json.at("vitis").at("x").at("scale").get<float>(), 0.25F);
  EXPECT_EQ(json.at("vitis").at("w").at("scale").get<float>(), 0.125F);
  EXPECT_NE(error_of(write_vitis_scales, layer(u8, per_tensor)).find("power of two"),
            std::string::npos);
}

using Read = std::map<std::string, std::vector<QuantParams>>;

Read read_tensorrt(const std::string& text) {
  Read read;
  const Json json = Json::parse(text);
  for (const auto& [name, most] : json.at("tensorrt").at("blob_range").items())
    read[name] = {{static_cast<float>(most.get<double>() / 127), 0}};
  return read;
}

Read read_snpe(const std::string& text) {
  Read read;
  const Json json = Json::parse(text);
  for (const char* kind : {"activation_encodings", "param_encodings"}) {
    for (const auto& [name, encodings] : json.at(kind).items()) {
      for (const Json& each : encodings)
        read[name].push_back(from_ends(each.at("min"), each.at("max"), each.at("bitwidth")));
    }
  }
  return read;
}

/// By layer in the file; its input and its weight here.
Read read_acl(const std::string& text) {
  const std::map<std::string, std::pair<std::string, std::string>> operands = {
      {"conv", {"x", "w"}}, {"last", {"y", "w"}}};
  Read read;
  for (const auto& [key, fields] : read_records(text)) {
    std::map<std::string, std::vector<double>> numbers;
    for (const auto& [field, value] : fields) numbers[field].push_back(std::stod(value));
    const auto params = [&](const std::string& kind, std::int32_t shift) {
      std::vector<QuantParams> all;
      for (std::size_t i = 0; i < numbers.at("scale_" + kind).size(); ++i) {
        all.push_back({static_cast<float>(numbers.at("scale_" + kind)[i]),
                       static_cast<std::int32_t>(numbers.at("offset_" + kind).at(i)) + shift});
      }
      return all;
    };
    read[operands.at(key).first] = params("d:", 128);
    read[operands.at(key).second] = params("w:", 0);
  }
  return read;
}

Read read_ppl(const std::string& text) {
  Read read;
  const Json json = Json::parse(text);
  for (const auto& [name, each] : json.at("ppl").items())
    read[name] = {{each.at("step").get<float>(), each.at("zero_point").get<std::int32_t>()}};
  return read;
}

Read read_vitis(const std::string& text) {
  Read read;
  const Json json = Json::parse(text);
  for (const auto& [name, each] : json.at("vitis").items())
    read[name] = {{each.at("scale").get<float>(), 0}};
  return read;
}

struct Format {
  std::string name;
  Writer write;
  Read (*read)(const std::string&);
  std::string activation;
  std::string weight;
};

/// Any parameters of the kind that the points have.
Read random_params(const QuantGraph& model, bool powers_of_two, Random& random) {
  Read params;
  for (const auto& [id, point] : model.points) {
    for (const QuantParams& each : point.params) {
      const double exponent = -12.0 * random.uniform();
      params[model.graph[id].name].push_back(
          {static_cast<float>(std::exp2(powers_of_two ? std::floor(exponent) : exponent)),
           each.zero_point == 0 ? 0 : static_cast<std::int32_t>(random.below(256))});
    }
  }
  return params;
}

/// What a file does not say stays as it is.
QuantGraph with_params(QuantGraph model, const Read& params) {
  for (auto& [id, point] : model.points) {
    const auto found = params.find(model.graph[id].name);
    if (found != params.end()) point.params = found->second;
  }
  return model;
}

TEST(Ranges, EveryFileComesBackAsItWas) {
  const std::vector<Format> formats = {
      {"tensorrt", write_tensorrt_ranges, read_tensorrt, s8, per_channel},
      {"acl", write_acl_record, read_acl, u8, per_channel},
      {"ppl", write_ppl_ranges, read_ppl, u8, per_tensor},
      {"vitis", write_vitis_scales, read_vitis, s8, per_tensor}};
  Random random(1);
  for (const Format& format : formats) {
    const QuantGraph plain = layer(format.activation, format.weight);
    for (int i = 0; i < 10; ++i) {
      const QuantGraph model =
          with_params(plain, random_params(plain, format.name == "vitis", random));
      const std::string text = written(format.write, model);
      const Read read = format.read(text);
      ASSERT_FALSE(read.empty()) << format.name;
      ASSERT_EQ(written(format.write, with_params(plain, read)), text) << format.name;
    }
  }
}

// Two ends do not say the last bit of a scale.
TEST(Ranges, AnSnpeFileComesBackToTheLastBitOfItsEnds) {
  Random random(2);
  const QuantGraph plain = layer(u8, u8);
  for (int i = 0; i < 10; ++i) {
    const QuantGraph model = with_params(plain, random_params(plain, false, random));
    const std::string text = written(write_snpe_encodings, model);
    const Read read = read_snpe(text);
    ASSERT_EQ(read.size(), 3U);
    const Read again = read_snpe(written(write_snpe_encodings, with_params(plain, read)));
    for (const auto& [name, params] : read) {
      ASSERT_FLOAT_EQ(again.at(name)[0].scale, params[0].scale) << name;
      ASSERT_EQ(again.at(name)[0].zero_point, params[0].zero_point) << name;
    }
  }
}

}  // namespace
}  // namespace vernier
