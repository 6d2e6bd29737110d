// Every form that an operator has had from opset 7 to 21 comes to the normal form of ir/op.h.

#include "vernier/import/onnx_operators.h"

#include <array>
#include <ostream>
#include <sstream>
#include <string_view>

#include <gtest/gtest.h>

#include "vernier/import/onnx_test_model.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

struct Form {
  std::string_view name;
  std::int64_t opset;
  std::string_view graph;     // in ONNX's syntax
  std::string_view expected;  // in ours, without inputs and the list of outputs
};

std::ostream& operator<<(std::ostream& stream, const Form& form) { return stream << form.name; }

std::string body(const Graph& graph) {
  std::istringstream text(to_text(graph));
  std::string result;
  for (std::string line; std::getline(text, line);) {
    const bool frame =
        line == "any_batch" || line.starts_with("input ") || line.starts_with("return ");
    if (!frame) result += line + '\n';
  }
  return result;
}

class OnnxForm : public testing::TestWithParam<Form> {};

TEST_P(OnnxForm, ComesToTheNormalForm) {
  const Form& form = GetParam();
  EXPECT_EQ(body(import_proto(parse_model(form.opset, form.graph))), form.expected);
}

constexpr std::array layers = {
    Form{"conv_without_bias_gets_zeros", 7,
         R"((float[1,3,8,8] x, float[4,3,3,3] w) => (float[1,4,8,8] y) {
           y = Conv <pads = [1,1,1,1], kernel_shape = [3,3]> (x, w) })",
         "const y.bias: f32[4] = [0 0 0 0]\n"
         "y = Conv(x, w, y.bias) pads=[1,1,1,1]\n"},
    Form{"conv_same_upper_pads_an_odd_one_at_the_end", 13,
         R"((float[1,1,4,5] x, float[1,1,3,3] w, float[1] b) => (float[1,1,2,3] y) {
           y = Conv <auto_pad = "SAME_UPPER", strides = [2,2]> (x, w, b) })",
         "y = Conv(x, w, b) strides=[2,2] pads=[0,1,1,1]\n"},
    Form{"conv_same_lower_pads_an_odd_one_at_the_beginning", 13,
         R"((float[1,1,4,5] x, float[1,1,3,3] w, float[1] b) => (float[1,1,2,3] y) {
           y = Conv <auto_pad = "SAME_LOWER", strides = [2,2]> (x, w, b) })",
         "y = Conv(x, w, b) strides=[2,2] pads=[1,1,0,1]\n"},
    Form{"conv_valid_has_no_pads", 13,
         R"((float[1,2,9] x, float[4,1,3] w, float[4] b) => (float[1,4,5] y) {
           y = Conv <auto_pad = "VALID", dilations = [2], group = 2> (x, w, b) })",
         "y = Conv(x, w, b) strides=[1] dilations=[2] pads=[0,0] group=2\n"},
    Form{"transposed_conv_that_asks_for_its_size_gets_pads", 11,
         R"((float[1,1,3,3] x, float[1,2,3,3] w, float[2] b) => (float[1,2,10,8] y) {
           y = ConvTranspose <strides = [3,2], output_shape = [10,6]> (x, w, b) })",
         "y = ConvTranspose(x, w, b) strides=[3,2] pads=[0,1,0,0] output_padding=[1,0]\n"},
    Form{"transposed_conv_with_same_padding_multiplies_the_size", 11,
         R"((float[1,1,3,3] x, float[1,2,3,3] w, float[2] b) => (float[1,2,6,6] y) {
           y = ConvTranspose <strides = [2,2], auto_pad = "SAME_UPPER"> (x, w, b) })",
         "y = ConvTranspose(x, w, b) strides=[2,2] pads=[0,0,1,1]\n"},
    Form{"gemm_without_c_gets_zeros", 11,
         R"((float[2,3] a, float[4,3] b) => (float[2,4] y) {
           y = Gemm <alpha = 0.5, transB = 1> (a, b) })",
         "const y.bias: f32[4] = [0 0 0 0]\n"
         "y = Gemm(a, b, y.bias) alpha=0.5 transB=1\n"},
    Form{"batch_normalization_for_inference", 14,
         R"((float[1,2,3] x, float[2] s, float[2] b, float[2] m, float[2] v) => (float[1,2,3] y) {
           y = BatchNormalization <epsilon = 0.25, momentum = 0.5, training_mode = 0> (x, s, b, m, v)
         })",
         "y = BatchNormalization(x, s, b, m, v) epsilon=0.25\n"},
    Form{"lrn", 13, R"((float[1,5,2,2] x) => (float[1,5,2,2] y) { y = LRN <size = 3> (x) })",
         "y = LRN(x) size=3\n"},
    Form{"old_softmax_counts_the_last_axes_as_one", 11,
         R"((float[2,3,4,5] x) => (float[2,3,4,5] y) { y = Softmax(x) })",
         "y = Softmax(x) flatten=true\n"},
    Form{"old_softmax_over_trailing_ones_is_plain", 11,
         R"((float[2,3,1,1] x) => (float[2,3,1,1] y) { y = Softmax(x) })", "y = Softmax(x)\n"},
    Form{"softmax_is_over_the_last_axis", 13,
         R"((float[2,3,4,5] x) => (float[2,3,4,5] y) { y = Softmax(x) })",
         "y = Softmax(x) axis=3\n"},
};

