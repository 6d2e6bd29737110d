#include "vernier/import/onnx_tensor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/import/external_data.h"
#include "vernier/import/half.h"
#include "vernier/ir/shapes.h"

namespace vernier {
namespace {

using Bytes = std::span<const std::byte>;

float from_double(double value) { return static_cast<float>(value); }

Tensor copy(DType dtype, const Shape& shape, Bytes bytes) {
  Tensor tensor(dtype, shape);
  std::ranges::copy(bytes, tensor.edit_bytes().begin());
  return tensor;
}

template <DType dtype>
Tensor copy_as(const Shape& shape, Bytes bytes) {
  return copy(dtype, shape, bytes);
}

template <typename From, float (*convert)(From)>
Tensor to_f32(const Shape& shape, Bytes bytes) {
  Tensor tensor(DType::f32, shape);
  const std::span<float> elements = tensor.edit<float>();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    From element;
    std::memcpy(&element, bytes.data() + i * sizeof(From), sizeof(From));
    elements[i] = convert(element);
  }
  return tensor;
}

// Two elements a byte, the first in the low half.
template <typename To>
Tensor from_four_bits(const Shape& shape, Bytes bytes) {
  Tensor tensor(dtype_of<To>(), shape);
  const std::span<To> elements = tensor.edit<To>();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const int half = (std::to_integer<int>(bytes[i / 2]) >> (i % 2 * 4)) & 15;
    elements[i] = static_cast<To>(std::is_signed_v<To> && half > 7 ? half - 16 : half);
  }
  return tensor;
}

struct ElementType {
  std::int64_t onnx;  // TensorProto.DataType
  std::string_view name;
  DType dtype;
  std::int64_t bits;
  Tensor (*read)(const Shape& shape, Bytes bytes);
};

constexpr std::array element_types = {
    ElementType{1, "float", DType::f32, 32, copy_as<DType::f32>},
    ElementType{2, "uint8", DType::u8, 8, copy_as<DType::u8>},
    ElementType{3, "int8", DType::i8, 8, copy_as<DType::i8>},
    ElementType{4, "uint16", DType::u16, 16, copy_as<DType::u16>},
    ElementType{5, "int16", DType::i16, 16, copy_as<DType::i16>},
    ElementType{6, "int32", DType::i32, 32, copy_as<DType::i32>},
    ElementType{7, "int64", DType::i64, 64, copy_as<DType::i64>},
    ElementType{9, "bool", DType::u8, 8, copy_as<DType::u8>},
    ElementType{10, "float16", DType::f32, 16, to_f32<std::uint16_t, float_from_half>},
    ElementType{11, "double", DType::f32, 64, to_f32<double, from_double>},
    ElementType{16, "bfloat16", DType::f32, 16, to_f32<std::uint16_t, float_from_bfloat16>},
    ElementType{21, "uint4", DType::u8, 4, from_four_bits<std::uint8_t>},
    ElementType{22, "int4", DType::i8, 4, from_four_bits<std::int8_t>},
};

const ElementType& element_type(std::int64_t onnx_type) {
  const auto found = std::ranges::find(element_types, onnx_type, &ElementType::onnx);
  if (found != element_types.end()) return *found;
  std::string known;
  for (const ElementType& each : element_types) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
  }
  const std::string type = onnx::TensorProto::DataType_IsValid(static_cast<int>(onnx_type))
                               ? onnx::TensorProto::DataType_Name(static_cast<int>(onnx_type))
                               : fmt::format("number {}", onnx_type);
  fail("element type {} is not supported; supported: {}", type, known);
}

// The low `width` bytes of each entry, as raw_data would hold them.
template <typename Entries>
void append_entries(std::vector<std::byte>& bytes, const Entries& entries, std::int64_t width) {
  for (const auto& entry : entries) {
    const auto begin = reinterpret_cast<const std::byte*>(&entry);
    bytes.insert(bytes.end(), begin, begin + width);
  }
}

// Elements that stand in fields of their own type: whichever field is filled.
std::vector<std::byte> typed_bytes(const onnx::TensorProto& proto, const ElementType& type) {
  std::vector<std::byte> bytes;
  append_entries(bytes, proto.float_data(), 4);
  append_entries(bytes, proto.double_data(), 8);
  append_entries(bytes, proto.int64_data(), 8);
  append_entries(bytes, proto.int32_data(), std::clamp<std::int64_t>(type.bits / 8, 1, 4));
  return bytes;
}

}  // namespace

DType import_dtype(std::int64_t onnx_type) { return element_type(onnx_type).dtype; }

bool is_four_bit(std::int64_t onnx_type) { return element_type(onnx_type).bits == 4; }

Tensor import_tensor(const onnx::TensorProto& proto, const std::filesystem::path& folder) {
  const ElementType& type = element_type(proto.data_type());
  const Shape shape(proto.dims().begin(), proto.dims().end());
  check_shape(shape, "the tensor");
  const std::int64_t expected = (element_count(shape) * type.bits + 7) / 8;
  if (proto.has_segment()) fail("tensors in segments are not supported");

  std::vector<std::byte> bytes;
  Bytes data = std::as_bytes(std::span(proto.raw_data()));
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    data = bytes = read_external_data(proto, folder, expected);
  } else if (!proto.has_raw_data()) {
    data = bytes = typed_bytes(proto, type);
  }
  if (static_cast<std::int64_t>(data.size()) != expected) {
    fail("{} {} needs {} bytes, the file holds {}", type.name, to_string(shape), expected,
         data.size());
  }
  return type.read(shape, data);
}

}  // namespace vernier
