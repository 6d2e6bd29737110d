#pragma once

// Private to experiment/: strict reading of YAML maps. Whoever reads a map takes every key that it
// knows and then says that this is all; a key that is left is an Error with file and line.

#include <concepts>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "vernier/base/enum_names.h"
#include "vernier/base/error.h"
#include "vernier/experiment/config.h"

namespace vernier {

/// A node and where it stands.
struct YamlNode {
  YAML::Node node;
  std::string file;
  std::string key;  ///< path of the key, for messages: "weights.bits"

  [[noreturn]] void wrong(std::string_view expected) const {
    const YAML::Mark mark = node.Mark();
    const std::string place = mark.is_null() ? file : fmt::format("{}:{}", file, mark.line + 1);
    const std::string found = node.IsScalar()     ? fmt::format("'{}'", node.Scalar())
                              : node.IsSequence() ? "a list"
                              : node.IsMap()      ? "a map"
                                                  : "nothing";
    fail("{}: '{}' is {}, expected {}", place, key, found, expected);
  }
};

template <typename T>
struct YamlWord;
template <>
struct YamlWord<int> {
  static constexpr std::string_view word = "a whole number";
};
template <>
struct YamlWord<std::int64_t> : YamlWord<int> {};
template <>
struct YamlWord<std::uint64_t> : YamlWord<int> {};
template <>
struct YamlWord<std::uint8_t> {
  static constexpr std::string_view word = "a number from 0 to 255";
};
template <>
struct YamlWord<float> {
  static constexpr std::string_view word = "a number";
};
template <>
struct YamlWord<double> : YamlWord<float> {};
template <>
struct YamlWord<bool> {
  static constexpr std::string_view word = "true or false";
};
template <>
struct YamlWord<std::string> {
  static constexpr std::string_view word = "a text";
};

template <typename T>
void read(const YamlNode& from, T& value) {
  if constexpr (std::is_enum_v<T>) {
    const auto found = from.node.IsScalar() ? enum_from_name<T>(from.node.Scalar()) : std::nullopt;
    if (!found) from.wrong(fmt::format("one of {}", fmt::join(EnumNames<T>::names, ", ")));
    value = *found;
  } else {
    if (!from.node.IsScalar()) from.wrong(YamlWord<T>::word);
    try {
      value = from.node.as<T>();
    } catch (const YAML::Exception&) {
      from.wrong(YamlWord<T>::word);
    }
  }
}

/// A byte is a number here, not a character.
template <>
inline void read(const YamlNode& from, std::uint8_t& value) {
  int number = -1;
  read(from, number);
  if (number < 0 || number > 255) from.wrong(YamlWord<std::uint8_t>::word);
  value = static_cast<std::uint8_t>(number);
}

template <typename T>
void read(const YamlNode& from, std::optional<T>& value) {
  if (from.node.IsNull()) {
    value.reset();
  } else {
    if (!value) value.emplace();
    read(from, *value);
  }
}

template <typename T>
void read(const YamlNode& from, std::vector<T>& values) {
  if (!from.node.IsSequence()) from.wrong("a list");
  values.clear();
  for (std::size_t i = 0; i < from.node.size(); ++i) {
    read({from.node[i], from.file, fmt::format("{}[{}]", from.key, i)}, values.emplace_back());
  }
}

class YamlMap {
 public:
  explicit YamlMap(YamlNode from) : from_(std::move(from)) {
    if (!from_.node.IsMap()) from_.wrong("a map of keys");
  }

  /// Whether the key stands there; from now on it is known.
  bool has(const std::string& key) {
    known_.insert(key);
    return from_.node[key].IsDefined();
  }
  YamlNode at(const std::string& key) {
    known_.insert(key);
    return {from_.node[key], from_.file, from_.key.empty() ? key : from_.key + '.' + key};
  }
  /// Leaves `value` as it is when the key is absent.
  template <typename T>
  void take(const std::string& key, T& value) {
    if (has(key)) read(at(key), value);
  }
  /// All keys have been taken.
  void done() const {
    for (const auto& entry : from_.node) {
      const std::string key = entry.first.Scalar();
      if (known_.contains(key)) continue;
      fail("{}:{}: unknown key '{}{}'; known here: {}", from_.file, entry.first.Mark().line + 1,
           from_.key.empty() ? "" : from_.key + '.', key, fmt::join(known_, ", "));
    }
  }
  const YamlNode& node() const { return from_; }

 private:
  YamlNode from_;
  std::set<std::string> known_;
};

/// The top of a file, or of a text that stands for one. Broken YAML is an Error with its line.
YamlNode parse_yaml(const std::string& text, const std::string& file);

/// The parts of a configuration with a form of their own (config_data.cpp).
void read(const YamlNode& from, Preprocess& preprocess);
void read(const YamlNode& from, DataConfig& data);
void write(YAML::Emitter& out, const Preprocess& preprocess);
void write(YAML::Emitter& out, const DataConfig& data, std::string_view metric);

}  // namespace vernier
