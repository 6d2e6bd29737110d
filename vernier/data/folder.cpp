#include "vernier/data/folder.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "vernier/base/error.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

template <typename Keep>
std::vector<fs::path> sorted_entries(const fs::path& folder, Keep keep) {
  std::error_code code;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    if (!it->path().filename().string().starts_with('.') && keep(*it)) paths.push_back(it->path());
  }
  if (code) fail("{}: cannot read the folder: {}", folder.string(), code.message());
  std::ranges::sort(paths);
  return paths;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::error_code ignored;
  return sorted_entries(folder, [&](const auto& entry) { return entry.is_directory(ignored); });
}

std::vector<fs::path> files_in(const fs::path& folder,
                               std::span<const std::string_view> extensions) {
  std::error_code ignored;
  return sorted_entries(folder, [&](const auto& entry) {
    const std::string extension = lower_case(entry.path().extension().string());
    return entry.is_regular_file(ignored) && std::ranges::count(extensions, extension) > 0;
  });
}

std::vector<Entry> listed_files(const fs::path& folder, const fs::path& list) {
  std::error_code ignored;
  std::vector<Entry> entries = read_list(fs::exists(folder / list, ignored) ? folder / list : list);
  for (Entry& entry : entries) {
    const fs::path path = folder / entry.name;
    if (!fs::exists(path, ignored)) {
      fail("{}: does not exist, but {} names it; its paths are relative to {}", path.string(),
           list.string(), folder.string());
    }
    entry.name = path.string();
  }
  return entries;
}

}  // namespace vernier
