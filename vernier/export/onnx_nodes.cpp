// Nodes of an ONNX file. Most operators are their fields as attributes; those whose parameters
// moved into inputs by opset 13 have a function of their own.

#include <algorithm>
#include <cmath>
#include <limits>

#include "vernier/base/error.h"
#include "vernier/export/onnx_attribute.h"
#include "vernier/export/onnx_writer.h"

namespace vernier {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

// ---- Results that a fused activation or addend still changes.

/// min(max(x, lo), hi) from one name to another.
void write_activation(OnnxWriter& writer, const Activation& activation, const std::string& from,
                      const std::string& to) {
  if (activation == Activation{.lo = 0.0F}) {
    writer.add("Relu", {from}, {to});
    return;
  }
  const auto limit = [&](const char* word, float value) {
    return std::isinf(value)
               ? std::string()
               : writer.add_constant(to + word, Tensor::of<float>({}, std::span(&value, 1)));
  };
  writer.add("Clip", {from, limit(".min", activation.lo), limit(".max", activation.hi)}, {to});
}

/// A node whose result goes through an addend and an activation, in this order.
template <typename Type>
void write_fused(OnnxWriter& writer, const Node& node, const Type& op,
                 std::vector<std::string> inputs) {
  const std::string& result = writer.name(node.outputs[0]);
  const bool clamped = op.activation != Activation{};
  const bool summed = std::holds_alternative<Conv>(node.op) && inputs.size() > 3;
  const std::string before = clamped ? writer.fresh(result + ".before") : result;
  const std::string product = summed ? writer.fresh(result + ".product") : before;
  const std::string addend = summed ? inputs[3] : std::string();
  if (summed) inputs.resize(3);
  set_fields(writer.add(std::string(Type::type), inputs, {product}), op);
  if (summed) writer.add("Add", {product, addend}, {before});
  if (clamped) write_activation(writer, op.activation, before, result);
}

// ---- Operators.

/// An operator that is its fields, and nothing else.
template <typename Type>
void write_one(OnnxWriter& writer, const Node& node, const Type& op) {
  set_fields(
      writer.add(std::string(Type::type), writer.names(node.inputs), writer.names(node.outputs)),
      op);
}

void write_one(OnnxWriter& writer, const Node& node, const Conv& op) {
  write_fused(writer, node, op, writer.names(node.inputs));
}
void write_one(OnnxWriter& writer, const Node& node, const ConvTranspose& op) {
  write_fused(writer, node, op, writer.names(node.inputs));
}
void write_one(OnnxWriter& writer, const Node& node, const Gemm& op) {
  write_fused(writer, node, op, writer.names(node.inputs));
}
void write_one(OnnxWriter& writer, const Node& node, const Add& op) {
  write_fused(writer, node, op, writer.names(node.inputs));
}
void write_one(OnnxWriter& writer, const Node& node, const Mul& op) {
  write_fused(writer, node, op, writer.names(node.inputs));
}

void write_one(OnnxWriter& writer, const Node& node, const HardSwish& /*op*/) {
  writer.add("HardSwish", writer.names(node.inputs), writer.names(node.outputs));
  writer.opset = std::max(writer.opset, 14);
}

void write_one(OnnxWriter& writer, const Node& node, const Quantize& /*op*/) {
  writer.add("Identity", writer.names(node.inputs), writer.names(node.outputs));
}

void write_one(OnnxWriter& writer, const Node& node, const Clip& op) {
  write_activation(writer, {.lo = op.min, .hi = op.max}, writer.name(node.inputs[0]),
                   writer.name(node.outputs[0]));
}

/// The shape of a value with the batch left open.
Ints open_shape(const OnnxWriter& writer, ValueId id) {
  Ints shape = writer.shape(id);
  if (writer.any_batch() && !shape.empty()) shape[0] = -1;
  return shape;
}

void write_one(OnnxWriter& writer, const Node& node, const Softmax& op) {
  const std::string& x = writer.name(node.inputs[0]);
  const std::string& y = writer.name(node.outputs[0]);
  if (!op.flatten) {
    set(writer.add("Softmax", {x}, {y}), "axis", op.axis);
    return;
  }
  const std::string flat = writer.fresh(y + ".flat");
  const std::string softmax = writer.fresh(y + ".softmax");
  set(writer.add("Flatten", {x}, {flat}), "axis", op.axis);
  set(writer.add("Softmax", {flat}, {softmax}), "axis", std::int64_t{1});
  writer.add("Reshape",
             {softmax, writer.add_ints(y + ".shape", open_shape(writer, node.inputs[0]))}, {y});
}

/// An operator whose one field is an input of integers.
void write_with_ints(OnnxWriter& writer, const Node& node, const std::string& what,
                     const Ints& values) {
  const std::string& y = writer.name(node.outputs[0]);
  writer.add(type_name(node.op), {writer.name(node.inputs[0]), writer.add_ints(y + what, values)},
             {y});
}

void write_one(OnnxWriter& writer, const Node& node, const Reshape& op) {
  write_with_ints(writer, node, ".shape", op.shape);
}
void write_one(OnnxWriter& writer, const Node& node, const Squeeze& op) {
  write_with_ints(writer, node, ".axes", op.axes);
}
void write_one(OnnxWriter& writer, const Node& node, const Unsqueeze& op) {
  write_with_ints(writer, node, ".axes", op.axes);
}

void write_one(OnnxWriter& writer, const Node& node, const Expand& op) {
  Ints shape = op.shape;
  for (std::int64_t& size : shape)
    size = size == -1 ? 1 : size;  // 1 broadcasts, and so keeps the input's size
  write_with_ints(writer, node, ".shape", shape);
}

void write_one(OnnxWriter& writer, const Node& node, const ReduceSum& op) {
  const std::string& y = writer.name(node.outputs[0]);
  std::vector<std::string> inputs = {writer.name(node.inputs[0])};
  if (!op.axes.empty()) inputs.push_back(writer.add_ints(y + ".axes", op.axes));
  set(writer.add("ReduceSum", inputs, {y}), "keepdims", op.keepdims);
}

void write_one(OnnxWriter& writer, const Node& node, const ReduceMean& op) {
  std::vector<std::string> inputs = writer.names(node.inputs);
  const bool as_input = writer.opset >= 18 && !op.axes.empty();
  if (as_input) inputs.push_back(writer.add_ints(writer.name(node.outputs[0]) + ".axes", op.axes));
  auto& made = writer.add("ReduceMean", inputs, writer.names(node.outputs));
  if (!as_input && !op.axes.empty()) set(made, "axes", op.axes);
  set(made, "keepdims", op.keepdims);
}

void write_one(OnnxWriter& writer, const Node& node, const Split& op) {
  const std::string sizes = writer.add_ints(writer.name(node.outputs[0]) + ".split", op.split);
  set(writer.add("Split", {writer.name(node.inputs[0]), sizes}, writer.names(node.outputs)), "axis",
      op.axis);
}

void write_one(OnnxWriter& writer, const Node& node, const Slice& op) {
  const std::string& y = writer.name(node.outputs[0]);
  writer.add("Slice",
             {writer.name(node.inputs[0]), writer.add_ints(y + ".starts", op.starts),
              writer.add_ints(y + ".ends", op.ends), writer.add_ints(y + ".axes", op.axes),
              writer.add_ints(y + ".steps", op.steps)},
             {y});
}

void write_one(OnnxWriter& writer, const Node& node, const Pad& op) {
  const std::string& y = writer.name(node.outputs[0]);
  const std::string value =
      writer.add_constant(y + ".value", Tensor::of<float>({}, std::span(&op.value, 1)));
  set(writer.add("Pad", {writer.name(node.inputs[0]), writer.add_ints(y + ".pads", op.pads), value},
                 {y}),
      "mode", op.mode);
}

/// Scales that give exactly the sizes of the operator: floor(input * scale) is the rule of
/// opset 13.
std::vector<float> exact_scales(const OnnxWriter& writer, const Node& node, const Resize& op) {
  std::vector<float> scales = op.scales;
  const Shape& x = writer.shape(node.inputs[0]);
  for (std::size_t axis = 0; axis < scales.size(); ++axis) {
    const auto size = [&] {
      return static_cast<std::int64_t>(std::floor(static_cast<float>(x[axis]) * scales[axis]));
    };
    const std::int64_t wanted = writer.shape(node.outputs[0])[axis];
    if (size() < wanted) scales[axis] = std::nextafter(scales[axis], infinity);
    if (size() != wanted)
      fail("node '{}': no scale makes {} of {}; it cannot be written for any batch", node.name,
           wanted, x[axis]);
  }
  return scales;
}

void write_one(OnnxWriter& writer, const Node& node, const Resize& op) {
  if (op.coordinate_transformation_mode == CoordinateMode::tf_half_pixel_for_nn) {
    fail("node '{}': tf_half_pixel_for_nn does not exist in opset 13", node.name);
  }
  const std::string& y = writer.name(node.outputs[0]);
  const std::string roi = op.roi.empty() ? "" : writer.add_floats(y + ".roi", op.roi);
  std::vector<std::string> inputs = {writer.name(node.inputs[0]), roi};
  if (writer.any_batch()) {
    inputs.push_back(writer.add_floats(y + ".scales", exact_scales(writer, node, op)));
  } else {
    inputs.insert(inputs.end(), {"", writer.add_ints(y + ".sizes", writer.shape(node.outputs[0]))});
  }
  auto& made = writer.add("Resize", inputs, {y});
  set(made, "mode", op.mode);
  set(made, "coordinate_transformation_mode", op.coordinate_transformation_mode);
  set(made, "nearest_mode", op.nearest_mode);
  set(made, "cubic_coeff_a", op.cubic_coeff_a);
  set(made, "exclude_outside", op.exclude_outside);
  set(made, "extrapolation_value", op.extrapolation_value);
}

void write_one(OnnxWriter& writer, const Node& node, const QuantizeLinear& op) {
  set(writer.add("QuantizeLinear", writer.names(node.inputs), writer.names(node.outputs)), "axis",
      op.axis);
}

// Zero points of i32 are 0, and runtimes want to see none.
void write_one(OnnxWriter& writer, const Node& node, const DequantizeLinear& op) {
  std::vector<std::string> inputs = writer.names(node.inputs);
  if (writer.dtype(node.inputs[0]) == DType::i32) inputs.resize(2);
  set(writer.add("DequantizeLinear", inputs, writer.names(node.outputs)), "axis", op.axis);
}

/// Our names in the places where the definition has names; what it leaves out stays out.
std::vector<std::string> renamed(const google::protobuf::RepeatedPtrField<std::string>& original,
                                 const std::vector<std::string>& ours) {
  std::vector<std::string> names(original.begin(), original.end());
  std::size_t next = 0;
  for (std::string& name : names) {
    if (!name.empty()) name = ours.at(next++);
  }
  return names;
}

bool has_as_many(const google::protobuf::RepeatedPtrField<std::string>& original,
                 const std::vector<ValueId>& ours) {
  return original.size() - std::ranges::count(original, "") == std::ssize(ours);
}

void write_one(OnnxWriter& writer, const Node& node, const Foreign& op) {
  onnx::NodeProto original;
  if (!original.ParseFromString(op.definition) || !has_as_many(original.input(), node.inputs) ||
      !has_as_many(original.output(), node.outputs)) {
    fail("node '{}': its definition is damaged", node.name);
  }
  auto& made = writer.add(op.op_type, renamed(original.input(), writer.names(node.inputs)),
                          renamed(original.output(), writer.names(node.outputs)));
  made.set_domain(op.domain);
  *made.mutable_attribute() = original.attribute();
  writer.foreign_domains.insert(op.domain);
}

}  // namespace

void OnnxWriter::write(const Node& node) {
  const int before = proto.node_size();
  std::visit([&](const auto& op) { write_one(*this, node, op); }, node.op);
  // The node itself comes first, but for what it has to be prepared by; the others are named by
  // their results.
  proto.mutable_node(before)->set_name(node.name);
  for (int i = before + 1; i < proto.node_size(); ++i) {
    proto.mutable_node(i)->set_name(fresh_node(proto.node(i).output(0)));
  }
}

}  // namespace vernier
