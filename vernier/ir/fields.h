#pragma once

// What is generic over the operators and their fields.

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "vernier/ir/op.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// Calls body(operator) with each operator in its default form, Foreign included, in the order of
/// the variant.
template <typename Body>
void for_each_operator(Body&& body) {
  [&]<std::size_t... Position>(std::index_sequence<Position...>) {
    (body(std::variant_alternative_t<Position, AnyOp>{}), ...);
  }(std::make_index_sequence<std::variant_size_v<AnyOp>>{});
}

/// The operator of this type ("Conv") in its default form; none if we have no such operator.
inline std::optional<Op> operator_of_type(std::string_view type) {
  std::optional<Op> found;
  for_each_operator([&](auto op) {
    if (op.type == type) found = std::move(op);
  });
  return found;
}

/// Calls field(name, value) for every field of a QuantSpec, const or not.
void spec_fields(auto& spec, auto&& field) {
  field("range", spec.range);
  field("symmetric", spec.symmetric);
  field("adaptive_sign", spec.adaptive_sign);
  field("power_of_two_scale", spec.power_of_two_scale);
  field("rounding", spec.rounding);
  field("granularity", spec.granularity);
}

}  // namespace vernier
