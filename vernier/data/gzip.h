#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

namespace vernier {

/// `path`, or else `path` with ".gz" added, whichever exists.
std::optional<std::filesystem::path> plain_or_gzip(const std::filesystem::path& path);

/// The whole file, unpacked if it is a gzip file. One that is missing, damaged, cut off, or larger
/// than 1 GiB when unpacked is an Error with its path.
std::vector<std::byte> read_unpacked(const std::filesystem::path& path);

}  // namespace vernier
