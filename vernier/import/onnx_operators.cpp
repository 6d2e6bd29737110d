#include "vernier/import/onnx_operators.h"

#include <array>

namespace vernier {
namespace {

constexpr std::array table = {
    OnnxOperator{"Abs", convert_plain<Abs>},
    OnnxOperator{"Add", convert_plain<Add>},
    OnnxOperator{"AveragePool", convert_average_pool},
    OnnxOperator{"BatchNormalization", convert_batch_normalization},
    OnnxOperator{"Cast", convert_cast},
    OnnxOperator{"Ceil", convert_plain<Ceil>},
    OnnxOperator{"Clip", convert_clip},
    OnnxOperator{"Concat", convert_concat},
    OnnxOperator{"Constant", convert_constant},
    OnnxOperator{"ConstantOfShape", convert_constant_of_shape},
    OnnxOperator{"Conv", convert_conv},
    OnnxOperator{"ConvTranspose", convert_conv_transpose},
    OnnxOperator{"DepthToSpace", convert_plain<DepthToSpace>},
    OnnxOperator{"DequantizeLinear", convert_dequantize_linear},
    OnnxOperator{"Div", convert_plain<Div>},
    OnnxOperator{"Dropout", convert_dropout},
    OnnxOperator{"Erf", convert_plain<Erf>},
    OnnxOperator{"Exp", convert_plain<Exp>},
    OnnxOperator{"Expand", convert_expand},
    OnnxOperator{"Flatten", convert_flatten},
    OnnxOperator{"Floor", convert_plain<Floor>},
    OnnxOperator{"Gather", convert_gather},
    OnnxOperator{"Gemm", convert_gemm},
    OnnxOperator{"GlobalAveragePool", convert_plain<GlobalAveragePool>},
    OnnxOperator{"GlobalMaxPool", convert_plain<GlobalMaxPool>},
    OnnxOperator{"HardSigmoid", convert_plain<HardSigmoid>},
    OnnxOperator{"HardSwish", convert_plain<HardSwish>},
    OnnxOperator{"Identity", convert_plain<Identity>},
    OnnxOperator{"LRN", convert_lrn},
    OnnxOperator{"LeakyRelu", convert_plain<LeakyRelu>},
    OnnxOperator{"Log", convert_plain<Log>},
    OnnxOperator{"MatMul", convert_plain<MatMul>},
    OnnxOperator{"Max", convert_max},
    OnnxOperator{"MaxPool", convert_max_pool},
    OnnxOperator{"Min", convert_min},
    OnnxOperator{"Mul", convert_plain<Mul>},
    OnnxOperator{"Neg", convert_plain<Neg>},
    OnnxOperator{"PRelu", convert_plain<PRelu>},
    OnnxOperator{"Pad", convert_pad},
    OnnxOperator{"Pow", convert_pow},
    OnnxOperator{"QuantizeLinear", convert_quantize_linear},
    OnnxOperator{"ReduceMean", convert_reduce_mean},
    OnnxOperator{"ReduceSum", convert_reduce_sum},
    OnnxOperator{"Relu", convert_plain<Relu>},
    OnnxOperator{"Reshape", convert_reshape},
    OnnxOperator{"Resize", convert_resize},
    OnnxOperator{"Shape", convert_shape},
    OnnxOperator{"Sigmoid", convert_plain<Sigmoid>},
    OnnxOperator{"Slice", convert_slice},
    OnnxOperator{"Softmax", convert_softmax},
    OnnxOperator{"Split", convert_split},
    OnnxOperator{"Sqrt", convert_plain<Sqrt>},
    OnnxOperator{"Squeeze", convert_squeeze},
    OnnxOperator{"Sub", convert_plain<Sub>},
    OnnxOperator{"Tanh", convert_plain<Tanh>},
    OnnxOperator{"Transpose", convert_transpose},
    OnnxOperator{"Unsqueeze", convert_unsqueeze},
    OnnxOperator{"Upsample", convert_upsample},
};

}  // namespace

std::span<const OnnxOperator> onnx_operators() { return table; }

}  // namespace vernier
