#include "vernier/base/bytes.h"

#include <algorithm>
#include <bit>

#include "vernier/base/hash.h"

namespace vernier {

static_assert(std::endian::native == std::endian::little, "the binary formats are little-endian");

namespace {

// "VPLN"; bytes that are no letters are \x93.
std::string quoted(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte each : bytes) {
    const auto code = std::to_integer<int>(each);
    const bool readable = code > ' ' && code < 127;
    text += readable ? std::string(1, static_cast<char>(code)) : fmt::format("\\x{:02x}", code);
  }
  return fmt::format("\"{}\"", text);
}

}  // namespace

std::string ByteReader::text() {
  const std::vector<char> characters = numbers<char>();
  return {characters.begin(), characters.end()};
}

std::span<const std::byte> ByteReader::raw(std::size_t count) {
  if (count > remaining()) damaged(fmt::format("{} bytes expected, {} left", count, remaining()));
  const auto result = bytes_.subspan(position_, count);
  position_ += count;
  return result;
}

void ByteReader::align(std::size_t alignment) {
  const std::size_t target = (position_ + alignment - 1) / alignment * alignment;
  raw(target - position_);
}

void ByteReader::damaged(std::string_view why) const {
  fail("{}: damaged at byte {}: {}; make the file again", what_, position_, why);
}

std::vector<std::byte> frame(std::uint32_t magic, std::uint32_t version,
                             std::span<const std::byte> payload) {
  ByteWriter writer;
  writer.number(magic);
  writer.number(version);
  writer.number(static_cast<std::uint64_t>(payload.size()));
  writer.raw(payload);
  writer.number(crc32(payload));
  return writer.bytes();
}

std::span<const std::byte> unframe(std::uint32_t magic, std::uint32_t version,
                                   std::span<const std::byte> bytes, const std::string& what) {
  ByteReader reader(bytes, what);
  if (bytes.size() < 4 || reader.number<std::uint32_t>() != magic) {
    fail("{}: begins with {}, a file of this kind with {}; look whether the path is the one meant",
         what, quoted(bytes.first(std::min<std::size_t>(bytes.size(), 4))),
         quoted(std::as_bytes(std::span(&magic, 1))));
  }
  const auto found = reader.number<std::uint32_t>();
  if (found != version) {
    fail("{}: format version {}, this program reads version {}; make the file again", what, found,
         version);
  }
  const auto length = reader.number<std::uint64_t>();
  if (length > reader.remaining() || reader.remaining() - length != sizeof(std::uint32_t)) {
    reader.damaged(fmt::format("{} bytes announced, {} left", length, reader.remaining()));
  }
  const auto payload = reader.raw(static_cast<std::size_t>(length));
  if (reader.number<std::uint32_t>() != crc32(payload))
    reader.damaged("the checksum does not match");
  return payload;
}

}  // namespace vernier
