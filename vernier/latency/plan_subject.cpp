// The engine on a plan: outputs and inputs are allocated once, so that a run is what a program
// that uses the engine would pay.

#include <memory>

#include "vernier/base/error.h"
#include "vernier/engine/engine.h"
#include "vernier/engine/step_buffers.h"
#include "vernier/latency/subject.h"

namespace vernier {
namespace {

// In the order of StepOp.
constexpr std::array kinds = {
    "Convolve",       "ConvolveDepthwise", "Combine",          "Pool",
    "Lookup",         "Quantize",          "Dequantize",       "Rearrange",
    "FillBorder",     "FloatUnary",        "FloatBinary",      "FloatConvolve",
    "FloatProduct",   "FloatReduce",       "FloatSoftmax",     "FloatLocalResponse",
    "FloatBatchNorm", "FloatPool",         "FloatInterpolate",
};
static_assert(kinds.size() == std::variant_size_v<StepOp>);

struct PlanRun {
  PlanRun(Plan plan, std::int64_t batch, int threads)
      : engine(std::make_shared<const Plan>(std::move(plan)), {.threads = threads}),
        inputs(),
        outputs() {
    for (const Port& port : engine.plan().inputs) {
      inputs.push_back(bench_input(inputs.size(), batch * size(port)));
      sources.emplace_back(inputs.back());
    }
    for (const Port& port : engine.plan().outputs) {
      outputs.emplace_back(static_cast<std::size_t>(batch * size(port)));
    }
    for (std::vector<float>& each : outputs) targets.emplace_back(each);
  }

  std::int64_t size(const Port& port) const {
    return engine.plan().buffers[index(port.buffer)].size;
  }

  void run(const StepDone& done) {
    if (done) {
      engine.run(sources, targets, [&](std::size_t step, std::int64_t) { done(step); });
    } else {
      engine.run(sources, targets);
    }
  }

  Engine engine;
  std::vector<std::vector<float>> inputs;
  std::vector<std::vector<float>> outputs;
  std::vector<std::span<const float>> sources;
  std::vector<std::span<float>> targets;
};

StepWork work_of(const Plan& plan, const Step& step, std::int64_t batch) {
  std::int64_t activations = 0;
  for_each_buffer(step.op, [&](BufferId id) {
    const Buffer& buffer = plan.buffers[index(id)];
    activations += buffer.size * byte_size(buffer.element);
  });
  return {.name = step.name,
          .kind = kinds[step.op.index()],
          .macs = batch * step.macs,
          .bytes = step.constant_bytes + batch * activations};
}

}  // namespace

Subject plan_subject(const std::filesystem::path& path, const SubjectOptions& options) {
  Plan plan = load_plan(path);
  if (!plan.any_batch && options.batch != 1)
    fail("{}: the network has fixed shapes, so --batch is 1, not {}", path.string(), options.batch);
  Subject subject{.precision = "int8", .activation_bytes = plan.arena_bytes};
  for (const Step& step : plan.steps) subject.steps.push_back(work_of(plan, step, options.batch));
  const auto run = std::make_shared<PlanRun>(std::move(plan), options.batch, options.threads);
  for (const auto& input : run->inputs)
    subject.input_sizes.push_back(static_cast<std::int64_t>(input.size()));
  subject.run = [run](const StepDone& done) { run->run(done); };
  return subject;
}

}  // namespace vernier
