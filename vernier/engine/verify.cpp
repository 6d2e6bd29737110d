// What holds for the plan as a whole: buffers, ports, memory.

#include "vernier/engine/verify.h"

#include <algorithm>
#include <cmath>

#include "vernier/engine/walk.h"

namespace vernier {
namespace {

const Buffer& buffer_at(const Plan& plan, BufferId id, std::string_view what) {
  if (index(id) >= plan.buffers.size()) {
    fail("{} is buffer {}, but the plan has {}", what, static_cast<std::int32_t>(id),
         plan.buffers.size());
  }
  return plan.buffers[index(id)];
}

void verify_shape(const Buffer& buffer) {
  expect(buffer.shape.size() == buffer.strides.size() && buffer.shape.size() <= most_loops,
         "shape and strides do not fit together");
  std::vector<Loop> loops;
  for (std::size_t axis = 0; axis < buffer.shape.size(); ++axis) {
    loops.push_back({buffer.shape[axis], buffer.strides[axis]});
  }
  expect_inside(buffer.first, loops, buffer.size, "the shape");
}

void verify_place(const Plan& plan, const Buffer& buffer, BufferId id) {
  const std::int64_t bytes = buffer.size * byte_size(buffer.element);
  if (buffer.place == Place::arena) {
    expect_between(buffer.offset, 0, plan.arena_bytes, "offset");
    expect(buffer.offset % 64 == 0, "offset is not a multiple of 64");
    expect_between(bytes, 1, plan.arena_bytes - buffer.offset, "size in bytes");
    return;
  }
  if (buffer.place == Place::constants) {
    expect_constants(plan, buffer.offset, bytes, "size in bytes");
    return;
  }
  const auto& ports = buffer.place == Place::input ? plan.inputs : plan.outputs;
  expect_between(buffer.offset, 0, static_cast<std::int64_t>(ports.size()) - 1, "port");
  expect(ports[static_cast<std::size_t>(buffer.offset)].buffer == id, "the port is another's");
  expect(buffer.element == Element::f32 && buffer.first == 0 &&
             buffer.size == element_count(buffer.shape),
         "an input or output is not dense f32");
}

void verify_buffer(const Plan& plan, BufferId id) {
  const Buffer& buffer = plan.buffers[index(id)];
  expect_between(buffer.size, 1, most_elements, "size");
  verify_shape(buffer);
  verify_place(plan, buffer, id);
  expect(std::isfinite(buffer.params.scale) && buffer.params.scale > 0.0F,
         "scale is not a positive number");
  expect_between(buffer.params.zero_point, -65536, 65536, "zero_point");
  expect_between(buffer.shift, -65536, 65536, "shift");
}

void verify_ports(const Plan& plan, std::span<const Port> ports, Place place) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const Buffer& buffer = buffer_at(plan, ports[i].buffer, "the port");
    expect(buffer.place == place && buffer.offset == static_cast<std::int64_t>(i),
           "the buffer of a port is not one");
  }
}

// The arena must be what the buffers need: a damaged size must not make the engine ask for it.
void verify_arena(const Plan& plan) {
  std::int64_t needed = 0;
  for (const Buffer& buffer : plan.buffers) {
    if (buffer.place != Place::arena) continue;
    needed = std::max(needed, buffer.offset + buffer.size * byte_size(buffer.element));
  }
  if (plan.arena_bytes != needed) {
    fail("the arena has {} bytes, the buffers need {}", plan.arena_bytes, needed);
  }
}

// Runs `check` and puts the name of what it looks at in front of its Error.
template <typename Check>
void named(std::string_view kind, std::string_view name, Check&& check) {
  try {
    check();
  } catch (const Error& error) {
    fail("{} '{}': {}", kind, name, error.what());
  }
}

}  // namespace

const Buffer& readable(const Plan& plan, BufferId id, std::string_view what) {
  return buffer_at(plan, id, what);
}

const Buffer& writable(const Plan& plan, BufferId id, std::string_view what) {
  const Buffer& buffer = buffer_at(plan, id, what);
  if (buffer.place == Place::constants || buffer.place == Place::input) {
    fail("{} is buffer '{}', which cannot be written", what, buffer.name);
  }
  return buffer;
}

void expect_constants(const Plan& plan, std::int64_t offset, std::int64_t bytes,
                      std::string_view what) {
  const auto size = static_cast<std::int64_t>(plan.constants.size());
  if (offset < 0 || offset % 64 != 0 || offset > size || bytes < 0 || bytes > size - offset) {
    fail("{}: {} constants at {}, but the plan has {} bytes of them", what, bytes, offset, size);
  }
}

void verify(const Plan& plan) {
  expect_between(plan.arena_bytes, 0, most_elements, "arena_bytes");
  for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
    named("buffer", plan.buffers[i].name, [&] { verify_buffer(plan, static_cast<BufferId>(i)); });
  }
  verify_arena(plan);
  named("plan", "inputs", [&] { verify_ports(plan, plan.inputs, Place::input); });
  named("plan", "outputs", [&] { verify_ports(plan, plan.outputs, Place::output); });
  for (const Step& step : plan.steps) {
    named("step", step.name, [&] {
      expect_between(step.macs, 0, most_size * most_size, "macs");
      expect_between(step.constant_bytes, 0, most_elements, "constant_bytes");
      std::visit([&](const auto& op) { verify_step(plan, op); }, step.op);
    });
  }
}

}  // namespace vernier
