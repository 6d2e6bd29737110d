#pragma once

// Private to reference/: how `lower` decides each family of operators. Each function gives the
// integer operator, or a FloatNode with the reason.

#include <cmath>
#include <string>

#include "vernier/base/error.h"
#include "vernier/ir/quant_graph.h"
#include "vernier/reference/integer_graph.h"

namespace vernier {

/// What a family may look at.
struct LoweringScope {
  const QuantGraph& model;
  const std::vector<std::optional<IntegerFormat>>& formats;

  const std::optional<IntegerFormat>& format(ValueId id) const { return formats.at(index(id)); }
  /// Of a value that is known to have one.
  const IntegerFormat& known_format(ValueId id) const {
    VERNIER_CHECK(format(id).has_value());
    return *format(id);
  }
  const Shape& shape(ValueId id) const { return model.graph[id].shape; }
  const std::string& name(ValueId id) const { return model.graph[id].name; }
};

IntegerOp lower_linear(const LoweringScope& scope, const Node& node);
IntegerOp lower_binary(const LoweringScope& scope, const Node& node);
IntegerOp lower_average(const LoweringScope& scope, const Node& node);
IntegerOp lower_table(const LoweringScope& scope, const Node& node);
IntegerOp lower_move(const LoweringScope& scope, const Node& node);

/// The operands of a sum in the order in which FusedAddition takes them: where the innermost loop
/// would read one element of the first again and again, ONNX Runtime lets them change places.
std::vector<ValueId> addition_operands(const LoweringScope& scope, const Node& node);

/// Operands of more bits have no table of 256 entries, and their products leave 32 bits.
inline bool fits_8_bits(const IntegerFormat& format) { return format.range.steps() <= 255; }

/// table[q - lo] = quantize(f(dequantize(q))) for the operator of one element that `op` is.
IntegerTable tabulate(const Op& op, const IntegerFormat& from, const IntegerFormat& to);

/// The integers of a tensor as an interval in steps.
StepInterval step_interval(const IntegerFormat& format);

/// Where the result goes, its integers narrowed to those that a fused activation lets through.
OutputRange output_range(const IntegerFormat& format, const Activation& activation);

std::int32_t quantize(float real, const IntegerFormat& format);

/// Why the requantization of the model cannot express these ratios for `node`, so that it runs in
/// float; empty if it can, or if that is an Error.
std::string reason_against(const LoweringScope& scope, const Node& node, float ratio,
                           float addend_ratio = 0.0F);

/// An Error that names the node if scales are too far apart for a quotient in float32.
void expect_finite(const Node& node, const AffineRounding& rounding);

/// What `body` gives; its Error then names the node.
template <typename Body>
auto with_name(const Node& node, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    fail("node '{}': {}", node.name, error.what());
  }
}

/// The constants of `node`, which an Error names, for output = sum * ratio + addend * addend_ratio.
Requantizer requantizer_of(const LoweringScope& scope, const Node& node, double ratio,
                           float addend_ratio = 0.0F);

}  // namespace vernier
