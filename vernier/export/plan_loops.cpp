// Nested loops over tensors: which axes are loops of their own, and in which order.

#include <algorithm>

#include "vernier/export/plan_builder.h"

namespace vernier {

Operand operand_of(const PlanBuilder& builder, BufferId id, const Shape& sizes) {
  const Buffer& buffer = builder.buffer(id);
  Operand operand{
      .buffer = id, .first = buffer.first, .strides = std::vector<std::int64_t>(sizes.size(), 0)};
  const std::size_t added = sizes.size() - buffer.shape.size();
  for (std::size_t axis = 0; axis < buffer.shape.size(); ++axis) {
    if (buffer.shape[axis] != 1) operand.strides[added + axis] = buffer.strides[axis];
  }
  return operand;
}

Loops loops_over(const Shape& sizes, std::vector<Operand> operands) {
  std::vector<std::size_t> order;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] > 1) order.push_back(axis);
  }
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](std::size_t axis) { return operands[0].strides[axis]; });
  Loops loops{.operands = operands};
  for (Operand& operand : loops.operands) operand.strides.clear();
  for (const std::size_t axis : order) {
    const bool goes_on =
        !loops.sizes.empty() &&
        std::ranges::equal(operands, loops.operands, [&](const Operand& from, const Operand& to) {
          return to.strides.back() == from.strides[axis] * sizes[axis];
        });
    if (goes_on) {
      loops.sizes.back() *= sizes[axis];
    } else {
      loops.sizes.push_back(sizes[axis]);
    }
    for (std::size_t i = 0; i < operands.size(); ++i) {
      auto& strides = loops.operands[i].strides;
      if (goes_on) strides.pop_back();
      strides.push_back(operands[i].strides[axis]);
    }
  }
  if (loops.sizes.empty()) {
    loops.sizes = {1};
    for (Operand& operand : loops.operands) operand.strides = {1};
  }
  return loops;
}

void bring_planes_inside(Loops& loops) {
  const std::size_t last = loops.sizes.size() - 1;
  for (std::size_t loop = 0; loop < last; ++loop) {
    if (loops.operands[1].strides[loop] != 1) continue;
    const auto to_inside = [&](std::vector<std::int64_t>& numbers) {
      const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(loop);
      std::rotate(begin, begin + 1, numbers.begin() + static_cast<std::ptrdiff_t>(last));
    };
    to_inside(loops.sizes);
    for (Operand& operand : loops.operands) to_inside(operand.strides);
    return;
  }
}

}  // namespace vernier
