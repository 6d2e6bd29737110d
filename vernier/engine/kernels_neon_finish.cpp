// From the sums of convolutions to what is stored, on NEON: bytes by vectors of sixteen channels,
// what is rare (16-bit results, a result of floats) channel by channel.

#if defined(__aarch64__)

#include <algorithm>

#include "vernier/engine/kernels_neon.h"
#include "vernier/engine/kernels_ref.h"

namespace vernier {
namespace {

constexpr std::int64_t lanes = 16;

void finish_one_by_one(const ConvolutionPointers& pointers, const NeonSums& sums) {
  for (std::int64_t pixel = 0; pixel < sums.pixels; ++pixel) {
    const std::int32_t* row = sums.sums + pixel * sums.pixel_step;
    for (std::int64_t i = 0; i < sums.channels; ++i) {
      const std::uint32_t value =
          static_cast<std::uint32_t>(row[i]) + static_cast<std::uint32_t>(sums.constants[i]);
      finish_sum(pointers,
                 {.y = sums.y[pixel] + i * sums.channel_step,
                  .addend = sums.addend[pixel] + i,
                  .packed = sums.packed + i},
                 static_cast<std::int32_t>(value));
    }
  }
}

/// What sixteen channels need.
struct SixteenMultipliers {
  FourMultipliers four[4];
};

template <bool Floating, bool Addend>
VERNIER_NEON_INLINE SixteenMultipliers multipliers_at(const EpilogueArrays& arrays,
                                                      std::int64_t packed) {
  const auto at = [&](const void* numbers, std::int64_t i) {
    return vld1q_s32(static_cast<const std::int32_t*>(numbers) + packed + 4 * i);
  };
  SixteenMultipliers m{};
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < 4; ++i) {
    m.four[i].sum = at(arrays.multipliers, i);
    if constexpr (Addend) m.four[i].addend = at(arrays.addend_multipliers, i);
    if constexpr (!Floating) m.four[i].shift = at(arrays.shifts, i);
  }
  return m;
}

// Sixteen channels from `channel` on.
template <bool Floating, bool Addend>
void finish_sixteen(const ConvolutionPointers& pointers, const NeonSums& sums,
                    std::int64_t channel) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  const StoredRange range = stored_range(epilogue.output);
  const auto m = multipliers_at<Floating, Addend>(pointers.arrays, sums.packed + channel);
  const Sixteen constants = load_sixteen(sums.constants + channel);
  auto* y = static_cast<std::uint8_t*>(pointers.y) + channel;
  const auto* stored = static_cast<const std::uint8_t*>(pointers.addend) + channel;
  const std::int32_t* from = sums.sums + channel;
  for (std::int64_t pixel = 0; pixel < sums.pixels; ++pixel) {
    Sixteen addend{};
    if constexpr (Addend) {
      addend = widened_bytes(vld1q_u8(stored + sums.addend[pixel]), epilogue.addend_zero_point);
    }
    Sixteen values = load_sixteen(from);
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < 4; ++i) {
      const int32x4_t sum = vaddq_s32(values.lanes[i], constants.lanes[i]);
      values.lanes[i] = Floating ? requantized_float<Addend>(sum, addend.lanes[i], m.four[i])
                                 : requantized_integer<Addend>(sum, addend.lanes[i], m.four[i]);
    }
    store_bytes(y + sums.y[pixel], stored_bytes(values, range), sums.channels - channel);
    from += sums.pixel_step;
  }
}

template <bool Floating>
void finish_bytes(const ConvolutionPointers& pointers, const NeonSums& sums) {
  for (std::int64_t channel = 0; channel < sums.channels; channel += lanes) {
    if (pointers.addend != nullptr) {
      finish_sixteen<Floating, true>(pointers, sums, channel);
    } else {
      finish_sixteen<Floating, false>(pointers, sums, channel);
    }
  }
}

}  // namespace

void finish_sums(const ConvolutionPointers& pointers, const NeonSums& sums) {
  const Requantization arithmetic = pointers.arrays.epilogue->arithmetic;
  if (pointers.y_element != Element::u8 || !requantizes_fours(arithmetic) ||
      pointers.arrays.epilogue->floats || pointers.arrays.epilogue->in_double ||
      (pointers.addend != nullptr && pointers.addend_element != Element::u8)) {
    finish_one_by_one(pointers, sums);
  } else if (arithmetic == Requantization::floating) {
    finish_bytes<true>(pointers, sums);
  } else {
    finish_bytes<false>(pointers, sums);
  }
}

}  // namespace vernier

#endif
