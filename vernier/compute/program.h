#pragma once

// Private to compute/: a compiled graph, as a value.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vernier/base/memory_plan.h"
#include "vernier/base/tensor.h"
#include "vernier/compute/onednn.h"
#include "vernier/ir/graph.h"

namespace vernier {

enum class MemoryId : std::uint32_t {};

/// A piece of memory: a constant, or a part of the arena.
struct Memory {
  Lifetime lifetime;
  std::optional<Tensor> constant;
};

/// Where a tensor stands: a buffer, and how to read it.
struct Location {
  MemoryId buffer{};
  Layout layout;
};

/// `role` is what oneDNN calls the argument (DNNL_ARG_SRC, ...); unused by loops.
struct Argument {
  int role = 0;
  Location placement;
};

/// Our own code for a step, given the addresses of the arguments in their order.
using Loop = std::function<void(std::span<float* const> arguments)>;

/// Either a primitive or a loop.
struct Call {
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
  Location placement;
};

struct Program {
  std::vector<Memory> buffers;
  std::vector<Call> steps;
  std::vector<TapPoint> taps;  ///< in the order of their steps
  std::vector<Location> inputs;
  std::vector<Location> outputs;                ///< dense
  std::vector<std::optional<Location>> values;  ///< where each value is first written
};

}  // namespace vernier
