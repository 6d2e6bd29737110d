// Buffers: how tensors are laid out, and how they come from floats to integers and back.
//
// Images are NHWC. Channels are padded to a multiple of 16, whole vectors, except the few of a
// picture; what stands in the padding is read by no one, or meets weights of zero.

#include <algorithm>

#include "vernier/export/plan_builder.h"
#include "vernier/loops/axis_view.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

constexpr std::int64_t few_channels = 8;
constexpr std::int64_t channel_block = 16;

std::int64_t padded_channels(std::int64_t channels) {
  if (channels <= few_channels) return channels;
  return (channels + channel_block - 1) / channel_block * channel_block;
}

bool is_image(const Shape& shape) { return shape.size() == 3 || shape.size() == 4; }

// Strides, first and size for a shape of integers.
void lay_out(Buffer& buffer, const Border& border) {
  const Shape& shape = buffer.shape;
  if (!is_image(shape)) {
    buffer.strides = dense_strides(shape);
    buffer.size = element_count(shape);
    return;
  }
  const std::int64_t column = padded_channels(shape[1]);
  const std::int64_t row = column * (border.left + shape.back() + border.right);
  const std::int64_t rows = shape.size() == 4 ? shape[2] : 1;
  const std::int64_t image = row * (border.top + rows + border.bottom);
  buffer.strides = {image, 1};
  if (shape.size() == 4) buffer.strides.push_back(row);
  buffer.strides.push_back(column);
  buffer.first = border.top * row + border.left * column;
  buffer.size = image * shape[0];
}

BufferId add_buffer(PlanBuilder& builder, Buffer buffer) {
  builder.plan.buffers.push_back(std::move(buffer));
  return static_cast<BufferId>(builder.plan.buffers.size() - 1);
}

Buffer float_buffer(std::string name, const Shape& shape) {
  return {.name = std::move(name),
          .element = Element::f32,
          .size = element_count(shape),
          .shape = shape,
          .strides = dense_strides(shape)};
}

void fill_border(PlanBuilder& builder, BufferId id) {
  const Buffer& buffer = builder.buffer(id);
  FillBorder step{.x = image_of(builder, id),
                  .sizes = image_sizes(buffer.shape),
                  .value = stored_zero_point(buffer)};
  step.x.image = buffer.size / buffer.shape[0];
  builder.add(step);
}

void add_quantize(PlanBuilder& builder, BufferId x, BufferId y, const IntegerFormat& format) {
  const Buffer& target = builder.buffer(y);
  Loops loops = loops_over(
      target.shape, {operand_of(builder, x, target.shape), operand_of(builder, y, target.shape)});
  bring_planes_inside(loops);
  builder.add(
      QuantizeStep{.sizes = loops.sizes,
                   .x = loops.operands[0],
                   .y = loops.operands[1],
                   .range = {format.range.lo - target.shift, format.range.hi - target.shift},
                   .rounding = format.rounding,
                   .affine = format.from_float});
}

void add_dequantize(PlanBuilder& builder, BufferId x, BufferId y) {
  const Shape& shape = builder.buffer(x).shape;
  const Loops loops =
      loops_over(shape, {operand_of(builder, y, shape), operand_of(builder, x, shape)});
  builder.add(DequantizeStep{.sizes = loops.sizes, .x = loops.operands[1], .y = loops.operands[0]});
}

// Integers of a constant, stored as those of any other value.
BufferId constant_integers(PlanBuilder& builder, ValueId id) {
  const Value& value = builder.value(id);
  const IntegerFormat& format = builder.known_format(id);
  Buffer buffer = integer_buffer(value.name, value.shape, format);
  lay_out(buffer, {});
  buffer.place = Place::constants;
  const QuantSpec spec{.range = format.range, .rounding = format.rounding};
  const std::span<const float> reals = value.constant->view<float>();
  const std::vector<std::int64_t> dense = dense_strides(value.shape);
  std::vector<std::int16_t> stored_values(static_cast<std::size_t>(buffer.size));
  for (std::size_t i = 0; i < reals.size(); ++i) {
    std::int64_t position = buffer.first;
    for (std::size_t axis = 0; axis < dense.size(); ++axis) {
      position +=
          static_cast<std::int64_t>(i) / dense[axis] % value.shape[axis] * buffer.strides[axis];
    }
    stored_values[static_cast<std::size_t>(position)] =
        static_cast<std::int16_t>(quantize(reals[i], format.params, spec) - buffer.shift);
  }
  if (buffer.element == Element::u8) {
    const std::vector<std::uint8_t> bytes(stored_values.begin(), stored_values.end());
    buffer.offset = add_constants<std::uint8_t>(builder.plan, bytes);
  } else {
    buffer.offset = add_constants<std::int16_t>(builder.plan, stored_values);
  }
  return add_buffer(builder, std::move(buffer));
}

