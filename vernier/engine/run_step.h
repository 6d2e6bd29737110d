#pragma once

// Private to engine/: one overload a step. The plan has been verified: nothing is checked here.

#include "vernier/engine/kernels.h"
#include "vernier/engine/plan.h"

namespace vernier {

/// One of several threads that compute a step together.
struct TeamMember {
  std::int64_t number = 0;  // of 0..count-1
  std::int64_t count = 1;
};

/// What a step works with: where each buffer of the plan is just now.
struct StepContext {
  const Plan& plan;
  const Kernels& kernels;
  std::span<const std::byte* const> sources;
  std::span<std::byte* const> targets;
  const std::byte* prepared;  // of this step, see prepared_weights(); null: nothing
  TeamMember member;

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
  float* result(BufferId id) const { return reinterpret_cast<float*>(write(id)); }
};

/// The member's share of the results.
void run_share(const Convolve& step, const StepContext& context);
void run_share(const ConvolveDepthwise& step, const StepContext& context);
void run_share(const Combine& step, const StepContext& context);
void run_share(const Pool& step, const StepContext& context);
void run_share(const Lookup& step, const StepContext& context);
void run_share(const QuantizeStep& step, const StepContext& context);
void run_share(const DequantizeStep& step, const StepContext& context);
void run_share(const FillBorder& step, const StepContext& context);

/// All results; for one member.
void run_one(const Rearrange& step, const StepContext& context);
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
  std::visit(
      [&](const auto& step) {
        if constexpr (requires { run_share(step, context); }) {
          run_share(step, context);
        } else if (context.member.number == 0) {
          run_one(step, context);
        }
      },
      op);
}

}  // namespace vernier
