#pragma once

#include <string>
#include <string_view>

#include "vernier/ir/graph.h"
#include "vernier/ir/quant_graph.h"

namespace vernier {

struct TextOptions {
  /// Constants of more elements are written as `...` with a checksum; such a text cannot be read
  /// back.
  std::int64_t longest_constant = -1;  ///< -1: all are written whole
};

/// The graph as text, one line a node, exactly: from_text(to_text(g)) gives the same graph, every
/// float bit included (floats are written with the fewest digits that read back to the same bits;
/// nan and infinities by name).
///
///   any_batch
///   input x: f32[1,3,32,32]
///   const w: f32[16,3,3,3] = [0.5 -1 ...]
///   y = Conv(x, w, b) pads=[1,1,1,1]  # name: conv1
///   return y
///
/// Fields that have their default are left out. A node's name is written only where it is not its
/// first output's. Names of other characters than [A-Za-z0-9_./:-] are quoted. The outputs of a
/// Foreign node carry their types: `y: f32[1,8] = Foreign(x) op_type="..."`. `#` begins a comment.
std::string to_text(const Graph& graph, const TextOptions& options = {});
/// With points, behind the nodes:
///
///   arithmetic requantization=dyadic addition=requantized
///   point y: range=[0,255] symmetric=false leader=x observed=false scale=[0.5] zero_point=[3]
std::string to_text(const QuantGraph& model, const TextOptions& options = {});

/// Reads what to_text wrote; an Error says `what`:line and what was expected. Shapes of computed
/// values are inferred.
Graph from_text(std::string_view text, std::string_view what = "text");
QuantGraph quant_graph_from_text(std::string_view text, std::string_view what = "text");

}  // namespace vernier
