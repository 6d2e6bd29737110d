// Profiles as YAML: every field under its name, so that `vernier list profile NAME` prints what
// --profile reads back.

#include "vernier/base/files.h"
#include "vernier/base/table.h"
#include "vernier/experiment/config.h"
#include "vernier/experiment/yaml_map.h"

namespace vernier {

Profile load_profile(const std::string& name_or_path) {
  if (!name_or_path.ends_with(".yaml")) return find(profiles(), name_or_path, "profile");
  YamlMap map(parse_yaml(read_text(name_or_path), name_or_path));
  std::string base = "vernier";
  map.take("base", base);
  Profile profile = find(profiles(), base, "profile");
  map.take("name", profile.name);
  map.take("help", profile.help);
  map.take("source", profile.source);
  profile_fields(profile, [&](const std::string& key, auto& value) { map.take(key, value); });
  map.done();
  for (const int bits : {profile.weight_bits, profile.activation_bits}) {
    if (bits < 2 || bits > 16) fail("{}: a width of {} bits, expected 2 to 16", name_or_path, bits);
  }
  if (profile.requantization == Requantization::shift && !profile.power_of_two_scale) {
    fail("{}: requantization 'shift' needs power_of_two_scale: true", name_or_path);
  }
  return profile;
}

std::string to_yaml(const Profile& profile) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  out << YAML::Key << "name" << YAML::Value << profile.name;
  out << YAML::Key << "help" << YAML::Value << profile.help;
  out << YAML::Key << "source" << YAML::Value << profile.source;
  profile_fields(profile, [&](const std::string& key, const auto& value) {
    out << YAML::Key << key << YAML::Value;
    if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(value)>>) {
      out << std::string(enum_name(value));
    } else {
      out << value;
    }
  });
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

Profile adjusted(Profile profile, const Experiment& experiment) {
  profile.weight_bits = experiment.weights.bits.value_or(profile.weight_bits);
  profile.activation_bits = experiment.activations.bits.value_or(profile.activation_bits);
  profile.weight_granularity = experiment.weights.granularity.value_or(profile.weight_granularity);
  if (experiment.activations.granularity == Granularity::per_channel) {
    fail(
        "activations.granularity: per_channel has no integer form, because channels are summed; "
        "expected per_tensor");
  }
  return profile;
}

}  // namespace vernier
