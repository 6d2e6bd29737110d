#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vernier {

/// One entry of a data set.
struct Entry {
  std::string name;                   ///< a path, or a file and a row in it
  std::optional<std::int64_t> label;  ///< the class, from 0
};

/// Reads a list file: one `path label` a line, all lines with a label or none; the path may hold
/// blanks if a label follows. Empty lines are skipped. A list without entries, a label that is
/// missing or no number from 0 is an Error with file and line.
std::vector<Entry> read_list(const std::filesystem::path& list);

}  // namespace vernier
