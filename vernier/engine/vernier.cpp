#include "vernier/engine/vernier.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/engine/engine.h"

struct vernier_plan {
  std::shared_ptr<const vernier::Plan> plan;
};

struct vernier_engine {
  vernier::Engine engine;
  std::vector<std::span<const float>> inputs;
  std::vector<std::span<float>> outputs;
};

namespace {

using vernier::Buffer;
using vernier::Plan;
using vernier::Port;

thread_local std::string last_error;

// No exception may reach C.
template <typename Result, typename Body>
Result guarded(Result failure, Body&& body) {
  try {
    Result result = body();
    last_error.clear();
    return result;
  } catch (const std::exception& error) {
    last_error = error.what();
  }
  return failure;
}

const Buffer& buffer_of(const Plan& plan, const Port& port) {
  return plan.buffers[vernier::index(port.buffer)];
}

int describe(const Plan& plan, const std::vector<Port>& ports, std::size_t number,
             vernier_port* description) {
  return guarded(1, [&] {
    if (number >= ports.size()) vernier::fail("port {} of {}", number, ports.size());
    const Buffer& buffer = buffer_of(plan, ports[number]);
    *description = {.name = ports[number].name.c_str(),
                    .axes = buffer.shape.size(),
                    .shape = {},
                    .size = static_cast<std::size_t>(buffer.size)};
    std::ranges::copy(buffer.shape, description->shape);
    return 0;
  });
}

// The arrays that the caller gave, with the sizes that the plan says.
template <typename Element>
void set_arrays(const Plan& plan, const std::vector<Port>& ports, Element* const* arrays,
                std::size_t images, std::vector<std::span<Element>>& spans) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    spans[i] = {arrays[i], images * static_cast<std::size_t>(buffer_of(plan, ports[i]).size)};
  }
}

vernier_plan* shared(Plan plan) {
  return new vernier_plan{std::make_shared<const Plan>(std::move(plan))};
}

}  // namespace

vernier_plan* vernier_load_plan(const char* path) {
  return guarded<vernier_plan*>(nullptr, [&] { return shared(vernier::load_plan(path)); });
}

vernier_plan* vernier_load_plan_bytes(const void* bytes, size_t size) {
  return guarded<vernier_plan*>(nullptr, [&] {
    return shared(vernier::plan_from_bytes({static_cast<const std::byte*>(bytes), size}, "plan"));
  });
}

void vernier_free_plan(vernier_plan* plan) { delete plan; }

int vernier_takes_any_batch(const vernier_plan* plan) { return plan->plan->any_batch ? 1 : 0; }

size_t vernier_input_count(const vernier_plan* plan) { return plan->plan->inputs.size(); }

size_t vernier_output_count(const vernier_plan* plan) { return plan->plan->outputs.size(); }

int vernier_input(const vernier_plan* plan, size_t number, vernier_port* port) {
  return describe(*plan->plan, plan->plan->inputs, number, port);
}

int vernier_output(const vernier_plan* plan, size_t number, vernier_port* port) {
  return describe(*plan->plan, plan->plan->outputs, number, port);
}

vernier_engine* vernier_new_engine(const vernier_plan* plan) {
  return vernier_new_threaded_engine(plan, 1);
}

vernier_engine* vernier_new_threaded_engine(const vernier_plan* plan, int threads) {
  return guarded<vernier_engine*>(nullptr, [&] {
    if (threads < 1) vernier::fail("{} threads, expected 1 or more", threads);
    const auto& shared_plan = plan->plan;
    return new vernier_engine{vernier::Engine(shared_plan, {.threads = threads}),
                              std::vector<std::span<const float>>(shared_plan->inputs.size()),
                              std::vector<std::span<float>>(shared_plan->outputs.size())};
  });
}

void vernier_free_engine(vernier_engine* engine) { delete engine; }

int vernier_run(vernier_engine* engine, const float* const* inputs, float* const* outputs,
                size_t images) {
  return guarded(1, [&] {
    const Plan& plan = engine->engine.plan();
    set_arrays(plan, plan.inputs, inputs, images, engine->inputs);
    set_arrays(plan, plan.outputs, outputs, images, engine->outputs);
    engine->engine.run(engine->inputs, engine->outputs);
    return 0;
  });
}

const char* vernier_last_error(void) { return last_error.c_str(); }