constexpr std::array pooling = {
    Form{"max_pool_keeps_one_output", 12,
         R"((float[1,1,5,5] x) => (float[1,1,3,3] y) {
           y, indices = MaxPool <kernel_shape = [2,2], strides = [2,2], ceil_mode = 1> (x) })",
         "y = MaxPool(x) kernel_shape=[2,2] strides=[2,2] ceil_mode=true\n"},
    Form{"average_pool_same_upper", 7,
         R"((float[1,1,5,5] x) => (float[1,1,3,3] y) {
           y = AveragePool <kernel_shape = [3,3], strides = [2,2], auto_pad = "SAME_UPPER",
                            count_include_pad = 1> (x) })",
         "y = AveragePool(x) kernel_shape=[3,3] strides=[2,2] pads=[1,1,1,1] "
         "count_include_pad=true\n"},
    Form{"average_pool_with_plain_dilations", 19,
         R"((float[1,1,5,5] x) => (float[1,1,4,4] y) {
           y = AveragePool <kernel_shape = [2,2], dilations = [1,1]> (x) })",
         "y = AveragePool(x) kernel_shape=[2,2]\n"},
    Form{"reduce_mean_with_an_attribute", 13,
         R"((float[1,2,3,4] x) => (float[1,2] y) {
           y = ReduceMean <axes = [-1,2], keepdims = 0> (x) })",
         "y = ReduceMean(x) axes=[2,3] keepdims=false\n"},
    Form{"reduce_mean_with_an_input", 18,
         R"((float[1,2,3,4] x) => (float[1,2,1,1] y) <int64[2] axes = {2, 3}> {
           y = ReduceMean(x, axes) })",
         "y = ReduceMean(x) axes=[2,3]\n"},
    Form{"reduce_sum_of_no_axes_may_mean_nothing", 13,
         R"((float[1,2] x) => (float[1,2] y) { y = ReduceSum <noop_with_empty_axes = 1> (x) })",
         "y = Identity(x)\n"},
    Form{"reduce_sum_of_no_axes_means_all", 13,
         R"((float[1,2] x) => (float[1,1] y) { y = ReduceSum(x) })", "y = ReduceSum(x)\n"},
};

