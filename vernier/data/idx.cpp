// The files of MNIST and Fashion-MNIST: train-images-idx3-ubyte, train-labels-idx1-ubyte, and the
// same with t10k for the test set, each also as .gz. Numbers are big-endian:
//
//   images   0x00000803, count, height, width, then count x height x width bytes
//   labels   0x00000801, count, then count bytes
//
// Source: http://yann.lecun.com/exdb/mnist

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/data/dataset.h"
#include "vernier/data/gzip.h"

namespace vernier {
namespace {

constexpr std::size_t images_header = 16;
constexpr std::size_t labels_header = 8;

std::int64_t big_endian_32(std::span<const std::byte> bytes, std::size_t at) {
  std::int64_t value = 0;
  for (const std::byte byte : bytes.subspan(at, 4)) value = value << 8 | std::to_integer<int>(byte);
  return value;
}

struct IdxFile {
  std::string path;
  std::vector<std::byte> bytes;
};

IdxFile read_idx(const std::filesystem::path& path, std::int64_t magic, std::size_t header) {
  const auto found = plain_or_gzip(path);
  if (!found) fail("{}: does not exist, plain or .gz", path.string());
  IdxFile file = {found->string(), read_unpacked(*found)};
  if (file.bytes.size() < header || big_endian_32(file.bytes, 0) != magic) {
    fail("{}: begins with the wrong bytes, expected an idx file with the magic number {:#x}",
         file.path, magic);
  }
  return file;
}

std::int64_t image_bytes(const std::vector<std::byte>& images) {
  return big_endian_32(images, 8) * big_endian_32(images, 12);
}

// Compares by division: the sizes of a damaged header may have a product beyond 64 bits.
void verify_sizes(const IdxFile& images, const IdxFile& labels) {
  const std::int64_t count = big_endian_32(images.bytes, 4);
  const std::int64_t height = big_endian_32(images.bytes, 8);
  const std::int64_t width = big_endian_32(images.bytes, 12);
  const auto bytes = static_cast<std::int64_t>(images.bytes.size() - images_header);
  if (count < 1 || height < 1 || width < 1 || bytes % count != 0 || bytes / count % height != 0 ||
      bytes / count / height != width) {
    fail("{}: announces {} images of {}x{}, and {} bytes follow; the file is damaged", images.path,
         count, height, width, bytes);
  }
  if (big_endian_32(labels.bytes, 4) != count ||
      labels.bytes.size() != labels_header + static_cast<std::size_t>(count)) {
    fail("{}: announces {} labels and has {}, expected {}, one for each image", labels.path,
         big_endian_32(labels.bytes, 4), labels.bytes.size() - labels_header, count);
  }
}

Content read_image(const Source& source, std::int64_t entry) {
  const EntryFile& images = source.files.front();
  std::vector<std::byte> header(images_header);
  images.read(0, header);
  std::vector<std::byte> pixels(static_cast<std::size_t>(image_bytes(header)));
  images.read(images_header + static_cast<std::size_t>(entry) * pixels.size(), pixels);
  Picture image = blank_image({big_endian_32(header, 8), big_endian_32(header, 12)}, 1);
  std::ranges::transform(pixels, image.pixels.begin(),
                         [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return image;
}

}  // namespace

Source open_idx(const DatasetOptions& options) {
  const std::string prefix = options.split == "train" ? "train" : "t10k";
  IdxFile images = read_idx(options.path / (prefix + "-images-idx3-ubyte"), 0x803, images_header);
  const IdxFile labels =
      read_idx(options.path / (prefix + "-labels-idx1-ubyte"), 0x801, labels_header);
  verify_sizes(images, labels);
  Source source{.read = read_image};
  for (std::size_t i = labels_header; i < labels.bytes.size(); ++i) {
    source.entries.push_back({fmt::format("{}:{}", images.path, i - labels_header),
                              std::to_integer<std::int64_t>(labels.bytes[i])});
  }
  source.files.emplace_back(std::move(images.bytes));
  return source;
}

}  // namespace vernier
