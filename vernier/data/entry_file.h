#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "vernier/base/files.h"

namespace vernier {

/// A file that holds many entries: on the disk, so that only what is asked for takes memory, or
/// unpacked in memory. Cheap to copy; may be read by several threads at once.
class EntryFile {
 public:
  /// Unpacked if it ends with .gz. Errors are those of read_unpacked() and RandomAccessFile.
  explicit EntryFile(const std::filesystem::path& path);
  explicit EntryFile(std::vector<std::byte> bytes);

  std::size_t size() const;
  /// Fills `bytes` from `first` on.
  void read(std::size_t first, std::span<std::byte> bytes) const;

 private:
  std::shared_ptr<const RandomAccessFile> file_;
  std::shared_ptr<const std::vector<std::byte>> unpacked_;
};

}  // namespace vernier
