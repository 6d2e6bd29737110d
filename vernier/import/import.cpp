#include "vernier/import/import.h"

#include <array>
#include <string>
#include <string_view>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/import/onnx.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

struct Format {
  std::string_view ending;  // of the path
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
  const std::string ending = path.extension().string();
  std::string known;
  for (const Format& format : formats) {
    if (format.ending == ending) return format.read(path, options);
    known += fmt::format("{}{}", known.empty() ? "" : ", ", format.ending);
  }
  if (!std::filesystem::exists(path)) fail("{}: there is no such file", path.string());
  fail("{}: '{}' is no ending of a model file; known: {}", path.string(), ending, known);
}

}  // namespace vernier