constexpr std::array elementwise = {
    Form{"clip_with_attributes", 7,
         R"((float[2] x) => (float[2] y) { y = Clip <min = 0.0, max = 6.0> (x) })",
         "y = Clip(x) min=0 max=6\n"},
    Form{"clip_with_inputs", 11,
         R"((float[2] x) => (float[2] y) <float lo = {0.0}, float hi = {6.0}> {
           y = Clip(x, lo, hi) })",
         "y = Clip(x) min=0 max=6\n"},
    Form{"clip_with_the_upper_limit_alone", 11,
         R"((float[2] x) => (float[2] y) <float hi = {6.0}> { y = Clip(x, , hi) })",
         "y = Clip(x) max=6\n"},
    Form{"clip_with_limits_at_run_time", 11,
         R"((float[2] x, float lo, float hi) => (float[2] y) { y = Clip(x, lo, hi) })",
         "y.Max.0 = Max(x, lo)  # name: y.Max\n"
         "y = Min(y.Max.0, hi)\n"},
    Form{"max_of_three_is_a_chain", 8,
         R"((float[2] a, float[2] b, float[2] c) => (float[2] y) { y = Max(a, b, c) })",
         "y.Max.0 = Max(a, b)  # name: y.Max\n"
         "y = Max(y.Max.0, c)\n"},
    Form{"min_of_one_is_itself", 8, R"((float[2] a) => (float[2] y) { y = Min(a) })",
         "y = Identity(a)\n"},
    Form{"dropout_does_nothing", 12,
         R"((float[2] x) => (float[2] y) <float ratio = {0.5}> { y, mask = Dropout(x, ratio) })",
         "y = Identity(x)\n"},
    Form{"old_dropout_does_nothing", 7,
         R"((float[2] x) => (float[2] y) { y = Dropout <ratio = 0.5> (x) })", "y = Identity(x)\n"},
    Form{"cast_to_half_precision_keeps_floats", 13,
         R"((float[2] x) => (float16[2] y) { y = Cast <to = 10> (x) })", "y = Identity(x)\n"},
    Form{"cast_to_integers", 13, R"((float[2] x) => (int64[2] y) { y = Cast <to = 7> (x) })",
         "y = Cast(x) to=i64\n"},
    Form{"pow_with_an_integer_exponent", 12,
         R"((float[2] x) => (float[2] y) <int64 two = {2}> { y = Pow(x, two) })",
         "const y.Cast.0: f32[] = [2]\n"
         "y = Pow(x, y.Cast.0)\n"},
    Form{"hard_sigmoid", 7,
         R"((float[2] x) => (float[2] y) { y = HardSigmoid <alpha = 0.25> (x) })",
         "y = HardSigmoid(x) alpha=0.25\n"},
    Form{"quantize_without_a_zero_point", 13,
         R"((float[2,3] x) => (uint8[2,3] y) <float[3] s = {1.0, 2.0, 3.0}> {
           y = QuantizeLinear <axis = -1> (x, s) })",
         "const s: f32[3] = [1 2 3]\n"
         "const y.zero_point: u8[3] = [0 0 0]\n"
         "y = QuantizeLinear(x, s, y.zero_point)\n"},
    Form{"qlinear_conv_is_a_convolution_between_quantizers", 13,
         R"((uint8[1,1,2,2] x) => (uint8[1,2,2,2] y)
            <float s = {0.5}, uint8 z = {3}, int8[2,1,1,1] w = {1, 2}, float[2] t = {2.0, 4.0},
             int8[2] v = {0, 0}, int32[2] b = {5, 6}> {
           y = QLinearConv (x, s, z, w, t, v, s, z, b) })",
         "const s: f32[] = [0.5]\n"
         "const z: u8[] = [3]\n"
         "const w: i8[2,1,1,1] = [1 2]\n"
         "const t: f32[2] = [2 4]\n"
         "const v: i8[2] = [0 0]\n"
         "const b: i32[2] = [5 6]\n"
         "const y.bias_scale: f32[2] = [1 2]\n"
         "const y.bias_zero_point: i32[2] = [0 0]\n"
         "y.DequantizeLinear.0 = DequantizeLinear(x, s, z)  # name: y.DequantizeLinear\n"
         "y.DequantizeLinear_2.0 = DequantizeLinear(w, t, v) axis=0  # name: y.DequantizeLinear_2\n"
         "y.DequantizeLinear_3.0 = DequantizeLinear(b, y.bias_scale, y.bias_zero_point) axis=0  # "
         "name: "
         "y.DequantizeLinear_3\n"
         "y.Conv.0 = Conv(y.DequantizeLinear.0, y.DequantizeLinear_2.0, y.DequantizeLinear_3.0)  # "
         "name: "
         "y.Conv\n"
         "y = QuantizeLinear(y.Conv.0, s, z)\n"},
    Form{"qlinear_matmul_is_a_product_between_quantizers", 13,
         R"((uint8[2,2] x) => (uint8[2,2] y)
            <float s = {0.5}, uint8 z = {3}, uint8[2,2] w = {1, 2, 3, 4}> {
           y = QLinearMatMul (x, s, z, w, s, z, s, z) })",
         "const s: f32[] = [0.5]\n"
         "const z: u8[] = [3]\n"
         "const w: u8[2,2] = [1 2 3 4]\n"
         "y.DequantizeLinear.0 = DequantizeLinear(x, s, z)  # name: y.DequantizeLinear\n"
         "y.DequantizeLinear_2.0 = DequantizeLinear(w, s, z)  # name: y.DequantizeLinear_2\n"
         "y.MatMul.0 = MatMul(y.DequantizeLinear.0, y.DequantizeLinear_2.0)  # name: y.MatMul\n"
         "y = QuantizeLinear(y.MatMul.0, s, z)\n"},
    Form{"dequantize_of_a_constant_stays", 10,
         R"(() => (float[2] y) <int8[2] q = {-1, 2}, float s = {0.5}, int8 z = {1}> {
           y = DequantizeLinear(q, s, z) })",
         "const q: i8[2] = [-1 2]\n"
         "const s: f32[] = [0.5]\n"
         "const z: i8[] = [1]\n"
         "y = DequantizeLinear(q, s, z)\n"},
};

