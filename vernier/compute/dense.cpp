// What oneDNN lacks: the reference's loops on row-major tensors.

#include <algorithm>
#include <memory>

#include "vernier/compute/forward.h"
#include "vernier/reference/evaluate.h"

namespace vernier {

void forward_dense(const Node& node, Compiler& compiler) {
  std::vector<Location> places;
  // Constants are passed as they are, of whatever type; tensors for the others are made once.
  std::vector<Tensor> tensors;
  std::vector<std::size_t> computed;
  for (const ValueId input : node.inputs) {
    const Value& value = compiler.graph()[input];
    tensors.push_back(value.constant ? *value.constant : Tensor(DType::f32, value.shape));
    if (value.constant) continue;
    computed.push_back(tensors.size() - 1);
    places.push_back(compiler.read_dense(input));
  }
  for (const ValueId output : node.outputs) {
    places.push_back(compiler.write(output, dense_layout(compiler.shape(output))));
  }
  Loop loop = [op = node.op, tensors, computed](std::span<float* const> addresses) mutable {
    for (std::size_t i = 0; i < computed.size(); ++i) {
      const std::span<float> elements = tensors[computed[i]].edit<float>();
      std::copy_n(addresses[i], elements.size(), elements.begin());
    }
    const std::vector<Tensor> outputs = evaluate(op, tensors);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      std::ranges::copy(outputs[i].view<float>(), addresses[computed.size() + i]);
    }
  };
  compiler.add_loop("loops", std::move(loop), std::move(places));
}

}  // namespace vernier
