#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/base/enum_names.h"
#include "vernier/calib/calib_options.h"
#include "vernier/data/dataset.h"
#include "vernier/hardware/profile.h"

namespace vernier {

/// How much work the choice of `methods` may be when none are named.
enum class Effort : std::uint8_t { normal, high };
template <>
struct EnumNames<Effort> {
  static constexpr std::array<std::string_view, 2> names = {"normal", "high"};
};

/// What the configuration says of all weights or of all activations. What is not said is the
/// profile's.
struct TensorConfig {
  std::optional<int> bits;
  std::string calibrator = "auto";  ///< see resolve()
  CalibOptions options;             ///< of the calibrator; keys beside it
  std::string inputs;  ///< activations only: the calibrator of the network's inputs; empty: as all
  std::optional<Granularity> granularity;
};

/// Exceptions for the layers whose node name matches `pattern`: names or globs with `*`, joined by
/// `|`.
struct LayerConfig {
  std::string pattern;
  std::optional<int> weight_bits;
  std::optional<int> activation_bits;
  bool skip = false;  ///< computed in float
};

/// A data set as the configuration names it.
struct DataConfig {
  DatasetOptions options;
  std::optional<Preprocess> preprocess;  ///< none: the experiment's
};

/// A configuration, whole: what a YAML file, the command line and --set fill. Every key but `model`
/// has a default.
struct Experiment {
  std::string model;
  std::map<std::string, Shape> shapes;  ///< of inputs whose axes the model leaves open
  std::string profile = "vernier";      ///< a name, or the path of a .yaml file
  std::optional<Preprocess>
      preprocess;  ///< none: chosen from the model's input, and said in the log
  std::optional<DataConfig> calibration;
  std::optional<DataConfig> validation;
  std::string metric = "top1";
  TensorConfig weights;
  TensorConfig activations;
  std::vector<LayerConfig> layers;
  std::optional<std::vector<std::string>> methods;  ///< none: see resolve()
  Effort effort = Effort::normal;
  std::int64_t memory = 512;  ///< MiB that methods may take for the images that they keep
  std::vector<std::string> exports = {"onnx-qdq"};  ///< beside the plan, which every run has
  std::vector<std::string> skipped_passes;
  std::uint64_t seed = 0;
};

/// Applies a YAML file to `experiment`: first the one that `base` names, then its own keys. An
/// unknown key, a value of the wrong kind or a number out of range is an Error with file and line.
/// Paths in the file start where vernier runs.
void apply_file(Experiment& experiment, const std::filesystem::path& path);

/// Applies one `--set key.path=value`, value in YAML.
void apply_setting(Experiment& experiment, const std::string& setting);

/// The whole configuration as YAML that apply_file reads back to an equal one.
std::string to_yaml(const Experiment& experiment);
std::string to_yaml(const Preprocess& preprocess);

/// A profile by name, or from a .yaml file in the form of `to_yaml`; its `base` key names the one
/// that it starts from.
Profile load_profile(const std::string& name_or_path);
std::string to_yaml(const Profile& profile);

/// The profile with the widths and the granularity that the experiment asks for.
Profile adjusted(Profile profile, const Experiment& experiment);

}  // namespace vernier
