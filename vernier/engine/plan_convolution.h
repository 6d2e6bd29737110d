#pragma once

// Convolutions, and the images that they and other steps walk through.

#include <cstdint>
#include <optional>
#include <vector>

#include "vernier/engine/plan_buffer.h"
#include "vernier/engine/plan_weights.h"
#include "vernier/quant/fixed_point.h"
#include "vernier/quant/float_bias.h"

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
  /// Then the arithmetic is that of FloatBias, `multipliers` are its scales, `float_biases` f32;
  /// a float output is the biased sum; output.zero_point is added behind the rounding.
  std::optional<FloatBias> floats;
  std::int64_t float_biases = 0;
  /// Then y = requantize_in_double(sum), whose ratios `multipliers` are, f64. There is no addend.
  bool in_double = false;

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
    field("floats", self.floats);
    field("float_biases", self.float_biases);
    field("in_double", self.in_double);
  }
};

/// Convolution or linear layer. An output at (row, column) sums over runs: stretches of
/// `run_length` elements of x that begin at x.first + row * x.row + column * x.column + runs[i];
/// group g reads `group_step` * g elements further on. x.row and x.column hold the stride already.
/// Weights, free of their zero point and with that of x folded into the bias, are packed for four
/// neighbours at a time:
///   [group][16 channels of the group][run][4 elements][16 channels][4 elements]
/// with zeros where channels or elements are missing. What of it belongs to 16 channels is a panel;
/// a block of 4 elements of 16 channels is a quad (plan_weights.h).
struct Convolve {
  Image x;
  Image y;
  std::optional<Image> addend;
  ImageSizes sizes;  ///< of y; channels: those of one group
  std::int64_t groups = 1;
  std::int64_t group_step = 0;
  std::vector<std::int64_t> runs;
  std::int64_t run_length = 0;
  WeightElement weight_element = WeightElement::s8;
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
    field("weight_element", self.weight_element);
    field("weights", self.weights);
    field("epilogue", self.epilogue);
  }
};

/// Of each sum.
inline std::int64_t products_of(const Convolve& step) {
  return static_cast<std::int64_t>(step.runs.size()) * step.run_length;
}

/// Quads of a panel.
inline std::int64_t quads_of(const Convolve& step) {
  return static_cast<std::int64_t>(step.runs.size()) * ((step.run_length + 3) / 4);
}

/// Of all weights of a step.
inline std::int64_t packed_weight_bytes(const Convolve& step) {
  return step.groups * panels_of(step.sizes.channels) *
         panel_bytes(step.weight_element, quads_of(step));
}

/// The taps of a kernel: `rows` times `columns` of them; `row` and `column` are the distances in
/// elements from one to the next.
struct TapGrid {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t row = 0;
  std::int64_t column = 0;

  static void fields(auto& self, auto&& field) {
    field("rows", self.rows);
    field("columns", self.columns);
    field("row", self.row);
    field("column", self.column);
  }
};

/// Convolution with one input channel for each output channel: the output at (row, column) sums
/// over taps that begin at x.first + row * x.row + column * x.column. Weights are packed for four
/// neighbours of a kernel column at a time:
///   [16 channels][kernel column][4 kernel rows][16 channels][4 kernel rows]
/// with zeros where channels or rows are missing, in panels and quads like those of Convolve.
struct ConvolveDepthwise {
  Image x;
  Image y;
  std::optional<Image> addend;
  ImageSizes sizes;
  TapGrid taps;
  WeightElement weight_element = WeightElement::s8;
  std::int64_t weights = 0;
  Epilogue epilogue;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("addend", self.addend);
    field("sizes", self.sizes);
    field("taps", self.taps);
    field("weight_element", self.weight_element);
    field("weights", self.weights);
    field("epilogue", self.epilogue);
  }
};

inline std::int64_t products_of(const ConvolveDepthwise& step) {
  return step.taps.rows * step.taps.columns;
}

inline std::int64_t quads_of(const ConvolveDepthwise& step) {
  return step.taps.columns * ((step.taps.rows + 3) / 4);
}

inline std::int64_t packed_weight_bytes(const ConvolveDepthwise& step) {
  return panel_bytes(step.weight_element, panels_of(step.sizes.channels) * quads_of(step));
}

}  // namespace vernier
