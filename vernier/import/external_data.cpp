#include "vernier/import/external_data.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "vernier/base/error.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> entry_if_any(const onnx::TensorProto& proto, std::string_view key) {
  for (const auto& entry : proto.external_data()) {
    if (entry.key() == key) return entry.value();
  }
  return std::nullopt;
}

std::int64_t number(const onnx::TensorProto& proto, std::string_view key, std::int64_t otherwise) {
  const auto text = entry_if_any(proto, key);
  if (!text) return otherwise;
  std::int64_t value = -1;
  const char* end = text->data() + text->size();
  const auto [stop, code] = std::from_chars(text->data(), end, value);
  if (code != std::errc() || stop != end || value < 0) {
    fail("external data: '{}' is '{}', expected a number of bytes", key, *text);
  }
  return value;
}

fs::path data_path(const std::string& location, const fs::path& folder) {
  const fs::path relative = location;
  const bool is_plain = !location.empty() && location.find('\0') == std::string::npos &&
                        relative.is_relative() &&
                        std::ranges::find(relative, "..") == relative.end();
  if (!is_plain) {
    fail("external data: location '{}' is not a path beneath the model's folder", location);
  }
  std::error_code code;
  const fs::path root = fs::canonical(folder.empty() ? "." : folder);
  const fs::path target = fs::canonical(root / relative, code);
  if (code) fail("external data: '{}' is missing beside the model", location);
  const auto [root_end, unused] =
      std::mismatch(root.begin(), root.end(), target.begin(), target.end());
  if (root_end != root.end()) {
    fail("external data: '{}' is a link that leaves the model's folder", location);
  }
  if (!fs::is_regular_file(target)) fail("external data: '{}' is not a file", location);
  return target;
}

}  // namespace

std::vector<std::byte> read_external_data(const onnx::TensorProto& proto,
                                          const std::filesystem::path& folder, std::int64_t size) {
  const std::string location = entry_if_any(proto, "location").value_or("");
  const fs::path path = data_path(location, folder);
  const std::int64_t offset = number(proto, "offset", 0);
  const std::int64_t length = number(proto, "length", size);
  const auto available = static_cast<std::int64_t>(fs::file_size(path));
  if (length != size) {
    fail("external data: '{}' gives {} bytes, the shape needs {}", location, length, size);
  }
  if (offset > available || size > available - offset) {
    fail("external data: '{}' has {} bytes, the tensor needs {} from {}", location, available, size,
         offset);
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  std::ifstream file(path, std::ios::binary);
  file.seekg(offset);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  if (!file) fail("external data: '{}' cannot be read", location);
  return bytes;
}

}  // namespace vernier
