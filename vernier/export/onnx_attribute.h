#pragma once

// Private to export/: fields of an operator as attributes of an ONNX node, one overload a type.

#include <string>
#include <string_view>

#include <onnx/onnx_pb.h>

#include "vernier/export/onnx_writer.h"
#include "vernier/ir/op.h"

namespace vernier {

inline onnx::AttributeProto& attribute(onnx::NodeProto& node, std::string_view name) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(std::string(name));
  return attribute;
}

inline void set(onnx::NodeProto& node, std::string_view name, std::int64_t value) {
  auto& made = attribute(node, name);
  made.set_type(onnx::AttributeProto::INT);
  made.set_i(value);
}

inline void set(onnx::NodeProto& node, std::string_view name, float value) {
  auto& made = attribute(node, name);
  made.set_type(onnx::AttributeProto::FLOAT);
  made.set_f(value);
}

inline void set(onnx::NodeProto& node, std::string_view name, bool value) {
  set(node, name, std::int64_t{value ? 1 : 0});
}

inline void set(onnx::NodeProto& node, std::string_view name, const Ints& values) {
  auto& made = attribute(node, name);
  made.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) made.add_ints(value);
}

inline void set(onnx::NodeProto& node, std::string_view name, DType value) {
  set(node, name, std::int64_t{onnx_type(value)});
}

template <typename Enum>
  requires std::is_enum_v<Enum>
void set(onnx::NodeProto& node, std::string_view name, Enum value) {
  auto& made = attribute(node, name);
  made.set_type(onnx::AttributeProto::STRING);
  made.set_s(std::string(enum_name(value)));
}

inline void set(onnx::NodeProto& /*node*/, std::string_view /*name*/, const Activation& /*value*/) {
}

template <typename Type>
void set_fields(onnx::NodeProto& node, const Type& op) {
  Type::fields(op, [&](std::string_view name, const auto& value) { set(node, name, value); });
}

}  // namespace vernier
