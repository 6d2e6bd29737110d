#pragma once

// The steps that compute on integers, and those that move elements of any type.

#include <cstdint>
#include <optional>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/engine/plan_buffer.h"
#include "vernier/loops/window.h"
#include "vernier/quant/fixed_point.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// Images as the kernels walk through them; distances in elements. Integers have channel = 1.
struct Image {
  BufferId buffer{};
  std::int64_t first = 0;
  std::int64_t image = 0;
  std::int64_t row = 0;
  std::int64_t column = 0;
  std::int64_t channel = 1;

  static void fields(auto& self, auto&& field) {
    field("buffer", self.buffer);
    field("first", self.first);
    field("image", self.image);
    field("row", self.row);
    field("column", self.column);
    field("channel", self.channel);
  }
};

/// How many of each an Image has in a step.
struct ImageSizes {
  std::int64_t images = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t channels = 1;

  static void fields(auto& self, auto&& field) {
    field("images", self.images);
    field("rows", self.rows);
    field("columns", self.columns);
    field("channels", self.channels);
  }
};

/// A tensor under nested loops: one distance a loop, outermost first.
struct Operand {
  BufferId buffer{};
  std::int64_t first = 0;
  std::vector<std::int64_t> strides;

  static void fields(auto& self, auto&& field) {
    field("buffer", self.buffer);
    field("first", self.first);
    field("strides", self.strides);
  }
};

/// From sums to what is stored. The arrays are offsets in bytes of one number a channel in the
/// constants, in the order of the packed channels. For a float output `multipliers` are the scales
/// and lo, hi the activation; for integers zero_point, lo and hi are as stored.
struct Epilogue {
  Requantization arithmetic = Requantization::floating;
  std::int64_t bias = 0;                ///< i32
  std::int64_t multipliers = 0;         ///< f32, or i32 for the integer arithmetics
  std::int64_t addend_multipliers = 0;  ///< the same; read only if there is an addend
  std::int64_t shifts = 0;              ///< i32; read only by the integer arithmetics
  OutputRange output;
  std::int32_t addend_zero_point = 0;
  float lo = 0.0F;
  float hi = 0.0F;

  static void fields(auto& self, auto&& field) {
    field("arithmetic", self.arithmetic);
    field("bias", self.bias);
    field("multipliers", self.multipliers);
    field("addend_multipliers", self.addend_multipliers);
    field("shifts", self.shifts);
    field("output.zero_point", self.output.zero_point);
    field("output.lo", self.output.clamp.lo);
    field("output.hi", self.output.clamp.hi);
    field("addend_zero_point", self.addend_zero_point);
    field("lo", self.lo);
    field("hi", self.hi);
  }
};

/// Convolution or linear layer. An output at (row, column) sums over runs: stretches of
/// `run_length` elements of x that begin at x.first + row * x.row + column * x.column + runs[i];
/// group g reads `group_step` * g elements further on. x.row and x.column hold the stride already.
/// Weights, free of their zero point and with that of x folded into the bias, are packed for four
/// neighbours at a time:
///   [group][16 channels of the group][run][4 elements][16 channels][4 elements]
/// with zeros where channels or elements are missing; s8, or s16 where that does not hold them.
struct Convolve {
  Image x;
  Image y;
  std::optional<Image> addend;
  ImageSizes sizes;  ///< of y; channels: those of one group
  std::int64_t groups = 1;
  std::int64_t group_step = 0;
  std::vector<std::int64_t> runs;
  std::int64_t run_length = 0;
  bool wide_weights = false;
  std::int64_t weights = 0;
  Epilogue epilogue;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("addend", self.addend);
    field("sizes", self.sizes);
    field("groups", self.groups);
    field("group_step", self.group_step);
    field("runs", self.runs);
    field("run_length", self.run_length);
    field("wide_weights", self.wide_weights);
    field("weights", self.weights);
    field("epilogue", self.epilogue);
  }
};

