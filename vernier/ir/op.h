#pragma once

// The operators, one struct each, under ONNX's own names. An operator lists its fields once, under
// ONNX's own attribute names: text form, import, export and equality are generic over that list.
// What an operator means stands elsewhere: `infer` (ir/shapes), `evaluate` (reference/), forward
// steps (compute/). A missing overload does not compile.
// (The file exceeds 300 lines because it is the whole list.)
//
// Import brings every model to one normal form, so that the rest of the code meets few shapes of
// the same thing:
//   - optional inputs that are constants become fields (Clip's limits, Pad's sizes, Reshape's
//   target, axes);
//   - negative axes are made positive, `auto_pad` becomes explicit pads, pads are [begin...,
//   end...];
//   - Conv, ConvTranspose and Gemm always have a bias input;
//   - Dropout becomes Identity, Upsample becomes Resize, Constant becomes a constant value.

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "vernier/base/enum_names.h"
#include "vernier/base/tensor.h"

namespace vernier {

using Ints = std::vector<std::int64_t>;

/// A clamp that a node applies to its result: the fused Relu or Clip. Infinite by default: none.
struct Activation {
  float lo = -std::numeric_limits<float>::infinity();
  float hi = std::numeric_limits<float>::infinity();

  bool operator==(const Activation&) const = default;
};

// Name and equality of an operator: boilerplate, spelled once and undefined at the end of this
// file.
#define VERNIER_OP(Type)                          \
  static constexpr std::string_view type = #Type; \
  bool operator==(const Type&) const = default

// ---- Linear operators: their sum is what the integer arithmetic computes.
// ------------------------------------------

/// Inputs x [N,C,H,W], weight [O,C/group,KH,KW], bias [O], optionally an addend shaped as the
/// output: the residual that a pass fused. activation(conv(x) + bias + addend). One spatial
/// dimension works alike ([N,C,W]).
struct Conv {
  Ints strides = {1, 1};
  Ints dilations = {1, 1};
  Ints pads = {0, 0, 0, 0};
  std::int64_t group = 1;
  Activation activation = {};

  VERNIER_OP(Conv);
  static void fields(auto& self, auto&& field) {
    field("strides", self.strides);
    field("dilations", self.dilations);
    field("pads", self.pads);
    field("group", self.group);
    field("activation", self.activation);
  }
};

/// Inputs x, weight [C,O/group,KH,KW], bias [O].
struct ConvTranspose {
  Ints strides = {1, 1};
  Ints dilations = {1, 1};
  Ints pads = {0, 0, 0, 0};
  Ints output_padding = {0, 0};
  std::int64_t group = 1;
  Activation activation = {};

  VERNIER_OP(ConvTranspose);
  static void fields(auto& self, auto&& field) {
    field("strides", self.strides);
    field("dilations", self.dilations);
    field("pads", self.pads);
    field("output_padding", self.output_padding);
    field("group", self.group);
    field("activation", self.activation);
  }
};

/// Inputs a [M,K], b [K,N] (transposed as said), c that broadcasts to [M,N]: activation(alpha a b +
/// beta c). A pass brings layers to transA = 0, transB = 1, alpha = beta = 1: b is then a weight
/// [N,K], c a bias [N].
struct Gemm {
  float alpha = 1.0F;
  float beta = 1.0F;
  std::int64_t transA = 0;  // NOLINT(readability-identifier-naming): ONNX's spelling
  std::int64_t transB = 0;  // NOLINT(readability-identifier-naming)
  Activation activation = {};

  VERNIER_OP(Gemm);
  static void fields(auto& self, auto&& field) {
    field("alpha", self.alpha);
    field("beta", self.beta);
    field("transA", self.transA);
    field("transB", self.transB);
    field("activation", self.activation);
  }
};

/// numpy's matmul.
struct MatMul {
  VERNIER_OP(MatMul);
  static void fields(auto& /*self*/, auto&& /*field*/) {}
};

/// Inputs x, scale, bias, mean, variance (all [C]); inference form.
struct BatchNormalization {
  float epsilon = 1e-5F;

