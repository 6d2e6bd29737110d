#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vernier {

/// A file inside of a zip archive.
struct ZipEntry {
  std::string name;
  bool deflated = false;
  std::uint32_t checksum = 0;       ///< CRC-32 of the content
  std::int64_t size = 0;            ///< bytes of the content
  std::span<const std::byte> data;  ///< the bytes in the archive: the content, or deflated
};

/// The entries of an archive that is held in memory (PKWARE's APPNOTE, section 4.3; no encryption,
/// no zip64, methods 0 and 8), in the order of its directory. They point into `archive`.
std::vector<ZipEntry> zip_entries(std::span<const std::byte> archive);

/// The content of a deflated entry, checked against size and checksum. It may be a thousand times
/// as large as its data: the caller decides whether to believe `size`.
std::vector<std::byte> inflated(const ZipEntry& entry);

/// The content of an entry that is not deflated, checked alike, in place.
std::span<const std::byte> stored(const ZipEntry& entry);

}  // namespace vernier
