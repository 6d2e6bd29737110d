#pragma once

// Private to engine/: one overload a step. The plan has been verified: nothing is checked here.

#include "vernier/base/thread_team.h"
#include "vernier/engine/kernels.h"
#include "vernier/engine/plan.h"

namespace vernier {

/// Memory that means nothing between steps: `each` bytes for every member of the team.
struct Scratch {
  std::int8_t* memory = nullptr;
  std::int64_t each = 0;
};

/// What a step works with: where each buffer of the plan is just now.
struct StepContext {
  const Plan& plan;
  const Kernels& kernels;
  std::span<const std::byte* const> sources;
  std::span<std::byte* const> targets;
  Scratch scratch;
  ThreadTeam* team = nullptr;  // null: one thread

  const Buffer& buffer(BufferId id) const { return plan.buffers[index(id)]; }
  Element element(BufferId id) const { return buffer(id).element; }
  /// Element `first` of a buffer.
  const std::byte* read(BufferId id, std::int64_t first = 0) const {
    return sources[index(id)] + first * byte_size(element(id));
  }
  std::byte* write(BufferId id, std::int64_t first = 0) const {
    return targets[index(id)] + first * byte_size(element(id));
  }
  const float* reals(BufferId id) const { return reinterpret_cast<const float*>(read(id)); }
  std::int8_t* scratch_of(int member) const { return scratch.memory + scratch.each * member; }
  float* result(BufferId id) const { return reinterpret_cast<float*>(write(id)); }
};

void run_one(const Convolve& step, const StepContext& context);
void run_one(const ConvolveDepthwise& step, const StepContext& context);
void run_one(const Combine& step, const StepContext& context);
void run_one(const Pool& step, const StepContext& context);
void run_one(const Lookup& step, const StepContext& context);
void run_one(const QuantizeStep& step, const StepContext& context);
void run_one(const DequantizeStep& step, const StepContext& context);
void run_one(const Rearrange& step, const StepContext& context);
void run_one(const FillBorder& step, const StepContext& context);

void run_one(const FloatUnary& step, const StepContext& context);
void run_one(const FloatBinary& step, const StepContext& context);
void run_one(const FloatConvolve& step, const StepContext& context);
void run_one(const FloatProduct& step, const StepContext& context);
void run_one(const FloatReduce& step, const StepContext& context);
void run_one(const FloatSoftmax& step, const StepContext& context);
void run_one(const FloatLocalResponse& step, const StepContext& context);
void run_one(const FloatBatchNorm& step, const StepContext& context);
void run_one(const FloatPool& step, const StepContext& context);
void run_one(const FloatInterpolate& step, const StepContext& context);

inline void run_step(const StepOp& op, const StepContext& context) {
  std::visit([&](const auto& step) { run_one(step, context); }, op);
}

}  // namespace vernier
