// Float islands: the loops of loops/.

#include <algorithm>

#include "vernier/engine/run_step.h"
#include "vernier/loops/unary.h"

namespace vernier {
namespace {

// `find` of base/table.h allocates; verify has seen the name.
template <typename Entry>
const Entry& named(std::span<const Entry> table, std::string_view name) {
  return *std::ranges::find(table, name, &Entry::name);
}

std::span<const float> all_reals(const StepContext& context, BufferId id) {
  return {context.reals(id), static_cast<std::size_t>(context.buffer(id).size)};
}

}  // namespace

void run_one(const FloatUnary& step, const StepContext& context) {
  const std::span<const float> x = all_reals(context, step.x);
  named(unary_functions(), step.function)
      .apply(x, {step.alpha, step.beta}, {context.result(step.y), x.size()});
}

void run_one(const FloatBinary& step, const StepContext& context) {
  named(binary_functions(), step.function)
      .f32(step.broadcast, context.reals(step.a), context.reals(step.b), context.result(step.y));
}

void run_one(const FloatConvolve& step, const StepContext& context) {
  const auto run = step.transposed ? convolve_transposed : convolve;
  run(step.convolution, {.x = context.reals(step.x),
                         .weight = context.reals(step.weight),
                         .bias = context.reals(step.bias),
                         .y = context.result(step.y)});
}

void run_one(const FloatProduct& step, const StepContext& context) {
  float* y = context.result(step.y);
  for (std::size_t i = 0; i < step.a_first.size(); ++i) {
    multiply_matrices(step.product, context.reals(step.a) + step.a_first[i],
                      context.reals(step.b) + step.b_first[i], y);
    y += step.product.m * step.product.n;
  }
}

void run_one(const FloatReduce& step, const StepContext& context) {
  if (step.mean) {
    reduce_mean(step.reduction, context.reals(step.x), context.result(step.y));
  } else {
    reduce_sum(step.reduction, context.reals(step.x), context.result(step.y));
  }
}

void run_one(const FloatSoftmax& step, const StepContext& context) {
  softmax(step.view, context.reals(step.x), context.result(step.y));
}

void run_one(const FloatLocalResponse& step, const StepContext& context) {
  local_response_normalize(step.params, step.view, context.reals(step.x), context.result(step.y));
}

void run_one(const FloatBatchNorm& step, const StepContext& context) {
  batch_normalize({.scale = context.reals(step.scale),
                   .bias = context.reals(step.bias),
                   .mean = context.reals(step.mean),
                   .variance = context.reals(step.variance),
                   .epsilon = step.epsilon},
                  step.view, context.reals(step.x), context.result(step.y));
}

void run_one(const FloatPool& step, const StepContext& context) {
  if (!step.average) {
    max_pool(step.pooling, context.reals(step.x), context.result(step.y));
    return;
  }
  average_pool(step.pooling,
               step.count_padding ? PoolDivisor::elements_and_padding : PoolDivisor::elements,
               context.reals(step.x), context.result(step.y));
}

void run_one(const FloatInterpolate& step, const StepContext& context) {
  interpolate_axis(step.interpolation, step.view, context.reals(step.x), context.result(step.y));
}

}  // namespace vernier
