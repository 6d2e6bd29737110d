// Memory: buffers that are not needed at the same time share it.

#include <algorithm>

#include "vernier/base/memory_plan.h"
#include "vernier/engine/step_buffers.h"
#include "vernier/export/plan_builder.h"

namespace vernier {
namespace {

std::int64_t bytes_of(const Buffer& buffer) { return buffer.size * byte_size(buffer.element); }

// The steps between which the elements of each buffer must be kept.
std::vector<Lifetime> lifetimes(const Plan& plan) {
  std::vector<Lifetime> result(plan.buffers.size(),
                               {.first_step = std::ssize(plan.steps), .last_step = 0});
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto step = static_cast<std::int64_t>(i);
    for_each_buffer(plan.steps[i].op, [&](BufferId id) {
      Lifetime& lifetime = result[index(id)];
      lifetime.first_step = std::min(lifetime.first_step, step);
      lifetime.last_step = std::max(lifetime.last_step, step);
    });
  }
  return result;
}

}  // namespace

void place_buffers(Plan& plan) {
  std::vector<Lifetime> needed = lifetimes(plan);
  for (std::size_t i = 0; i < needed.size(); ++i) {
    const bool placed = plan.buffers[i].place == Place::arena;
    needed[i].bytes = placed ? bytes_of(plan.buffers[i]) : 0;
  }
  const std::vector<std::int64_t> offsets = plan_memory(needed).offsets;
  plan.arena_bytes = 0;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    Buffer& buffer = plan.buffers[i];
    if (buffer.place != Place::arena) continue;
    buffer.offset = offsets[i];
    plan.arena_bytes = std::max(plan.arena_bytes, buffer.offset + bytes_of(buffer));
  }
}

}  // namespace vernier
