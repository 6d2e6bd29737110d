#pragma once

// What the engine runs: a flat list of steps over buffers, every number decided. A step holds
// positions and distances in elements, and offsets into one block of constants; it knows no graph.
//
// Integers are stored without their sign: u8 with q = stored + shift, so that an s8 network runs on
// the same kernels as a u8 one. A tensor of images is stored NHWC with its channels padded and with
// the border that its convolutions read, filled with the zero point; floats are dense and
// row-major.
//
// Every struct lists its fields once: what writes, reads or looks through a plan is generic over
// that list.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/engine/plan_buffer.h"
#include "vernier/engine/plan_float.h"
#include "vernier/engine/plan_integer.h"

namespace vernier {

using StepOp = std::variant<Convolve, ConvolveDepthwise, Combine, Pool, Lookup, QuantizeStep,
                            DequantizeStep, Rearrange, FillBorder, FloatUnary, FloatBinary,
                            FloatConvolve, FloatProduct, FloatReduce, FloatSoftmax,
                            FloatLocalResponse, FloatBatchNorm, FloatPool, FloatInterpolate>;

struct Step {
  std::string name;  ///< of the node that it computes
  StepOp op;
  std::int64_t macs = 0;            ///< multiply-accumulates of an image, for who measures
  std::int64_t constant_bytes = 0;  ///< what it reads of the constants

  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("op", self.op);
    field("macs", self.macs);
    field("constant_bytes", self.constant_bytes);
  }
};

/// An input or output of the network: floats, dense, as the model has them (images NCHW).
struct Port {
  std::string name;
  BufferId buffer{};

  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("buffer", self.buffer);
  }
};

struct Plan {
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  bool any_batch = false;  ///< shapes are for one image, and a run takes any number of them
  std::int64_t arena_bytes = 0;
  AlignedBytes constants;

  /// All but the constants.
  static void fields(auto& self, auto&& field) {
    field("buffers", self.buffers);
    field("steps", self.steps);
    field("inputs", self.inputs);
    field("outputs", self.outputs);
    field("any_batch", self.any_batch);
    field("arena_bytes", self.arena_bytes);
  }
};

/// The arena is followed by this many bytes, because kernels read whole vectors.
inline constexpr std::int64_t slack_bytes = 64;

/// Checks all that the kernels rely on: every position that a step can touch lies in its buffer,
/// constants are where and what they must be, the ports are complete. An Error names the step and
/// the field. Whatever passes can be run.
void verify(const Plan& plan);

/// A framed file (base/bytes.h); constants begin at byte 64 of it.
std::vector<std::byte> plan_bytes(const Plan& plan);
/// Reads and verifies; `what` begins an Error.
Plan plan_from_bytes(std::span<const std::byte> bytes, const std::string& what);

void save_plan(const Plan& plan, const std::filesystem::path& path);
Plan load_plan(const std::filesystem::path& path);

}  // namespace vernier
