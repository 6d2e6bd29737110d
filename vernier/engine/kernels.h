#pragma once

// The inner loops for one instruction set: pointers and distances in elements, no tensor, no plan,
// no check. Results are integers, so every table gives the same bits as `kernels_ref`, which is
// normative; the test compares them all.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "vernier/engine/plan.h"

namespace vernier {

/// From sums to what is stored; see Epilogue. Arrays hold one number a packed channel.
struct EpilogueArrays {
  const Epilogue* epilogue = nullptr;
  const std::int32_t* bias = nullptr;
  const void* multipliers = nullptr;         // float, i32 for the integer arithmetics, or double
  const void* addend_multipliers = nullptr;  // the same; null: no addend
  const std::int32_t* shifts = nullptr;
  const float* float_biases = nullptr;  // null: not Epilogue::floats
};

/// Images of one step, at their first element. `addend` may be null.
struct ConvolutionPointers {
  const void* x = nullptr;
  void* y = nullptr;
  const void* addend = nullptr;
  const void* weights = nullptr;
  const std::byte* prepared = nullptr;  ///< what Kernels::prepare made of them
  EpilogueArrays arrays;
  Element x_element = Element::u8;
  Element y_element = Element::u8;
  Element addend_element = Element::u8;
  WeightElement weight_element = WeightElement::s8;
};

/// A layer of so few pixels waits for its weights, which are read where they are in the plan.
inline constexpr std::int64_t most_waiting_pixels = 2;
inline bool waits_for_weights(const Convolve& step) {
  return step.sizes.rows * step.sizes.columns <= most_waiting_pixels;
}

/// Then weights of 4 bits stay as they are, and become bytes in the registers of the tile that
/// reads them. On x86-64 all others are bytes from `prepare` on.
inline constexpr std::int64_t most_nibble_length = 1 << 16;  // 255 * 8 * 16 * 2^16 < 2^31
inline bool stays_nibbles(const Convolve& step) {
  return step.weight_element == WeightElement::s4 && step.runs.size() == 1 &&
         step.run_length <= most_nibble_length && waits_for_weights(step);
}

/// What one call computes of an image: rows of y, groups, and in each of them panels of 16 channels
/// (depthwise convolutions have panels only). Parts that do not meet may be computed by several
/// threads at once, with the same results.
struct ConvolutionPart {
  std::int64_t first_row = 0;
  std::int64_t end_row = 0;
  std::int64_t first_panel = 0;
  std::int64_t end_panel = 0;
  std::int64_t first_group = 0;
  std::int64_t end_group = 1;
};

/// A row of Combine; steps between neighbours are in elements.
struct CombineRow {
  const void* a = nullptr;
  const void* b = nullptr;
  void* y = nullptr;
  std::int64_t a_step = 1;
  std::int64_t b_step = 1;
  std::int64_t y_step = 1;
  std::int64_t count = 0;
  Element a_element = Element::u8;
  Element b_element = Element::u8;
  Element y_element = Element::u8;
};

/// The parts of `count` windows that lie in x, which are alike, of `channels` neighbours; `step` is
/// Pool's.
struct PoolWindows {
  const void* x = nullptr;
  void* y = nullptr;
  std::int64_t count = 1;
  std::int64_t x_step = 0;
  std::int64_t y_step = 0;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t row_step = 0;
  std::int64_t column_step = 0;
  std::int64_t channels = 0;
  Element x_element = Element::u8;
  Element y_element = Element::u8;
  const Requantizer* requantizer = nullptr;
};

/// Floats to integers as stored, or back: `planes` times `count` of them, such as the colours of a
/// row of a picture.
struct QuantizeRow {
  const void* x = nullptr;
  void* y = nullptr;
  std::int64_t x_step = 1;
  std::int64_t y_step = 1;
  std::int64_t count = 0;
  std::int64_t planes = 1;
  std::int64_t x_plane = 0;
  std::int64_t y_plane = 0;
  Element element = Element::u8;  // of the integers
  QuantParams params;             // zero point as stored
  IntRange range;
  Rounding rounding = Rounding::half_even;
  const AffineRounding* affine = nullptr;  // then instead of params, from range.lo on
};

/// y = table[x] for `count` neighbours; 256 bytes of table.
struct LookupRow {
  const std::uint8_t* x = nullptr;
  std::uint8_t* y = nullptr;
  const std::uint8_t* table = nullptr;
  std::int64_t count = 0;
};

/// Quads of 4 bits to s8. An odd number of them is followed by another one.
struct NibbleRow {
  const std::byte* nibbles = nullptr;
  std::int8_t* weights = nullptr;
  std::int64_t quads = 0;
};

struct Kernels {
  std::string_view isa;  ///< the word for VERNIER_ISA
  bool (*supported)();
  /// Weights of s4 or s8 in a form of its own, for x of bytes that are `highest_x` at most; an
  /// engine keeps them. Empty, or null: none.
  AlignedBytes (*prepare)(const Convolve& step, const std::byte* weights,
                          std::int32_t highest_x) = nullptr;
  void (*convolve)(const Convolve& step, const ConvolutionPointers& pointers,
                   const ConvolutionPart& part);
  /// Weights of 4 bits have become bytes before.
  void (*convolve_depthwise)(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                             const ConvolutionPart& part);
  void (*combine)(const Combine& step, const CombineRow& row);
  void (*pool)(const Pool& step, const PoolWindows& window);
  void (*quantize)(const QuantizeRow& row);
  void (*dequantize)(const QuantizeRow& row);
  void (*look_up)(const LookupRow& row);
  void (*expand)(const NibbleRow& row);
};

extern const Kernels kernels_ref;
#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
extern const Kernels kernels_avx_vnni;
extern const Kernels kernels_avx512_vnni;
#elif defined(__aarch64__)
extern const Kernels kernels_neon;
extern const Kernels kernels_neon_dotprod;
#endif

/// Fastest first, `ref` last; only those that this machine can run.
std::vector<const Kernels*> supported_kernels();

/// The one of them that VERNIER_ISA would name so; an Error if there is none.
const Kernels& find_kernels(std::string_view isa);

/// All weights of a step of 4 bits as it would have those of 8.
AlignedBytes expanded_weights(const Convolve& step, const std::byte* nibbles,
                              void (*expand)(const NibbleRow&));

/// The first of them, or the one that the environment variable VERNIER_ISA names.
const Kernels& kernels();

}  // namespace vernier
