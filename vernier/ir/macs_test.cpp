#include "vernier/ir/macs.h"

#include <gtest/gtest.h>

namespace vernier {
namespace {

TEST(MacCount, IsOutputsTimesWhatOneOutputSums) {
  EXPECT_EQ(mac_count(Conv{}, {1, 3, 8, 8}, {16, 3, 3, 3}, {1, 16, 8, 8}), 16 * 64 * 27);
  EXPECT_EQ(mac_count(Conv{.group = 16}, {1, 16, 8, 8}, {16, 1, 3, 3}, {1, 16, 4, 4}), 16 * 16 * 9);
  EXPECT_EQ(mac_count(ConvTranspose{}, {1, 4, 8, 8}, {4, 6, 2, 2}, {1, 6, 16, 16}), 4 * 64 * 24);
  EXPECT_EQ(mac_count(Gemm{.transB = 1}, {2, 512}, {10, 512}, {2, 10}), 2 * 10 * 512);
  EXPECT_EQ(mac_count(Gemm{.transA = 1}, {512, 2}, {512, 10}, {2, 10}), 2 * 10 * 512);
  EXPECT_EQ(mac_count(MatMul{}, {2, 4, 8}, {8, 3}, {2, 4, 3}), 2 * 4 * 3 * 8);
  EXPECT_EQ(mac_count(Add{}, {1, 8}, {1, 8}, {1, 8}), 0) << "no layer";
}

}  // namespace
}  // namespace vernier
