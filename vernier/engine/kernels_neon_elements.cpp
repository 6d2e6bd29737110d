// Steps that go through tensors element by element, on NEON: sixteen bytes at a time; the rest, and
// other elements than bytes, are for kernels_ref.

#if defined(__aarch64__)

#include "vernier/engine/kernels_neon.h"

namespace vernier {
namespace {

// ---- Sums and products of two tensors.

int32x4_t fused(const FusedAddition& f, bool multiply, int32x4_t a, int32x4_t b) {
  const float32x4_t offset = vdupq_n_f32(f.offset);
  if (multiply) {
    const float32x4_t product = vcvtq_f32_s32(vmulq_s32(a, b));
    return vcvtnq_s32_f32(vaddq_f32(vmulq_n_f32(product, f.a_multiplier), offset));
  }
  const float32x4_t inner = vfmaq_n_f32(offset, vcvtq_f32_s32(b), f.b_multiplier);
  return vcvtnq_s32_f32(vfmaq_n_f32(inner, vcvtq_f32_s32(a), f.a_multiplier));
}

int32x4_t combined(const Combine& step, const FourMultipliers& m, int32x4_t a, int32x4_t b) {
  if (step.fused) return fused(*step.fused, step.multiply, a, b);
  return step.multiply ? requantized4<false>(step.arithmetic, vmulq_s32(a, b), a, m)
                       : requantized4<true>(step.arithmetic, a, b, m);
}

std::int64_t combine_sixteens(const Combine& step, const CombineRow& row) {
  const auto* a = static_cast<const std::uint8_t*>(row.a);
  const auto* b = static_cast<const std::uint8_t*>(row.b);
  auto* y = static_cast<std::uint8_t*>(row.y);
  const FourMultipliers multipliers = four_multipliers(step.arithmetic, step.requantizer);
  const StoredRange range = stored_range(step.output);
  std::int64_t i = 0;
  for (; i + 16 <= row.count; i += 16) {
    const Sixteen left = widened_bytes(vld1q_u8(a + i), step.a_zero_point);
    const Sixteen right =
        widened_bytes(row.b_step == 0 ? vdupq_n_u8(b[0]) : vld1q_u8(b + i), step.b_zero_point);
    Sixteen values;
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < 4; ++k) {
      values.lanes[k] = combined(step, multipliers, left.lanes[k], right.lanes[k]);
    }
    vst1q_u8(y + i, stored_bytes(values, range));
  }
  return i;
}

// ---- Pools.

std::int64_t largest_of_16s(const PoolWindows& window, std::int64_t number) {
  const auto* x = static_cast<const std::uint8_t*>(window.x) + number * window.x_step;
  auto* y = static_cast<std::uint8_t*>(window.y) + number * window.y_step;
  std::int64_t channel = 0;
  for (; channel + 16 <= window.channels; channel += 16) {
    uint8x16_t largest = vdupq_n_u8(0);
    for (std::int64_t row = 0; row < window.rows; ++row) {
      const std::uint8_t* pixel = x + row * window.row_step + channel;
      for (std::int64_t column = 0; column < window.columns; ++column) {
        largest = vmaxq_u8(largest, vld1q_u8(pixel));
        pixel += window.column_step;
      }
    }
    vst1q_u8(y + channel, largest);
  }
  return channel;
}

Sixteen sums_of_window(const PoolWindows& window, std::int64_t first, std::int32_t zero_point) {
  Sixteen sums{};
  for (std::int64_t row = 0; row < window.rows; ++row) {
    const std::uint8_t* pixel =
        static_cast<const std::uint8_t*>(window.x) + first + row * window.row_step;
    for (std::int64_t column = 0; column < window.columns; ++column) {
      const Sixteen values = widened_bytes(vld1q_u8(pixel), zero_point);
#pragma GCC unroll 4
      for (std::int64_t i = 0; i < 4; ++i)
        sums.lanes[i] = vaddq_s32(sums.lanes[i], values.lanes[i]);
      pixel += window.column_step;
    }
  }
  return sums;
}

std::int64_t average_of_16s(const Pool& step, const PoolWindows& window, std::int64_t number) {
  auto* y = static_cast<std::uint8_t*>(window.y) + number * window.y_step;
  const FourMultipliers multipliers = four_multipliers(step.arithmetic, *window.requantizer);
  const StoredRange range = stored_range(step.output);
  std::int64_t channel = 0;
  for (; channel + 16 <= window.channels; channel += 16) {
    Sixteen values = sums_of_window(window, number * window.x_step + channel, step.x_zero_point);
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < 4; ++i) {
      values.lanes[i] =
          requantized4<false>(step.arithmetic, values.lanes[i], values.lanes[i], multipliers);
    }
    vst1q_u8(y + channel, stored_bytes(values, range));
  }
  return channel;
}

bool pools_sixteens(const Pool& step, const PoolWindows& window) {
  return window.x_element == Element::u8 && window.y_element == Element::u8 &&
         (!step.average || (requantizes_fours(step.arithmetic) && !step.mean && !step.quotient));
}

// ---- Floats to integers.

// To the nearest integer. The distance to it is exact for what the clamp lets through, and shows
// the halves, which the instruction rounds to even.
VERNIER_NEON_INLINE int32x4_t rounded(float32x4_t value, Rounding rounding) {
  if (rounding == Rounding::half_away) return vcvtaq_s32_f32(value);
  const int32x4_t nearest = vcvtnq_s32_f32(value);
  if (rounding == Rounding::half_even) return nearest;
  const float32x4_t distance = vsubq_f32(value, vcvtq_f32_s32(nearest));
  const uint32x4_t too_low = vceqq_f32(distance, vdupq_n_f32(0.5F));
  return vsubq_s32(nearest, vreinterpretq_s32_u32(too_low));
}

