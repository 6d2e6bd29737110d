// Four products for six give the same integers, whatever the sizes, x and weights of 7 bits.
// Longer than other tests, because weights and kernels are tried on the same steps.

#include "vernier/engine/kernels_winograd.h"

#if defined(__x86_64__)

#include <array>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "vernier/base/fuzz.h"
#include "vernier/base/random.h"
#include "vernier/engine/kernels.h"
#include "vernier/engine/kernels_groups.h"

namespace vernier {
namespace {

struct Geometry {
  std::int64_t kernel_rows;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t inputs;
  std::int64_t outputs;
};

Convolve step_of(const Geometry& g) {
  const std::int64_t row = (g.columns + 2) * g.inputs;
  Convolve step{
      .x = {.row = row, .column = g.inputs},
      .y = {.row = g.columns * g.outputs, .column = g.outputs},
      .sizes = {.rows = g.rows, .columns = g.columns, .channels = g.outputs},
      .runs = {},
      .run_length = 3 * g.inputs,
      .epilogue = {.output = {.zero_point = 3, .clamp = {0, 255}}, .lo = -1e9F, .hi = 1e9F}};
  for (std::int64_t i = 0; i < g.kernel_rows; ++i) step.runs.push_back(i * row);
  return step;
}

// `extremes` of four are the lowest or the highest.
template <typename T>
std::vector<T> random_numbers(Random& random, std::int64_t count, int lo, int hi,
                              std::int64_t extremes) {
  std::vector<T> numbers(static_cast<std::size_t>(count));
  for (T& each : numbers) {
    const int ends[] = {lo, hi};
    each = static_cast<T>(random.below(4) < extremes ? ends[random.below(2)]
                                                     : lo + random.below(hi - lo + 1));
  }
  return numbers;
}

std::vector<std::int8_t> random_weights(Random& random, const Convolve& step, int most = 63) {
  return random_numbers<std::int8_t>(random, packed_weight_bytes(step), -most, most,
                                     random.below(5));
}

class Winograd : public testing::TestWithParam<std::string> {};

// ---- The weights.

// By element of x, then channel.
using ByElement = std::map<std::int64_t, std::array<std::int32_t, 8>>;

// What a panel of a part has to add up to: `factors` of g0 to g2.
ByElement sums_of_columns(const Convolve& step, const std::int8_t* panel,
                          const std::array<int, 3>& factors, std::int64_t first) {
  ByElement sums;
  const std::int64_t column = step.x.column;
  for (std::int64_t i = 0; i < std::ssize(step.runs) * 3 * column; ++i) {
    const std::int64_t tap = i / column;
    for (std::size_t channel = 0; channel < 8; ++channel) {
      const std::int8_t weight =
          panel[i / 4 * quad_weights + static_cast<std::int64_t>(channel) * 4 + i % 4];
      sums[first + tap / 3 * column + i % column][channel] +=
          factors[static_cast<std::size_t>(tap % 3)] * weight;
    }
  }
  return sums;
}

ByElement sums_of_quads(const CutQuads& quads) {
  ByElement sums;
  for (std::int32_t i = 0; i < quads.count(); ++i) {
    for (std::size_t k = 0; k < 32; ++k) {
      const std::int64_t element =
          quads.offsets[static_cast<std::size_t>(i)] + static_cast<std::int64_t>(k % 4);
      sums[element][k / 4] += quads.quad(i)[k];
    }
  }
  return sums;
}

// Nothing for what is zero, which one side may have left out.
ByElement without_zeros(ByElement sums) {
  std::erase_if(sums,
                [](const auto& each) { return each.second == std::array<std::int32_t, 8>{}; });
  return sums;
}

constexpr std::array<std::array<int, 3>, winograd_parts> factors = {
    {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 1}}};

TEST_P(Winograd, WeightsAddUpToTheSumsOfThreeColumns) {
  Random random(1);
  for (int i = 0; i < 20; ++i) {
    const Convolve step = step_of({1 + random.below(3), 5, 6, 4 * (8 + random.below(12)), 24});
    const std::vector<std::int8_t> weights = random_weights(random, step);
    const SortedPanels panels = winograd_panels(step, weights.data());
    ASSERT_EQ(panels.size(), 2U * 2 * winograd_parts);
    for (std::size_t k = 0; k < panels.size(); ++k) {
      const auto part = static_cast<std::int64_t>(k % winograd_parts);
      const auto half = static_cast<std::int64_t>(k / winograd_parts);
      const std::int8_t* panel =
          weights.data() + half / 2 * quads_of(step) * quad_weights + half % 2 * 32;
      const ByElement expected = sums_of_columns(step, panel, factors[k % winograd_parts],
                                                 part * winograd_block(step).part_bytes());
      EXPECT_EQ(without_zeros(sums_of_quads(panels[k].quads)), without_zeros(expected))
          << "part " << part << " of eight channels " << half;
    }
  }
}

// The furthest from zero that a group of quads reaches with x of 0..254.
std::int32_t furthest_sum(const CutQuads& quads, std::span<const std::int32_t> group) {
  std::int32_t furthest = 0;
  for (std::size_t pair = 0; pair < 16; ++pair) {
    std::int32_t positive = 0;
    std::int32_t negative = 0;
    for (const std::int32_t number : group) {
      for (const std::int32_t weight :
           {quads.quad(number)[2 * pair], quads.quad(number)[2 * pair + 1]}) {
        (weight > 0 ? positive : negative) += 2 * winograd_highest_x * weight;
      }
    }
    furthest = std::max({furthest, positive, -negative});
  }
  return furthest;
}

TEST_P(Winograd, NoSumLeaves16Bits) {
  Random random(2);
  for (int i = 0; i < 20; ++i) {
    const Convolve step = step_of({3, 5, 6, 64, 16});
    const std::vector<std::int8_t> weights = random_weights(random, step);
    for (const auto& [quads, sorted, starts] : winograd_panels(step, weights.data())) {
      for (const auto& [list, size] :
           {std::pair{&sorted.fours, 4}, {&sorted.twos, 2}, {&sorted.ones, 1}}) {
        for (std::size_t k = 0; k < list->size(); k += static_cast<std::size_t>(size)) {
          const auto group = std::span(*list).subspan(k, static_cast<std::size_t>(size));
          ASSERT_LE(furthest_sum(quads, group), 32767) << size << " quads";
        }
      }
    }
  }
}

// ---- When it is done.

TEST_P(Winograd, TakesWhatItCanComputeExactly) {
  Random random(3);
  const Convolve step = step_of({3, 14, 14, 128, 16});
  const auto takes = [&](const Convolve& each, int most, std::int32_t highest_x) {
    const std::vector<std::int8_t> weights(static_cast<std::size_t>(packed_weight_bytes(each)),
                                           static_cast<std::int8_t>(most));
    return takes_winograd(each, weights.data(), highest_x);
  };
  EXPECT_TRUE(takes(step, 63, 127));
  EXPECT_TRUE(takes(step, -63, 1));
  EXPECT_FALSE(takes(step, 64, 127)) << "weights of 8 bits";
  EXPECT_FALSE(takes(step, 63, 128)) << "x of 8 bits";
  EXPECT_FALSE(takes(step_of({3, 14, 1, 128, 16}), 63, 127)) << "a single column";
  EXPECT_FALSE(takes(step_of({3, 14, 14, 16, 16}), 63, 127)) << "less than a vector";
  Convolve dilated = step;
  for (std::int64_t& run : dilated.runs) run *= 2;
  EXPECT_FALSE(takes(dilated, 63, 127)) << "rows that are not neighbours";
  Convolve other = step;
  other.run_length = 2 * 128;
  EXPECT_FALSE(takes(other, 63, 127)) << "two columns";
}

bool is_chosen(const Geometry& geometry) {
  Random random(4);
  const Convolve step = step_of(geometry);
  std::vector<std::int8_t> weights(static_cast<std::size_t>(packed_weight_bytes(step)));
  for (std::int8_t& each : weights) {
    each = static_cast<std::int8_t>(std::clamp(18.0 * random.normal(), -63.0, 63.0));
  }
  const AlignedBytes prepared =
      grouped_by_8(step, reinterpret_cast<const std::byte*>(weights.data()), 127);
  return reinterpret_cast<const GroupedPanel*>(prepared.data())->parts == winograd_parts;
}

// As measured: docs/decisions/0034.
TEST_P(Winograd, IsChosenWhereItIsFaster) {
  EXPECT_TRUE(is_chosen({3, 28, 28, 128, 16}));
  EXPECT_TRUE(is_chosen({3, 14, 14, 256, 16}));
  EXPECT_FALSE(is_chosen({3, 56, 56, 64, 16})) << "few channels";
  EXPECT_FALSE(is_chosen({3, 7, 7, 512, 16})) << "an eighth of the pairs has one pixel";
}

// ---- What it computes.

struct Operands {
  std::vector<std::uint8_t> x;
  std::vector<std::int8_t> weights;
  std::vector<std::uint8_t> addend;
  std::vector<std::int32_t> bias;
  std::vector<float> multipliers;

