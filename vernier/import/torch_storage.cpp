#include "vernier/import/torch_storage.h"

#include <array>
#include <cstring>
#include <limits>

#include "vernier/base/error.h"
#include "vernier/import/half.h"

namespace vernier {
namespace {

// Calls `row(first)` with the place of the first element of each row (last axis), in order.
template <typename Row>
void for_each_row(const StridedView& view, Row row) {
  const std::size_t outer_axes = view.sizes.empty() ? 0 : view.sizes.size() - 1;
  Shape position(outer_axes, 0);
  std::int64_t place = view.offset;
  while (true) {
    row(place);
    std::size_t axis = outer_axes;
    while (axis > 0 && ++position[axis - 1] == view.sizes[axis - 1]) {
      place -= (view.sizes[axis - 1] - 1) * view.strides[axis - 1];
      position[axis - 1] = 0;
      --axis;
    }
    if (axis == 0) return;
    place += view.strides[axis - 1];
  }
}

template <typename Stored, auto Convert>
void copy(const StridedView& view, Tensor& dense) {
  using Kept = decltype(Convert(Stored{}));
  auto* out = dense.edit<Kept>().data();
  const std::int64_t row_size = view.sizes.empty() ? 1 : view.sizes.back();
  const std::int64_t stride = view.strides.empty() ? 1 : view.strides.back();
  for_each_row(view, [&](std::int64_t first) {
    for (std::int64_t i = 0; i < row_size; ++i) {
      Stored element;  // unaligned in the file
      std::memcpy(&element,
                  &view.storage[static_cast<std::size_t>(first + i * stride) * sizeof(Stored)],
                  sizeof(Stored));
      *out++ = Convert(element);
    }
  });
}

template <typename T>
T same(T value) {
  return value;
}

float float_from_double(double value) { return static_cast<float>(value); }

std::uint8_t truth(std::uint8_t value) { return value != 0 ? 1 : 0; }

constexpr std::array table = {
    TorchStorage{"torch.FloatStorage", 4, DType::f32, copy<float, same<float>>},
    TorchStorage{"torch.DoubleStorage", 8, DType::f32, copy<double, float_from_double>},
    TorchStorage{"torch.HalfStorage", 2, DType::f32, copy<std::uint16_t, float_from_half>},
    TorchStorage{"torch.BFloat16Storage", 2, DType::f32, copy<std::uint16_t, float_from_bfloat16>},
    TorchStorage{"torch.LongStorage", 8, DType::i64, copy<std::int64_t, same<std::int64_t>>},
    TorchStorage{"torch.IntStorage", 4, DType::i32, copy<std::int32_t, same<std::int32_t>>},
    TorchStorage{"torch.ShortStorage", 2, DType::i16, copy<std::int16_t, same<std::int16_t>>},
    TorchStorage{"torch.CharStorage", 1, DType::i8, copy<std::int8_t, same<std::int8_t>>},
    TorchStorage{"torch.ByteStorage", 1, DType::u8, copy<std::uint8_t, same<std::uint8_t>>},
    TorchStorage{"torch.BoolStorage", 1, DType::u8, copy<std::uint8_t, truth>},
};

// Sizes are positive here.
void check_reach(const TorchStorage& type, const StridedView& view) {
  const auto held = static_cast<std::int64_t>(view.storage.size()) / type.element_bytes;
  std::int64_t room = held - 1 - view.offset;  // elements behind the one that is reached so far
  bool inside = view.offset >= 0 && room >= 0;
  for (std::size_t axis = 0; inside && axis < view.sizes.size(); ++axis) {
    const std::int64_t steps = view.sizes[axis] - 1;
    const std::int64_t stride = view.strides[axis];
    inside = stride >= 0 && (stride == 0 || steps <= room / stride);
    if (inside) room -= steps * stride;
  }
  if (!inside) {
    fail("offset {}, sizes {} and strides {} leave its storage of {} elements", view.offset,
         to_string(view.sizes), to_string(view.strides), held);
  }
}

}  // namespace

std::span<const TorchStorage> torch_storages() { return table; }

std::int64_t checked_element_count(const TorchStorage& type, const StridedView& view) {
  if (view.sizes.size() != view.strides.size()) {
    fail("{} sizes but {} strides", view.sizes.size(), view.strides.size());
  }
  std::int64_t count = 1;
  for (const std::int64_t size : view.sizes) {
    if (size < 0) fail("a size of {}", size);
    if (size > 0 && count > std::numeric_limits<std::int64_t>::max() / size) {
      fail("{} is more than any tensor holds", to_string(view.sizes));
    }
    count *= size;
  }
  if (count > 0) check_reach(type, view);
  return count;
}

Tensor dense(const TorchStorage& type, const StridedView& view) {
  Tensor result(type.dtype, view.sizes);
  if (result.size() > 0) type.copy(view, result);
  return result;
}

}  // namespace vernier
