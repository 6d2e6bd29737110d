#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/base/enum_names.h"
#include "vernier/base/tensor.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// Position of a buffer in Plan::buffers.
enum class BufferId : std::int32_t {};

inline std::size_t index(BufferId id) { return static_cast<std::size_t>(id); }

/// How one element is stored; i16 holds integers of more than 8 bits.
enum class Element : std::uint8_t { u8, i16, f32 };
template <>
struct EnumNames<Element> {
  static constexpr std::array<std::string_view, 3> names = {"u8", "i16", "f32"};
};
std::int64_t byte_size(Element element);

/// Where the elements of a buffer are: in the engine's memory, in the plan's constants, or in what
/// the caller of `run` gave for an input or an output.
enum class Place : std::uint8_t { arena, constants, input, output };
template <>
struct EnumNames<Place> {
  static constexpr std::array<std::string_view, 4> names = {"arena", "constants", "input",
                                                            "output"};
};

/// A tensor, for one image where the network takes any batch. Element (i, j, ...) of `shape` is
/// stored at first + i * strides[0] + j * strides[1] + ...
struct Buffer {
  std::string name;  ///< of the value
  Element element = Element::u8;
  Place place = Place::arena;
  std::int64_t offset = 0;  ///< in bytes, a multiple of 64; of an input or output: its number
  std::int64_t size = 0;    ///< elements, with border and padding
  Shape shape;
  std::vector<std::int64_t> strides;
  std::int64_t first = 0;
  QuantParams params;  ///< of the integers q = stored + shift
  std::int32_t shift = 0;

  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("element", self.element);
    field("place", self.place);
    field("offset", self.offset);
    field("size", self.size);
    field("shape", self.shape);
    field("strides", self.strides);
    field("first", self.first);
    field("scale", self.params.scale);
    field("zero_point", self.params.zero_point);
    field("shift", self.shift);
  }
};

// ---- Fields of what loops/ defines.

void window_fields(auto& window, auto&& field) {
  field("fine", window.fine);
  field("coarse", window.coarse);
  field("kernel", window.kernel);
  field("strides", window.strides);
  field("dilations", window.dilations);
  field("pads", window.pads);
  field("end_pads", window.end_pads);
}

void view_fields(auto& view, auto&& field) {
  field("outer", view.outer);
  field("size", view.size);
  field("inner", view.inner);
}

}  // namespace vernier
