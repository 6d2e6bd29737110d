#include "vernier/data/gzip.h"

#include <algorithm>
#include <memory>

#include <zlib.h>

#include "vernier/base/error.h"

namespace vernier {

std::optional<std::filesystem::path> plain_or_gzip(const std::filesystem::path& path) {
  std::filesystem::path packed = path;
  packed += ".gz";
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return path;
  if (std::filesystem::exists(packed, ignored)) return packed;
  return std::nullopt;
}

std::vector<std::byte> read_unpacked(const std::filesystem::path& path) {
  constexpr std::size_t most = std::size_t{1} << 30U;
  constexpr unsigned chunk = 1U << 16U;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(::gzopen(path.c_str(), "rb"), ::gzclose);
  if (!file) fail("{}: cannot open", path.string());
  std::vector<std::byte> bytes;
  std::size_t size = 0;
  int read = 0;
  do {
    bytes.resize(size + chunk);
    read = ::gzread(file.get(), bytes.data() + size, chunk);
    size += static_cast<std::size_t>(std::max(read, 0));
  } while (read > 0 && size <= most);
  int code = Z_OK;
  const char* reason = ::gzerror(file.get(), &code);
  if (code != Z_OK) fail("{}: cannot read: {}", path.string(), reason);
  if (size > most) fail("{}: has more than {} bytes when unpacked", path.string(), most);
  bytes.resize(size);
  return bytes;
}

}  // namespace vernier
