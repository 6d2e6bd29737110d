#include "vernier/data/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/base/files.h"

namespace vernier {
namespace {

struct NpyType {
  std::string_view name;
  DType dtype;
};

constexpr std::array types = {NpyType{"<f4", DType::f32}, NpyType{"<f8", DType::f64},
                              NpyType{"<i8", DType::i64}, NpyType{"<i4", DType::i32},
                              NpyType{"<i2", DType::i16}, NpyType{"<u2", DType::u16},
                              NpyType{"|i1", DType::i8},  NpyType{"|u1", DType::u8}};

std::string_view read_header(ByteReader& reader) {
  constexpr std::string_view magic = "\x93NUMPY";
  if (std::memcmp(reader.raw(magic.size()).data(), magic.data(), magic.size()) != 0)
    reader.damaged("expected the first bytes of a .npy file");
  const auto major = reader.number<std::uint8_t>();
  reader.number<std::uint8_t>();
  if (major < 1 || major > 3) reader.damaged(fmt::format("version {}, expected 1 to 3", major));
  const std::size_t size =
      major == 1 ? reader.number<std::uint16_t>() : reader.number<std::uint32_t>();
  const std::span<const std::byte> header = reader.raw(size);
  return {reinterpret_cast<const char*>(header.data()), header.size()};
}

// What follows `'key':` in the header, a Python dictionary that NumPy writes in one form only.
std::string_view value_of(std::string_view key, std::string_view header, const std::string& file) {
  const std::string quoted = fmt::format("'{}': ", key);
  const std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) fail("{}: the .npy header has no '{}'", file, key);
  return header.substr(at + quoted.size());
}

DType parse_dtype(std::string_view text, const std::string& file) {
  const auto* const found = std::ranges::find_if(
      types, [&](const NpyType& type) { return text.starts_with(fmt::format("'{}'", type.name)); });
  if (found == types.end()) {
    fail("{}: has elements of type {}, expected f4 f8 i8 i4 i2 u2 i1 or u1, little-endian", file,
         text.substr(0, text.find(',')));
  }
  return found->dtype;
}

// "(3, 224, 224)", "(3,)" or "()".
Shape parse_shape(std::string_view text, const std::string& file) {
  const std::size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos)
    fail("{}: the .npy header has no shape in parentheses", file);
  const char* const last = text.data() + close;
  Shape shape;
  for (const char* at = text.data() + 1; at < last;) {
    std::int64_t size = 0;
    const auto [end, code] = std::from_chars(at, last, size);
    if (code != std::errc() || size < 1)
      fail("{}: has the shape {}, expected numbers from 1", file, text.substr(0, close + 1));
    shape.push_back(size);
    at = std::find_if_not(end, last, [](char c) { return c == ',' || c == ' '; });
  }
  return shape;
}

// Compares by division: a damaged shape may have a product beyond 64 bits.
bool fills(const Shape& shape, DType dtype, std::size_t bytes) {
  auto elements = static_cast<std::int64_t>(bytes) / byte_size(dtype);
  if (elements * byte_size(dtype) != static_cast<std::int64_t>(bytes)) return false;
  for (const std::int64_t size : shape) {
    if (elements % size != 0) return false;
    elements /= size;
  }
  return elements == 1;
}

}  // namespace

Tensor read_npy(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  ByteReader reader(bytes, path.string());
  const std::string file = path.string();
  const std::string_view header = read_header(reader);
  if (!value_of("fortran_order", header, file).starts_with("False"))
    fail("{}: is in Fortran order, expected C order; save numpy.ascontiguousarray(x)", file);
  const DType dtype = parse_dtype(value_of("descr", header, file), file);
  const Shape shape = parse_shape(value_of("shape", header, file), file);
  if (!fills(shape, dtype, reader.remaining())) {
    fail("{}: {} bytes follow the header, expected {} of {}", file, reader.remaining(),
         to_string(shape), name(dtype));
  }
  Tensor tensor(dtype, shape);
  std::ranges::copy(reader.raw(reader.remaining()), tensor.edit_bytes().begin());
  return tensor;
}

NpyWriter::NpyWriter(const std::filesystem::path& path, const Shape& shape, DType dtype)
    : path_(path.string()),
      file_(path, std::ios::binary),
      missing_(element_count(shape) * byte_size(dtype)) {
  const auto* const type = std::ranges::find(types, dtype, &NpyType::dtype);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", type->name,
                  fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  constexpr std::size_t before = 10;  // magic, version, size
  header.resize((before + header.size() + 1 + 63) / 64 * 64 - before - 1, ' ');
  header += '\n';
  ByteWriter bytes;
  constexpr std::string_view magic("\x93NUMPY\x01\x00", 8);
  bytes.raw(std::as_bytes(std::span(magic)));
  bytes.number(static_cast<std::uint16_t>(header.size()));
  bytes.raw(std::as_bytes(std::span(header)));
  file_.write(reinterpret_cast<const char*>(bytes.bytes().data()),
              static_cast<std::streamsize>(bytes.bytes().size()));
}

void NpyWriter::add(std::span<const std::byte> elements) {
  file_.write(reinterpret_cast<const char*>(elements.data()),
              static_cast<std::streamsize>(elements.size()));
  missing_ -= static_cast<std::int64_t>(elements.size());
}

void NpyWriter::close() {
  file_.close();
  if (!file_) fail("{}: cannot be written; is the disk full?", path_);
  if (missing_ != 0) fail("{}: {} bytes are missing behind what was written", path_, missing_);
}

}  // namespace vernier
