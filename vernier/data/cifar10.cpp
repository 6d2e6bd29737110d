// CIFAR-10, binary version: data_batch_1.bin to data_batch_5.bin and test_batch.bin, each also as
// .bin.gz. A batch is rows of 3073 bytes: the label, then a red, a green and a blue plane of 32x32
// pixels. Source: https://www.cs.toronto.edu/~kriz/cifar.html

#include <array>

#include "vernier/base/error.h"
#include "vernier/data/dataset.h"
#include "vernier/data/gzip.h"

namespace vernier {
namespace {

constexpr std::size_t side = 32;
constexpr std::size_t plane = side * side;
constexpr std::size_t channels = 3;
constexpr std::size_t row_bytes = 1 + channels * plane;

Picture unpack(std::span<const std::byte> row) {
  Picture image = blank_image({side, side}, channels);
  for (std::size_t pixel = 0; pixel < plane; ++pixel) {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      image.pixels[pixel * channels + channel] =
          std::to_integer<std::uint8_t>(row[1 + channel * plane + pixel]);
    }
  }
  return image;
}

Content read_row(const Source& source, std::int64_t entry) {
  auto row = static_cast<std::size_t>(entry);
  auto file = source.files.begin();
  for (; row >= file->size() / row_bytes; ++file) row -= file->size() / row_bytes;
  std::array<std::byte, row_bytes> bytes{};
  file->read(row * row_bytes, bytes);
  return unpack(bytes);
}

void append_batch(Source& source, const std::filesystem::path& path) {
  const EntryFile file(path);
  if (file.size() == 0 || file.size() % row_bytes != 0) {
    fail("{}: has {} bytes, expected rows of {}; the file is cut off or not of CIFAR-10",
         path.string(), file.size(), row_bytes);
  }
  for (std::size_t row = 0; row < file.size() / row_bytes; ++row) {
    std::array<std::byte, 1> byte{};
    file.read(row * row_bytes, byte);
    const auto label = std::to_integer<std::int64_t>(byte[0]);
    const std::string name = fmt::format("{}:{}", path.string(), row);
    if (label > 9) fail("{}: the label is {}, expected 0 to 9", name, label);
    source.entries.push_back({name, label});
  }
  source.files.push_back(file);
}

}  // namespace

Source open_cifar10(const DatasetOptions& options) {
  Source source{.read = read_row};
  std::vector<std::string> batches = {"test_batch.bin"};
  if (options.split == "train") {
    batches.clear();
    for (int batch = 1; batch <= 5; ++batch)
      batches.push_back(fmt::format("data_batch_{}.bin", batch));
  }
  for (const std::string& batch : batches) {
    if (const auto path = plain_or_gzip(options.path / batch)) append_batch(source, *path);
  }
  if (source.files.empty()) {
    fail("{}: has no {}, plain or .gz", options.path.string(),
         options.split == "train" ? "data_batch_1.bin to data_batch_5.bin" : batches.front());
  }
  return source;
}

}  // namespace vernier
