// The built-in profiles. The hardware settings are those of MQBench (Li et al., "MQBench: Towards
// Reproducible and Deployable Model Quantization Benchmark", NeurIPS 2021 Datasets and Benchmarks,
// Table 1 and Appendix E); where the target's own documents say more, they are named.
// (The function exceeds 60 lines because it is a table.)

#include <array>

#include "vernier/hardware/profile.h"

namespace vernier {

std::span<const Profile> profiles() {
  static const std::array table = {
      Profile{
          .name = "vernier",
          .help = "our engine: per-channel weights, u8 with zero point, sums before requantization",
          .source = "docs/decisions/0012-vernier-profile.md",
          .activation_sign = Sign::unsigned_integers,
          .activation_symmetric = false,
          .placement = Placement::fused_add},
      Profile{.name = "academic",
              .help = "what papers report: layer inputs only, batch normalization unfolded",
              .source = "MQBench, section 3.1: per tensor, symmetric, first and last layer 8 bit",
              .weight_narrow = false,
              .weight_granularity = Granularity::per_tensor,
              .placement = Placement::layer_inputs,
              .fold_batch_norm = false,
              .fuse_activation = false,
              .first_last_bits = 8},
      Profile{.name = "tensorrt",
              .help = "symmetric, signed, per-channel weights, fused residual",
              .source =
                  "MQBench, Table 1; TensorRT developer guide: explicit quantization, zero point 0",
              .activation_sign = Sign::signed_integers,
              .activation_narrow = true,
              .placement = Placement::fused_add},
      Profile{.name = "acl",
              .help = "asymmetric activations, per-channel weights, additions in float",
              .source = "MQBench, Table 1: ACL of Huawei; docs/decisions/0025-acl-record.md",
              .activation_sign = Sign::unsigned_integers,
              .activation_symmetric = false,
              .placement = Placement::layer_inputs},
      Profile{.name = "tvm",
              .help = "symmetric, per tensor, power-of-two scales, shifts only",
              .source = "MQBench, Table 1; TVM relay.quantize",
              .weight_granularity = Granularity::per_tensor,
              .activation_sign = Sign::signed_integers,
              .power_of_two_scale = true,
              .requantization = Requantization::shift},
      Profile{.name = "snpe",
              .help = "asymmetric, per tensor, every operator's output",
              .source = "MQBench, Table 1; SNPE user guide, quantized models",
              .weight_symmetric = false,
              .weight_narrow = false,
              .weight_granularity = Granularity::per_tensor,
              .activation_sign = Sign::unsigned_integers,
              .activation_symmetric = false},
      Profile{.name = "fbgemm",
              .help = "asymmetric activations, per-channel weights, every operator's output",
              .source = "MQBench, Table 1; FBGEMM: u8 activations, s8 weights",
              .weight_narrow = false,
              .activation_sign = Sign::unsigned_integers,
              .activation_symmetric = false},
      Profile{.name = "openvino",
              .help = "symmetric, unsigned behind a ReLU, fused residual, its own sums",
              .source = "MMRazor, openvino backend config; docs/parity.md: OpenVINO 2026.4 on x86",
              .sums = Sums::float_bias,
              .placement = Placement::fused_add},
      Profile{.name = "onnxruntime",
              .help = "u8 with zero point, a rounding behind every operator, its own addition",
              .source = "docs/parity.md: the arithmetic of ONNX Runtime 1.31 on x86",
              .activation_sign = Sign::unsigned_integers,
              .activation_symmetric = false,
              .addition = Addition::fma},
      Profile{.name = "portable",
              .help = "the same bits here, in ONNX Runtime and in OpenVINO: powers of two",
              .source = "docs/decisions/0016-portable-profile.md",
              .power_of_two_scale = true,
              .placement = Placement::fused_add},
      Profile{.name = "ncnn",
              .help = "layer inputs only, symmetric, -127..127, halves away from zero",
              .source = "ncnn, tools/quantize and src/layer/quantize.cpp",
              .activation_sign = Sign::signed_integers,
              .activation_narrow = true,
              .rounding = Rounding::half_away,
              .placement = Placement::layer_inputs},
  };
  return table;
}

QuantSpec weight_spec(const Profile& profile, int bits) {
  return {.range = signed_range(bits, profile.weight_narrow),
          .symmetric = profile.weight_symmetric,
          .power_of_two_scale = profile.power_of_two_scale,
          .rounding = profile.rounding,
          .granularity = profile.weight_granularity};
}

QuantSpec activation_spec(const Profile& profile, int bits) {
  const bool without_sign = profile.activation_sign == Sign::unsigned_integers;
  return {
      .range = without_sign ? unsigned_range(bits) : signed_range(bits, profile.activation_narrow),
      .symmetric = profile.activation_symmetric,
      .adaptive_sign = profile.activation_sign == Sign::adaptive,
      .power_of_two_scale = profile.power_of_two_scale,
      .rounding = profile.rounding};
}

}  // namespace vernier
