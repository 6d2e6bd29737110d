#include "vernier/compute/forward.h"

#include <variant>

namespace vernier {

void forward(const Node& node, Compiler& compiler) {
  const bool done =
      std::visit([&](const auto& op) { return forward(op, node, compiler); }, node.op);
  if (!done) forward_dense(node, compiler);
}

}  // namespace vernier