constexpr std::array shapes = {
    Form{"reshape_keeps_and_infers_sizes", 13,
         R"((float[2,3,4] x) => (float[2,12] y) <int64[2] s = {0, -1}> { y = Reshape(x, s) })",
         "y = Reshape(x) shape=[2,12]\n"},
    Form{"reshape_leaves_the_batch_open", 13,
         R"((float[N,3,4] x) => (float[N,12] y) <int64[2] s = {0, -1}> { y = Reshape(x, s) })",
         "y = Reshape(x) shape=[-1,12]\n"},
    Form{"reshape_to_the_size_of_the_batch", 13,
         R"((float[N,3,4] x) => (float[N,12] y) <int64 zero = {0}, int64[1] rest = {-1}> {
           sizes = Shape(x)
           n = Gather(sizes, zero)
           axes = Constant <value_ints = [0]> ()
           first = Unsqueeze(n, axes)
           target = Concat <axis = 0> (first, rest)
           y = Reshape(x, target) })",
         "y = Reshape(x) shape=[-1,12]\n"},
    Form{"reshape_to_a_product_with_the_batch", 13,
         R"((float[N,3,4] x) => (float[M,4] y) <int64[1] three = {3}, int64[1] four = {4}> {
           n = Shape <end = 1> (x)
           rows = Mul(n, three)
           target = Concat <axis = 0> (rows, four)
           y = Reshape(x, target) })",
         "y = Reshape(x) shape=[-1,4]\n"},
    Form{"expand_keeps_the_batch", 13,
         R"((float[N,1] x) => (float[N,3] y) <int64[1] three = {3}> {
           n = Shape <end = 1> (x)
           target = Concat <axis = 0> (n, three)
           y = Expand(x, target) })",
         "y = Expand(x) shape=[-1,3]\n"},
    Form{"flatten_behind_the_last_axis", 13,
         R"((float[2,3] x) => (float[6,1] y) { y = Flatten <axis = 2> (x) })",
         "y = Flatten(x) axis=2\n"},
    Form{"flatten_with_a_negative_axis", 13,
         R"((float[2,3,4] x) => (float[6,4] y) { y = Flatten <axis = -1> (x) })",
         "y = Flatten(x) axis=2\n"},
    Form{"squeeze_with_an_attribute", 11,
         R"((float[2,1,3,1] x) => (float[2,3,1] y) { y = Squeeze <axes = [-3]> (x) })",
         "y = Squeeze(x) axes=[1]\n"},
    Form{"squeeze_with_an_input", 13,
         R"((float[2,1,3,1] x) => (float[2,1,3] y) <int64[1] a = {3}> { y = Squeeze(x, a) })",
         "y = Squeeze(x) axes=[3]\n"},
    Form{"squeeze_without_axes_keeps_the_batch", 13,
         R"((float[N,1,3,1] x) => (float[N,3] y) { y = Squeeze(x) })",
         "y = Squeeze(x) axes=[1,3]\n"},
    Form{"unsqueeze_with_an_attribute", 11,
         R"((float[2,3] x) => (float[2,1,3,1] y) { y = Unsqueeze <axes = [3,1]> (x) })",
         "y = Unsqueeze(x) axes=[1,3]\n"},
    Form{"unsqueeze_with_an_input", 13,
         R"((float[2,3] x) => (float[2,3,1] y) <int64[1] a = {-1}> { y = Unsqueeze(x, a) })",
         "y = Unsqueeze(x) axes=[2]\n"},
    Form{"constants_of_every_form", 13,
         R"(() => (float[2] a, float b, float[2] c, int64 d, int64[2] e) {
           a = Constant <value = float[2] {1.0, 2.0}> ()
           b = Constant <value_float = 1.5> ()
           c = Constant <value_floats = [1.5, 2.5]> ()
           d = Constant <value_int = 3> ()
           e = Constant <value_ints = [3, 4]> () })",
         "const a: f32[2] = [1 2]\n"
         "const b: f32[] = [1.5]\n"
         "const c: f32[2] = [1.5 2.5]\n"
         "const d: i64[] = [3]\n"
         "const e: i64[2] = [3 4]\n"},
    Form{"constant_of_shape", 9,
         R"(() => (int64[2,2] y, float[2,2] z) <int64[2] s = {2, 2}> {
           y = ConstantOfShape <value = int64[1] {7}> (s)
           z = ConstantOfShape(s) })",
         "const y: i64[2,2] = [7 7 7 7]\n"
         "const z: f32[2,2] = [0 0 0 0]\n"},
    Form{"part_of_a_shape", 15,
         R"((float[2,3,4] x) => (int64[2] y) { y = Shape <start = -2, end = 9> (x) })",
         "const y: i64[2] = [3 4]\n"},
    Form{"shape_arithmetic_in_floats", 13,
         R"((float[N,3,4] x) => (int64[1] y) <float half = {0.5}> {
           size = Shape <start = 1, end = 2> (x)
           real = Cast <to = 1> (size)
           smaller = Mul(real, half)
           whole = Floor(smaller)
           y = Cast <to = 7> (whole) })",
         "const y: i64[1] = [1]\n"},
};

