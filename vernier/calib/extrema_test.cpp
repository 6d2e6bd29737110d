// minmax, ema_minmax, mean_minmax: what they make of the extrema of images.

#include <gtest/gtest.h>

#include "vernier/calib/calibrator.h"

namespace vernier {
namespace {

/// Images with extrema [-1, 1], [-2, 4], [0, 10].
TensorStats stats() {
  TensorStats result = stats_of(std::vector<float>{-1.0F, 1.0F});
  append(result, stats_of(std::vector<float>{-2.0F, 4.0F}));
  append(result, stats_of(std::vector<float>{0.0F, 10.0F}));
  return result;
}

TEST(Minmax, IsTheWholeRange) {
  EXPECT_EQ(calibrate_minmax(stats(), {}, {}), (Range{-2.0F, 10.0F}));
}

TEST(EmaMinmax, FadesFromTheFirstImage) {
  const Range range = calibrate_ema_minmax(stats(), {}, {.ema_momentum = 0.9});
  EXPECT_FLOAT_EQ(range.lo, 0.9F * (0.9F * -1.0F + 0.1F * -2.0F));
  EXPECT_FLOAT_EQ(range.hi, (0.9F * (0.9F * 1.0F + 0.1F * 4.0F)) + (0.1F * 10.0F));
}

TEST(EmaMinmax, WithoutMemoryIsTheLastImageAndWithAllOfItTheFirst) {
  EXPECT_EQ(calibrate_ema_minmax(stats(), {}, {.ema_momentum = 0.0}), (Range{0.0F, 10.0F}));
  EXPECT_EQ(calibrate_ema_minmax(stats(), {}, {.ema_momentum = 1.0}), (Range{-1.0F, 1.0F}));
}

TEST(MeanMinmax, IsTheMean) {
  EXPECT_EQ(calibrate_mean_minmax(stats(), {}, {}), (Range{-1.0F, 5.0F}));
}

TEST(MeanMinmax, OfBatchesTakesTheirExtrema) {
  EXPECT_EQ(calibrate_mean_minmax(stats(), {}, {.batch = 2}), (Range{-1.0F, 7.0F}));
  EXPECT_EQ(calibrate_mean_minmax(stats(), {}, {.batch = 3}), (Range{-2.0F, 10.0F}));
  EXPECT_EQ(calibrate_ema_minmax(stats(), {}, {.batch = 3}), (Range{-2.0F, 10.0F}));
}

}  // namespace
}  // namespace vernier