// One plane. Gives how many are done.
std::int64_t quantize_sixteens(const QuantizeRow& row, const float* x, std::uint8_t* y) {
  const float32x4_t lo = vdupq_n_f32(static_cast<float>(row.range.lo - row.params.zero_point));
  const float32x4_t hi = vdupq_n_f32(static_cast<float>(row.range.hi - row.params.zero_point));
  const float32x4_t scale = vdupq_n_f32(row.params.scale);
  const StoredRange range = stored_range({row.params.zero_point, row.range});
  std::int64_t i = 0;
  for (; i + 16 <= row.count; i += 16) {
    Sixteen values;
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < 4; ++k) {
      const float32x4_t quotient = vdivq_f32(vld1q_f32(x + i + 4 * k), scale);
      // Of a NaN and a number this takes the number.
      const float32x4_t inside = vminq_f32(vmaxnmq_f32(quotient, lo), hi);
      values.lanes[k] = rounded(inside, row.rounding);
    }
    std::uint8_t bytes[16];
    vst1q_u8(bytes, stored_bytes(values, range));
    for (std::int64_t lane = 0; lane < 16; ++lane) y[(i + lane) * row.y_step] = bytes[lane];
  }
  return i;
}

// ---- Tables.

// Four tables of 64 bytes: an index beyond a table leaves what the ones before it have found.
std::int64_t look_up_16s(const LookupRow& row) {
  uint8x16x4_t tables[4];
  for (std::int64_t k = 0; k < 4; ++k) {
    const std::uint8_t* table = row.table + 64 * k;
    tables[k] = {
        {vld1q_u8(table), vld1q_u8(table + 16), vld1q_u8(table + 32), vld1q_u8(table + 48)}};
  }
  std::int64_t i = 0;
  for (; i + 16 <= row.count; i += 16) {
    uint8x16_t index = vld1q_u8(row.x + i);
    uint8x16_t result = vqtbl4q_u8(tables[0], index);
#pragma GCC unroll 3
    for (std::int64_t k = 1; k < 4; ++k) {
      index = vsubq_u8(index, vdupq_n_u8(64));
      result = vqtbx4q_u8(result, tables[k], index);
    }
    vst1q_u8(row.y + i, result);
  }
  return i;
}

}  // namespace

void combine_neon(const Combine& step, const CombineRow& row) {
  CombineRow rest = row;
  const bool bytes =
      row.a_element == Element::u8 && row.b_element == Element::u8 && row.y_element == Element::u8;
  const bool neighbours = row.a_step == 1 && row.b_step <= 1 && row.b_step >= 0 && row.y_step == 1;
  if (bytes && neighbours && (step.fused || requantizes_fours(step.arithmetic))) {
    const std::int64_t done = combine_sixteens(step, row);
    rest.a = static_cast<const std::uint8_t*>(row.a) + done;
    rest.b = static_cast<const std::uint8_t*>(row.b) + done * row.b_step;
    rest.y = static_cast<std::uint8_t*>(row.y) + done;
    rest.count -= done;
  }
  kernels_ref.combine(step, rest);
}

void pool_neon(const Pool& step, const PoolWindows& windows) {
  PoolWindows rest = windows;
  if (pools_sixteens(step, windows)) {
    std::int64_t done = 0;
    for (std::int64_t i = 0; i < windows.count; ++i)
      done = step.average ? average_of_16s(step, windows, i) : largest_of_16s(windows, i);
    rest.x = static_cast<const std::uint8_t*>(windows.x) + done;
    rest.y = static_cast<std::uint8_t*>(windows.y) + done;
    rest.channels -= done;
  }
  if (rest.channels > 0) kernels_ref.pool(step, rest);
}

void quantize_neon(const QuantizeRow& row) {
  if (row.affine != nullptr || row.element != Element::u8 || row.x_step != 1)
    return kernels_ref.quantize(row);
  for (std::int64_t plane = 0; plane < row.planes; ++plane) {
    QuantizeRow rest = row;
    rest.planes = 1;
    const float* x = static_cast<const float*>(row.x) + plane * row.x_plane;
    std::uint8_t* y = static_cast<std::uint8_t*>(row.y) + plane * row.y_plane;
    const std::int64_t done = quantize_sixteens(row, x, y);
    rest.x = x + done;
    rest.y = y + done * row.y_step;
    rest.count -= done;
    kernels_ref.quantize(rest);
  }
}

void look_up_neon(const LookupRow& row) {
  const std::int64_t done = look_up_16s(row);
  kernels_ref.look_up({row.x + done, row.y + done, row.table, row.count - done});
}

void expand_neon(const NibbleRow& row) {
  const auto* nibbles = reinterpret_cast<const std::int8_t*>(row.nibbles);
  std::int8_t* weights = row.weights;
  for (std::int64_t quad = 0; quad < row.quads; quad += 2) {
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < quad_weights; i += 16) {
      const int8x16_t pairs = vld1q_s8(nibbles + i);
      vst1q_s8(weights + i, vshrq_n_s8(vshlq_n_s8(pairs, 4), 4));
      vst1q_s8(weights + quad_weights + i, vshrq_n_s8(pairs, 4));
    }
    nibbles += quad_weights;
    weights += 2 * quad_weights;
  }
}

}  // namespace vernier

#endif
