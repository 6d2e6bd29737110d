#pragma once

// Private to export/: a float graph with quantizers under construction.

#include <optional>
#include <string>
#include <vector>

#include "vernier/reference/integer_graph.h"

namespace vernier {

/// The type that holds integers of a range; `name` is for the Error if there is none.
DType container(IntRange range, const std::string& name);

/// Signed integers of 8 bits and fewer, each with 128 added: the same numbers.
IntegerFormat as_unsigned(IntegerFormat format);

/// Integers in the type of their container.
Tensor stored(DType dtype, const Shape& shape, std::span<const std::int32_t> integers);

/// The integers that a quantizer to the format must be kept from where they are fewer than its type
/// has: those of `clamp`. A narrow range is as good as the whole type.
std::optional<IntRange> narrowed(const IntegerFormat& format, IntRange clamp);

/// The clamp of a layer, a sum or a product.
Activation& activation_field(Op& op);

/// Constants of integers with their scales.
struct QdqConstant {
  Tensor integers;
  Tensor scales;
  Tensor zero_points;
  std::int64_t axis = 1;
};

class QdqValues {
 public:
  /// A name that no value has yet.
  std::string fresh(const std::string& base) const;
  /// A node that the network does not have, named by what it gives.
  void append(Op op, std::vector<ValueId> inputs, ValueId y);
  /// A constant of integers, read as the floats that they stand for.
  ValueId dequantized(const std::string& name, QdqConstant constant);
  /// A constant of the network as its readers see it; `format`: of its integers, if it has them.
  ValueId constant(const Value& value, const std::optional<IntegerFormat>& format);
  /// x through a QuantizeLinear and a DequantizeLinear, which gives `result`; `name` names the
  /// parts.
  ValueId pair(ValueId x, const IntegerFormat& format, const std::string& name,
               const std::string& result);
  /// x between the numbers that the integers of `clamp` stand for.
  ValueId clipped(ValueId x, const IntegerFormat& format, IntRange clamp, const std::string& name);

  Graph graph;
};

}  // namespace vernier
