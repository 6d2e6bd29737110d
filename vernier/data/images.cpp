// A folder of images: with a list file, its lines; else one folder per class, the classes numbered
// in the order of their names; else the images of the folder itself, without labels.

#include <array>

#include "vernier/base/error.h"
#include "vernier/data/dataset.h"
#include "vernier/data/folder.h"

namespace vernier {
namespace {

constexpr std::array<std::string_view, 8> extensions = {".jpg", ".jpeg", ".png", ".webp",
                                                        ".bmp", ".ppm",  ".pgm", ".pnm"};

Content read_image(const Source& source, std::int64_t entry) {
  return decode_image(source.entries[static_cast<std::size_t>(entry)].name);
}

std::vector<Entry> class_folders(std::span<const std::filesystem::path> folders) {
  std::vector<Entry> entries;
  for (std::size_t label = 0; label < folders.size(); ++label) {
    for (const auto& file : files_in(folders[label], extensions))
      entries.push_back({file.string(), static_cast<std::int64_t>(label)});
  }
  return entries;
}

std::vector<Entry> unlisted_images(const std::filesystem::path& folder) {
  std::vector<Entry> entries = class_folders(folders_in(folder));
  const std::vector<std::filesystem::path> loose = files_in(folder, extensions);
  if (!entries.empty() && !loose.empty()) {
    fail("{}: lies beside folders of images; expected a folder for each class, or a list",
         loose.front().string());
  }
  for (const auto& file : loose) entries.push_back({file.string(), std::nullopt});
  return entries;
}

}  // namespace

Source open_images(const DatasetOptions& options) {
  return {.entries = options.list.empty() ? unlisted_images(options.path)
                                          : listed_files(options.path, options.list),
          .read = read_image};
}

}  // namespace vernier