/// Convolution with one input channel for each output channel. Taps are as the runs of Convolve;
/// weights are s16 [8 channels][2 taps][8 channels][2 taps] with zeros where some are missing.
struct ConvolveDepthwise {
  Image x;
  Image y;
  std::optional<Image> addend;
  ImageSizes sizes;
  std::vector<std::int64_t> taps;
  std::int64_t weights = 0;
  Epilogue epilogue;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("addend", self.addend);
    field("sizes", self.sizes);
    field("taps", self.taps);
    field("weights", self.weights);
    field("epilogue", self.epilogue);
  }
};

/// y = requantize(a - a_zero_point, b - b_zero_point), or of the product of the two.
struct Combine {
  Shape sizes;
  Operand a;
  Operand b;
  Operand y;
  bool multiply = false;
  std::int32_t a_zero_point = 0;
  std::int32_t b_zero_point = 0;
  Requantization arithmetic = Requantization::floating;
  Requantizer requantizer;
  OutputRange output;

  static void fields(auto& self, auto&& field) {
    field("sizes", self.sizes);
    field("a", self.a);
    field("b", self.b);
    field("y", self.y);
    field("multiply", self.multiply);
    field("a_zero_point", self.a_zero_point);
    field("b_zero_point", self.b_zero_point);
    field("arithmetic", self.arithmetic);
    field("requantizer", self.requantizer);
    field("output", self.output);
  }
};

/// Largest element of, or average over, the part of a window that lies in x.
struct Pool {
  Image x;
  Image y;
  ImageSizes sizes;
  Window window;  ///< axes 1 and 2: rows and columns
  bool average = false;
  std::int32_t x_zero_point = 0;
  Requantization arithmetic = Requantization::floating;
  std::vector<Requantizer> requantizers;
  std::vector<std::int32_t> requantizer_of;  ///< one a position, row-major
  OutputRange output;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("sizes", self.sizes);
    window_fields(self.window, field);
    field("average", self.average);
    field("x_zero_point", self.x_zero_point);
    field("arithmetic", self.arithmetic);
    field("requantizers", self.requantizers);
    field("requantizer_of", self.requantizer_of);
    field("output", self.output);
  }
};

/// y = table[x]: 256 elements of y's type in the constants.
struct Lookup {
  Shape sizes;
  Operand x;
  Operand y;
  std::int64_t table = 0;

  static void fields(auto& self, auto&& field) {
    field("sizes", self.sizes);
    field("x", self.x);
    field("y", self.y);
    field("table", self.table);
  }
};

/// Floats to the integers of y, which the buffer describes; `range` as stored.
struct QuantizeStep {
  Shape sizes;
  Operand x;
  Operand y;
  IntRange range;
  Rounding rounding = Rounding::half_even;

  static void fields(auto& self, auto&& field) {
    field("sizes", self.sizes);
    field("x", self.x);
    field("y", self.y);
    field("lo", self.range.lo);
    field("hi", self.range.hi);
    field("rounding", self.rounding);
  }
};

struct DequantizeStep {
  Shape sizes;
  Operand x;
  Operand y;

  static void fields(auto& self, auto&& field) {
    field("sizes", self.sizes);
    field("x", self.x);
    field("y", self.y);
  }
};

/// Copies elements of any type by nested loops: element (i, j, ...) goes from
/// x_first + x_offsets[0][i] + x_offsets[1][j] + ... to the same sum of y, and `block` - 1
/// neighbours go with it. Where an offset of x is -1 there is no source: y gets `fill`, the bits of
/// one element.
struct Rearrange {
  BufferId x{};
  BufferId y{};
  std::int64_t x_first = 0;
  std::int64_t y_first = 0;
  std::vector<std::vector<std::int64_t>> x_offsets;
  std::vector<std::vector<std::int64_t>> y_offsets;
  std::int64_t block = 1;
  std::uint32_t fill = 0;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("x_first", self.x_first);
    field("y_first", self.y_first);
    field("x_offsets", self.x_offsets);
    field("y_offsets", self.y_offsets);
    field("block", self.block);
    field("fill", self.fill);
  }
};

/// Fills what lies between and around the rows of an image buffer with `value`, as stored.
struct FillBorder {
  Image x;
  ImageSizes sizes;  ///< channels: all that are stored
  std::int32_t value = 0;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("sizes", self.sizes);
    field("value", self.value);
  }
};

}  // namespace vernier