BufferId constant_floats(PlanBuilder& builder, ValueId id) {
  const Value& value = builder.value(id);
  if (value.dtype != DType::f32) {
    fail("node '{}': operand '{}' is {}; the engine computes on floats only", builder.node,
         value.name, name(value.dtype));
  }
  Buffer buffer = float_buffer(value.name, value.shape);
  buffer.place = Place::constants;
  buffer.offset = add_constants(builder.plan, value.constant->view<float>());
  return add_buffer(builder, std::move(buffer));
}

}  // namespace

Buffer integer_buffer(const std::string& name, const Shape& shape, const IntegerFormat& format) {
  const auto [lo, hi] = format.range;
  Buffer buffer{.name = name, .shape = shape, .params = format.params};
  if (format.range.steps() <= 255) {
    buffer.shift = lo >= 0 && hi <= 255 ? 0 : lo >= -128 && hi <= 127 ? -128 : lo;
  } else {
    buffer.element = Element::i16;
    buffer.shift = lo >= -32768 && hi <= 32767 ? 0 : 32768;
  }
  return buffer;
}

BufferId new_integer_buffer(PlanBuilder& builder, Buffer buffer, const Border& border) {
  lay_out(buffer, border);
  const bool bordered = border.top + border.left + border.bottom + border.right > 0;
  const BufferId id = add_buffer(builder, std::move(buffer));
  if (bordered) fill_border(builder, id);
  return id;
}

BufferId new_float_buffer(PlanBuilder& builder, std::string name, const Shape& shape) {
  return add_buffer(builder, float_buffer(std::move(name), shape));
}

BufferId new_integers(PlanBuilder& builder, ValueId id) {
  const Value& value = builder.value(id);
  const BufferId buffer =
      new_integer_buffer(builder, integer_buffer(value.name, value.shape, builder.known_format(id)),
                         builder.borders[index(id)]);
  builder.integers[index(id)] = buffer;
  return buffer;
}

BufferId new_floats(PlanBuilder& builder, ValueId id) {
  const Value& value = builder.value(id);
  if (value.dtype != DType::f32) {
    fail("node '{}': '{}' is {}; the engine computes on floats only", builder.node, value.name,
         name(value.dtype));
  }
  const BufferId buffer = new_float_buffer(builder, value.name, value.shape);
  builder.floats[index(id)] = buffer;
  return buffer;
}

BufferId new_sums(PlanBuilder& builder, ValueId id) {
  Buffer buffer = float_buffer(builder.value(id).name, builder.value(id).shape);
  lay_out(buffer, {});
  return add_buffer(builder, std::move(buffer));
}

void finish_floats(PlanBuilder& builder, ValueId id) {
  if (!builder.format(id)) return;
  const BufferId source = *builder.floats[index(id)];
  // From here on the floats are those that the integers stand for.
  builder.floats[index(id)].reset();
  const BufferId target = new_integers(builder, id);
  add_quantize(builder, source, target, builder.known_format(id));
}

BufferId integers_of(PlanBuilder& builder, ValueId id) {
  auto& known = builder.integers[index(id)];
  if (!known) known = constant_integers(builder, id);
  return *known;
}

BufferId floats_of(PlanBuilder& builder, ValueId id) {
  auto& known = builder.floats[index(id)];
  if (known) return *known;
  if (builder.format(id)) {
    const BufferId source = integers_of(builder, id);
    known = new_float_buffer(builder, builder.value(id).name, builder.value(id).shape);
    add_dequantize(builder, source, *known);
  } else {
    known = constant_floats(builder, id);
  }
  return *known;
}

OutputRange stored(const OutputRange& output, const Buffer& y) {
  return {.zero_point = output.zero_point - y.shift,
          .clamp = {output.clamp.lo - y.shift, output.clamp.hi - y.shift}};
}

std::int64_t add_constant_bytes(Plan& plan, std::span<const std::byte> bytes) {
  AlignedBytes& constants = plan.constants;
  constants.resize((constants.size() + byte_alignment - 1) / byte_alignment * byte_alignment);
  const std::size_t offset = constants.size();
  constants.insert(constants.end(), bytes.begin(), bytes.end());
  return static_cast<std::int64_t>(offset);
}

Image image_of(const PlanBuilder& builder, BufferId id) {
  const Buffer& buffer = builder.buffer(id);
  const std::vector<std::int64_t>& strides = buffer.strides;
  return {.buffer = id,
          .first = buffer.first,
          .image = strides[0],
          .row = strides.size() == 4 ? strides[2] : 0,
          .column = strides.size() > 2 ? strides.back() : 0,
          .channel = strides[1]};
}

ImageSizes image_sizes(const Shape& shape) {
  return {.images = shape[0],
          .rows = shape.size() == 4 ? shape[2] : 1,
          .columns = shape.size() > 2 ? shape.back() : 1,
          .channels = shape[1]};
}

}  // namespace vernier