  VERNIER_OP(BatchNormalization);
  static void fields(auto& self, auto&& field) { field("epsilon", self.epsilon); }
};

// ---- Functions of one element.
// -------------------------------------------------------------------------------------

#define VERNIER_PLAIN_OP(Type)                              \
  struct Type {                                             \
    VERNIER_OP(Type);                                       \
    static void fields(auto& /*self*/, auto&& /*field*/) {} \
  }

VERNIER_PLAIN_OP(Relu);
VERNIER_PLAIN_OP(Sigmoid);
VERNIER_PLAIN_OP(HardSwish);
VERNIER_PLAIN_OP(Tanh);
VERNIER_PLAIN_OP(Exp);
VERNIER_PLAIN_OP(Log);
VERNIER_PLAIN_OP(Sqrt);
VERNIER_PLAIN_OP(Abs);
VERNIER_PLAIN_OP(Neg);
VERNIER_PLAIN_OP(Floor);
VERNIER_PLAIN_OP(Ceil);
VERNIER_PLAIN_OP(Erf);
VERNIER_PLAIN_OP(Identity);

struct LeakyRelu {
  float alpha = 0.01F;

  VERNIER_OP(LeakyRelu);
  static void fields(auto& self, auto&& field) { field("alpha", self.alpha); }
};

struct Clip {
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();

  VERNIER_OP(Clip);
  static void fields(auto& self, auto&& field) {
    field("min", self.min);
    field("max", self.max);
  }
};

struct HardSigmoid {
  float alpha = 0.2F;
  float beta = 0.5F;

  VERNIER_OP(HardSigmoid);
  static void fields(auto& self, auto&& field) {
    field("alpha", self.alpha);
    field("beta", self.beta);
  }
};

/// `to` is a DType of this library.
struct Cast {
  DType to = DType::f32;

  VERNIER_OP(Cast);
  static void fields(auto& self, auto&& field) { field("to", self.to); }
};

// ---- Functions of two elements, with numpy's broadcasting; Add and Mul can carry a fused clamp.
// ---------------------

struct Add {
  Activation activation = {};

  VERNIER_OP(Add);
  static void fields(auto& self, auto&& field) { field("activation", self.activation); }
};

struct Mul {
  Activation activation = {};

  VERNIER_OP(Mul);
  static void fields(auto& self, auto&& field) { field("activation", self.activation); }
};

VERNIER_PLAIN_OP(Sub);
VERNIER_PLAIN_OP(Div);
VERNIER_PLAIN_OP(Pow);
VERNIER_PLAIN_OP(Max);
VERNIER_PLAIN_OP(Min);
/// Inputs x and slope, which broadcasts to x.
VERNIER_PLAIN_OP(PRelu);

// ---- Normalization over a window.
// ----------------------------------------------------------------------------------

struct Softmax {
  std::int64_t axis = 1;
  bool flatten = false;  ///< opset < 13: over all axes from `axis` on, as one

  VERNIER_OP(Softmax);
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("flatten", self.flatten);
  }
};

struct LRN {
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1.0F;
  std::int64_t size = 1;

  VERNIER_OP(LRN);
  static void fields(auto& self, auto&& field) {
    field("alpha", self.alpha);
    field("beta", self.beta);
    field("bias", self.bias);
    field("size", self.size);
  }
};

// ---- Pooling.
// ------------------------------------------------------------------------------------------------------

struct MaxPool {
  Ints kernel_shape = {};
  Ints strides = {1, 1};
  Ints dilations = {1, 1};
  Ints pads = {0, 0, 0, 0};
  bool ceil_mode = false;

  VERNIER_OP(MaxPool);
  static void fields(auto& self, auto&& field) {
    field("kernel_shape", self.kernel_shape);
    field("strides", self.strides);
    field("dilations", self.dilations);
    field("pads", self.pads);
    field("ceil_mode", self.ceil_mode);
  }
};

struct AveragePool {
  Ints kernel_shape = {};
  Ints strides = {1, 1};
  Ints pads = {0, 0, 0, 0};
  bool ceil_mode = false;
  bool count_include_pad = false;

  VERNIER_OP(AveragePool);
  static void fields(auto& self, auto&& field) {
    field("kernel_shape", self.kernel_shape);
    field("strides", self.strides);
    field("pads", self.pads);
    field("ceil_mode", self.ceil_mode);
    field("count_include_pad", self.count_include_pad);
  }
};

VERNIER_PLAIN_OP(GlobalAveragePool);
VERNIER_PLAIN_OP(GlobalMaxPool);

struct ReduceMean {
  Ints axes = {};  ///< empty: all
  bool keepdims = true;

  VERNIER_OP(ReduceMean);
  static void fields(auto& self, auto&& field) {
    field("axes", self.axes);
    field("keepdims", self.keepdims);
  }
};

