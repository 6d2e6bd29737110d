#include "vernier/engine/engine.h"

#include <algorithm>
#include <new>

#include "vernier/base/error.h"
#include "vernier/engine/run_step.h"
#include "vernier/engine/walk.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

AlignedBytes allocated(std::int64_t bytes) {
  try {
    return AlignedBytes(static_cast<std::size_t>(bytes));
  } catch (const std::bad_alloc&) {
    fail("the plan needs {} bytes of memory, which this machine does not give", bytes);
  }
}

std::shared_ptr<const Plan> verified(std::shared_ptr<const Plan> plan) {
  verify(*plan);
  return plan;
}

// How many images the arrays hold.
std::int64_t image_count(const Plan& plan, std::span<const std::span<const float>> inputs) {
  if (!plan.any_batch || inputs.empty() || plan.inputs.empty()) return 1;
  return static_cast<std::int64_t>(inputs[0].size()) /
         plan.buffers[index(plan.inputs[0].buffer)].size;
}

template <typename Arrays>
void check_arrays(const Plan& plan, std::span<const Port> ports, const Arrays& arrays,
                  std::int64_t images) {
  if (arrays.size() != ports.size()) {
    fail("{} arrays are given, expected {}", arrays.size(), ports.size());
  }
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto size = static_cast<std::int64_t>(arrays[i].size());
    const std::int64_t image = plan.buffers[index(ports[i].buffer)].size;
    if (size != images * image) {
      fail("'{}' has {} elements, expected {} for each of {} images", ports[i].name, size, image,
           images);
    }
  }
}

}  // namespace

Engine::Engine(std::shared_ptr<const Plan> plan, const Kernels& kernels)
    : plan_(verified(std::move(plan))),
      kernels_(&kernels),
      arena_(allocated(plan_->arena_bytes + slack_bytes)) {
  for (const Buffer& buffer : plan_->buffers) {
    std::byte* target = buffer.place == Place::arena ? arena_.data() + buffer.offset : nullptr;
    const bool constant = buffer.place == Place::constants;
    sources_.push_back(constant ? plan_->constants.data() + buffer.offset : target);
    targets_.push_back(target);
  }
}

void Engine::run(std::span<const std::span<const float>> inputs,
                 std::span<const std::span<float>> outputs, const Observer& observer) {
  const std::int64_t images = image_count(*plan_, inputs);
  check_arrays(*plan_, plan_->inputs, inputs, images);
  check_arrays(*plan_, plan_->outputs, outputs, images);
  for (std::int64_t image = 0; image < images; ++image) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::size_t buffer = index(plan_->inputs[i].buffer);
      const float* first = inputs[i].data() + image * plan_->buffers[buffer].size;
      sources_[buffer] = reinterpret_cast<const std::byte*>(first);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::size_t buffer = index(plan_->outputs[i].buffer);
      float* first = outputs[i].data() + image * plan_->buffers[buffer].size;
      targets_[buffer] = reinterpret_cast<std::byte*>(first);
      sources_[buffer] = targets_[buffer];
    }
    for (std::size_t step = 0; step < plan_->steps.size(); ++step) {
      run_step(plan_->steps[step].op, {*plan_, *kernels_, sources_, targets_});
      if (observer) observer(step, image);
    }
  }
}

Tensor Engine::value(BufferId id) const {
  const Buffer& buffer = plan_->buffers.at(index(id));
  const std::byte* source = sources_.at(index(id));
  VERNIER_CHECK(source != nullptr);
  const bool real = buffer.element == Element::f32;
  Tensor result(real ? DType::f32 : DType::i32, buffer.shape);
  const std::span<std::byte> bytes = result.edit_bytes();
  Shape sizes = buffer.shape;
  Operand from{.first = buffer.first, .strides = buffer.strides};
  if (sizes.empty()) {  // a scalar is a loop of one
    sizes = {1};
    from.strides = {1};
  }
  std::int64_t next = 0;
  walk<1>(sizes, {&from}, [&](const std::array<std::int64_t, 1>& at) {
    for (std::int64_t i = 0; i < sizes.back(); ++i, ++next) {
      const std::int64_t position = at[0] + i * from.strides.back();
      if (real) {
        reinterpret_cast<float*>(bytes.data())[next] =
            reinterpret_cast<const float*>(source)[position];
      } else {
        reinterpret_cast<std::int32_t*>(bytes.data())[next] =
            buffer.shift + (buffer.element == Element::u8
                                ? static_cast<std::int32_t>(source[position])
                                : reinterpret_cast<const std::int16_t*>(source)[position]);
      }
    }
  });
  return result;
}

std::vector<Tensor> Engine::run(std::span<const Tensor> inputs, const Observer& observer) {
  std::vector<std::span<const float>> sources;
  for (const Tensor& input : inputs) sources.push_back(input.view<float>());
  const bool batch = plan_->any_batch && !inputs.empty() && !inputs[0].shape().empty();
  std::vector<Tensor> outputs;
  std::vector<std::span<float>> targets;
  for (const Port& port : plan_->outputs) {
    Shape shape = plan_->buffers[index(port.buffer)].shape;
    if (batch && !shape.empty()) shape[0] = inputs[0].shape()[0];
    targets.push_back(outputs.emplace_back(DType::f32, shape).edit<float>());
  }
  run(sources, targets, observer);
  return outputs;
}

}  // namespace vernier
