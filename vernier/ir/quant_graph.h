#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vernier/ir/graph.h"
#include "vernier/quant/fixed_point.h"
#include "vernier/quant/float_bias.h"
#include "vernier/quant/fused_addition.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// A value that is kept in integers. `params` is empty until calibration; then one entry, or one a
/// channel of axis 0 (weights only).
struct QuantPoint {
  QuantSpec spec = {};
  /// The value whose parameters this one takes: itself, or the leader of a tie (the inputs and the
  /// output of a concat; what only moves or selects integers, such as max pooling).
  ValueId leader{};
  /// Whether the values count for the statistics of the tie: not for what merely passes integers
  /// on.
  bool observed = true;
  std::vector<QuantParams> params = {};

  bool operator==(const QuantPoint&) const = default;
};

/// What the integers mean beyond each point: the same for the whole graph, copied from the profile.
struct Arithmetic {
  Requantization requantization = Requantization::floating;
  Addition addition = Addition::requantized;
  Sums sums = Sums::requantized;

  bool operator==(const Arithmetic&) const = default;
};

/// A graph and its quantization points. A value with a point holds integers in the readings `exact`
/// and `deployed` and is fake-quantized in the reading `simulated`; a value without one holds
/// floats in all. A node whose operands have points computes in integers where its operator has an
/// integer form; everything else is a float island. Biases have no point: they are int32 at scale_x
/// * scale_w by definition.
struct QuantGraph {
  Graph graph;
  std::map<ValueId, QuantPoint> points;
  Arithmetic arithmetic;
};

const QuantPoint* find_point_if_any(const QuantGraph& model, ValueId id);

/// verify(graph), and: leaders exist, agree in spec and lead themselves; params are none, one, or
/// one a channel; scales are positive and finite; zero points lie in the range; points stand on
/// float values only.
void verify(const QuantGraph& model);

}  // namespace vernier