constexpr std::array moves = {
    Form{"concat_with_a_negative_axis", 11,
         R"((float[1,2] a, float[1,3] b) => (float[1,5] y) { y = Concat <axis = -1> (a, b) })",
         "y = Concat(a, b)\n"},
    Form{"split_with_an_attribute", 11,
         R"((float[1,5] x) => (float[1,2] a, float[1,3] b) {
           a, b = Split <axis = 1, split = [2,3]> (x) })",
         "a, b = Split(x) split=[2,3]\n"},
    Form{"split_with_an_input", 13,
         R"((float[1,5] x) => (float[1,2] a, float[1,3] b) <int64[2] s = {2, 3}> {
           a, b = Split <axis = -1> (x, s) })",
         "a, b = Split(x) split=[2,3]\n"},
    Form{"split_into_equal_parts", 11,
         R"((float[4,1] x) => (float[2,1] a, float[2,1] b) { a, b = Split(x) })",
         "a, b = Split(x) axis=0 split=[2,2]\n"},
    Form{"split_into_parts_that_do_not_come_out_even", 18,
         R"((float[1,5] x) => (float[1,2] a, float[1,2] b, float[1,1] c) {
           a, b, c = Split <axis = 1, num_outputs = 3> (x) })",
         "a, b, c = Split(x) split=[2,2,1]\n"},
    Form{"slice_with_attributes", 7,
         R"((float[1,4,4] x) => (float[1,2,3] y) {
           y = Slice <axes = [1,-1], starts = [0,1], ends = [-2,100]> (x) })",
         "y = Slice(x) starts=[0,1] ends=[-2,100] axes=[1,2] steps=[1,1]\n"},
    Form{"slice_with_inputs", 10,
         R"((float[1,4] x) => (float[1,2] y)
           <int64[1] s = {3}, int64[1] e = {-9}, int64[1] a = {-1}, int64[1] t = {-2}> {
           y = Slice(x, s, e, a, t) })",
         "y = Slice(x) starts=[3] ends=[-9] axes=[1] steps=[-2]\n"},
    Form{"slice_of_the_first_axes", 13,
         R"((float[4,4] x) => (float[2,3] y) <int32[2] s = {0, 1}, int32[2] e = {2, 4}> {
           y = Slice(x, s, e) })",
         "y = Slice(x) starts=[0,1] ends=[2,4] axes=[0,1] steps=[1,1]\n"},
    Form{"pad_with_attributes", 7,
         R"((float[1,2] x) => (float[1,5] y) { y = Pad <pads = [0,1,0,2], value = 0.5> (x) })",
         "y = Pad(x) pads=[0,1,0,2] value=0.5\n"},
    Form{"pad_with_inputs", 11,
         R"((float[1,3] x) => (float[1,6] y) <int64[4] p = {0, 1, 0, 2}> {
           y = Pad <mode = "edge"> (x, p) })",
         "y = Pad(x) mode=edge pads=[0,1,0,2]\n"},
    Form{"pad_of_some_axes", 18,
         R"((float[1,3] x) => (float[1,6] y)
           <int64[2] p = {1, 2}, float v = {0.5}, int64[1] a = {-1}> {
           y = Pad(x, p, v, a) })",
         "y = Pad(x) pads=[0,1,0,2] value=0.5\n"},
    Form{"transpose_reverses_the_axes", 13,
         R"((float[2,3,4] x) => (float[4,3,2] y) { y = Transpose(x) })",
         "y = Transpose(x) perm=[2,1,0]\n"},
    Form{"gather_with_short_indices", 13,
         R"((float[2,3] x) => (float[2,2] y) <int32[2] i = {0, -1}> {
           y = Gather <axis = 1> (x, i) })",
         "const y.Cast.0: i64[2] = [0 -1]\n"
         "y = Gather(x, y.Cast.0) axis=1\n"},
    Form{"depth_to_space_by_columns", 11,
         R"((float[1,4,1,1] x) => (float[1,1,2,2] y) {
           y = DepthToSpace <blocksize = 2, mode = "CRD"> (x) })",
         "y = DepthToSpace(x) blocksize=2 mode=CRD\n"},
};

