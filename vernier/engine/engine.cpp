#include "vernier/engine/engine.h"

#include <algorithm>
#include <new>

#include "vernier/base/error.h"
#include "vernier/engine/borders.h"
#include "vernier/engine/prepare.h"
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

// The first steps of turns, behind which the threads wait for each other; last, the end.
std::vector<std::size_t> turns_of(const Plan& plan) {
  std::vector<std::size_t> turns;
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    if (step == 0 || !follows_its_border(plan, step)) turns.push_back(step);
  }
  turns.push_back(plan.steps.size());
  return turns;
}

}  // namespace

Engine::Engine(std::shared_ptr<const Plan> plan, const EngineOptions& options)
    : plan_(verified(std::move(plan))), kernels_(options.kernels) {
  if (options.threads > 1) team_ = std::make_unique<ThreadTeam>(options.threads);
  prepared_ = prepared_weights(*plan_, *kernels_);
  turns_ = turns_of(*plan_);
  is_done_ = standing_borders(*plan_);
  const int memories = plan_->any_batch ? options.threads : 1;
  for (int i = 0; i < memories; ++i) add_memory();
}

void Engine::add_memory() {
  Memory& memory = memories_.emplace_back(allocated(plan_->arena_bytes + slack_bytes));
  for (const Buffer& buffer : plan_->buffers) {
    std::byte* target =
        buffer.place == Place::arena ? memory.arena.data() + buffer.offset : nullptr;
    const bool constant = buffer.place == Place::constants;
    memory.sources.push_back(constant ? plan_->constants.data() + buffer.offset : target);
    memory.targets.push_back(target);
  }
}

void Engine::take_image(Memory& memory, const Arrays& arrays, std::int64_t image) const {
  for (std::size_t i = 0; i < arrays.inputs.size(); ++i) {
    const std::size_t buffer = index(plan_->inputs[i].buffer);
    const float* first = arrays.inputs[i].data() + image * plan_->buffers[buffer].size;
    memory.sources[buffer] = reinterpret_cast<const std::byte*>(first);
  }
  for (std::size_t i = 0; i < arrays.outputs.size(); ++i) {
    const std::size_t buffer = index(plan_->outputs[i].buffer);
    float* first = arrays.outputs[i].data() + image * plan_->buffers[buffer].size;
    memory.targets[buffer] = reinterpret_cast<std::byte*>(first);
    memory.sources[buffer] = memory.targets[buffer];
  }
}

void Engine::run(std::span<const std::span<const float>> inputs,
                 std::span<const std::span<float>> outputs, const Observer& observer) {
  const std::int64_t images = image_count(*plan_, inputs);
  check_arrays(*plan_, plan_->inputs, inputs, images);
  check_arrays(*plan_, plan_->outputs, outputs, images);
  const Arrays arrays{inputs, outputs};
  // As many as all threads can take alike go one image a thread; the threads share the others.
  std::int64_t image = 0;
  if (team_ && !observer) {
    image = images / team_->size() * team_->size();
    run_images(arrays, image);
  }
  for (; image < images; ++image) run_image(arrays, image, observer);
}

void Engine::run_step_of(std::size_t step, const Memory& memory, const TeamMember& member) const {
  if (is_done_[step]) return;
  run_step(plan_->steps[step].op, {.plan = *plan_,
                                   .kernels = *kernels_,
                                   .sources = memory.sources,
                                   .targets = memory.targets,
                                   .prepared = prepared_.of(step),
                                   .member = member});
}

void Engine::run_images(const Arrays& arrays, std::int64_t images) {
  if (images == 0) return;
  team_->run([&](int member) {
    Memory& memory = memories_[static_cast<std::size_t>(member)];
    const std::int64_t each = images / team_->size();
    for (std::int64_t image = member * each; image < (member + 1) * each; ++image) {
      take_image(memory, arrays, image);
      for (std::size_t step = 0; step < plan_->steps.size(); ++step) {
        run_step_of(step, memory, {});
      }
    }
  });
}

void Engine::run_image(const Arrays& arrays, std::int64_t image, const Observer& observer) {
  take_image(memories_[0], arrays, image);
  const std::size_t steps = plan_->steps.size();
  const int members = team_ ? team_->size() : 1;
  const auto run_member = [&](std::size_t step, int member) {
    run_step_of(step, memories_[0], {member, members});
  };
  if (team_ && !observer) {
    team_->run_turns(static_cast<std::uint32_t>(turns_.size() - 1),
                     [&](std::size_t turn, int member) {
                       for (std::size_t step = turns_[turn]; step < turns_[turn + 1]; ++step)
                         run_member(step, member);
                     });
    return;
  }
  for (std::size_t step = 0; step < steps; ++step) {
    if (team_) {
      team_->run([&](int member) { run_member(step, member); });
    } else {
      run_member(step, 0);
    }
    if (observer) observer(step, image);
  }
}

void Engine::bind(BufferId id, std::byte* memory) {
  VERNIER_CHECK(plan_->buffers.at(index(id)).place == Place::arena);
  is_done_.assign(is_done_.size(), false);  // what was in one place may now be in several
  memories_[0].sources[index(id)] = memory;
  memories_[0].targets[index(id)] = memory;
}

Tensor Engine::value(BufferId id) const {
  VERNIER_CHECK(memories_[0].sources.at(index(id)) != nullptr);
  return dense(plan_->buffers[index(id)], memories_[0].sources[index(id)]);
}

Tensor dense(const Buffer& buffer, const std::byte* source) {
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
  const LoopPart all{.end = sizes.front()};
  walk<1>(sizes, {&from}, all, [&](const std::array<std::int64_t, 1>& at, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i, ++next) {
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
