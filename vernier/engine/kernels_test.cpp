// The sizes around a vector's width are where tails go wrong; the extreme operands are where
// products do. Integers are exact, so every table must give the bits of the reference.

#include "vernier/engine/kernels.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/fuzz.h"
#include "vernier/base/random.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

constexpr std::int64_t slack = slack_bytes;
constexpr std::array arithmetics = {Requantization::floating, Requantization::dyadic,
                                    Requantization::shift,    Requantization::fixed16,
                                    Requantization::tflite,   Requantization::tflite_single};
constexpr std::array weight_elements = {WeightElement::s4, WeightElement::s8, WeightElement::s16};

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

// Now and then brings bytes into a window of 128 or fewer, as numbers of fewer bits are.
void narrow(Random& random, AlignedBytes& bytes) {
  if (random.below(2) == 0) return;
  const std::int64_t width = 16LL << random.below(4);
  const std::int64_t first = random.below(257 - width);
  for (std::byte& each : bytes) {
    const auto last = static_cast<std::byte>(first + width - 1);
    each = std::clamp(each, static_cast<std::byte>(first), last);
  }
}

// Weights of an element in so many panels; `exists(i)` says whether number i of a panel is one,
// else it is zero.
template <typename Exists>
AlignedBytes random_weights(Random& random, WeightElement element, std::int64_t panels,
                            std::int64_t quads, const Exists& exists) {
  const std::int64_t size = quads * quad_weights;
  if (element == WeightElement::s16) {
    AlignedBytes weights = random_elements<std::int16_t>(random, panels * size);
    auto* numbers = reinterpret_cast<std::int16_t*>(weights.data());
    for (std::int64_t i = 0; i < panels * size; ++i) {
      if (!exists(i % size)) numbers[i] = 0;
    }
    return weights;
  }
  AlignedBytes weights = random_elements<std::int8_t>(random, panels * size);
  auto* numbers = reinterpret_cast<std::int8_t*>(weights.data());
  // Some kernels sum as many products in 16 bits as they hold: what just fits, and what does not,
  // or does where other neighbours meet.
  constexpr std::array<std::array<std::int8_t, 4>, 10> magnitudes = {{{127, 127, 127, 127},
                                                                      {64, 64, 64, 64},
                                                                      {63, 63, 63, 63},
                                                                      {32, 32, 32, 32},
                                                                      {31, 31, 31, 31},
                                                                      {16, 16, 16, 16},
                                                                      {15, 15, 15, 15},
                                                                      {7, 7, 7, 7},
                                                                      {100, 100, 28, 28},
                                                                      {100, 64, 64, 28}}};
  const auto kind = static_cast<std::size_t>(random.below(14));
  for (std::int64_t i = 0; i < panels * size; ++i) {
    if (kind < magnitudes.size()) {
      const std::int8_t most = magnitudes[kind][static_cast<std::size_t>(i % 4)];
      numbers[i] = std::clamp<std::int8_t>(numbers[i], static_cast<std::int8_t>(-most), most);
    }
    if (!exists(i % size)) numbers[i] = 0;
  }
  if (element == WeightElement::s8) return weights;
  const std::int64_t packed_size = panel_bytes(element, quads);
  AlignedBytes packed(static_cast<std::size_t>(panels * packed_size));
  for (std::int64_t i = 0; i < panels * size; ++i) {
    const std::int64_t quad = i % size / quad_weights;
    const auto bits = static_cast<std::uint8_t>(static_cast<std::uint8_t>(numbers[i]) >> 4U);
    packed[static_cast<std::size_t>(i / size * packed_size + quad / 2 * quad_weights +
                                    i % quad_weights)] |=
        static_cast<std::byte>(quad % 2 == 0 ? bits : bits << 4U);
  }
  return packed;
}

// Constants of an epilogue for so many packed channels.
struct Constants {
  std::vector<std::int32_t> bias;
  std::vector<float> multipliers, addend_multipliers, float_biases;
  std::vector<double> ratios;
  std::vector<std::int32_t> integer_multipliers, integer_addend_multipliers, shifts;

