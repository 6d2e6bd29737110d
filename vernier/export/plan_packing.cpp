#include "vernier/export/plan_packing.h"

#include <algorithm>

namespace vernier {
namespace {

constexpr std::int64_t quad = 4;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Weight of one element of a run; zero for what stands between its taps and behind the last.
std::int32_t weight_in_run(const Weights& weights, const Runs& runs, std::int64_t output,
                           std::size_t run, std::int64_t element) {
  if (element >= runs.length) return 0;
  const std::int64_t passed = runs.length > weights.inputs ? element / runs.pixel : 0;
  const std::int64_t input = element - passed * runs.pixel;
  return input < weights.inputs ? weights.at(output, input, runs.taps[run] + passed) : 0;
}

// One panel: [run][4 elements][16 channels][4 elements]. `first` is its first channel in its group.
template <typename T>
void append_panel(const Weights& weights, const Runs& runs, std::int64_t group, std::int64_t first,
                  std::vector<T>& packed) {
  constexpr std::int64_t block = panel_channels * quad;
  for (std::size_t run = 0; run < runs.offsets.size(); ++run) {
    for (std::int64_t i = 0; i < round_up(runs.length, quad) * panel_channels; ++i) {
      const std::int64_t channel = first + i % block / quad;
      const std::int64_t element = i / block * quad + i % quad;
      const std::int64_t output = group * weights.outputs + channel;
      packed.push_back(channel < weights.outputs
                           ? static_cast<T>(weight_in_run(weights, runs, output, run, element))
                           : T{0});
    }
  }
}

template <typename T>
std::int64_t pack_as(Plan& plan, const Weights& weights, const Runs& runs) {
  std::vector<T> packed;
  for (std::int64_t group = 0; group < weights.groups; ++group) {
    for (std::int64_t first = 0; first < weights.outputs; first += panel_channels) {
      append_panel(weights, runs, group, first, packed);
    }
  }
  return add_constants<T>(plan, packed);
}

// One panel: [column][4 rows][16 channels][4 rows].
template <typename T>
void append_depthwise_panel(const Weights& weights, const TapGrid& taps, std::int64_t first,
                            std::vector<T>& packed) {
  constexpr std::int64_t block = panel_channels * quad;
  const std::int64_t rows = round_up(taps.rows, quad);
  for (std::int64_t column = 0; column < taps.columns; ++column) {
    for (std::int64_t i = 0; i < rows * panel_channels; ++i) {
      const std::int64_t channel = first + i % block / quad;
      const std::int64_t row = i / block * quad + i % quad;
      const bool present = channel < weights.groups && row < taps.rows;
      packed.push_back(present ? static_cast<T>(weights.at(channel, 0, row * taps.columns + column))
                               : T{0});
    }
  }
}

template <typename T>
std::int64_t pack_depthwise_as(Plan& plan, const Weights& weights, const TapGrid& taps) {
  std::vector<T> packed;
  for (std::int64_t first = 0; first < weights.groups; first += panel_channels) {
    append_depthwise_panel(weights, taps, first, packed);
  }
  return add_constants<T>(plan, packed);
}

}  // namespace

std::int32_t Weights::at(std::int64_t output, std::int64_t input, std::int64_t tap) const {
  std::int64_t position = (output * inputs + input) * taps + tap;
  if (transposed) {
    // [C, O / group, KH, KW], and a transposed convolution is one with the kernel turned about.
    const std::int64_t channel = output / outputs * inputs + input;
    position = (channel * outputs + output % outputs) * taps + (taps - 1 - tap);
  }
  return values[static_cast<std::size_t>(position)];
}

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

bool fit_8_bits(const Weights& weights) {
  return std::ranges::all_of(weights.values, [](std::int32_t w) { return w >= -128 && w <= 127; });
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
  return fit_8_bits(weights) ? pack_as<std::int8_t>(plan, weights, runs)
                             : pack_as<std::int16_t>(plan, weights, runs);
}

std::int64_t pack_depthwise(Plan& plan, const Weights& weights, const TapGrid& taps) {
  return fit_8_bits(weights) ? pack_depthwise_as<std::int8_t>(plan, weights, taps)
                             : pack_depthwise_as<std::int16_t>(plan, weights, taps);
}

PackedOrder::PackedOrder(std::int64_t groups, std::int64_t group_channels)
    : groups_(groups),
      channels_(group_channels),
      places_(round_up(group_channels, panel_channels)) {}

}  // namespace vernier
