// The sizes around a vector's width are where tails go wrong; the extreme operands are where
// products do. Integers are exact, so every table must give the bits of the reference.

#include "vernier/engine/kernels.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

constexpr std::int64_t slack = slack_bytes;
constexpr std::array arithmetics = {Requantization::floating, Requantization::dyadic,
                                    Requantization::shift};

// Aligned bytes, most of them extreme.
template <typename T>
AlignedBytes random_elements(Random& random, std::int64_t count) {
  using Limits = std::numeric_limits<T>;
  AlignedBytes bytes(
      static_cast<std::size_t>(count * static_cast<std::int64_t>(sizeof(T)) + slack));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t span = std::int64_t{Limits::max()} - Limits::min() + 1;
    const std::int64_t kind = random.below(4);
    const auto value = static_cast<T>(kind == 0   ? Limits::min()
                                      : kind == 1 ? Limits::max()
                                                  : Limits::min() + random.below(span));
    std::memcpy(bytes.data() + i * static_cast<std::int64_t>(sizeof(T)), &value, sizeof(T));
  }
  return bytes;
}

// Constants of an epilogue for so many packed channels.
struct Constants {
  std::vector<std::int32_t> bias;
  std::vector<float> multipliers, addend_multipliers;
  std::vector<std::int32_t> integer_multipliers, integer_addend_multipliers, shifts;

  Constants(Random& random, Requantization arithmetic, std::int64_t channels) {
    for (std::int64_t i = 0; i < channels; ++i) {
      // Ratios from those that saturate to those that round everything to the zero point.
      const auto ratio = static_cast<float>(std::exp2(-18.0 * random.uniform()));
      const auto addend_ratio = static_cast<float>(std::exp2(2.0 - 6.0 * random.uniform()));
      const Requantizer r = make_requantizer(arithmetic, ratio, addend_ratio);
      // Now and then the sum comes close to the ends of 32 bits, or wraps around.
      bias.push_back(random.below(8) == 0
                         ? std::numeric_limits<std::int32_t>::max() - (1 << 12)
                         : static_cast<std::int32_t>(random.below(1 << 20)) - (1 << 19));
      multipliers.push_back(r.multiplier);
      addend_multipliers.push_back(r.addend_multiplier);
      integer_multipliers.push_back(r.integer_multiplier);
      integer_addend_multipliers.push_back(r.integer_addend_multiplier);
      shifts.push_back(r.shift);
    }
  }

  EpilogueArrays arrays(const Epilogue& epilogue, bool addend) const {
    const bool floating = epilogue.arithmetic == Requantization::floating;
    const void* addends = floating ? static_cast<const void*>(addend_multipliers.data())
                                   : integer_addend_multipliers.data();
    return {.epilogue = &epilogue,
            .bias = bias.data(),
            .multipliers = floating ? static_cast<const void*>(multipliers.data())
                                    : integer_multipliers.data(),
            .addend_multipliers = addend ? addends : nullptr,
            .shifts = shifts.data()};
  }
};

Epilogue random_epilogue(Random& random, Requantization arithmetic) {
  const auto lo = static_cast<std::int32_t>(random.below(64));
  return {.arithmetic = arithmetic,
          .output = {.zero_point = static_cast<std::int32_t>(random.below(256)),
                     .clamp = {lo, 255 - static_cast<std::int32_t>(random.below(64))}},
          .addend_zero_point = static_cast<std::int32_t>(random.below(256)),
          .lo = -3.0F,
          .hi = 1000.0F};
}

// Runs one kernel of every table on the same operands and compares what it stores.
template <typename Run>
void expect_same_bytes(std::int64_t size, Run&& run) {
  AlignedBytes expected(static_cast<std::size_t>(size + slack));
  run(kernels_ref, expected.data());
  for (const Kernels* each : supported_kernels()) {
    AlignedBytes actual(expected.size());
    run(*each, actual.data());
    const auto where = std::ranges::mismatch(actual, expected).in1 - actual.begin();
    ASSERT_TRUE(actual == expected) << each->isa << " differs at byte " << where << " of " << size;
  }
}

struct Geometry {
  std::int64_t inputs;
  std::int64_t outputs;
  std::int64_t groups;
  std::int64_t columns;
};

