#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "vernier/base/error.h"
#include "vernier/data/dataset.h"
#include "vernier/data/folder.h"
#include "vernier/data/gzip.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

std::string guess_kind(const fs::path& folder) {
  for (const char* file : {"data_batch_1.bin", "test_batch.bin"}) {
    if (plain_or_gzip(folder / file)) return "cifar10";
  }
  for (const char* file : {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte"}) {
    if (plain_or_gzip(folder / file)) return "idx";
  }
  constexpr std::array<std::string_view, 1> arrays = {".npy"};
  return files_in(folder, arrays).empty() ? "images" : "tensors";
}

// Other text may lie there too, the names of the classes or a licence: a list begins with a file.
bool is_list_of(const fs::path& folder, const fs::path& list) {
  std::ifstream text(list);
  std::string line;
  if (!std::getline(text, line)) return false;
  const std::string path = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  std::error_code ignored;
  return fs::is_regular_file(folder / path, ignored) ||
         fs::is_regular_file(folder / path.substr(0, path.find_last_of(" \t")), ignored);
}

fs::path guess_list(const fs::path& folder, std::string_view split) {
  constexpr std::array<std::string_view, 1> texts = {".txt"};
  std::vector<fs::path> lists = files_in(folder, texts);
  const fs::path named = fs::path(fs::absolute(folder).lexically_normal() / "").parent_path();
  lists.push_back(named.string() + ".txt");
  std::erase_if(lists, [&](const fs::path& list) { return !is_list_of(folder, list); });
  if (lists.empty()) return {};
  if (lists.size() == 1) return fs::absolute(lists.front());
  const bool train = split == "train";
  for (const fs::path& list : lists) {
    const fs::path name = list.filename();
    if (name == (train ? "calib.txt" : "val.txt") || name == (train ? "train.txt" : "test.txt"))
      return fs::absolute(list);
  }
  fail("{}: has several lists, {} and {}; name one", folder.string(), lists[0].string(),
       lists[1].string());
}

}  // namespace

DatasetOptions guess_dataset(const fs::path& path, std::string_view split) {
  DatasetOptions options;
  options.kind = guess_kind(path);
  options.path = path;
  if (options.kind == "cifar10" || options.kind == "idx") {
    options.split = split;
  } else {
    options.list = guess_list(path, split);
  }
  return options;
}

}  // namespace vernier