struct ReduceSum {
  Ints axes = {};  ///< empty: all
  bool keepdims = true;

  VERNIER_OP(ReduceSum);
  static void fields(auto& self, auto&& field) {
    field("axes", self.axes);
    field("keepdims", self.keepdims);
  }
};

// ---- Moving elements about.
// ----------------------------------------------------------------------------------------

struct Concat {
  std::int64_t axis = 1;

  VERNIER_OP(Concat);
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

/// One output for each size in `split`.
struct Split {
  std::int64_t axis = 1;
  Ints split = {};

  VERNIER_OP(Split);
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("split", self.split);
  }
};

/// One entry an axis that is cut; ends as numpy's (clamped, may be negative steps).
struct Slice {
  Ints starts = {};
  Ints ends = {};
  Ints axes = {};
  Ints steps = {};

  VERNIER_OP(Slice);
  static void fields(auto& self, auto&& field) {
    field("starts", self.starts);
    field("ends", self.ends);
    field("axes", self.axes);
    field("steps", self.steps);
  }
};

enum class PadMode : std::uint8_t { constant, reflect, edge };
template <>
struct EnumNames<PadMode> {
  static constexpr std::array<std::string_view, 3> names = {"constant", "reflect", "edge"};
};

/// `pads` holds the begin of every axis, then the end of every axis; negative ones crop.
struct Pad {
  PadMode mode = PadMode::constant;
  Ints pads = {};
  float value = 0.0F;

  VERNIER_OP(Pad);
  static void fields(auto& self, auto&& field) {
    field("mode", self.mode);
    field("pads", self.pads);
    field("value", self.value);
  }
};

/// One entry of `shape` may be -1: what is left, which is how any batch passes through. 0 never
/// occurs.
struct Reshape {
  Ints shape = {};

  VERNIER_OP(Reshape);
  static void fields(auto& self, auto&& field) { field("shape", self.shape); }
};

struct Flatten {
  std::int64_t axis = 1;

  VERNIER_OP(Flatten);
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

struct Squeeze {
  Ints axes = {};

  VERNIER_OP(Squeeze);
  static void fields(auto& self, auto&& field) { field("axes", self.axes); }
};

struct Unsqueeze {
  Ints axes = {};

  VERNIER_OP(Unsqueeze);
  static void fields(auto& self, auto&& field) { field("axes", self.axes); }
};

struct Transpose {
  Ints perm = {};

  VERNIER_OP(Transpose);
  static void fields(auto& self, auto&& field) { field("perm", self.perm); }
};

/// Inputs data and i64 indices.
struct Gather {
  std::int64_t axis = 0;

  VERNIER_OP(Gather);
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

/// `shape` broadcasts with the input's; -1 keeps the input's size.
struct Expand {
  Ints shape = {};

  VERNIER_OP(Expand);
  static void fields(auto& self, auto&& field) { field("shape", self.shape); }
};

enum class DepthToSpaceMode : std::uint8_t {
  DCR,  // NOLINT(readability-identifier-naming): ONNX's word
  CRD,  // NOLINT(readability-identifier-naming)
};
template <>
struct EnumNames<DepthToSpaceMode> {
  static constexpr std::array<std::string_view, 2> names = {"DCR", "CRD"};
};

struct DepthToSpace {
  std::int64_t blocksize = 1;
  DepthToSpaceMode mode = DepthToSpaceMode::DCR;

  VERNIER_OP(DepthToSpace);
  static void fields(auto& self, auto&& field) {
    field("blocksize", self.blocksize);
    field("mode", self.mode);
  }
};

enum class ResizeMode : std::uint8_t { nearest, linear, cubic };
template <>
struct EnumNames<ResizeMode> {
  static constexpr std::array<std::string_view, 3> names = {"nearest", "linear", "cubic"};
};

enum class CoordinateMode : std::uint8_t {
  half_pixel,
  asymmetric,
  align_corners,
  pytorch_half_pixel,
  tf_half_pixel_for_nn,
  tf_crop_and_resize
};
template <>
struct EnumNames<CoordinateMode> {
  static constexpr std::array<std::string_view, 6> names = {
      "half_pixel",         "asymmetric",           "align_corners",
      "pytorch_half_pixel", "tf_half_pixel_for_nn", "tf_crop_and_resize"};
};

enum class NearestMode : std::uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };
template <>
struct EnumNames<NearestMode> {
  static constexpr std::array<std::string_view, 4> names = {"round_prefer_floor",
                                                            "round_prefer_ceil", "floor", "ceil"};
};

/// `scales` and `sizes` have one entry an axis; `sizes` is what comes out for batch 1 (the batch
/// axis follows the input), `scales` is what the coordinate transformation uses. `roi` only for
/// tf_crop_and_resize.
struct Resize {
  ResizeMode mode = ResizeMode::nearest;
  CoordinateMode coordinate_transformation_mode = CoordinateMode::half_pixel;
  NearestMode nearest_mode = NearestMode::round_prefer_floor;
  float cubic_coeff_a = -0.75F;
  bool exclude_outside = false;
  float extrapolation_value = 0.0F;
  std::vector<float> scales = {};
  Ints sizes = {};
  std::vector<float> roi = {};