template <typename Weight>
void check_convolution(const Geometry& g, Requantization arithmetic, Random& random) {
  constexpr std::int64_t rows = 2;
  constexpr std::int64_t kernel_rows = 2;
  const std::int64_t stride = 1 + random.below(2);
  const std::int64_t x_column = g.inputs * g.groups + random.below(3);
  const std::int64_t x_row = x_column * (g.columns * stride + 3);
  const std::int64_t panels = (g.outputs + 15) / 16;
  const std::int64_t quads = (g.inputs + 3) / 4;
  const std::int64_t y_column = g.outputs * g.groups + random.below(2);
  const bool real = random.below(4) == 0 && arithmetic == Requantization::floating;
  const bool addend = !real && random.below(2) == 0;
  const Convolve step{
      .x = {.row = x_row * stride, .column = x_column * stride},
      .y = {.row = y_column * g.columns,
            .column = y_column,
            .channel = real ? y_column * g.columns * rows : 1},
      .addend = addend ? std::optional<Image>({.row = y_column * g.columns, .column = y_column})
                       : std::nullopt,
      .sizes = {.rows = rows, .columns = g.columns, .channels = g.outputs},
      .groups = g.groups,
      .group_step = g.inputs,
      .runs = {0, 2 * x_column, x_row},
      .run_length = g.inputs,
      .wide_weights = sizeof(Weight) == 2,
      .epilogue = random_epilogue(random, arithmetic)};
  const AlignedBytes x =
      random_elements<std::uint8_t>(random, x_row * (rows * stride + kernel_rows));
  AlignedBytes weights = random_elements<Weight>(random, g.groups * panels * 3 * quads * 64);
  auto* packed = reinterpret_cast<Weight*>(weights.data());
  for (std::int64_t i = 0; i < g.groups * panels * 3 * quads * 64; ++i) {
    if (i / 64 % quads * 4 + i % 4 >= g.inputs) packed[i] = 0;  // behind the end of a run
  }
  const AlignedBytes residual = random_elements<std::uint8_t>(random, rows * g.columns * y_column);
  const Constants constants(random, arithmetic, g.groups * panels * 16);
  const std::int64_t size =
      real ? 4 * y_column * g.columns * rows * g.outputs * g.groups : rows * g.columns * y_column;
  expect_same_bytes(size, [&](const Kernels& kernels, void* y) {
    kernels.convolve(step, {.x = x.data(),
                            .y = y,
                            .addend = addend ? residual.data() : nullptr,
                            .weights = weights.data(),
                            .arrays = constants.arrays(step.epilogue, addend),
                            .y_element = real ? Element::f32 : Element::u8});
  });
}

TEST(Kernels, ConvolutionsAreTheSameBits) {
  Random random(1);
  for (const auto arithmetic : arithmetics) {
    for (const std::int64_t inputs : {1, 3, 4, 5, 16, 33}) {
      for (const std::int64_t outputs : {1, 7, 8, 9, 16, 17, 31}) {
        for (const std::int64_t columns : {1, 2, 3, 5, 6, 11, 53}) {
          const Geometry geometry{inputs, outputs, 1 + random.below(3), columns};
          SCOPED_TRACE(fmt::format("{}: {} groups of {} to {} channels, {} columns",
                                   enum_name(arithmetic), geometry.groups, inputs, outputs,
                                   columns));
          ASSERT_NO_FATAL_FAILURE(check_convolution<std::int8_t>(geometry, arithmetic, random));
          ASSERT_NO_FATAL_FAILURE(check_convolution<std::int16_t>(geometry, arithmetic, random));
        }
      }
    }
  }
}

void check_depthwise(std::int64_t channels, std::size_t taps, Requantization arithmetic,
                     Random& random) {
  constexpr std::int64_t rows = 2;
  constexpr std::int64_t columns = 3;
  const std::int64_t column = channels + random.below(2);
  const bool addend = random.below(2) == 0;
  ConvolveDepthwise step{
      .x = {.row = column * 8, .column = column},
      .y = {.row = column * columns, .column = column},
      .addend =
          addend ? std::optional<Image>({.row = column * columns, .column = column}) : std::nullopt,
      .sizes = {.rows = rows, .columns = columns, .channels = channels},
      .epilogue = random_epilogue(random, arithmetic)};
  for (std::size_t tap = 0; tap < taps; ++tap) step.taps.push_back(random.below(20) * column);
  const AlignedBytes x = random_elements<std::uint8_t>(random, column * 40);
  const std::int64_t packed = (channels + 7) / 8 * 8;
  AlignedBytes weights =
      random_elements<std::int16_t>(random, packed * 2 * static_cast<std::int64_t>((taps + 1) / 2));
  auto* numbers = reinterpret_cast<std::int16_t*>(weights.data());
  for (std::size_t i = 0; i < weights.size() / 2; ++i) {
    // Behind an odd last tap stand zeros.
    if (taps % 2 == 1 && i % 2 == 1 && i / 16 % ((taps + 1) / 2) == taps / 2) numbers[i] = 0;
  }
  const AlignedBytes residual = random_elements<std::uint8_t>(random, rows * columns * column);
  const Constants constants(random, arithmetic, packed);
  expect_same_bytes(rows * columns * column, [&](const Kernels& kernels, void* y) {
    kernels.convolve_depthwise(step, {.x = x.data(),
                                      .y = y,
                                      .addend = addend ? residual.data() : nullptr,
                                      .weights = weights.data(),
                                      .arrays = constants.arrays(step.epilogue, addend)});
  });
}

