#include "vernier/import/onnx_attributes.h"

namespace vernier {

Attributes::Attributes(const onnx::NodeProto& node) {
  for (const auto& attribute : node.attribute()) {
    if (!by_name_.emplace(attribute.name(), &attribute).second) {
      fail("attribute '{}' occurs twice", attribute.name());
    }
  }
}

const onnx::AttributeProto* Attributes::find_if_any(std::string_view name, Type type) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  ignore(name);
  if (found->second->type() != type) {
    fail("attribute '{}' is of type {}, expected {}", name,
         onnx::AttributeProto::AttributeType_Name(found->second->type()),
         onnx::AttributeProto::AttributeType_Name(type));
  }
  return found->second;
}

void Attributes::read(std::string_view name, float& value) {
  if (const auto* found = find_if_any(name, onnx::AttributeProto::FLOAT)) value = found->f();
}

void Attributes::read(std::string_view name, std::int64_t& value) {
  if (const auto* found = find_if_any(name, onnx::AttributeProto::INT)) value = found->i();
}

void Attributes::read(std::string_view name, bool& value) {
  value = get<std::int64_t>(name, value ? 1 : 0) != 0;
}

void Attributes::read(std::string_view name, std::string& value) {
  if (const auto* found = find_if_any(name, onnx::AttributeProto::STRING)) value = found->s();
}

void Attributes::read(std::string_view name, Ints& value) {
  if (const auto* found = find_if_any(name, onnx::AttributeProto::INTS)) {
    value.assign(found->ints().begin(), found->ints().end());
  }
}

void Attributes::read(std::string_view name, std::vector<float>& value) {
  if (const auto* found = find_if_any(name, onnx::AttributeProto::FLOATS)) {
    value.assign(found->floats().begin(), found->floats().end());
  }
}

const onnx::TensorProto& Attributes::tensor(std::string_view name) {
  const auto* found = find_if_any(name, onnx::AttributeProto::TENSOR);
  if (found == nullptr) fail("attribute '{}' is missing", name);
  return found->t();
}

void Attributes::expect(std::string_view name, std::int64_t value) {
  const auto found = get<std::int64_t>(name, value);
  if (found != value) fail("attribute '{}' is {}, supported: {}", name, found, value);
}

void Attributes::expect_all_read() const {
  for (const auto& [name, unused] : by_name_) {
    if (!read_.contains(name)) fail("attribute '{}' is not supported", name);
  }
}

}  // namespace vernier
