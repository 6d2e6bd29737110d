// From sums of eight channels of some pixels to what is stored.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2_finish.h"

#include <cstdlib>

namespace vernier {
namespace {

// ---- Any arithmetic, pixel by pixel.

VERNIER_AVX2_INLINE __m256 scaled8(const EpilogueArrays& arrays, std::int64_t packed, __m256i sum) {
  const float* scales = static_cast<const float*>(arrays.multipliers) + packed;
  const __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(scales));
  return arrays.float_biases == nullptr
             ? value
             : _mm256_add_ps(value, _mm256_loadu_ps(arrays.float_biases + packed));
}

VERNIER_AVX2_INLINE void finish_float(const ConvolutionPointers& pointers,
                                      const EightChannels& target, __m256i sum) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  __m256 value = scaled8(pointers.arrays, target.packed, sum);
  // In this order of operands an equal value stays itself, the sign of a zero included.
  value = _mm256_max_ps(_mm256_set1_ps(epilogue.lo), value);
  value = _mm256_min_ps(_mm256_set1_ps(epilogue.hi), value);
  alignas(32) std::array<float, 8> values;
  _mm256_store_ps(values.data(), value);
  float* y = static_cast<float*>(pointers.y) + target.y;
  for (std::int64_t i = 0; i < target.count; ++i) {
    y[i * target.channel_step] = values[static_cast<std::size_t>(i)];
  }
}

VERNIER_AVX2_INLINE void store_eight(std::uint8_t* y, __m128i bytes, std::int64_t count) {
  if (count == 8) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y), bytes);
  } else {
    const auto low = static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes));
    std::memcpy(y, &low, static_cast<std::size_t>(count));
  }
}

VERNIER_AVX2_INLINE __m256i load_addend8(const ConvolutionPointers& pointers,
                                         const EightChannels& target) {
  return _mm256_sub_epi32(
      widened_bytes(static_cast<const std::uint8_t*>(pointers.addend) + target.addend),
      _mm256_set1_epi32(pointers.arrays.epilogue->addend_zero_point));
}

VERNIER_AVX2_INLINE __m256i requantize_biased(const ConvolutionPointers& pointers,
                                              const EightChannels& target, __m256i sum) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  const FloatBias& floats = *epilogue.floats;
  __m256 value = scaled8(pointers.arrays, target.packed, sum);
  if (pointers.addend != nullptr) {
    value = _mm256_mul_ps(_mm256_sub_ps(value, _mm256_set1_ps(floats.subtrahend)),
                          _mm256_set1_ps(floats.addend_factor));
    value = _mm256_add_ps(value, _mm256_cvtepi32_ps(load_addend8(pointers, target)));
  }
  return round_affine8(floats.rounding, value, bounds_of(epilogue.output));
}

VERNIER_AVX2_INLINE __m256i requantize_bytes(const ConvolutionPointers& pointers,
                                             const EightChannels& target, __m256i sum) {
  const EpilogueArrays& arrays = pointers.arrays;
  const Epilogue& epilogue = *arrays.epilogue;
  const bool integer = epilogue.arithmetic != Requantization::floating;
  const auto at = [&](const void* numbers) {
    return static_cast<const std::int32_t*>(numbers) + target.packed;
  };
  EightMultipliers multipliers{load256(at(arrays.multipliers)), _mm256_setzero_si256(),
                               _mm256_setzero_si256()};
  if (integer) multipliers.shift = load256(at(arrays.shifts));
  __m256i addend = _mm256_setzero_si256();
  if (pointers.addend != nullptr) {
    multipliers.addend = load256(at(arrays.addend_multipliers));
    addend = load_addend8(pointers, target);
  }
  return requantize8(epilogue.arithmetic, sum, addend, multipliers, bounds_of(epilogue.output));
}

VERNIER_AVX2_INLINE void finish8(const ConvolutionPointers& pointers, const EightChannels& target,
                                 __m256i sum) {
  if (pointers.y_element == Element::f32) return finish_float(pointers, target, sum);
  if (pointers.arrays.epilogue->in_double) {
    alignas(32) std::array<std::int32_t, 8> sums;
    _mm256_store_si256(reinterpret_cast<__m256i*>(sums.data()), sum);
    return finish_in_double(pointers, target, sums.data());
  }
  const __m256i result = pointers.arrays.epilogue->floats ? requantize_biased(pointers, target, sum)
                                                          : requantize_bytes(pointers, target, sum);
  store_eight(static_cast<std::uint8_t*>(pointers.y) + target.y, packed_eights(result),
              target.count);
}

// ---- The floating arithmetic, four pixels at a time.

constexpr float highest_x = 255.0F;

