#include "vernier/data/entry_file.h"

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/data/gzip.h"

namespace vernier {

EntryFile::EntryFile(const std::filesystem::path& path) {
  if (path.extension() == ".gz") {
    unpacked_ = std::make_shared<const std::vector<std::byte>>(read_unpacked(path));
  } else {
    file_ = std::make_shared<const RandomAccessFile>(path);
  }
}

EntryFile::EntryFile(std::vector<std::byte> bytes)
    : unpacked_(std::make_shared<const std::vector<std::byte>>(std::move(bytes))) {}

std::size_t EntryFile::size() const { return file_ ? file_->size() : unpacked_->size(); }

void EntryFile::read(std::size_t first, std::span<std::byte> bytes) const {
  if (file_) return file_->read(first, bytes);
  VERNIER_CHECK(first + bytes.size() <= unpacked_->size());
  std::ranges::copy(std::span(*unpacked_).subspan(first, bytes.size()), bytes.begin());
}

}  // namespace vernier