  VERNIER_OP(Resize);
  static void fields(auto& self, auto&& field) {
    field("mode", self.mode);
    field("coordinate_transformation_mode", self.coordinate_transformation_mode);
    field("nearest_mode", self.nearest_mode);
    field("cubic_coeff_a", self.cubic_coeff_a);
    field("exclude_outside", self.exclude_outside);
    field("extrapolation_value", self.extrapolation_value);
    field("scales", self.scales);
    field("sizes", self.sizes);
    field("roi", self.roi);
  }
};

// ---- Quantization as a file holds it.
// ------------------------------------------------------------------------------

/// Inputs x, scale, zero_point (scalar, or one a channel of `axis`). `to` is the type of the zero
/// point.
struct QuantizeLinear {
  std::int64_t axis = 1;
  DType to = DType::u8;

  VERNIER_OP(QuantizeLinear);
  static void fields(auto& self, auto&& field) {
    field("axis", self.axis);
    field("to", self.to);
  }
};

/// Inputs x (integers), scale, zero_point.
struct DequantizeLinear {
  std::int64_t axis = 1;

  VERNIER_OP(DequantizeLinear);
  static void fields(auto& self, auto&& field) { field("axis", self.axis); }
};

// ---- Ours.
// ---------------------------------------------------------------------------------------------------------

/// The identity that marks where a value enters the integers for some of its readers only: the
/// other readers keep the float value. Its output carries a quantization point, its input does not.
VERNIER_PLAIN_OP(Quantize);

/// An operator that we do not understand: kept and exported untouched, never computed, never
/// quantized. `definition` is the serialized ONNX NodeProto.
struct Foreign {
  std::string domain = {};
  std::string op_type = {};
  std::string definition = {};

  VERNIER_OP(Foreign);
  static void fields(auto& self, auto&& field) {
    field("domain", self.domain);
    field("op_type", self.op_type);
    field("definition", self.definition);
  }
};

#undef VERNIER_PLAIN_OP
#undef VERNIER_OP

using AnyOp =
    std::variant<Conv, ConvTranspose, Gemm, MatMul, BatchNormalization, Relu, Sigmoid, HardSwish,
                 Tanh, Exp, Log, Sqrt, Abs, Neg, Floor, Ceil, Erf, Identity, LeakyRelu, Clip,
                 HardSigmoid, Cast, Add, Mul, Sub, Div, Pow, Max, Min, PRelu, Softmax, LRN, MaxPool,
                 AveragePool, GlobalAveragePool, GlobalMaxPool, ReduceMean, ReduceSum, Concat,
                 Split, Slice, Pad, Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Gather, Expand,
                 DepthToSpace, Resize, QuantizeLinear, DequantizeLinear, Quantize, Foreign>;

/// A variant like AnyOp, to be visited and asked as one. Copies and comparisons of so many
/// alternatives are compiled once, in op.cpp, not in every file that touches a node: that takes a
/// quarter off the time of a build.
struct Op : AnyOp {
  template <typename Type>
    requires requires { std::remove_cvref_t<Type>::type; }
  Op(Type&& op)  // an operator is an Op without being told
      : AnyOp(std::in_place_type<std::remove_cvref_t<Type>>, std::forward<Type>(op)) {}
  Op();
  Op(const Op& other);
  Op(Op&& other) noexcept;
  Op& operator=(const Op& other);
  Op& operator=(Op&& other) noexcept;
  ~Op();

  bool operator==(const Op& other) const;
};

/// "Conv": ONNX's own name; for a Foreign operator the one that it has in its file.
std::string type_name(const Op& op);

/// Whether the operator is one of these.
template <typename... Types>
bool is_one_of(const Op& op) {
  return (std::holds_alternative<Types>(op) || ...);
}

}  // namespace vernier