  Operands(const Convolve& step, Random& random) {
    const std::int64_t rows = step.sizes.rows + std::ssize(step.runs) - 1;
    x = random_numbers<std::uint8_t>(random, rows * step.x.row + slack_bytes, 0, 127,
                                     random.below(5));
    weights = random_weights(random, step);
    addend =
        random_numbers<std::uint8_t>(random, step.sizes.rows * step.y.row + slack_bytes, 0, 255, 1);
    for (std::int64_t i = 0; i < panels_of(step.sizes.channels) * panel_channels; ++i) {
      // Now and then the sum comes close to the ends of 32 bits, or wraps around.
      bias.push_back(random.below(16) == 0
                         ? std::numeric_limits<std::int32_t>::max() - (1 << 12)
                         : static_cast<std::int32_t>(random.below(1 << 18)) - (1 << 17));
      multipliers.push_back(static_cast<float>(std::exp2(-8.0 * random.uniform() - 4.0)));
    }
  }
};

// Computed in these parts, one after the other.
std::vector<std::uint8_t> result_of(const Kernels& kernels, const Convolve& step,
                                    const Operands& operands, const std::byte* prepared,
                                    Element element, const std::vector<ConvolutionPart>& parts) {
  std::vector<std::uint8_t> y(static_cast<std::size_t>(step.sizes.rows * step.y.row) *
                              (element == Element::f32 ? 4 : 1));
  for (const ConvolutionPart& part : parts) {
    kernels.convolve(
        step,
        {.x = operands.x.data(),
         .y = y.data(),
         .addend = step.addend ? operands.addend.data() : nullptr,
         .weights = operands.weights.data(),
         .prepared = prepared,
         .arrays = {.epilogue = &step.epilogue,
                    .bias = operands.bias.data(),
                    .multipliers = operands.multipliers.data(),
                    .addend_multipliers = step.addend ? operands.multipliers.data() : nullptr},
         .y_element = element},
        part);
  }
  return y;
}

// In two, as two threads would do it.
std::vector<ConvolutionPart> parts_of(const ConvolutionPart& whole, Random& random) {
  std::vector<ConvolutionPart> parts = {whole, whole};
  if (random.below(2) == 0) {
    parts[0].end_row = parts[1].first_row = random.below(whole.end_row + 1);
  } else {
    parts[0].end_panel = parts[1].first_panel = random.below(whole.end_panel + 1);
  }
  return parts;
}

void check(const Geometry& geometry, Random& random) {
  SCOPED_TRACE(fmt::format("{}x3 of {} channels to {}x{} of {}", geometry.kernel_rows,
                           geometry.inputs, geometry.rows, geometry.columns, geometry.outputs));
  Convolve step = step_of(geometry);
  const Element element = random.below(4) == 0 ? Element::f32 : Element::u8;
  if (element == Element::u8 && random.below(2) == 0) step.addend = step.y;
  const Operands operands(step, random);
  ASSERT_TRUE(takes_winograd(step, operands.weights.data(), winograd_highest_x));
  const AlignedBytes prepared = written(winograd_panels(step, operands.weights.data()));
  const ConvolutionPart whole{.end_row = geometry.rows, .end_panel = panels_of(geometry.outputs)};
  const auto expected = result_of(kernels_ref, step, operands, nullptr, element, {whole});
  const auto actual =
      result_of(kernels_avx2, step, operands, prepared.data(), element, parts_of(whole, random));
  ASSERT_EQ(actual, expected);
}

// Around tiles of 8 pairs and blocks of 24 rows; one vector of channels and more.
TEST_P(Winograd, GivesTheBitsOfTheReference) {
  Random random(5);
  for (const std::int64_t columns : {2, 3, 7, 8, 14, 31}) {
    for (const std::int64_t rows : {1, 2, 7, 8, 23, 24, 53}) {
      for (const std::int64_t outputs : {1, 8, 9, 24, 40}) {
        const Geometry geometry{1 + random.below(3), rows, columns, 4 * (8 + random.below(20)),
                                outputs};
        ASSERT_NO_FATAL_FAILURE(check(geometry, random));
      }
    }
  }
}

// VERNIER_FUZZ_SECONDS is for how long.
TEST_P(Winograd, RandomStepsAreTheSameBits) {
  fuzz([](Random& random) {
    check({1 + random.below(4), 1 + random.below(60), 2 + random.below(40),
           4 * (8 + random.below(60)), 1 + random.below(50)},
          random);
  });
}

// What prepares the weights takes AVX2 itself.
std::vector<std::string> instruction_sets() {
  if (__builtin_cpu_supports("avx2") == 0) return {};
  return {"avx2"};
}

INSTANTIATE_TEST_SUITE_P(Isa, Winograd, testing::ValuesIn(instruction_sets()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace vernier

#endif
