// What only moves elements and oneDNN lacks: tables of offsets, made once, run by loops/move on
// row-major tensors.

#include "vernier/loops/move.h"

#include "vernier/compute/forward.h"
#include "vernier/reference/moves.h"

namespace vernier {
namespace {

void add_move(Move move, const Location& source, const Location& target, Compiler& compiler,
              float fill = 0.0F) {
  Loop loop = [move = std::move(move),
               element = moved_element(fill)](std::span<float* const> addresses) {
    run_move(move, element, reinterpret_cast<const std::byte*>(addresses[0]),
             reinterpret_cast<std::byte*>(addresses[1]));
  };
  compiler.add_loop("loops", std::move(loop), {source, target});
}

bool add_single_move(Move move, const Node& node, Compiler& compiler, float fill = 0.0F) {
  const Location source = compiler.read_dense(node.inputs[0]);
  const Location target =
      compiler.write(node.outputs[0], dense_layout(compiler.shape(node.outputs[0])));
  add_move(std::move(move), source, target, compiler, fill);
  return true;
}

template <typename Type>
bool add_shaped_move(const Type& op, const Node& node, Compiler& compiler, float fill = 0.0F) {
  Move move = move_of(op, compiler.shape(node.inputs[0]), compiler.shape(node.outputs[0]));
  return add_single_move(std::move(move), node, compiler, fill);
}

}  // namespace

bool forward(const Slice& op, const Node& node, Compiler& compiler) {
  return add_shaped_move(op, node, compiler);
}

bool forward(const Pad& op, const Node& node, Compiler& compiler) {
  return add_shaped_move(op, node, compiler, op.value);
}

bool forward(const Transpose& op, const Node& node, Compiler& compiler) {
  return add_shaped_move(op, node, compiler);
}

bool forward(const Expand& op, const Node& node, Compiler& compiler) {
  return add_shaped_move(op, node, compiler);
}

bool forward(const DepthToSpace& op, const Node& node, Compiler& compiler) {
  return add_shaped_move(op, node, compiler);
}

bool forward(const Gather& op, const Node& node, Compiler& compiler) {
  const Tensor& indices = constant(compiler.graph(), node.inputs[1]);
  Move move = move_of(op, compiler.shape(node.inputs[0]), indices.view<std::int64_t>());
  return add_single_move(std::move(move), node, compiler);
}

bool forward(const Split& op, const Node& node, Compiler& compiler) {
  const Location source = compiler.read_dense(node.inputs[0]);
  for (std::size_t part = 0; part < node.outputs.size(); ++part) {
    const ValueId output = node.outputs[part];
    const Location target = compiler.write(output, dense_layout(compiler.shape(output)));
    add_move(move_of_part(op, compiler.shape(node.inputs[0]), part), source, target, compiler);
  }
  return true;
}

}  // namespace vernier
