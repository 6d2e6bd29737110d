#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "vernier/base/error.h"

namespace vernier {

/// Appends numbers to a byte string, little-endian, without padding. For every binary format of
/// ours.
class ByteWriter {
 public:
  template <typename T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    raw(std::as_bytes(std::span(&value, 1)));
  }
  template <typename T>
  void numbers(std::span<const T> values) {
    number(static_cast<std::uint64_t>(values.size()));
    raw(std::as_bytes(values));
  }
  void text(std::string_view value) { numbers(std::span<const char>(value)); }
  void raw(std::span<const std::byte> bytes) {
    const std::size_t begin = bytes_.size();
    bytes_.resize(begin + bytes.size());
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  /// Zero bytes up to the next multiple of `alignment`.
  void align(std::size_t alignment) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
  }

  std::size_t size() const { return bytes_.size(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads what ByteWriter wrote. Any read past the end is an Error that begins with `what`,
/// and a damaged length never allocates more than the bytes that are there.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string what)
      : bytes_(bytes), what_(std::move(what)) {}

  template <typename T>
  T number() {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    T value;
    std::memcpy(&value, raw(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <typename T>
  std::vector<T> numbers() {
    const auto count = number<std::uint64_t>();
    if (count > remaining() / sizeof(T))
      damaged(fmt::format("{} elements announced, {} bytes left", count, remaining()));
    std::vector<T> values(static_cast<std::size_t>(count));
    if (count > 0)
      std::memcpy(values.data(), raw(values.size() * sizeof(T)).data(), values.size() * sizeof(T));
    return values;
  }
  std::string text();
  std::span<const std::byte> raw(std::size_t count);
  void align(std::size_t alignment);

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  [[noreturn]] void damaged(std::string_view why) const;

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  std::string what_;
};

/// Wraps a payload as `magic version length payload crc32`, the frame of every binary file of ours.
std::vector<std::byte> frame(std::uint32_t magic, std::uint32_t version,
                             std::span<const std::byte> payload);

/// Opens a frame: checks magic, version, length and checksum, and returns the payload.
/// `what` begins the Error: "runs/a/stats.bin".
std::span<const std::byte> unframe(std::uint32_t magic, std::uint32_t version,
                                   std::span<const std::byte> bytes, const std::string& what);

}  // namespace vernier
