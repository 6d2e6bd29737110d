#pragma once

// Private to export/: float islands. One overload of `island_step` an operator, in the order of
// operations of reference/evaluate; plan_float.cpp and plan_float_layers.cpp.

#include <string_view>

#include "vernier/export/plan_builder.h"

namespace vernier {

/// A node between its buffers; x holds the floats of every operand.
struct Island {
  PlanBuilder& builder;
  const IntegerNode& node;
  std::vector<BufferId> x;
  BufferId y{};

  const Shape& shape(BufferId id) const { return builder.buffer(id).shape; }
  const Shape& x_shape() const { return shape(x[0]); }
  const Shape& y_shape() const { return shape(y); }
  void add(StepOp op) const { builder.add(std::move(op)); }
};

/// y = function(a, b), under its name in loops/binary. y may be a.
struct BinaryOperands {
  BufferId a{};
  BufferId b{};
  BufferId y{};
};
void add_binary(const Island& island, std::string_view function, const BinaryOperands& operands);
/// The clamp behind an operator, in place.
void activate(const Island& island, const Activation& activation);

void island_step(const Island& island, const Conv& op);
void island_step(const Island& island, const ConvTranspose& op);
void island_step(const Island& island, const Gemm& op);
void island_step(const Island& island, const MatMul& op);

}  // namespace vernier
