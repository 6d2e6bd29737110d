// Zip archives, as far as PyTorch writes them. The directory at the end of the archive counts; the
// headers in front of the entries only say where their data begin.

#include "vernier/import/zip_archive.h"

#include <algorithm>

#include <zlib.h>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/base/hash.h"

namespace vernier {
namespace {

constexpr std::uint32_t local_header = 0x04034b50;
constexpr std::uint32_t directory_header = 0x02014b50;
constexpr std::uint32_t end_of_directory = 0x06054b50;
constexpr std::uint32_t no_size = 0xFFFFFFFF;  // the number stands in a zip64 record
constexpr std::size_t end_size = 22;
constexpr std::size_t longest_comment = 65535;

ByteReader reader_at(std::span<const std::byte> archive, std::size_t offset) {
  ByteReader reader(archive, "zip archive");
  reader.raw(offset);
  return reader;
}

void expect_signature(ByteReader& reader, std::uint32_t signature) {
  if (reader.number<std::uint32_t>() != signature) reader.damaged("a header expected");
}

// The end record, which a comment of any length may follow.
ByteReader find_end(std::span<const std::byte> archive) {
  const auto tail = archive.last(std::min(archive.size(), end_size + longest_comment));
  const auto found = std::ranges::find_end(tail, std::as_bytes(std::span(&end_of_directory, 1)));
  if (found.empty()) {
    fail("the end of the zip archive is missing: the file is cut off; fetch it again");
  }
  return {archive.last(static_cast<std::size_t>(archive.end() - found.begin())), "zip archive"};
}

std::span<const std::byte> data_of(std::span<const std::byte> archive, std::size_t header,
                                   std::size_t size) {
  ByteReader reader = reader_at(archive, header);
  expect_signature(reader, local_header);
  reader.raw(22);  // version to sizes: what the directory says, too
  const auto name_size = reader.number<std::uint16_t>();
  const auto extra_size = reader.number<std::uint16_t>();
  reader.raw(std::size_t{name_size} + extra_size);
  return reader.raw(size);
}

ZipEntry read_entry(std::span<const std::byte> archive, ByteReader& directory) {
  expect_signature(directory, directory_header);
  directory.raw(4);  // versions
  const auto flags = directory.number<std::uint16_t>();
  const auto method = directory.number<std::uint16_t>();
  directory.raw(4);  // time, date
  const auto checksum = directory.number<std::uint32_t>();
  const auto data_size = directory.number<std::uint32_t>();
  const auto size = directory.number<std::uint32_t>();
  const auto name_size = directory.number<std::uint16_t>();
  const auto extra_size = directory.number<std::uint16_t>();
  const auto comment_size = directory.number<std::uint16_t>();
  directory.raw(8);  // disk, attributes
  const auto header = directory.number<std::uint32_t>();
  const auto name = directory.raw(name_size);
  directory.raw(std::size_t{extra_size} + comment_size);

  ZipEntry entry = {.name = {reinterpret_cast<const char*>(name.data()), name.size()},
                    .deflated = method == Z_DEFLATED,
                    .checksum = checksum,
                    .size = size};
  if (size == no_size || data_size == no_size) fail("zip entry '{}' needs zip64", entry.name);
  if ((flags & 1U) != 0) fail("zip entry '{}' is encrypted", entry.name);
  if (method != 0 && method != Z_DEFLATED) {
    fail("zip entry '{}' uses compression method {}; stored (0) and deflated (8) are read",
         entry.name, method);
  }
  entry.data = data_of(archive, header, data_size);
  return entry;
}

void check(const ZipEntry& entry, std::span<const std::byte> content) {
  if (static_cast<std::int64_t>(content.size()) != entry.size) {
    fail("zip entry '{}' is damaged: {} bytes, {} announced; fetch the file again", entry.name,
         content.size(), entry.size);
  }
  if (crc32(content) != entry.checksum) {
    fail("zip entry '{}' is damaged: the checksum does not match; fetch the file again",
         entry.name);
  }
}

}  // namespace

std::vector<ZipEntry> zip_entries(std::span<const std::byte> archive) {
  ByteReader end = find_end(archive);
  end.raw(10);  // signature, disks
  const auto count = end.number<std::uint16_t>();
  end.raw(4);  // size of the directory
  const auto offset = end.number<std::uint32_t>();
  end.raw(end.number<std::uint16_t>());  // comment
  if (count == 0xFFFF || offset == no_size) {
    fail("the zip archive needs zip64; archives of up to 4 GiB and 65,534 entries are read");
  }
  ByteReader directory = reader_at(archive, offset);
  std::vector<ZipEntry> entries;
  entries.reserve(count);
  for (int i = 0; i < count; ++i) entries.push_back(read_entry(archive, directory));
  return entries;
}

std::span<const std::byte> stored(const ZipEntry& entry) {
  VERNIER_CHECK(!entry.deflated);
  check(entry, entry.data);
  return entry.data;
}

std::vector<std::byte> inflated(const ZipEntry& entry) {
  VERNIER_CHECK(entry.deflated);
  // One byte more: zlib refuses a null pointer, and a content that is too long shows.
  std::vector<std::byte> content(static_cast<std::size_t>(entry.size) + 1);
  z_stream stream = {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(entry.data.data()));
  stream.avail_in = static_cast<uInt>(entry.data.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail("zlib does not start");  // raw, no header
  const int result = inflate(&stream, Z_FINISH);
  content.resize(stream.total_out);
  inflateEnd(&stream);
  if (result != Z_STREAM_END) {
    fail("zip entry '{}' is damaged: it does not inflate; fetch the file again", entry.name);
  }
  check(entry, content);
  return content;
}

}  // namespace vernier
