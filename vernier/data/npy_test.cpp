#include "vernier/data/npy.h"

#include <gtest/gtest.h>

#include "vernier/data/test_folder.h"

namespace vernier {
namespace {

template <typename T>
std::string npy(std::string_view descr, std::string_view shape, const std::vector<T>& elements) {
  const std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}\n", descr, shape);
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size());
  file += '\0';
  return file + header +
         std::string(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T));
}

TEST(Npy, ReadsEveryTypeThatATensorHas) {
  const auto path = test_folder() / "a.npy";
  put(path, npy<float>("<f4", "(2, 1, 2)", {1.5F, -2.0F, 0.0F, 4.0F}));
  EXPECT_EQ(read_npy(path), Tensor::of<float>({2, 1, 2}, std::vector{1.5F, -2.0F, 0.0F, 4.0F}));
  put(path, npy<std::uint8_t>("|u1", "(3,)", {1, 2, 255}));
  EXPECT_EQ(read_npy(path), Tensor::of<std::uint8_t>({3}, std::vector<std::uint8_t>{1, 2, 255}));
  put(path, npy<std::int64_t>("<i8", "()", {-7}));
  EXPECT_EQ(read_npy(path), Tensor::of<std::int64_t>({}, std::vector<std::int64_t>{-7}));
}

TEST(Npy, ReadsBackWhatWasWrittenInParts) {
  const auto path = test_folder() / "b.npy";
  const auto whole = Tensor::of<float>({3, 2}, std::vector{1.5F, -2.0F, 0.0F, 4.0F, 5.0F, 6.0F});
  NpyWriter writer(path, whole.shape(), whole.dtype());
  writer.add(whole.bytes().first(8));
  writer.add(whole.bytes().subspan(8));
  writer.close();
  EXPECT_EQ(read_npy(path), whole);
  NpyWriter vector(path, {2}, DType::u8);
  EXPECT_NE(message_of([&] { vector.close(); }).find("b.npy"), std::string::npos)
      << "bytes are missing";
  vector.add(whole.bytes().first(2));
}

TEST(Npy, RefusesWhatItCannotRead) {
  const auto path = test_folder() / "a.npy";
  std::string fortran = npy<float>("<f4", "(2, 1)", {1.0F, 2.0F});
  fortran.replace(fortran.find("False"), 5, "True ");
  const std::vector<std::string> wrong = {
      fortran,
      npy<float>(">f4", "(2, 1)", {1.0F, 2.0F}),
      npy<float>("<c8", "(1,)", {1.0F, 2.0F}),
      npy<float>("<f4", "(3,)", {1.0F, 2.0F}),
      npy<float>("<f4", "(0,)", {}),
      npy<float>("<f4", "(-1, -2)", {1.0F, 2.0F}),
      npy<float>("<f4", "(4294967296, 4294967296)", {1.0F}),
      npy<float>("<f4", "(9223372036854775808,)", {1.0F}),
      npy<float>("<f4", "2", {1.0F, 2.0F}),
      "text",
  };
  for (const std::string& text : wrong) {
    put(path, text);
    EXPECT_NE(message_of([&] { read_npy(path); }).find("a.npy"), std::string::npos) << text;
  }
}

TEST(Npy, SurvivesDamage) {
  const auto path = test_folder() / "a.npy";
  put(path, npy<float>("<f4", "(2, 2)", {1.0F, 2.0F, 3.0F, 4.0F}));
  expect_every_truncation_fails(path, [&] { read_npy(path); });
  expect_every_flip_is_survived(path, [&] { read_npy(path); });
}

}  // namespace
}  // namespace vernier