constexpr std::array resizing = {
    Form{"upsample_with_an_attribute", 7,
         R"((float[1,1,2,2] x) => (float[1,1,4,6] y) {
           y = Upsample <scales = [1.0, 1.0, 2.0, 3.0]> (x) })",
         "y = Resize(x) coordinate_transformation_mode=asymmetric nearest_mode=floor "
         "scales=[1,1,2,3] sizes=[1,1,4,6]\n"},
    Form{"upsample_with_an_input", 9,
         R"((float[1,1,2,2] x) => (float[1,1,4,4] y) <float[4] s = {1.0, 1.0, 2.0, 2.0}> {
           y = Upsample <mode = "linear"> (x, s) })",
         "y = Resize(x) mode=linear coordinate_transformation_mode=asymmetric nearest_mode=floor "
         "scales=[1,1,2,2] sizes=[1,1,4,4]\n"},
    Form{"resize_of_opset_10", 10,
         R"((float[1,1,2,2] x) => (float[1,1,4,4] y) <float[4] s = {1.0, 1.0, 2.0, 2.0}> {
           y = Resize(x, s) })",
         "y = Resize(x) coordinate_transformation_mode=asymmetric nearest_mode=floor "
         "scales=[1,1,2,2] sizes=[1,1,4,4]\n"},
    Form{"resize_with_scales", 11,
         R"((float[1,1,2,5] x) => (float[1,1,4,3] y)
           <float[0] roi = {}, float[4] s = {1.0, 1.0, 2.0, 0.75}> {
           y = Resize <mode = "linear"> (x, roi, s) })",
         "y = Resize(x) mode=linear scales=[1,1,2,0.75] sizes=[1,1,4,3]\n"},
    Form{"resize_with_sizes", 13,
         R"((float[N,1,2,2] x) => (float[N,1,3,4] y) <int64[2] size = {3, 4}> {
           kept = Shape <end = 2> (x)
           sizes = Concat <axis = 0> (kept, size)
           y = Resize <mode = "cubic", cubic_coeff_a = -0.5> (x, , , sizes) })",
         "y = Resize(x) mode=cubic cubic_coeff_a=-0.5 scales=[1,1,1.5,2] sizes=[1,1,3,4]\n"},
    Form{"resize_of_some_axes", 18,
         R"((float[1,1,2,2] x) => (float[1,1,3,4] y) <int64[2] s = {4, 3}> {
           y = Resize <axes = [3,2]> (x, , , s) })",
         "y = Resize(x) scales=[1,1,1.5,2] sizes=[1,1,3,4]\n"},
    Form{"resize_of_a_region", 11,
         R"((float[1,1,4,4] x) => (float[1,1,3,3] y)
           <float[8] roi = {0.0, 0.0, 0.25, 0.25, 1.0, 1.0, 0.75, 0.75}, int64[4] s = {1, 1, 3, 3},
            float[0] none = {}> {
           y = Resize <mode = "linear", coordinate_transformation_mode = "tf_crop_and_resize",
                       extrapolation_value = 10.0> (x, roi, none, s) })",
         "y = Resize(x) mode=linear coordinate_transformation_mode=tf_crop_and_resize "
         "extrapolation_value=10 scales=[1,1,0.75,0.75] sizes=[1,1,3,3] "
         "roi=[0,0,0.25,0.25,1,1,0.75,0.75]\n"},
};

std::string form_name(const testing::TestParamInfo<Form>& info) {
  return std::string(info.param.name);
}

INSTANTIATE_TEST_SUITE_P(Layers, OnnxForm, testing::ValuesIn(layers), form_name);
INSTANTIATE_TEST_SUITE_P(Pooling, OnnxForm, testing::ValuesIn(pooling), form_name);
INSTANTIATE_TEST_SUITE_P(Elementwise, OnnxForm, testing::ValuesIn(elementwise), form_name);
INSTANTIATE_TEST_SUITE_P(Shapes, OnnxForm, testing::ValuesIn(shapes), form_name);
INSTANTIATE_TEST_SUITE_P(Moves, OnnxForm, testing::ValuesIn(moves), form_name);
INSTANTIATE_TEST_SUITE_P(Resizing, OnnxForm, testing::ValuesIn(resizing), form_name);

}  // namespace
}  // namespace vernier
