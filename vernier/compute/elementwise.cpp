// Functions of two elements with numpy's broadcasting. The operand that has the shape of the result
// keeps its layout, and where nobody else needs it, its memory takes the result.

#include <algorithm>
#include <array>
#include <utility>

#include "vernier/compute/forward.h"

namespace vernier {
namespace {

using dnnl::algorithm;

// A shape with axes of size 1 in front, up to `rank`.
Shape with_rank(Shape shape, std::size_t rank) {
  shape.insert(shape.begin(), rank - shape.size(), 1);
  return shape;
}

// Reads an operand as the result stands: one of the same shape in the same layout, one that is
// broadcast densely, with as many axes.
Location read_operand(ValueId id, const Shape& shape, const Layout& layout, Compiler& compiler) {
  if (compiler.shape(id) == shape) return compiler.read(id, layout);
  Location place = compiler.read_dense(id);
  place.layout = dense_layout(with_rank(compiler.shape(id), shape.size()));
  return place;
}

struct Binary {
  algorithm function = algorithm::undef;
  Activation activation;
  bool commutes = false;
};

bool add_binary(const Binary& binary, const Node& node, Compiler& compiler) {
  std::array operands = {node.inputs[0], node.inputs[1]};
  const ValueId output = node.outputs[0];
  const Shape shape = compiler.shape(output);
  if (binary.commutes && compiler.shape(operands[0]) != shape) std::swap(operands[0], operands[1]);
  if (compiler.shape(operands[0]) != shape) return false;

  const Layout layout = compiler.home(operands[0]).layout;
  const Shape second = with_rank(compiler.shape(operands[1]), shape.size());
  const auto description =
      describe<dnnl::binary>(compiler.engine(), attributes(binary.activation), binary.function,
                             layout, second == shape ? layout : dense_layout(second), layout);
  if (!is_fast(description)) return false;
  const Location left = read_operand(operands[0], shape, layout, compiler);
  const Location right = read_operand(operands[1], shape, layout, compiler);
  const Location target = compiler.write_like(left, operands[0], output);
  compiler.add_primitive(description, dnnl::binary(description),
                         {{DNNL_ARG_SRC_0, left}, {DNNL_ARG_SRC_1, right}, {DNNL_ARG_DST, target}});
  return true;
}

}  // namespace

bool forward(const Add& op, const Node& node, Compiler& compiler) {
  return add_binary({algorithm::binary_add, op.activation, true}, node, compiler);
}

bool forward(const Mul& op, const Node& node, Compiler& compiler) {
  return add_binary({algorithm::binary_mul, op.activation, true}, node, compiler);
}

bool forward(const Sub& /*op*/, const Node& node, Compiler& compiler) {
  return add_binary({algorithm::binary_sub, {}, false}, node, compiler);
}

bool forward(const Div& /*op*/, const Node& node, Compiler& compiler) {
  return add_binary({algorithm::binary_div, {}, false}, node, compiler);
}

bool forward(const Max& /*op*/, const Node& node, Compiler& compiler) {
  return add_binary({algorithm::binary_max, {}, true}, node, compiler);
}

bool forward(const Min& /*op*/, const Node& node, Compiler& compiler) {
  return add_binary({algorithm::binary_min, {}, true}, node, compiler);
}

}  // namespace vernier