VERNIER_AVX2_INLINE __m256 magnitude(__m256 value) {
  return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), value);
}

// Whether all values of eight channels have 32 bits. Multipliers that are no numbers do not.
VERNIER_AVX2 bool stays_in_range(const ConvolutionPointers& pointers, std::int64_t packed,
                                 std::int64_t products) {
  const EightPlain plain = plain_of(pointers, packed);
  const __m256 bias = magnitude(_mm256_cvtepi32_ps(load256(pointers.arrays.bias + packed)));
  const float weight = pointers.weight_element == WeightElement::s16 ? 0x1p15F : 0x1p7F;
  __m256 sum = _mm256_set1_ps(static_cast<float>(products) * highest_x * weight);
  sum = _mm256_min_ps(_mm256_add_ps(sum, bias), _mm256_set1_ps(0x1p31F));
  const __m256 addend = _mm256_set1_ps(256.0F + most_plain_zero_point);
  const __m256 value = _mm256_add_ps(_mm256_mul_ps(sum, magnitude(plain.multipliers)),
                                     _mm256_mul_ps(addend, magnitude(plain.addend_multipliers)));
  return _mm256_movemask_ps(_mm256_cmp_ps(value, _mm256_set1_ps(most_plain_value), _CMP_LT_OQ)) ==
         0xFF;
}

struct PixelRange {
  std::int64_t first;
  std::int64_t count;  // four at most
};

// Of each pixel those that exist.
VERNIER_AVX2 void store_some(const ConvolutionPointers& pointers, const PixelTargets& targets,
                             const PixelRange& pixels, __m256i bytes) {
  std::array<std::uint8_t, 32> stored;
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(stored.data()), bytes);
  for (std::int64_t i = 0; i < pixels.count; ++i) {
    auto* y = static_cast<std::uint8_t*>(pointers.y) + targets.channels.y;
    std::memcpy(y + targets.y[pixels.first + i], &stored[static_cast<std::size_t>(8 * i)],
                static_cast<std::size_t>(targets.channels.count));
  }
}

template <bool Addend>
VERNIER_AVX2_INLINE void finish_four(const ConvolutionPointers& pointers,
                                     const PixelTargets& targets, const EightPlain& plain,
                                     const PixelRange& pixels, const std::int32_t* sums) {
  __m256 values[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const std::int64_t pixel = pixels.first + std::min<std::int64_t>(i, pixels.count - 1);
    values[i] = scaled_sum(plain, load256(sums + 8 * pixel));
    if constexpr (Addend) {
      const auto* addend =
          static_cast<const std::uint8_t*>(pointers.addend) + targets.channels.addend;
      values[i] = with_addend(plain, values[i], addend + targets.addend[pixel]);
    }
  }
  const __m256i bytes = rounded(plain, values);
  if (targets.channels.count < 8) return store_some(pointers, targets, pixels, bytes);
  store_pixels(static_cast<std::uint8_t*>(pointers.y) + targets.channels.y,
               targets.y + pixels.first, pixels.count, bytes);
}

template <bool Addend>
VERNIER_AVX2 void finish_plain(const ConvolutionPointers& pointers, const PixelTargets& targets,
                               std::span<const std::int32_t> sums) {
  const EightPlain plain = plain_of(pointers, targets.channels.packed);
  const std::int64_t pixels = std::ssize(sums) / 8;
  for (std::int64_t first = 0; first < pixels; first += 4) {
    const PixelRange range{first, std::min<std::int64_t>(pixels - first, 4)};
    finish_four<Addend>(pointers, targets, plain, range, sums.data());
  }
}

}  // namespace

bool is_plain(const ConvolutionPointers& pointers, std::int64_t packed, std::int64_t products) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  return pointers.y_element == Element::u8 && !epilogue.floats &&
         epilogue.arithmetic == Requantization::floating &&
         std::abs(epilogue.output.zero_point) <= most_plain_zero_point &&
         std::abs(epilogue.addend_zero_point) <= most_plain_zero_point &&
         stays_in_range(pointers, packed, products);
}

VERNIER_AVX2 void finish_eights(const ConvolutionPointers& pointers, const PixelTargets& targets,
                                std::int64_t products, std::span<const std::int32_t> sums) {
  if (is_plain(pointers, targets.channels.packed, products)) {
    return (pointers.addend != nullptr ? finish_plain<true> : finish_plain<false>)(pointers,
                                                                                   targets, sums);
  }
  for (std::size_t i = 0; 8 * i < sums.size(); ++i) {
    EightChannels target = targets.channels;
    target.y += targets.y[i];
    target.addend += targets.addend[i];
    finish8(pointers, target, load256(&sums[8 * i]));
  }
}

}  // namespace vernier

#endif