  Constants(Random& random, Requantization arithmetic, std::int64_t channels) {
    // Now and then a float leaves 32 bits.
    const bool extreme = random.below(4) == 0;
    const double most = arithmetic == Requantization::fixed16 ? 9.9 : 20.0;
    const double large = random.below(4) == 0 ? most : 0.0;
    for (std::int64_t i = 0; i < channels; ++i) {
      // Ratios from those that saturate to those that round everything to the zero point.
      const auto ratio = static_cast<float>(std::exp2(large - 18.0 * random.uniform()));
      const auto addend_ratio = static_cast<float>(std::exp2(2.0 - 6.0 * random.uniform()));
      const Requantizer r = make_requantizer(arithmetic, ratio, addend_ratio);
      // Now and then the sum comes close to the ends of 32 bits, or wraps around.
      bias.push_back(extreme && random.below(8) == 0
                         ? std::numeric_limits<std::int32_t>::max() - (1 << 12)
                         : static_cast<std::int32_t>(random.below(1 << 20)) - (1 << 19));
      float_biases.push_back(static_cast<float>(100.0 * random.normal()));
      ratios.push_back(ratio);
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
    if (epilogue.in_double)
      return {.epilogue = &epilogue, .bias = bias.data(), .multipliers = ratios.data()};
    return {.epilogue = &epilogue,
            .bias = bias.data(),
            .multipliers = floating ? static_cast<const void*>(multipliers.data())
                                    : integer_multipliers.data(),
            .addend_multipliers = addend && !epilogue.floats ? addends : nullptr,
            .shifts = shifts.data(),
            .float_biases = epilogue.floats ? float_biases.data() : nullptr};
  }
};

// A byte, or now and then as far from one as `verify` allows.
std::int32_t random_zero_point(Random& random) {
  constexpr std::int32_t most = 1 << 17;
  if (random.below(8) > 0) return static_cast<std::int32_t>(random.below(256));
  return static_cast<std::int32_t>(random.below(2 * most + 1)) - most;
}

// All that a byte holds, as behind most activations, or something narrower.
OutputRange random_output(Random& random) {
  if (random.below(3) == 0) return {.zero_point = 0, .clamp = {0, 255}};
  return {.zero_point = random_zero_point(random),
          .clamp = {static_cast<std::int32_t>(random.below(64)),
                    255 - static_cast<std::int32_t>(random.below(64))}};
}

Epilogue random_epilogue(Random& random, Requantization arithmetic) {
  const bool biased = arithmetic == Requantization::floating && random.below(3) == 0;
  const FloatBias floats{
      .subtrahend = 128.0F, .addend_factor = 0.3F, .rounding = {.factor = 0.7F, .offset = 127.9F}};
  return {.arithmetic = arithmetic,
          .output = random_output(random),
          .addend_zero_point = random_zero_point(random),
          .lo = -3.0F,
          .hi = 1000.0F,
          .floats = biased ? std::optional(floats) : std::nullopt,
          .in_double = is_tflite(arithmetic) && random.below(3) == 0};
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

// The reference in one piece, the others in two, as two threads would do it. The second repairs
// what the first spoils of it, so either may be the first.
std::vector<ConvolutionPart> parts_of(const Kernels& kernels, const ConvolutionPart& whole,
                                      Random random) {
  if (&kernels == &kernels_ref) return {whole};
  std::vector<ConvolutionPart> parts = {whole, whole};
  switch (random.below(whole.end_group > 1 ? 3 : 2)) {
    case 0:
      parts[0].end_row = parts[1].first_row = random.below(whole.end_row + 1);
      break;
    case 1:
      parts[0].end_panel = parts[1].first_panel = random.below(whole.end_panel + 1);
      break;
    default:
      parts[0].end_group = parts[1].first_group = random.below(whole.end_group + 1);
  }
  if (random.below(2) == 0) std::swap(parts[0], parts[1]);
  return parts;
}

void check_convolution(const Geometry& g, Requantization arithmetic, WeightElement element,
                       Random& random) {
  const std::int64_t rows = random.below(2) == 0 ? 3 : 1;
  constexpr std::int64_t kernel_rows = 2;
  const bool joined = random.below(3) == 0;  // no border between the rows
  const std::int64_t stride = joined ? 1 : 1 + random.below(2);
  const std::int64_t x_column = g.inputs * g.groups + random.below(3);
  const std::int64_t x_row = x_column * (g.columns * stride + (joined ? 0 : 3));
  std::vector<std::int64_t> runs = joined ? std::vector<std::int64_t>{0, x_row, 2 * x_row}
                                          : std::vector<std::int64_t>{0, 2 * x_column, x_row};
  if (random.below(3) == 0) runs.resize(1);
  const std::int64_t panels = panels_of(g.outputs);
  const std::int64_t quads = (g.inputs + 3) / 4;
  const std::int64_t y_column = g.outputs * g.groups + random.below(2);
  const bool real = random.below(4) == 0 && arithmetic == Requantization::floating;
  const bool wide = !real && random.below(8) == 0;
  const bool addend = !real && random.below(2) == 0;
  const std::int64_t plane = rows * g.columns * y_column;
  const Convolve step{
      .x = {.row = x_row * stride, .column = x_column * stride},
      .y = {.row = y_column * g.columns, .column = y_column, .channel = real ? plane : 1},
      .addend = addend ? std::optional<Image>({.row = y_column * g.columns, .column = y_column})
                       : std::nullopt,
      .sizes = {.rows = rows, .columns = g.columns, .channels = g.outputs},
      .groups = g.groups,
      .group_step = g.inputs,
      .runs = runs,
      .run_length = g.inputs,
      .weight_element = element,
      .epilogue = random_epilogue(random, arithmetic)};
  AlignedBytes x = random_elements<std::uint8_t>(random, x_row * (rows * stride + kernel_rows));
  narrow(random, x);
  const auto highest = static_cast<std::int32_t>(std::ranges::max(x));
  const AlignedBytes weights =
      random_weights(random, element, g.groups * panels, quads_of(step), [&](std::int64_t i) {
        return i / quad_weights % quads * 4 + i % 4 < g.inputs;  // else behind the end of a run
      });
  const AlignedBytes residual = random_elements<std::uint8_t>(random, plane);
  const Constants constants(random, arithmetic, g.groups * panels * 16);
  const std::int64_t size = real ? 4 * plane * g.outputs * g.groups : plane * (wide ? 2 : 1);
  expect_same_bytes(size, [&](const Kernels& kernels, void* y) {
    AlignedBytes prepared;
    if (kernels.prepare != nullptr && element != WeightElement::s16) {
      prepared = kernels.prepare(step, weights.data(), highest);
    }
    for (const ConvolutionPart& part :
         parts_of(kernels, {.end_row = rows, .end_panel = panels, .end_group = g.groups}, random)) {
      kernels.convolve(step,
                       {.x = x.data(),
                        .y = y,
                        .addend = addend ? residual.data() : nullptr,
                        .weights = weights.data(),
                        .prepared = prepared.data(),
                        .arrays = constants.arrays(step.epilogue, addend),
                        .y_element = real   ? Element::f32
                                     : wide ? Element::i16
                                            : Element::u8,
                        .weight_element = element},
                       part);
    }
  });
}

TEST(Kernels, ConvolutionsAreTheSameBits) {
  Random random(1);
  for (const auto arithmetic : arithmetics) {
    for (const std::int64_t inputs : {1, 3, 4, 17, 33}) {
      for (const std::int64_t outputs : {1, 8, 9, 16, 24, 31, 40, 90}) {
        for (const std::int64_t columns : {1, 2, 5, 7, 8, 14, 31}) {
          const Geometry geometry{inputs, outputs, 1 + random.below(3), columns};
          SCOPED_TRACE(fmt::format("{}: {} groups of {} to {} channels, {} columns",
                                   enum_name(arithmetic), geometry.groups, inputs, outputs,
                                   columns));
          for (const auto element : weight_elements) {
            ASSERT_NO_FATAL_FAILURE(check_convolution(geometry, arithmetic, element, random))
                << enum_name(element);
          }
        }
      }
    }
  }
}

// More products, pixels and channels than a block of any kernel has.
TEST(Kernels, LargeConvolutionsAreTheSameBits) {
  Random random(7);
  for (const Geometry& geometry :
       {Geometry{100, 5, 2, 26}, Geometry{100, 150, 1, 26}, Geometry{210, 5, 2, 26},
        Geometry{210, 150, 1, 26}, Geometry{450, 5, 2, 26}, Geometry{450, 150, 1, 26},
        Geometry{448, 48, 1, 14}, Geometry{448, 150, 1, 26}}) {
    for (int i = 0; i < 6; ++i) {
      SCOPED_TRACE(fmt::format("{} to {} channels, case {}", geometry.inputs, geometry.outputs, i));
      for (const auto element : weight_elements) {
        ASSERT_NO_FATAL_FAILURE(
            check_convolution(geometry, Requantization::floating, element, random))
            << enum_name(element);
      }
    }
  }
}

// Groups whose channels do not fill vectors of sixteen have a kernel of their own, if their runs
// are of eights.
TEST(Kernels, NarrowGroupsAreTheSameBits) {
  Random random(8);
  for (const std::int64_t inputs : {8, 12, 24, 40}) {
    for (const std::int64_t outputs : {8, 16, 24, 40}) {
      for (std::int64_t columns = 1; columns <= 17; ++columns) {
        const Geometry geometry{inputs, outputs, 1 + random.below(5), columns};
        SCOPED_TRACE(fmt::format("{} groups of {} to {} channels, {} columns", geometry.groups,
                                 inputs, outputs, columns));
        for (int i = 0; i < 4; ++i) {
          const auto arithmetic = i == 0 ? Requantization::fixed16 : Requantization::floating;
          for (const auto element : weight_elements) {
            ASSERT_NO_FATAL_FAILURE(check_convolution(geometry, arithmetic, element, random))
                << enum_name(element);
          }
        }
      }
    }
  }
}

struct DepthwiseGeometry {
  std::int64_t channels;
  std::int64_t rows;  // of the kernel
  std::int64_t columns;
  std::int64_t stride;
  std::int64_t dilation;
};

void check_depthwise(const DepthwiseGeometry& g, Requantization arithmetic, WeightElement element,
                     Random& random) {
  const ImageSizes sizes{
      .rows = 1 + random.below(4), .columns = 1 + random.below(11), .channels = g.channels};
  const std::int64_t column = g.channels + random.below(2);
  const std::int64_t x_row =
      column * ((sizes.columns - 1) * g.stride + (g.columns - 1) * g.dilation + 1);
  const std::int64_t x_size = x_row * ((sizes.rows - 1) * g.stride + (g.rows - 1) * g.dilation + 1);
  const bool addend = random.below(2) == 0;
  const bool wide = random.below(4) == 0;
  const Image y{.row = column * sizes.columns, .column = column};
  const ConvolveDepthwise step{.x = {.row = x_row * g.stride, .column = column * g.stride},
                               .y = y,
                               .addend = addend ? std::optional<Image>(y) : std::nullopt,
                               .sizes = sizes,
                               .taps = {.rows = g.rows,
                                        .columns = g.columns,
                                        .row = x_row * g.dilation,
                                        .column = column * g.dilation},
                               .weight_element = element,
                               .epilogue = random_epilogue(random, arithmetic)};
  const AlignedBytes x = random_elements<std::uint8_t>(random, x_size);
  const std::int64_t panels = panels_of(g.channels);
  const std::int64_t quads = (g.rows + 3) / 4;
  const AlignedBytes weights =
      random_weights(random, element, panels, quads_of(step), [&](std::int64_t i) {
        return i / quad_weights % quads * 4 + i % 4 < g.rows;  // else behind the last row
      });
  const std::int64_t size = sizes.rows * y.row * (wide ? 2 : 1);
  const AlignedBytes residual = random_elements<std::uint8_t>(random, size);
  const Constants constants(random, arithmetic, panels * panel_channels);
  expect_same_bytes(size, [&](const Kernels& kernels, void* result) {
    for (const ConvolutionPart& part :
         parts_of(kernels, {.end_row = sizes.rows, .end_panel = panels}, random)) {
      kernels.convolve_depthwise(step,
                                 {.x = x.data(),
                                  .y = result,
                                  .addend = addend ? residual.data() : nullptr,
                                  .weights = weights.data(),
                                  .arrays = constants.arrays(step.epilogue, addend),
                                  .y_element = wide ? Element::i16 : Element::u8,
                                  .weight_element = element},
                                 part);
    }
  });
}

TEST(Kernels, DepthwiseConvolutionsAreTheSameBits) {
  Random random(2);
  for (const auto arithmetic : arithmetics) {
    for (const std::int64_t channels : {1, 8, 9, 16, 40, 64, 150}) {
      for (const std::int64_t size : {1, 2, 3, 4, 5, 7, 9}) {
        for (int i = 0; i < 8; ++i) {
          const DepthwiseGeometry geometry{channels, size,
                                           random.below(4) == 0 ? 1 + random.below(5) : size,
                                           1 + random.below(3), random.below(4) == 0 ? 2 : 1};
          SCOPED_TRACE(fmt::format("{}: {} channels, kernel {}x{}, stride {}, dilation {}",
                                   enum_name(arithmetic), channels, geometry.rows, geometry.columns,
                                   geometry.stride, geometry.dilation));
          // Weights of 4 bits have become bytes before.
          for (const auto element : {WeightElement::s8, WeightElement::s16}) {
            ASSERT_NO_FATAL_FAILURE(check_depthwise(geometry, arithmetic, element, random))
                << enum_name(element);
          }
        }
      }
    }
  }
}

// Every third time; multipliers near halves bring about ties.
std::optional<FusedAddition> random_fused(Random& random) {
  if (random.below(3) != 0) return std::nullopt;
  const auto near_halves = [&] {
    return 0.5F * static_cast<float>(1 + random.below(4)) *
           (1.0F + 0x1p-23F * static_cast<float>(random.below(3)));
  };
  return FusedAddition{near_halves(), near_halves(), 0.5F * static_cast<float>(random.below(100))};
}

void check_combine(Requantization arithmetic, Random& random) {
  const std::int64_t count = 1 + random.below(40);
  Combine step{.multiply = random.below(2) == 0,
               .a_zero_point = static_cast<std::int32_t>(random.below(256)),
               .b_zero_point = static_cast<std::int32_t>(random.below(256)),
               .arithmetic = arithmetic,
               .requantizer = make_requantizer(arithmetic, static_cast<float>(random.uniform()),
                                               static_cast<float>(2.0 * random.uniform())),
               .output = random_epilogue(random, arithmetic).output,
               .fused = random_fused(random)};
  if (is_tflite(arithmetic) && !step.fused && !step.multiply)
    step.rescaled = make_rescaled_addition(0.5F, static_cast<float>(random.uniform()), 0.7F);
  const AlignedBytes a = random_elements<std::uint8_t>(random, count * 2);
  const AlignedBytes b = random_elements<std::uint8_t>(random, count * 2);
  const bool neighbours = random.below(2) == 0;
  CombineRow row{.a = a.data(),
                 .b = b.data(),
                 .a_step = neighbours ? 1 : random.below(3),
                 .b_step = neighbours ? 1 : random.below(3),
                 .count = count};
  expect_same_bytes(count, [&](const Kernels& kernels, void* y) {
    row.y = y;
    kernels.combine(step, row);
  });
}

TEST(Kernels, SumsAndProductsAreTheSameBits) {
  Random random(3);
  for (const auto arithmetic : arithmetics) {
    for (int i = 0; i < 400; ++i) {
      ASSERT_NO_FATAL_FAILURE(check_combine(arithmetic, random))
          << enum_name(arithmetic) << " case " << i;
    }
  }
}

void check_pool(Requantization arithmetic, std::int64_t channels, bool average, Random& random) {
  const Pool step{.average = average,
                  .x_zero_point = static_cast<std::int32_t>(random.below(256)),
                  .arithmetic = arithmetic,
                  .output = random_epilogue(random, arithmetic).output,
                  .mean = average && random.below(3) == 0
                              ? std::optional(FloatMean{.zero = 128.0F, .rounding = {0.9F, 130.0F}})
                              : std::nullopt,
                  .quotient = average && random.below(3) == 0};
  const Requantizer requantizer =
      step.quotient ? Requantizer{.integer_multiplier = 12} : make_requantizer(arithmetic, 0.11F);
  constexpr std::int64_t columns = 12;
  const AlignedBytes x = random_elements<std::uint8_t>(random, channels * columns * 4);
  PoolWindows windows{.x = x.data(),
                      .count = 1 + random.below(4),
                      .x_step = channels * (1 + random.below(2)),
                      .y_step = channels + random.below(3),
                      .rows = 1 + random.below(4),
                      .columns = 1 + random.below(5),
                      .row_step = channels * columns,
                      .column_step = channels,
                      .channels = channels,
                      .requantizer = &requantizer};
  expect_same_bytes(windows.count * windows.y_step, [&](const Kernels& kernels, void* y) {
    windows.y = y;
    kernels.pool(step, windows);
  });
}

TEST(Kernels, PoolsAreTheSameBits) {
  Random random(4);
  for (const auto arithmetic : arithmetics) {
    for (const std::int64_t channels : {1, 7, 8, 9, 16, 17, 33}) {
      for (const bool average : {false, true}) {
        ASSERT_NO_FATAL_FAILURE(check_pool(arithmetic, channels, average, random))
            << channels << " channels";
      }
    }
  }
}

// Quotients at and beside the halves, and what no integer stands for.
std::vector<float> near_ties(Random& random, std::int64_t count, float scale) {
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& each : x) {
    each = static_cast<float>(random.below(1200) - 600) * 0.5F * scale;
    if (random.below(2) == 0) each = std::nextafter(each, random.below(2) == 0 ? -1e9F : 1e9F);
  }
  x[0] = std::numeric_limits<float>::quiet_NaN();
  x[x.size() / 2] = std::numeric_limits<float>::infinity();
  x[x.size() / 3] = -std::numeric_limits<float>::infinity();
  x.back() = std::numeric_limits<float>::denorm_min();
  return x;
}

float random_scale(Random& random) {
  switch (random.below(3)) {
    case 0:
      return 0.5F;
    case 1:
      return static_cast<float>(std::exp2(-8.0 * random.uniform()));
    default:
      return static_cast<float>(std::exp2(160.0 * random.uniform() - 80.0));
  }
}

void check_quantize(Rounding rounding, Random& random) {
  const std::int64_t count = 1 + random.below(60);
  const std::int64_t planes = 1 + random.below(5);
  const float scale = random_scale(random);
  SCOPED_TRACE(fmt::format("{} by {}", enum_name(rounding), scale));
  const std::vector<float> x = near_ties(random, count * planes, scale);
  const bool alternate = random.below(2) == 0;
  QuantizeRow row{
      .x = x.data(),
      .y_step = alternate ? planes : 1 + random.below(3),
      .count = count,
      .planes = planes,
      .x_plane = count,
      .params = {.scale = scale, .zero_point = static_cast<std::int32_t>(random.below(256))},
      .range = {0, 255},
      .rounding = rounding};
  row.y_plane = alternate ? 1 : count * row.y_step;
  if (random.below(2) == 0) {
    row.range = {static_cast<std::int32_t>(random.below(128)),
                 static_cast<std::int32_t>(128 + random.below(128))};
  }
  const AffineRounding affine{.factor = 1.0F / scale, .offset = 17.5F};
  if (random.below(4) == 0) row.affine = &affine;
  expect_same_bytes(count * planes * row.y_step, [&](const Kernels& kernels, void* y) {
    row.y = y;
    kernels.quantize(row);
  });
}

constexpr std::array roundings = {Rounding::half_even, Rounding::half_away, Rounding::half_up};

TEST(Kernels, QuantizedFloatsAreTheSameBitsInTiesToo) {
  Random random(5);
  for (const auto rounding : roundings) {
    for (int i = 0; i < 600; ++i) ASSERT_NO_FATAL_FAILURE(check_quantize(rounding, random));
  }
}

TEST(Kernels, TablesAreReadAlike) {
  Random random(6);
  for (std::int64_t count = 1; count <= 200; count += 1 + random.below(9)) {
    AlignedBytes x = random_elements<std::uint8_t>(random, count);
    for (std::int64_t i = 0; i < count; ++i) {
      if (i % 2 == 0) x[static_cast<std::size_t>(i)] = static_cast<std::byte>(random.below(256));
    }
    AlignedBytes table(256);
    for (std::byte& each : table) each = static_cast<std::byte>(random.below(256));
    expect_same_bytes(count, [&](const Kernels& kernels, void* y) {
      kernels.look_up({.x = reinterpret_cast<const std::uint8_t*>(x.data()),
                       .y = static_cast<std::uint8_t*>(y),
                       .table = reinterpret_cast<const std::uint8_t*>(table.data()),
                       .count = count});
    });
    ASSERT_FALSE(HasFatalFailure()) << count << " bytes";
  }
}

// A kernel may have weights of 4 bits sixteenfold: sums beyond 2^27 are where that would show.
TEST(Kernels, LongSumsOfFourBitsAreTheSameBits) {
  for (const std::int64_t length : {65528, 65536, 65544, 66000, 140000}) {
    const Convolve step{.x = {.row = length, .column = length},
                        .y = {.row = 16, .column = 16},
                        .sizes = {.channels = 16},
                        .runs = {0},
                        .run_length = length,
                        .weight_element = WeightElement::s4,
                        .epilogue = {.lo = -1e9F, .hi = 1e9F}};
    const AlignedBytes x(static_cast<std::size_t>(length + slack), std::byte{255});
    AlignedBytes weights(static_cast<std::size_t>(panel_bytes(WeightElement::s4, quads_of(step))),
                         std::byte{0x88});
    const std::vector<std::int32_t> bias(16, static_cast<std::int32_t>(length * 255 * 8));
    const std::vector<float> scales(16, 1.0F);
    expect_same_bytes(64, [&](const Kernels& kernels, void* y) {
      AlignedBytes prepared;
      if (kernels.prepare != nullptr) prepared = kernels.prepare(step, weights.data(), 255);
      kernels.convolve(step,
                       {.x = x.data(),
                        .y = y,
                        .weights = weights.data(),
                        .prepared = prepared.data(),
                        .arrays = {.epilogue = &step.epilogue,
                                   .bias = bias.data(),
                                   .multipliers = scales.data()},
                        .y_element = Element::f32,
                        .weight_element = WeightElement::s4},
                       {.end_row = 1, .end_panel = 1});
    });
    ASSERT_FALSE(HasFatalFailure()) << length << " products";
  }
}

TEST(Kernels, HalvesOfBytesAreExpandedAlike) {
  Random random(7);
  for (std::int64_t quads = 1; quads < 20; ++quads) {
    const std::int64_t pairs = (quads + 1) / 2;
    AlignedBytes nibbles(static_cast<std::size_t>(pairs * quad_weights));
    for (std::byte& each : nibbles) each = static_cast<std::byte>(random.below(256));
    expect_same_bytes(2 * pairs * quad_weights, [&](const Kernels& kernels, void* weights) {
      kernels.expand({nibbles.data(), static_cast<std::int8_t*>(weights), quads});
    });
    ASSERT_FALSE(HasFatalFailure()) << quads << " quads";
  }
}

// One of a few sizes around those of vectors and tiles, or any.
std::int64_t random_size(Random& random, std::int64_t most) {
  constexpr std::array<std::int64_t, 8> sizes = {1, 4, 7, 8, 14, 16, 32, 64};
  const std::int64_t near = sizes[static_cast<std::size_t>(random.below(8))] + random.below(3) - 1;
  return random.below(3) == 0 ? 1 + random.below(most) : std::clamp<std::int64_t>(near, 1, most);
}

// VERNIER_FUZZ_SECONDS is for how long.
TEST(KernelsFuzz, RandomStepsAreTheSameBits) {
  fuzz([](Random& random) {
    const auto arithmetic = arithmetics[static_cast<std::size_t>(random.below(arithmetics.size()))];
    const Geometry geometry{random_size(random, 100), random_size(random, 100), 1 + random.below(3),
                            random_size(random, 70)};
    const DepthwiseGeometry depthwise{random_size(random, 300), 1 + random.below(9),
                                      1 + random.below(7), 1 + random.below(3),
                                      1 + random.below(2)};
    const auto element = weight_elements[static_cast<std::size_t>(random.below(3))];
    ASSERT_NO_FATAL_FAILURE(check_convolution(geometry, arithmetic, element, random));
    ASSERT_NO_FATAL_FAILURE(
        check_depthwise(depthwise, arithmetic,
                        random.below(4) == 0 ? WeightElement::s16 : WeightElement::s8, random));
    ASSERT_NO_FATAL_FAILURE(check_combine(arithmetic, random));
    ASSERT_NO_FATAL_FAILURE(
        check_pool(arithmetic, random_size(random, 150), random.below(2) == 0, random));
    ASSERT_NO_FATAL_FAILURE(
        check_quantize(roundings[static_cast<std::size_t>(random.below(3))], random));
  });
}

TEST(Kernels, AreFoundByTheWordOfVernierIsa) {
  for (const Kernels* each : supported_kernels()) EXPECT_EQ(&find_kernels(each->isa), each);
  EXPECT_EQ(supported_kernels().back(), &kernels_ref);
  try {
    find_kernels("sse9");
    FAIL() << "no Error";
  } catch (const Error& error) {
    const std::string words = error.what();
    EXPECT_NE(words.find("'sse9'; this machine can run"), std::string::npos) << words;
    EXPECT_NE(words.find("ref"), std::string::npos) << words;
  }
}

}  // namespace
}  // namespace vernier
