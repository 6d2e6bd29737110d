#include "vernier/base/files.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

void write_all(int descriptor, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("{}: cannot write: {}", path, std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

struct OpenFile {
  int descriptor;
  std::size_t size;
};

OpenFile open_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("{}: cannot open: {}", path.string(), std::strerror(errno));
  struct stat status = {};
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
    return {descriptor, static_cast<std::size_t>(status.st_size)};
  ::close(descriptor);
  fail("{}: is a folder or a device, expected a file", path.string());
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const RandomAccessFile file(path);
  std::vector<std::byte> bytes(file.size());
  file.read(0, bytes);
  return bytes;
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto [descriptor, size] = open_file(path);
  void* data = nullptr;
  if (size > 0) data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
  ::close(descriptor);
  if (data == MAP_FAILED) fail("{}: cannot be mapped into memory", path.string());
  if (data != nullptr) bytes_ = {static_cast<const std::byte*>(data), size};
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

RandomAccessFile::RandomAccessFile(const std::filesystem::path& path) : path_(path) {
  const auto [descriptor, size] = open_file(path);
  descriptor_ = descriptor;
  size_ = size;
}

RandomAccessFile::~RandomAccessFile() { ::close(descriptor_); }

void RandomAccessFile::read(std::size_t first, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(first));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("{}: cannot read: {}", path_.string(), std::strerror(errno));
    if (count == 0) fail("{}: ends at byte {}, expected more", path_.string(), first);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    first += static_cast<std::size_t>(count);
  }
}

std::string read_text(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const std::string temporary = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) fail("{}: cannot create: {}", path.string(), std::strerror(errno));
  try {
    write_all(descriptor, bytes, path.string());
    if (::fsync(descriptor) != 0) fail("{}: cannot flush: {}", path.string(), std::strerror(errno));
  } catch (...) {
    ::close(descriptor);
    ::unlink(temporary.c_str());
    throw;
  }
  ::close(descriptor);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    ::unlink(temporary.c_str());
    fail("{}: cannot replace: {}", path.string(), reason);
  }
}

void write_text(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

}  // namespace vernier
