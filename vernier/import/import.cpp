#include "vernier/import/import.h"

#include <array>
#include <span>
#include <string_view>

#include "vernier/base/files.h"
#include "vernier/base/table.h"
#include "vernier/import/onnx.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

struct Format {
  std::string_view name;  // the ending of the path
  Graph (*read)(const std::filesystem::path& path, const ImportOptions& options);
};

Graph import_text(const std::filesystem::path& path, const ImportOptions& options) {
  if (!options.shapes.empty()) {
    fail("{}: a graph in text form has its shapes; edit them there", path.string());
  }
  return from_text(read_text(path), path.string());
}

constexpr std::array formats = {
    Format{".onnx", import_onnx},
    Format{".txt", import_text},
};

}  // namespace

Graph import_model(const std::filesystem::path& path, const ImportOptions& options) {
  for (const Format& format : formats) {
    if (format.name == path.extension().string()) return format.read(path, options);
  }
  fail("{}: '{}' is no ending of a model file; known: .onnx, .txt", path.string(),
       path.extension().string());
}

}  // namespace vernier
