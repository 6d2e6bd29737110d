#pragma once

// Private to compute/: a compiled graph, as a value.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/compute/memory_plan.h"
#include "vernier/compute/onednn.h"
#include "vernier/ir/graph.h"

namespace vernier {

enum class BufferId : std::uint32_t {};

/// A piece of memory: a constant, or a part of the arena.
struct Buffer {
  Lifetime lifetime;
  std::optional<Tensor> constant;
};

/// Where a tensor stands: a buffer, and how to read it.
struct Placement {
  BufferId buffer{};
  Layout layout;
};

/// `role` is what oneDNN calls the argument (DNNL_ARG_SRC, ...); unused by loops.
struct Argument {
  int role = 0;
  Placement placement;
};

/// Our own code for a step, given the addresses of the arguments in their order.
using Loop = std::function<void(std::span<float* const> arguments)>;

/// Either a primitive or a loop.
struct Step {
  std::string node;
  std::string implementation;
  dnnl::primitive primitive;
  Loop loop;
  std::vector<Argument> arguments;
};

/// A value is shown to the tap before this step runs.
struct TapPoint {
  std::int64_t step = 0;
  ValueId value{};
  Placement placement;
};

struct Program {
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::vector<TapPoint> taps;  ///< in the order of their steps
  std::vector<Placement> inputs;
  std::vector<Placement> outputs;                ///< dense
  std::vector<std::optional<Placement>> values;  ///< where each value is first written
};

}  // namespace vernier
