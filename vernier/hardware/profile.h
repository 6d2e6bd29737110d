#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "vernier/quant/fixed_point.h"
#include "vernier/quant/float_bias.h"
#include "vernier/quant/fused_addition.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// Where a target puts quantization points (MQBench, Li et al., NeurIPS 2021, section 3.3 and
/// figure 2).
enum class Placement : std::uint8_t {
  layer_inputs,  ///< graph 1: only what convolutions and linear layers read; additions stay in
                 ///< float
  fused_add,  ///< graph 2: the input and the output of a block; the sum of a residual is formed in
              ///< the accumulators of the convolution before it, so that one operand of the
              ///< addition is quantized
  every_output,  ///< graph 3: the output of every operator, so that both operands of an addition
                 ///< are quantized
};

template <>
struct EnumNames<Placement> {
  static constexpr std::array<std::string_view, 3> names = {"layer_inputs", "fused_add",
                                                            "every_output"};
};

enum class Sign : std::uint8_t {
  signed_integers,
  unsigned_integers,
  adaptive,  ///< unsigned where the range has no negative part
};

template <>
struct EnumNames<Sign> {
  static constexpr std::array<std::string_view, 3> names = {"signed", "unsigned", "adaptive"};
};

/// What a target does with integers: data, decided once. No algorithm asks for a target by name.
struct Profile {
  std::string name;
  std::string help;
  std::string source;  ///< paper, section or file that the fields are taken from

  int weight_bits = 8;
  bool weight_symmetric = true;
  bool weight_narrow = true;  ///< -127..127
  Granularity weight_granularity = Granularity::per_channel;

  int activation_bits = 8;
  Sign activation_sign = Sign::adaptive;
  bool activation_symmetric = true;
  bool activation_narrow = false;

  bool power_of_two_scale = false;
  Rounding rounding = Rounding::half_even;
  Requantization requantization = Requantization::floating;
  Addition addition = Addition::requantized;
  Sums sums = Sums::requantized;

  Placement placement = Placement::every_output;
  bool fold_batch_norm = true;
  bool fuse_activation = true;  ///< a ReLU or clip behind a layer is a clamp of its integers
  bool quantize_outputs =
      false;  ///< the outputs of the network are integers too; else accumulator times scale
  int first_last_bits = 0;  ///< bits of the first and the last layer's operands; 0: as all others
};

/// The built-in ones, in the order of `vernier list profiles`.
std::span<const Profile> profiles();

/// What the profile asks of a weight and of an activation.
QuantSpec weight_spec(const Profile& profile, int bits);
QuantSpec activation_spec(const Profile& profile, int bits);

/// Calls field(name, value) for every field behind `source`, under its YAML name: what prints and
/// reads a profile.
template <typename ProfileType>
void profile_fields(ProfileType& profile, auto&& field) {
  field("weight_bits", profile.weight_bits);
  field("weight_symmetric", profile.weight_symmetric);
  field("weight_narrow", profile.weight_narrow);
  field("weight_granularity", profile.weight_granularity);
  field("activation_bits", profile.activation_bits);
  field("activation_sign", profile.activation_sign);
  field("activation_symmetric", profile.activation_symmetric);
  field("activation_narrow", profile.activation_narrow);
  field("power_of_two_scale", profile.power_of_two_scale);
  field("rounding", profile.rounding);
  field("requantization", profile.requantization);
  field("addition", profile.addition);
  field("sums", profile.sums);
  field("placement", profile.placement);
  field("fold_batch_norm", profile.fold_batch_norm);
  field("fuse_activation", profile.fuse_activation);
  field("quantize_outputs", profile.quantize_outputs);
  field("first_last_bits", profile.first_last_bits);
}

}  // namespace vernier
