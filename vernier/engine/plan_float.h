#pragma once

// The steps of float islands: the loops of loops/ on dense f32 buffers, in the same order of
// operations as the reading `exact`.

#include <cstdint>
#include <string>
#include <vector>

#include "vernier/engine/plan_buffer.h"
#include "vernier/loops/binary.h"
#include "vernier/loops/convolution.h"
#include "vernier/loops/matrix_product.h"
#include "vernier/loops/normalize.h"
#include "vernier/loops/pool.h"
#include "vernier/loops/reduce.h"
#include "vernier/loops/resize.h"

namespace vernier {

/// A function of loops/unary, by its name. y may be x.
struct FloatUnary {
  BufferId x{};
  BufferId y{};
  std::string function;
  float alpha = 0.0F;
  float beta = 0.0F;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("function", self.function);
    field("alpha", self.alpha);
    field("beta", self.beta);
  }
};

/// A function of loops/binary, by its name.
struct FloatBinary {
  BufferId a{};
  BufferId b{};
  BufferId y{};
  std::string function;
  Broadcast broadcast;

  static void fields(auto& self, auto&& field) {
    field("a", self.a);
    field("b", self.b);
    field("y", self.y);
    field("function", self.function);
    field("sizes", self.broadcast.sizes);
    field("a_strides", self.broadcast.a_strides);
    field("b_strides", self.broadcast.b_strides);
  }
};

struct FloatConvolve {
  BufferId x{};
  BufferId weight{};
  BufferId bias{};
  BufferId y{};
  Convolution convolution;
  bool transposed = false;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("weight", self.weight);
    field("bias", self.bias);
    field("y", self.y);
    window_fields(self.convolution.window, field);
    field("batch", self.convolution.batch);
    field("channels_in", self.convolution.channels_in);
    field("channels_out", self.convolution.channels_out);
    field("group", self.convolution.group);
    field("transposed", self.transposed);
  }
};

/// Products of matrices that begin at a_first[i] and b_first[i] of their buffers; the results stand
/// one behind the other.
struct FloatProduct {
  BufferId a{};
  BufferId b{};
  BufferId y{};
  MatrixProduct product;
  std::vector<std::int64_t> a_first;
  std::vector<std::int64_t> b_first;

  static void fields(auto& self, auto&& field) {
    field("a", self.a);
    field("b", self.b);
    field("y", self.y);
    field("m", self.product.m);
    field("n", self.product.n);
    field("k", self.product.k);
    field("a.row", self.product.a.row);
    field("a.column", self.product.a.column);
    field("b.row", self.product.b.row);
    field("b.column", self.product.b.column);
    field("a_first", self.a_first);
    field("b_first", self.b_first);
  }
};

struct FloatReduce {
  BufferId x{};
  BufferId y{};
  Reduction reduction;
  bool mean = false;  ///< else the sum

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("kept", self.reduction.kept);
    field("reduced", self.reduction.reduced);
    field("mean", self.mean);
  }
};

struct FloatSoftmax {
  BufferId x{};
  BufferId y{};
  AxisView view;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    view_fields(self.view, field);
  }
};

/// Local response normalization.
struct FloatLocalResponse {
  BufferId x{};
  BufferId y{};
  LocalResponse params;
  AxisView view;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("alpha", self.params.alpha);
    field("beta", self.params.beta);
    field("bias", self.params.bias);
    field("channels", self.params.size);
    view_fields(self.view, field);
  }
};

struct FloatBatchNorm {
  BufferId x{};
  BufferId y{};
  BufferId scale{};
  BufferId bias{};
  BufferId mean{};
  BufferId variance{};
  float epsilon = 1e-5F;
  AxisView view;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("scale", self.scale);
    field("bias", self.bias);
    field("mean", self.mean);
    field("variance", self.variance);
    field("epsilon", self.epsilon);
    view_fields(self.view, field);
  }
};

struct FloatPool {
  BufferId x{};
  BufferId y{};
  Pooling pooling;
  bool average = false;
  bool count_padding = false;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    window_fields(self.pooling.window, field);
    field("planes", self.pooling.planes);
    field("average", self.average);
    field("count_padding", self.count_padding);
  }
};

/// One axis of a linear or cubic resize.
struct FloatInterpolate {
  BufferId x{};
  BufferId y{};
  AxisInterpolation interpolation;
  AxisView view;

  static void fields(auto& self, auto&& field) {
    field("x", self.x);
    field("y", self.y);
    field("taps", self.interpolation.taps);
    field("indices", self.interpolation.indices);
    field("weights", self.interpolation.weights);
    field("constants", self.interpolation.constants);
    view_fields(self.view, field);
  }
};

}  // namespace vernier
