#pragma once

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "vernier/data/label_list.h"

namespace vernier {

/// The folders directly in `folder`, without hidden ones, sorted by name. A folder that cannot be
/// read is an Error.
std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder);

/// The same for the files whose extension is one of `extensions` (".jpg"), in either case.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            std::span<const std::string_view> extensions);

/// The entries of the file `list`, their names made paths in `folder`. A relative `list` is looked
/// for in the folder, then as it is. A file that does not exist is an Error.
std::vector<Entry> listed_files(const std::filesystem::path& folder,
                                const std::filesystem::path& list);

}  // namespace vernier