TEST(Kernels, DepthwiseConvolutionsAreTheSameBits) {
  Random random(2);
  for (const auto arithmetic : arithmetics) {
    for (const std::int64_t channels : {1, 7, 8, 9, 15, 16, 17, 40}) {
      for (const std::size_t taps : {1U, 2U, 3U, 9U, 25U}) {
        SCOPED_TRACE(
            fmt::format("{}: {} channels, {} taps", enum_name(arithmetic), channels, taps));
        ASSERT_NO_FATAL_FAILURE(check_depthwise(channels, taps, arithmetic, random));
      }
    }
  }
}

TEST(Kernels, SumsAndProductsAreTheSameBits) {
  Random random(3);
  for (const auto arithmetic : arithmetics) {
    for (int i = 0; i < 400; ++i) {
      const std::int64_t count = 1 + random.below(40);
      const Combine step{
          .multiply = random.below(2) == 0,
          .a_zero_point = static_cast<std::int32_t>(random.below(256)),
          .b_zero_point = static_cast<std::int32_t>(random.below(256)),
          .arithmetic = arithmetic,
          .requantizer = make_requantizer(arithmetic, static_cast<float>(random.uniform()),
                                          static_cast<float>(2.0 * random.uniform())),
          .output = random_epilogue(random, arithmetic).output};
      const AlignedBytes a = random_elements<std::uint8_t>(random, count * 2);
      const AlignedBytes b = random_elements<std::uint8_t>(random, count * 2);
      CombineRow row{.a = a.data(),
                     .b = b.data(),
                     .a_step = random.below(3),
                     .b_step = random.below(3),
                     .count = count};
      expect_same_bytes(count, [&](const Kernels& kernels, void* y) {
        row.y = y;
        kernels.combine(step, row);
      });
      ASSERT_FALSE(HasFatalFailure()) << enum_name(arithmetic) << " case " << i;
    }
  }
}

TEST(Kernels, PoolsAreTheSameBits) {
  Random random(4);
  for (const auto arithmetic : arithmetics) {
    for (const std::int64_t channels : {1, 7, 8, 9, 16, 17, 33}) {
      for (const bool average : {false, true}) {
        const Pool step{.average = average,
                        .x_zero_point = static_cast<std::int32_t>(random.below(256)),
                        .arithmetic = arithmetic,
                        .output = random_epilogue(random, arithmetic).output};
        const Requantizer requantizer = make_requantizer(arithmetic, 0.11F);
        const AlignedBytes x = random_elements<std::uint8_t>(random, channels * 5 * 4);
        PoolWindow window{.x = x.data(),
                          .rows = 1 + random.below(4),
                          .columns = 1 + random.below(5),
                          .row_step = channels * 5,
                          .column_step = channels,
                          .channels = channels,
                          .requantizer = &requantizer};
        expect_same_bytes(channels, [&](const Kernels& kernels, void* y) {
          window.y = y;
          kernels.pool(step, window);
        });
        ASSERT_FALSE(HasFatalFailure()) << channels << " channels";
      }
    }
  }
}

TEST(Kernels, QuantizedFloatsAreTheSameBitsInTiesToo) {
  Random random(5);
  for (const auto rounding : {Rounding::half_even, Rounding::half_away, Rounding::half_up}) {
    for (int i = 0; i < 200; ++i) {
      const std::int64_t count = 1 + random.below(40);
      std::vector<float> x(static_cast<std::size_t>(count));
      for (float& each : x) each = static_cast<float>(random.below(1200) - 600) * 0.25F;
      x[0] = std::numeric_limits<float>::quiet_NaN();
      x[x.size() / 2] = std::numeric_limits<float>::infinity();
      x.back() = 0.49999997F;
      QuantizeRow row{.x = x.data(),
                      .y_step = 1 + random.below(3),
                      .count = count,
                      .params = {.scale = i % 2 == 0 ? 0.5F : 0.3F,
                                 .zero_point = static_cast<std::int32_t>(random.below(256))},
                      .range = {0, 255},
                      .rounding = rounding};
      expect_same_bytes(count * row.y_step, [&](const Kernels& kernels, void* y) {
        row.y = y;
        kernels.quantize(row);
      });
      ASSERT_FALSE(HasFatalFailure()) << enum_name(rounding);
    }
  }
}

}  // namespace
}  // namespace vernier
