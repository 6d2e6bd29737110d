// What makes the kernels exact is that no sum of a group can leave 16 bits.

#include "vernier/engine/kernels_groups.h"

#if defined(__x86_64__)

#include <cmath>
#include <cstring>
#include <map>
#include <span>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/engine/kernels.h"

namespace vernier {
namespace {

constexpr std::int64_t run_quads = 40;

struct Weights {
  Convolve step;
  std::vector<std::int8_t> packed;
};

// Normally distributed, the largest of `deviations` at `most`.
Weights normal_weights(Random& random, double most, double deviations) {
  Weights weights;
  weights.step.sizes = {.columns = most_waiting_pixels + 1, .channels = 40};
  weights.step.groups = 2;
  weights.step.runs = {0, 1000, 2000};
  weights.step.run_length = 4 * run_quads;
  weights.packed.resize(static_cast<std::size_t>(packed_weight_bytes(weights.step)));
  for (std::int8_t& each : weights.packed) {
    const double value = std::clamp(random.normal() / deviations, -1.0, 1.0);
    each = static_cast<std::int8_t>(std::lround(most * value));
  }
  return weights;
}

// A panel as the kernels read it.
struct View {
  GroupedPanel panel;
  const std::int32_t* offsets;
  const std::int8_t* weights;
};

std::vector<View> views(const AlignedBytes& bytes, std::int64_t panels) {
  std::vector<View> result;
  for (std::int64_t i = 0; i < panels; ++i) {
    const std::byte* at = bytes.data() + i * static_cast<std::int64_t>(sizeof(GroupedPanel));
    GroupedPanel panel;
    std::memcpy(&panel, at, sizeof(panel));
    result.push_back({panel, reinterpret_cast<const std::int32_t*>(at + panel.offsets),
                      reinterpret_cast<const std::int8_t*>(at + panel.weights)});
  }
  return result;
}

// The sum in 16 bits that is furthest from zero for any x of 0..highest_x, of groups of `size`
// quads.
std::int64_t furthest_sum(const std::int8_t* weights, std::int64_t groups, std::int64_t size,
                          std::int64_t channels, std::int64_t highest_x = 255) {
  std::int64_t furthest = 0;
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t pair = 0; pair < 2 * channels; ++pair) {
      std::int64_t positive = 0;
      std::int64_t negative = 0;
      for (std::int64_t quad = 0; quad < size; ++quad) {
        for (std::int64_t i = 0; i < 2; ++i) {
          const std::int64_t w = weights[((group * size + quad) * channels * 2 + pair) * 2 + i];
          (w > 0 ? positive : negative) += highest_x * w;
        }
      }
      furthest = std::max({furthest, positive, -negative});
    }
  }
  return furthest;
}

// Weights by element of x, then channel, those of channels that do not exist, too.
using ByElement = std::map<std::int64_t, std::vector<std::int32_t>>;

void add_quad(ByElement& sums, std::int64_t element, const std::int8_t* quad,
              std::int64_t channels) {
  for (std::int64_t i = 0; i < 4 * channels; ++i) {
    auto& of_element = sums[element + i % 4];
    of_element.resize(static_cast<std::size_t>(channels));
    of_element[static_cast<std::size_t>(i / 4)] += quad[i];
  }
}

ByElement added_up(const View& view, const std::int32_t* offsets, std::int64_t channels) {
  ByElement sums;
  for (std::int32_t i = 0; i < view.panel.quads; ++i) {
    add_quad(sums, offsets[i], view.weights + i * 4 * channels, channels);
  }
  return sums;
}

// Those of some channels from `first` on, counted over all panels, as they came.
ByElement packed_up(const Weights& weights, std::int64_t first, std::int64_t channels) {
  ByElement sums;
  const std::int8_t* quad = weights.packed.data() +
                            first / panel_channels * quads_of(weights.step) * quad_weights +
                            first % panel_channels * 4;
  for (const std::int64_t run : weights.step.runs) {
    for (std::int64_t i = 0; i < run_quads; ++i, quad += quad_weights) {
      add_quad(sums, run + 4 * i, quad, channels);
    }
  }
  return sums;
}

class Groups : public testing::TestWithParam<std::int64_t> {
 protected:
  AlignedBytes grouped(const Weights& weights) const {
    return (GetParam() == 8 ? grouped_by_8 : grouped_by_16)(
        weights.step, reinterpret_cast<const std::byte*>(weights.packed.data()), 255);
  }
  std::int64_t panels(const Convolve& step) const {
    return step.groups * panels_of(step.sizes.channels) * panel_channels / GetParam();
  }
};

TEST_P(Groups, NoSumLeaves16Bits) {
  Random random(1);
  for (const double deviations : {1.5, 3.0, 5.0}) {
    const Weights weights = normal_weights(random, 127, deviations);
    const AlignedBytes bytes = grouped(weights);
    for (const View& view : views(bytes, panels(weights.step))) {
      const std::int8_t* next = view.weights;
      const auto& p = view.panel;
      for (const auto& [groups, size] : {std::pair{p.fours, 4}, {p.twos, 2}, {p.ones, 1}}) {
        EXPECT_LE(furthest_sum(next, groups, size, GetParam()), 32767) << size << " quads";
        next += groups * size * GetParam() * 4;
      }
    }
  }
}

