#include "vernier/import/onnx_inputs.h"

#include <algorithm>
#include <set>

#include "vernier/base/error.h"
#include "vernier/import/onnx_tensor.h"

namespace vernier {
namespace {

const onnx::TypeProto::Tensor& tensor_type(const onnx::ValueInfoProto& value) {
  if (!value.type().has_tensor_type()) fail("'{}' is not declared as a tensor", value.name());
  return value.type().tensor_type();
}

std::string describe(const onnx::ValueInfoProto& value, int axis) {
  const auto& dimension = value.type().tensor_type().shape().dim(axis);
  const std::string symbol =
      dimension.dim_param().empty() ? "open" : fmt::format("'{}'", dimension.dim_param());
  return fmt::format("axis {} of '{}' is {}", axis, value.name(), symbol);
}

// A shape to copy into the command line: known sizes, and 1 for the others.
std::string shape_hint(const onnx::ValueInfoProto& value) {
  std::string sizes;
  for (const auto& dimension : value.type().tensor_type().shape().dim()) {
    sizes += fmt::format("{}{}", sizes.empty() ? "" : ",",
                         std::max<std::int64_t>(dimension.dim_value(), 1));
  }
  return fmt::format("--shape {}={}", value.name(), sizes);
}

}  // namespace

OnnxInputs::OnnxInputs(const onnx::GraphProto& file, const ImportOptions& options) {
  std::set<std::string, std::less<>> constants;
  for (const auto& initializer : file.initializer()) constants.insert(initializer.name());
  std::vector<const onnx::ValueInfoProto*> inputs;
  for (const auto& input : file.input()) {
    if (!constants.contains(input.name())) inputs.push_back(&input);
  }
  for (const auto& [name, shape] : options.shapes) {
    const auto found =
        std::ranges::find(inputs, name, [](const auto* each) { return each->name(); });
    if (found == inputs.end()) fail("there is no input '{}' to give a shape to", name);
  }
  for (const auto& value : file.value_info()) declared_.emplace(value.name(), &value);
  for (const auto& value : file.output()) declared_.emplace(value.name(), &value);
  // What is given for one input also holds where another uses the same symbol.
  for (const auto* input : inputs) bind_symbols(*input, options);
  for (const auto* input : inputs) add_input(*input, options);
  if (any_batch_) expect_one_batch();
}

void OnnxInputs::bind(const std::string& symbol, const AtBatches<std::int64_t>& size) {
  if (symbol.empty()) return;
  const auto [place, is_new] = symbols_.emplace(symbol, size);
  if (!is_new && place->second != size) place->second.reset();
}

std::optional<AtBatches<std::int64_t>> OnnxInputs::size_of(const std::string& symbol) const {
  const auto found = symbols_.find(symbol);
  return found == symbols_.end() ? std::nullopt : found->second;
}

void OnnxInputs::bind_symbols(const onnx::ValueInfoProto& input, const ImportOptions& options) {
  const auto given = options.shapes.find(input.name());
  if (given == options.shapes.end()) return;
  const auto& dimensions = tensor_type(input).shape().dim();
  const Shape& shape = given->second;
  if (tensor_type(input).has_shape() && dimensions.size() != static_cast<int>(shape.size())) {
    fail("the shape {} is given for '{}', which has {} axes", to_string(shape), input.name(),
         dimensions.size());
  }
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] < 0 && axis > 0) {
      fail("the shape {} is given for '{}': only the first axis may be open", to_string(shape),
           input.name());
    }
    if (dimensions.empty()) continue;
    bind(dimensions[static_cast<int>(axis)].dim_param(), given_size(shape[axis]));
  }
}

AtBatches<std::int64_t> OnnxInputs::given_size(std::int64_t size) {
  if (size >= 0) return {size, size};
  any_batch_ = true;
  return probed_batches;
}

AtBatches<std::int64_t> OnnxInputs::declared_size(const onnx::ValueInfoProto& input, int axis) {
  const Dimension& dimension = tensor_type(input).shape().dim(axis);
  if (dimension.dim_value() > 0) return given_size(dimension.dim_value());
  const auto known = size_of(dimension.dim_param());
  if (known && (axis == 0 || (*known)[0] == (*known)[1])) return *known;
  if (axis > 0) {
    fail("{}; only the first axis may be; give it as in {}", describe(input, axis),
         shape_hint(input));
  }
  const AtBatches<std::int64_t> batch = given_size(-1);
  bind(dimension.dim_param(), batch);
  return batch;
}

void OnnxInputs::add_input(const onnx::ValueInfoProto& input, const ImportOptions& options) {
  const auto& type = tensor_type(input);
  const DType dtype = import_dtype(type.elem_type());
  const auto given = options.shapes.find(input.name());
  const bool is_given = given != options.shapes.end();
  if (!is_given && !type.has_shape()) {
    fail("input '{}' has no shape; give it with --shape {}=...", input.name(), input.name());
  }
  AtBatches<ValueType> types = {ValueType{dtype, {}}, ValueType{dtype, {}}};
  const std::size_t axes =
      is_given ? given->second.size() : static_cast<std::size_t>(type.shape().dim_size());
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const AtBatches<std::int64_t> size =
        is_given ? given_size(given->second[axis]) : declared_size(input, static_cast<int>(axis));
    types[0].shape.push_back(size[0]);
    types[1].shape.push_back(size[1]);
  }
  for (const ValueType& each : types) {
    check_shape(each.shape, fmt::format("input '{}'", input.name()));
  }
  types_.emplace_back(input.name(), types);
}

void OnnxInputs::expect_one_batch() const {
  for (const auto& [name, type] : types_) {
    if (type[0].shape != type[1].shape) continue;
    fail("input '{}' is {}, but another takes any batch; fix that one with --shape", name,
         to_string(type[0].shape));
  }
}

AtBatches<ValueType> OnnxInputs::declared_type(const std::string& name) const {
  const auto found = declared_.find(name);
  if (found == declared_.end() || !tensor_type(*found->second).has_shape()) {
    fail("the file does not declare the shape of its output '{}'", name);
  }
  const auto& type = tensor_type(*found->second);
  const DType dtype = import_dtype(type.elem_type());
  AtBatches<ValueType> result = {ValueType{dtype, {}}, ValueType{dtype, {}}};
  for (int axis = 0; axis < type.shape().dim_size(); ++axis) {
    const Dimension& dimension = type.shape().dim(axis);
    const std::int64_t fixed = dimension.dim_value();
    const auto known = dimension.has_dim_value()
                           ? std::optional(AtBatches<std::int64_t>{fixed, fixed})
                           : size_of(dimension.dim_param());
    if (!known) fail("{}", describe(*found->second, axis));
    result[0].shape.push_back((*known)[0]);
    result[1].shape.push_back((*known)[1]);
  }
  for (const ValueType& each : result) check_shape(each.shape, name);
  return result;
}

}  // namespace vernier
