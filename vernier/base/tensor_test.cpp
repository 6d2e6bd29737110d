#include "vernier/base/tensor.h"

#include <gtest/gtest.h>

namespace vernier {
namespace {

TEST(Tensor, CopiesAreIndependent) {
  Tensor a = Tensor::of<float>({2}, std::vector<float>{1.0F, 2.0F});
  Tensor b = a;
  EXPECT_EQ(a.view<float>().data(), b.view<float>().data()) << "a copy shares until it is edited";
  b.edit<float>()[0] = 5.0F;
  EXPECT_EQ(a.view<float>()[0], 1.0F);
  EXPECT_EQ(b.view<float>()[0], 5.0F);
  EXPECT_NE(a, b);
}

TEST(Tensor, AScalarHasOneElement) { EXPECT_EQ(Tensor(DType::i64, {}).size(), 1); }

TEST(Tensor, EqualityIsOfBits) {
  EXPECT_NE(Tensor::of<float>({1}, std::vector<float>{0.0F}),
            Tensor::of<float>({1}, std::vector<float>{-0.0F}));
  EXPECT_NE(Tensor(DType::f32, {2, 1}), Tensor(DType::f32, {1, 2}));
}

TEST(Tensor, BytesAreAligned) {
  EXPECT_EQ(
      reinterpret_cast<std::uintptr_t>(Tensor(DType::u8, {3}).bytes().data()) % byte_alignment, 0U);
}

}  // namespace
}  // namespace vernier