TEST_P(Groups, AddUpToTheWeights) {
  Random random(2);
  for (const double deviations : {1.5, 3.0, 5.0}) {
    const Weights weights = normal_weights(random, 127, deviations);
    const AlignedBytes bytes = grouped(weights);
    std::int64_t first = 0;
    for (const View& view : views(bytes, panels(weights.step))) {
      const auto& p = view.panel;
      ASSERT_EQ(4 * p.fours + 2 * p.twos + p.ones, p.quads);
      EXPECT_EQ(added_up(view, view.offsets, GetParam()), packed_up(weights, first, GetParam()));
      first += GetParam();
    }
  }
}

// Else they would be no faster than products of 16 bits.
TEST_P(Groups, FewQuadsAreAddedAndMostGoByTwos) {
  Random random(3);
  const Weights eight = normal_weights(random, 127, 3.5);
  std::int64_t quads = 0;
  std::int64_t twos = 0;
  const std::int64_t count = panels(eight.step);
  const AlignedBytes bytes = grouped(eight);
  for (const View& view : views(bytes, count)) {
    quads += view.panel.quads;
    twos += view.panel.twos;
  }
  EXPECT_LT(static_cast<double>(quads), 1.25 * static_cast<double>(count * 3 * run_quads));
  EXPECT_GT(static_cast<double>(2 * twos), 0.7 * static_cast<double>(quads));
}

TEST_P(Groups, WeightsOf7BitsGoByFours) {
  Random random(3);
  const Weights seven = normal_weights(random, 63, 3.5);
  std::int64_t fours = 0;
  const std::int64_t count = panels(seven.step);
  const AlignedBytes bytes = grouped(seven);
  for (const View& view : views(bytes, count)) fours += view.panel.fours;
  EXPECT_GT(static_cast<double>(4 * fours), 0.8 * static_cast<double>(count * 3 * run_quads));
}

// ---- Groups of any size: panels of sixteen channels.

AlignedBytes grouped_long(const Weights& weights, std::int32_t highest_x) {
  return grouped_by_8(weights.step, reinterpret_cast<const std::byte*>(weights.packed.data()),
                      highest_x);
}

class LongGroups : public testing::TestWithParam<std::int32_t> {
 protected:
  static constexpr std::int64_t panels = 2 * 3;
};

TEST_P(LongGroups, NoSumLeaves16Bits) {
  Random random(4);
  const Weights weights = normal_weights(random, GetParam() == 127 ? 63 : 7, 3.0);
  const AlignedBytes bytes = grouped_long(weights, GetParam());
  for (const View& view : views(bytes, panels)) {
    const std::int8_t* next = view.weights;
    ASSERT_GT(view.panel.longs, 0);
    for (std::int32_t i = 0; i < view.panel.longs; ++i) {
      const std::int32_t size = view.offsets[i];
      EXPECT_LE(furthest_sum(next, 1, size, panel_channels, GetParam()), 32767) << size << " quads";
      next += size * quad_weights;
    }
  }
}

TEST_P(LongGroups, AddUpToTheWeights) {
  Random random(5);
  Weights weights = normal_weights(random, GetParam() == 127 ? 63 : 7, 3.0);
  for (const bool heavy : {false, true}) {
    // No pair of them fits.
    if (heavy) std::fill_n(weights.packed.end() - quad_weights, 8, std::int8_t{-128});
    const AlignedBytes bytes = grouped_long(weights, GetParam());
    std::int64_t first = 0;
    for (const View& view : views(bytes, panels)) {
      ASSERT_GT(view.panel.longs, 0);
      const std::int32_t* offsets = view.offsets + view.panel.longs;
      EXPECT_EQ(added_up(view, offsets, panel_channels), packed_up(weights, first, panel_channels));
      first += panel_channels;
    }
  }
}

// What makes them faster than groups of four.
TEST_P(LongGroups, AreLarge) {
  Random random(6);
  const Weights weights = normal_weights(random, GetParam() == 127 ? 63 : 7, 3.0);
  for (const View& view : views(grouped_long(weights, GetParam()), panels)) {
    EXPECT_LE(7 * view.panel.longs, 3 * run_quads);
  }
}

// What groups them takes AVX2 itself.
std::vector<std::int32_t> highest_of_x() {
  if (__builtin_cpu_supports("avx2") == 0) return {};
  return {127, 255};
}

INSTANTIATE_TEST_SUITE_P(HighestX, LongGroups, testing::ValuesIn(highest_of_x()),
                         testing::PrintToStringParamName());

std::vector<std::int64_t> widths() {
  if (__builtin_cpu_supports("avx2") == 0) return {};
  return {8, 16};
}

INSTANTIATE_TEST_SUITE_P(Channels, Groups, testing::ValuesIn(widths()),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace vernier

#endif
