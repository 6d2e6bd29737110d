#include "vernier/experiment/config.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

/// Tests run side by side, each in a process: each has a folder.
std::string in_folder(const std::string& name) {
  const auto folder =
      std::filesystem::path(testing::TempDir()) / fmt::format("vernier_config_{}", getpid());
  std::filesystem::create_directories(folder);
  return folder / name;
}

std::string written(const std::string& name, const std::string& text) {
  std::string path = in_folder(name);
  std::ofstream(path, std::ios::binary) << text;  // not write_text, which waits for the disk
  return path;
}

std::string error_of(const std::string& text) {
  try {
    Experiment experiment;
    apply_file(experiment, written("vernier_config_bad.yaml", text));
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

constexpr std::string_view whole = R"(model: m.onnx
shapes: {input: [1, 3, 224, 224]}
profile: openvino
preprocess:
  - resize: {short_side: 256, filter: bilinear, antialias: true}
  - crop: {center: 224}
  - channels: bgr
  - normalize: {mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]}
  - scale: 0.5
calibration: {images: calib/, list: calib.txt, count: 1024, shuffle_seed: 0}
validation:
  images: val/
  metric: top5
  preprocess: [{resize: {letterbox: [416, 300], fill: 114}}]
weights: {bits: 4, calibrator: minmax, granularity: per_tensor}
activations: {bits: 7, calibrator: mse, power: 2.4, quantile: 0.99999, sides: 1, compat: mqbench}
layers: {"conv1|fc": {weights: {bits: 8}}, "head/*": {skip: true}}
effort: high
export: [plan, onnx]
seed: 3
)";

TEST(Config, AWholeOneReadsBackEqual) {
  Experiment first;
  apply_file(first, written("vernier_config.yaml", std::string(whole)));
  EXPECT_EQ(first.metric, "top5");
  EXPECT_EQ(first.weights.bits, 4);
  EXPECT_EQ(first.activations.options.power, 2.4);
  EXPECT_EQ(first.activations.options.compat, Compat::mqbench);
  EXPECT_EQ(first.weights.options, CalibOptions{});
  EXPECT_EQ(first.layers.size(), 2U);
  EXPECT_EQ(first.effort, Effort::high);
  EXPECT_TRUE(first.layers[1].skip);
  EXPECT_EQ(first.shapes.at("input"), (Shape{1, 3, 224, 224}));
  Experiment second;
  apply_file(second, written("vernier_config_2.yaml", to_yaml(first)));
  EXPECT_EQ(to_yaml(first), to_yaml(second));
  EXPECT_EQ(first.activations.options, second.activations.options);
}

TEST(Config, AnUnknownKeyIsNamedWithFileAndLine) {
  const std::string error = error_of("model: m.onnx\nweights: {bits: 8}\nwieghts: {}\n");
  EXPECT_NE(error.find("vernier_config_bad.yaml:3: unknown key 'wieghts'"), std::string::npos)
      << error;
  EXPECT_NE(error_of("weights: {bit: 8}").find("unknown key 'weights.bit'"), std::string::npos);
  EXPECT_NE(error_of("preprocess: [{crp: 3}]").find("unknown key 'preprocess[0].crp'"),
            std::string::npos);
}

TEST(Config, AWrongValueSaysWhatWasExpected) {
  EXPECT_NE(error_of("model: a\nweights: {bits: many}")
                .find(":2: 'weights.bits' is 'many', expected a whole number"),
            std::string::npos)
      << error_of("model: a\nweights: {bits: many}");
  EXPECT_NE(error_of("effort: low").find("one of normal, high"), std::string::npos);
  EXPECT_NE(error_of("weights: {bits: 33}").find("expected 2 to 16"), std::string::npos);
  EXPECT_NE(error_of("weights: {quantile: 1.5}").find("expected 0.5 to 1"), std::string::npos);
  EXPECT_NE(error_of("weights: {quantile: .nan}").find("expected 0.5 to 1"), std::string::npos);
  EXPECT_NE(error_of("weights: {compat: tool}").find("one of paper, mqbench"), std::string::npos);
  EXPECT_NE(error_of("calibration: {picture: a}").find("kind of the data set"), std::string::npos);
  EXPECT_NE(error_of("model: [").find("not YAML"), std::string::npos);
  EXPECT_NE(error_of("- a list").find("expected a map"), std::string::npos);
}

TEST(Config, LaterOnesOverrideTheBase) {
  written("vernier_base.yaml", "model: base.onnx\nseed: 5\nweights: {bits: 4}\n");
  Experiment experiment;
  apply_file(experiment,
             written("vernier_derived.yaml", "base: vernier_base.yaml\nmodel: own.onnx\n"));
  apply_setting(experiment, "weights.calibrator=mse");
  apply_setting(experiment, "activations.bits=6");
  EXPECT_EQ(experiment.model, "own.onnx");
  EXPECT_EQ(experiment.seed, 5U);
  EXPECT_EQ(experiment.weights.bits, 4);
  EXPECT_EQ(experiment.weights.calibrator, "mse");
  EXPECT_EQ(experiment.activations.bits, 6);
  EXPECT_THROW(apply_setting(experiment, "weights.bits"), Error);
  EXPECT_THROW(apply_setting(experiment, "weights.bats=4"), Error);
}

TEST(Config, ACircleOfBasesIsAnError) {
  written("vernier_circle.yaml", "base: vernier_circle.yaml\n");
  Experiment experiment;
  EXPECT_THROW(apply_file(experiment, in_folder("vernier_circle.yaml")), Error);
}

TEST(Config, EveryDamagedByteIsAnErrorOrAnotherConfig) {
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char flip : {'\x01', '\x20', '\x80'}) {
      std::string damaged(whole);
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      const std::string error = error_of(damaged);
      EXPECT_FALSE(error.empty()) << "byte " << i;
    }
  }
}

TEST(Profiles, PrintAsYamlThatReadsBack) {
  for (const Profile& profile : profiles()) {
    const std::string path = written("vernier_profile.yaml", to_yaml(profile));
    EXPECT_EQ(to_yaml(load_profile(path)), to_yaml(profile)) << profile.name;
  }
  EXPECT_THROW(load_profile("nobody"), Error);
  EXPECT_THROW(load_profile(written("vernier_profile.yaml", "rounding: sideways\n")), Error);
}

}  // namespace
}  // namespace vernier
