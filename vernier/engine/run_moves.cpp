// Steps that move elements of any type, or fill what lies between them.

#include <algorithm>

#include "vernier/engine/run_step.h"
#include "vernier/engine/share.h"

namespace vernier {
namespace {

// Everything under one index of the loops before `axis`. A null x has no source.
template <typename T>
void rearrange(const Rearrange& step, std::size_t axis, const T* x, T* y) {
  if (axis == step.x_offsets.size()) {
    if (x == nullptr) {
      std::fill_n(y, step.block, static_cast<T>(step.fill));
    } else {
      std::copy_n(x, step.block, y);
    }
    return;
  }
  for (std::size_t i = 0; i < step.x_offsets[axis].size(); ++i) {
    const std::int64_t offset = step.x_offsets[axis][i];
    rearrange(step, axis + 1, x == nullptr || offset < 0 ? nullptr : x + offset,
              y + step.y_offsets[axis][i]);
  }
}

template <typename T>
void rearrange(const Rearrange& step, const StepContext& context) {
  rearrange(step, 0, reinterpret_cast<const T*>(context.read(step.x, step.x_first)),
            reinterpret_cast<T*>(context.write(step.y, step.y_first)));
}

// Calls fill(begin, end) for what lies between a row and the one before, and around all rows.
template <typename Fill>
void fill_gaps(const FillBorder& step, std::int64_t first_row, std::int64_t end_row,
               const Fill& fill) {
  const std::int64_t width = step.sizes.columns * step.x.column;
  for (std::int64_t image = 0; image < step.sizes.images * step.x.image; image += step.x.image) {
    for (std::int64_t row = first_row; row < end_row; ++row) {
      const std::int64_t begin = image + step.x.first + row * step.x.row;
      fill(row == 0 ? image : begin - step.x.row + width, begin);
    }
    if (first_row < end_row && end_row == step.sizes.rows) {
      fill(image + step.x.first + (end_row - 1) * step.x.row + width, image + step.x.image);
    }
  }
}

template <typename T>
void fill_border(const FillBorder& step, const TeamMember& member, T* buffer) {
  const auto value = static_cast<T>(step.value);
  const auto [by_row, parts] = image_share_of(member, step);
  if (by_row) {
    fill_gaps(step, parts.first, parts.end, [&](std::int64_t from, std::int64_t to) {
      std::fill(buffer + from, buffer + to, value);
    });
    return;
  }
  if (parts.first == parts.end) return;
  const Share channels = channels_of(parts, step.sizes.channels);
  fill_gaps(step, 0, step.sizes.rows, [&](std::int64_t from, std::int64_t to) {
    for (; from < to; from += step.x.column) {
      std::fill(buffer + from + channels.first, buffer + from + channels.end, value);
    }
  });
}

}  // namespace

void run_one(const Rearrange& step, const StepContext& context) {
  switch (context.element(step.x)) {
    case Element::u8:
      return rearrange<std::uint8_t>(step, context);
    case Element::i16:
      return rearrange<std::uint16_t>(step, context);
    case Element::f32:
      return rearrange<std::uint32_t>(step, context);
  }
}

void run_share(const FillBorder& step, const StepContext& context) {
  std::byte* buffer = context.write(step.x.buffer);
  if (context.element(step.x.buffer) == Element::u8) {
    fill_border(step, context.member, reinterpret_cast<std::uint8_t*>(buffer));
  } else {
    fill_border(step, context.member, reinterpret_cast<std::int16_t*>(buffer));
  }
}

}  // namespace vernier
