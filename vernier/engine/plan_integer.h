#pragma once

// The steps that compute on integers element by element or by windows, and those that move elements
// of any type.

#include <cstdint>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/engine/plan_buffer.h"
#include "vernier/engine/plan_convolution.h"
#include "vernier/loops/window.h"
#include "vernier/quant/fixed_point.h"
#include "vernier/quant/float_bias.h"
#include "vernier/quant/fused_addition.h"
#include "vernier/quant/quant_params.h"
#include "vernier/quant/tflite.h"

namespace vernier {

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

/// y = requantize(a - a_zero_point, b - b_zero_point), or of the product of the two; or the fused
/// addition or product of a - a_zero_point and b - b_zero_point, after which output.zero_point is
/// added; or the rescaled addition of the two.
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
  std::optional<FusedAddition> fused;
  std::optional<RescaledAddition> rescaled;

  static void fields(auto& self, auto&& field) {
    field("sizes", self.sizes);
    field("a", self.a);
    field("b", self.b);
    field("y", self.y);
    field("multiply", self.multiply);
    field("fused", self.fused);
    field("rescaled", self.rescaled);
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
  std::optional<FloatMean> mean;  ///< of x - x_zero_point, in place of the arithmetic; multipliers
                                  ///< are its numbers, and output.zero_point is added afterwards
  bool quotient = false;  ///< rounded_quotient() of the same, in place of the arithmetic; integer
                          ///< multipliers are the counts, and output.zero_point is added afterwards

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
    field("mean", self.mean);
    field("quotient", self.quotient);
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
  std::optional<AffineRounding> affine;  ///< in place of the scale, from range.lo on

  static void fields(auto& self, auto&& field) {
    field("sizes", self.sizes);
    field("x", self.x);
    field("y", self.y);
    field("lo", self.range.lo);
    field("hi", self.range.hi);
    field("rounding", self.rounding);
    field("affine", self.affine);
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
