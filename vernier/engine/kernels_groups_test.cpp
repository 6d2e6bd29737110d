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
  weights.step.sizes.channels = 40;
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

// The sum in 16 bits that is furthest from zero for any x, of groups of `size` quads.
std::int64_t furthest_sum(const std::int8_t* weights, std::int64_t groups, std::int64_t size,
                          std::int64_t channels) {
  std::int64_t furthest = 0;
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t pair = 0; pair < 2 * channels; ++pair) {
      std::int64_t positive = 0;
      std::int64_t negative = 0;
      for (std::int64_t quad = 0; quad < size; ++quad) {
        for (std::int64_t i = 0; i < 2; ++i) {
          const std::int64_t w = weights[((group * size + quad) * channels * 2 + pair) * 2 + i];
          (w > 0 ? positive : negative) += 255 * w;
        }
      }
      furthest = std::max({furthest, positive, -negative});
    }
  }
  return furthest;
}

class Groups : public testing::TestWithParam<std::int64_t> {
 protected:
  AlignedBytes grouped(const Weights& weights) const {
    return (GetParam() == 8 ? grouped_by_8 : grouped_by_16)(weights.step, weights.packed.data());
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
      for (const auto& [groups, size] :
           {std::pair{p.fours, 4}, {p.twos, 2}, {p.ones + p.swaps, 1}}) {
        EXPECT_LE(furthest_sum(next, groups, size, GetParam()), 32767) << size << " quads";
        next += groups * size * GetParam() * 4;
      }
    }
  }
}

TEST_P(Groups, EveryQuadIsThereOnce) {
  Random random(2);
  const Weights weights = normal_weights(random, 127, 3.0);
  const AlignedBytes bytes = grouped(weights);
  for (const View& view : views(bytes, panels(weights.step))) {
    const auto& p = view.panel;
    std::map<std::int32_t, int> seen;
    const std::int32_t plain = 4 * p.fours + 2 * p.twos + p.ones;
    for (std::int32_t i = 0; i < plain; ++i) ++seen[view.offsets[i]];
    for (std::int32_t i = 0; i < p.swaps; ++i) ++seen[view.offsets[plain + 2 * i]];
    for (std::int32_t i = 0; i < p.wides; ++i) ++seen[view.offsets[plain + 2 * p.swaps + i]];
    EXPECT_EQ(std::ssize(seen), 3 * run_quads);
    for (const auto& [offset, times] : seen) EXPECT_EQ(times, 1) << "at " << offset;
  }
}

// Else they would be no faster than products of 16 bits.
TEST_P(Groups, FewQuadsAreWideAndWeightsOf7BitsGoByFours) {
  Random random(3);
  const Weights eight = normal_weights(random, 127, 3.5);
  const Weights seven = normal_weights(random, 63, 3.5);
  std::int64_t wides = 0;
  std::int64_t fours = 0;
  const std::int64_t count = panels(eight.step);
  const AlignedBytes of_eight = grouped(eight);
  const AlignedBytes of_seven = grouped(seven);
  for (const View& view : views(of_eight, count)) wides += view.panel.wides;
  for (const View& view : views(of_seven, count)) fours += view.panel.fours;
  EXPECT_LT(static_cast<double>(wides), 0.1 * static_cast<double>(count * 3 * run_quads));
  EXPECT_GT(static_cast<double>(4 * fours), 0.8 * static_cast<double>(count * 3 * run_quads));
}

// What groups them takes AVX2 itself.
std::vector<std::int64_t> widths() {
  if (__builtin_cpu_supports("avx2") == 0) return {};
  return {8, 16};
}

INSTANTIATE_TEST_SUITE_P(Channels, Groups, testing::ValuesIn(widths()),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace vernier

#endif
