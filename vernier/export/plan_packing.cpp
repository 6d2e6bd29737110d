#include "vernier/export/plan_packing.h"

#include <algorithm>

namespace vernier {
namespace {

constexpr std::int64_t quad = 4;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Of an element of the first channel, where 4 elements of 16 channels lie together.
std::size_t quad_place(std::int64_t element) {
  return static_cast<std::size_t>(element / quad * quad_weights + element % quad);
}

// One panel: [run][4 elements][16 channels][4 elements]. `first` is its first channel in its group.
// Zero for what stands between the taps of a run and behind the last.
template <typename T>
void append_panel(const Weights& weights, const Runs& runs, std::int64_t group, std::int64_t first,
                  std::vector<T>& packed) {
  const std::int64_t channels = std::min(panel_channels, weights.outputs - first);
  const std::int64_t output = group * weights.outputs + first;
  for (const std::int64_t tap : runs.taps) {
    const std::size_t begin = packed.size();
    packed.resize(begin + static_cast<std::size_t>(round_up(runs.length, quad) * panel_channels));
    for (std::int64_t element = 0; element < runs.length; ++element) {
      const std::int64_t passed = runs.length > weights.inputs ? element / runs.pixel : 0;
      const std::int64_t input = element - passed * runs.pixel;
      if (input >= weights.inputs) continue;
      T* place = &packed[begin + quad_place(element)];
      for (std::int64_t channel = 0; channel < channels; ++channel)
        place[channel * quad] = static_cast<T>(weights.at(output + channel, input, tap + passed));
    }
  }
}

// Two quads in the bytes of one.
void append_nibbles(std::span<const std::int8_t> panel, std::vector<std::uint8_t>& packed) {
  const auto pair = static_cast<std::size_t>(2 * quad_weights);
  for (std::size_t i = 0; i < panel.size(); ++i) {
    const auto bits = static_cast<std::uint8_t>(panel[i] & 15);
    if (i % pair < pair / 2) {
      packed.push_back(bits);
    } else {
      packed[packed.size() - pair / 2 + i % (pair / 2)] |= static_cast<std::uint8_t>(bits << 4);
    }
  }
}

// All parts, as T; append(part, packed) appends one.
template <typename T, typename Append>
std::int64_t pack_as(Plan& plan, std::int64_t parts, const Append& append) {
  std::vector<T> packed;
  for (std::int64_t part = 0; part < parts; ++part) append(part, packed);
  return add_constants<T>(plan, packed);
}

// A part begins with a whole byte.
template <typename Append>
std::int64_t pack_parts(Plan& plan, const Weights& weights, std::int64_t parts,
                        const Append& append) {
  switch (element_of(weights)) {
    case WeightElement::s4:
      return pack_as<std::uint8_t>(plan, parts, [&](std::int64_t part, auto& packed) {
        std::vector<std::int8_t> bytes;
        append(part, bytes);
        append_nibbles(bytes, packed);
      });
    case WeightElement::s8:
      return pack_as<std::int8_t>(plan, parts, append);
    case WeightElement::s16:
      break;
  }
  return pack_as<std::int16_t>(plan, parts, append);
}

// One panel: [column][4 rows][16 channels][4 rows].
template <typename T>
void append_depthwise_panel(const Weights& weights, const TapGrid& taps, std::int64_t first,
                            std::vector<T>& packed) {
  const std::int64_t channels = std::min(panel_channels, weights.groups - first);
  for (std::int64_t column = 0; column < taps.columns; ++column) {
    const std::size_t begin = packed.size();
    packed.resize(begin + static_cast<std::size_t>(round_up(taps.rows, quad) * panel_channels));
    for (std::int64_t row = 0; row < taps.rows; ++row) {
      T* place = &packed[begin + quad_place(row)];
      for (std::int64_t channel = 0; channel < channels; ++channel)
        place[channel * quad] =
            static_cast<T>(weights.at(first + channel, 0, row * taps.columns + column));
    }
  }
}

}  // namespace

Weights weights_of(const IntegerLinear& op) {
  const Shape& shape = op.weight.shape();
  Weights weights{.values = centred_weights(op),
                  .taps = op.weight.size() / shape[0] / shape[1],
                  .transposed = std::holds_alternative<ConvTranspose>(op.op)};
  if (const auto* conv = std::get_if<Conv>(&op.op)) weights.groups = conv->group;
  if (const auto* conv = std::get_if<ConvTranspose>(&op.op)) weights.groups = conv->group;
  weights.outputs = weights.transposed ? shape[1] : shape[0] / weights.groups;
  weights.inputs = weights.transposed ? shape[0] / weights.groups : shape[1];
  return weights;
}

WeightElement element_of(const Weights& weights) {
  if (weights.values.empty()) return WeightElement::s8;
  std::int32_t least = weights.values[0];
  std::int32_t most = least;
  for (const std::int32_t value : weights.values) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (least >= -8 && most <= 7) return WeightElement::s4;
  return least >= -128 && most <= 127 ? WeightElement::s8 : WeightElement::s16;
}

// Taps of one row lie side by side if nothing is skipped and hardly anything stands between them.
Runs runs_of(const Window& window, const Weights& weights, const Image& x) {
  const bool joined = weights.groups == 1 && window.dilations[2] == 1 && window.kernel[2] > 1 &&
                      x.column - weights.inputs < quad;
  Runs runs{.length = joined ? (window.kernel[2] - 1) * x.column + weights.inputs : weights.inputs,
            .pixel = x.column};
  for (std::int64_t row = 0; row < window.kernel[1]; ++row) {
    for (std::int64_t column = 0; column < (joined ? 1 : window.kernel[2]); ++column) {
      runs.offsets.push_back(row * window.dilations[1] * x.row +
                             column * window.dilations[2] * x.column);
      runs.taps.push_back(row * window.kernel[2] + column);
    }
  }
  return runs;
}

std::int64_t pack(Plan& plan, const Weights& weights, const Runs& runs) {
  const std::int64_t panels = panels_of(weights.outputs);
  return pack_parts(plan, weights, weights.groups * panels, [&](std::int64_t panel, auto& packed) {
    append_panel(weights, runs, panel / panels, panel % panels * panel_channels, packed);
  });
}

std::int64_t pack_depthwise(Plan& plan, const Weights& weights, const TapGrid& taps) {
  return pack_parts(plan, weights, 1, [&](std::int64_t /*part*/, auto& packed) {
    for (std::int64_t first = 0; first < weights.groups; first += panel_channels) {
      append_depthwise_panel(weights, taps, first, packed);
    }
  });
}

PackedOrder::PackedOrder(std::int64_t groups, std::int64_t group_channels)
    : groups_(groups),
      channels_(group_channels),
      places_(round_up(group_channels, panel_channels)) {}

}  // namespace vernier
