#pragma once

// Private to import/: the attributes of an ONNX node.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <onnx/onnx_pb.h>

#include "vernier/base/enum_names.h"
#include "vernier/base/error.h"
#include "vernier/ir/op.h"

namespace vernier {

/// The attributes of one node, by name and checked for type. It remembers what was read: an
/// attribute that nobody asked for would change the meaning of the node unnoticed.
class Attributes {
 public:
  explicit Attributes(const onnx::NodeProto& node);

  bool has(std::string_view name) const { return by_name_.contains(name); }

  /// `value` as it is when there is no such attribute: the default.
  void read(std::string_view name, float& value);
  void read(std::string_view name, std::int64_t& value);
  void read(std::string_view name, bool& value);
  void read(std::string_view name, std::string& value);
  void read(std::string_view name, Ints& value);
  void read(std::string_view name, std::vector<float>& value);
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void read(std::string_view name, Enum& value);
  /// A fused clamp is nothing that a file holds.
  void read(std::string_view /*name*/, Activation& /*value*/) {}

  template <typename T>
  T get(std::string_view name, T otherwise) {
    read(name, otherwise);
    return otherwise;
  }
  template <typename T>
  T required(std::string_view name) {
    if (!has(name)) fail("attribute '{}' is missing", name);
    return get(name, T{});
  }
  const onnx::TensorProto& tensor(std::string_view name);

  /// Another value than this is a meaning that is not supported.
  void expect(std::string_view name, std::int64_t value);
  /// Has no influence on the result.
  void ignore(std::string_view name) { read_.emplace(name); }
  /// An Error that names an attribute which was not read.
  void expect_all_read() const;

 private:
  using Type = onnx::AttributeProto::AttributeType;
  const onnx::AttributeProto* find_if_any(std::string_view name, Type type);

  std::map<std::string, const onnx::AttributeProto*, std::less<>> by_name_;
  std::set<std::string, std::less<>> read_;
};

template <typename Enum>
  requires std::is_enum_v<Enum>
void Attributes::read(std::string_view name, Enum& value) {
  if (!has(name)) return;
  const auto word = required<std::string>(name);
  const auto found = enum_from_name<Enum>(word);
  if (!found) {
    fail("attribute '{}' is '{}', supported: {}", name, word,
         fmt::join(EnumNames<Enum>::names, ", "));
  }
  value = *found;
}

}  // namespace vernier
