#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "vernier/engine/plan.h"
#include "vernier/reference/integer_graph.h"

namespace vernier {

/// One node of a network by itself. Every value is kept as the plan of the whole network would keep
/// it, integers with padding and border, floats dense: so what one NodePlan computes, the next one
/// reads. All of it is in the arena; an engine can be told of other memory (Engine::bind).
struct NodePlan {
  std::shared_ptr<const Plan> plan;
  std::vector<std::optional<BufferId>> inputs;  ///< as the node's; none: a constant of the plan
  std::vector<BufferId> outputs;                ///< as the node's; none of them an input
};

NodePlan compile_node(const IntegerGraph& network, const IntegerNode& node);

/// A network input: from its floats, dense, to what its readers read.
NodePlan compile_input(const IntegerGraph& network, ValueId input);

/// What a layer sums up before bias, residual and activation: sum * scale, one scale an output
/// channel. Its output is f32 with the channels of a place beside each other, see its strides.
NodePlan compile_sums(const IntegerGraph& network, const IntegerNode& layer,
                      std::vector<float> scales);

/// How each value is kept, by value; of a constant: nothing. Behind its elements `slack_bytes` more
/// must be readable.
std::vector<Buffer> kept_buffers(const IntegerGraph& network);

}  // namespace vernier
