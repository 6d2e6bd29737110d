// Moving elements about: what leaves them in place lets its output stand where its input stands;
// concatenation goes by oneDNN, in the layout of the inputs.

#include "vernier/compute/forward.h"

namespace vernier {
namespace {

// The output is what stands at `place`, which holds the input. Where a tap may change the one while
// somebody still reads the other, it is a copy.
bool add_alias(Location place, const Node& node, Compiler& compiler) {
  const ValueId output = node.outputs[0];
  if (compiler.is_tapped(output) && !compiler.may_overwrite(place, node.inputs[0])) {
    place = compiler.copy(place, place.layout);
  }
  compiler.stand(output, place);
  return true;
}

bool add_renamed(const Node& node, Compiler& compiler) {
  return add_alias(compiler.home(node.inputs[0]), node, compiler);
}

bool add_reshaped(const Node& node, Compiler& compiler) {
  Location place = compiler.read_dense(node.inputs[0]);
  place.layout = dense_layout(compiler.shape(node.outputs[0]));
  return add_alias(place, node, compiler);
}

}  // namespace

bool forward(const Identity& /*op*/, const Node& node, Compiler& compiler) {
  return add_renamed(node, compiler);
}

bool forward(const Quantize& /*op*/, const Node& node, Compiler& compiler) {
  return add_renamed(node, compiler);
}

// To f32, or the compiler would have refused it.
bool forward(const Cast& /*op*/, const Node& node, Compiler& compiler) {
  return add_renamed(node, compiler);
}

bool forward(const Reshape& /*op*/, const Node& node, Compiler& compiler) {
  return add_reshaped(node, compiler);
}

bool forward(const Flatten& /*op*/, const Node& node, Compiler& compiler) {
  return add_reshaped(node, compiler);
}

bool forward(const Squeeze& /*op*/, const Node& node, Compiler& compiler) {
  return add_reshaped(node, compiler);
}

bool forward(const Unsqueeze& /*op*/, const Node& node, Compiler& compiler) {
  return add_reshaped(node, compiler);
}

// Layouts of different kinds, and blocks that a part does not fill, go densely.
bool forward(const Concat& op, const Node& node, Compiler& compiler) {
  std::vector<Layout> layouts;
  for (const ValueId input : node.inputs) layouts.push_back(compiler.home(input).layout);
  const Shape& shape = compiler.shape(node.outputs[0]);
  auto description = describe_concat(compiler.engine(), op.axis, layouts, any_layout(shape));
  if (!is_fast(description)) {
    for (std::size_t i = 0; i < layouts.size(); ++i) {
      layouts[i] = dense_layout(compiler.shape(node.inputs[i]));
    }
    description = describe_concat(compiler.engine(), op.axis, layouts, dense_layout(shape));
    if (!is_fast(description)) return false;
  }
  std::vector<Argument> arguments;
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    arguments.push_back(
        {DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), compiler.read(node.inputs[i], layouts[i])});
  }
  arguments.push_back({DNNL_ARG_DST, compiler.write(node.outputs[0], description.dst_desc())});
  compiler.add_primitive(description, dnnl::concat(description), std::move(arguments));
  return true;
}

}  // namespace vernier
