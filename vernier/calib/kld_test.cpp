#include <gtest/gtest.h>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

constexpr Compat forms[] = {Compat::paper, Compat::ncnn, Compat::easyquant};

/// The paper's form as it is written, on counts of |x| in `bins` bins.
double threshold_by_definition(const std::vector<float>& values, std::size_t bins,
                               std::size_t groups) {
  float most = 0.0F;
  for (const float value : values) most = std::max(most, std::abs(value));
  std::vector<double> counts(bins, 0.0);
  for (const float value : values) {
    counts[std::min(bins - 1, static_cast<std::size_t>(std::abs(value) / most *
                                                       static_cast<float>(bins)))] += 1.0;
  }
  counts[0] = counts[1];
  double least = 1e300;
  std::size_t best = bins;
  for (std::size_t kept = groups; kept <= bins; ++kept) {
    std::vector<double> p(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(kept));
    for (std::size_t i = kept; i < bins; ++i) p.back() += counts[i];
    std::vector<double> sums(groups, 0.0);
    std::vector<double> filled(groups, 0.0);
    for (std::size_t i = 0; i < kept; ++i) {
      sums[i * groups / kept] += counts[i];
      filled[i * groups / kept] += counts[i] > 0.0 ? 1.0 : 0.0;
    }
    double p_sum = 0.0;
    double q_sum = 0.0;
    for (std::size_t i = 0; i < kept; ++i) p_sum += p[i];
    for (const double sum : sums) q_sum += sum;
    double divergence = 0.0;
    for (std::size_t i = 0; i < kept; ++i) {
      if (p[i] == 0.0) continue;
      const double q = counts[i] > 0.0 ? sums[i * groups / kept] / filled[i * groups / kept] : 0.0;
      divergence += p[i] / p_sum * std::log((p[i] / p_sum) / (q / q_sum));
    }
    if (divergence < least) {
      least = divergence;
      best = kept;
    }
  }
  return best == bins ? most : (static_cast<double>(best) + 0.5) / static_cast<double>(bins) * most;
}

TEST(Kld, IsTheDefinition) {
  // Magnitudes below 8 whose largest is all but 8: the bins are those of the statistics.
  std::vector<float> values = laplace_values(20'000);
  for (float& value : values) value = std::min(std::abs(value), 7.99999F);
  values.push_back(7.99999F);
  const QuantSpec spec = signed_spec(8);
  EXPECT_NEAR(calibrate_kld(stats_of(values), spec, {}).hi,
              threshold_by_definition(values, 2048, 128), 8.0 / 2048.0);
  EXPECT_NEAR(calibrate_kld(stats_of(values), spec, {.bins = 512}).hi,
              threshold_by_definition(values, 512, 128), 8.0 / 512.0);
}

/// ncnn's form as its code has it: groups of kept / groups bins, parts of bins at both ends.
double ncnn_threshold_by_definition(std::vector<double> counts, double most, std::size_t groups) {
  double all = 0.0;
  for (const double count : counts) all += count;
  for (double& count : counts) count /= all;
  double least = 1e300;
  std::size_t best = 0;
  for (std::size_t kept = groups; kept <= counts.size(); ++kept) {
    const double width = static_cast<double>(kept) / static_cast<double>(groups);
    std::vector<double> expanded(kept, 1e-4);
    for (std::size_t group = 0; group < groups; ++group) {
      const double begin = static_cast<double>(group) * width;
      const auto share = [&](std::size_t i) {  // of bin i that lies in the group
        const auto bin = static_cast<double>(i);
        return std::max(0.0, std::min(bin + 1.0, begin + width) - std::max(bin, begin));
      };
      const auto first = static_cast<std::size_t>(begin);
      const std::size_t end = std::min(kept, static_cast<std::size_t>(begin + width) + 2);
      double average = 0.0;
      for (std::size_t i = first; i < end; ++i) average += share(i) * counts[i] / width;
      for (std::size_t i = first; i < end; ++i) expanded[i] += share(i) * average;
    }
    double divergence = 0.0;
    for (std::size_t i = 0; i < kept; ++i) {
      double p = counts[i] + 1e-4;
      for (std::size_t j = kept; i + 1 == kept && j < counts.size(); ++j) p += counts[j];
      divergence += p * std::log(p / expanded[i]);
    }
    if (divergence < least) {
      least = divergence;
      best = kept;
    }
  }
  return std::min(most,
                  (static_cast<double>(best) + 0.5) / static_cast<double>(counts.size()) * most);
}

TEST(Kld, OfNcnnIsItsCode) {
  std::vector<float> values = laplace_values(5'000);
  values.push_back(15.99999F);
  const TensorStats stats = stats_of(values);
  std::vector<double> counts(512, 0.0);  // four bins of the statistics in each
  for (const float value : values) counts[static_cast<std::size_t>(std::abs(value) * 32.0F)] += 1.0;
  const CalibOptions options = {.bins = 512, .compat = Compat::ncnn};
  EXPECT_NEAR(calibrate_kld(stats, signed_spec(8), options).hi,
              ncnn_threshold_by_definition(counts, 15.99999, 128), 1e-3);
}

TEST(Kld, CutsAFarTail) {
  std::vector<float> values = gauss_values(20'000);
  for (std::size_t i = 0; i < 20; ++i) values.push_back(5.0F + static_cast<float>(i));
  for (const Compat compat : forms) {
    const Range range = calibrate_kld(stats_of(values), signed_spec(8), {.compat = compat});
    EXPECT_LT(range.hi, 20.0F) << enum_name(compat);
    EXPECT_GT(range.hi, 1.4F) << enum_name(compat);
  }
}

TEST(Kld, DoesNotMindHowManyZerosThereAre) {
  const std::vector<float> values = rectified(laplace_values(10'000));
  std::vector<float> more = values;
  more.insert(more.end(), 50'000, 0.0F);
  for (const Compat compat : forms) {
    const CalibOptions options = {.compat = compat};
    EXPECT_EQ(calibrate_kld(stats_of(values), unsigned_spec(8), options),
              calibrate_kld(stats_of(more), unsigned_spec(8), options))
        << enum_name(compat);
  }
}

TEST(Kld, KeepsAllWhenTheIntegersOutnumberTheBins) {
  const TensorStats stats = stats_of(gauss_values(1000));
  EXPECT_EQ(calibrate_kld(stats, signed_spec(16), {}), (Range{stats.lo(), stats.hi()}));
}

}  // namespace
}  // namespace vernier
