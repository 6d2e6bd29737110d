// Files that are cut off or changed at every byte: an Error or a valid result, never a crash.

#include <gtest/gtest.h>

#include "vernier/data/dataset.h"
#include "vernier/data/test_folder.h"

namespace vernier {
namespace {

constexpr std::array images = {"rgb.png", "rgb.jpg", "progressive.jpg"};

TEST(DecodeImage, ATruncatedImageIsAnErrorWithThePath) {
  const auto folder = test_folder();
  for (const char* name : images) {
    std::filesystem::copy_file(test_data("decode") / name, folder / name);
    expect_every_truncation_fails(folder / name, [&] { decode_image(folder / name); });
  }
}

TEST(DecodeImage, ADamagedImageIsAnErrorOrAnImage) {
  const auto folder = test_folder();
  for (const char* name : images) {
    std::filesystem::copy_file(test_data("decode") / name, folder / name);
    expect_every_flip_is_survived(folder / name, [&] { decode_image(folder / name); });
  }
}

TEST(Cifar10, SurvivesDamage) {
  const auto folder = test_folder();
  const auto open = [&] { open_dataset({.kind = "cifar10", .path = folder, .split = "test"}); };
  write_gzip(folder / "test_batch.bin.gz", cifar_rows(4, 2));
  expect_every_truncation_fails(folder / "test_batch.bin.gz", open);
  expect_every_flip_is_survived(folder / "test_batch.bin.gz", open);
  put(folder / "test_batch.bin", cifar_rows(4, 1));
  expect_every_truncation_fails(folder / "test_batch.bin", open);
}

}  // namespace
}  // namespace vernier
