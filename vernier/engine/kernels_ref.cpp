// The scalar kernels: what every other table must equal in every bit. Sums wrap around at 32 bits,
// as vector instructions do; `lower` proves that they never do in a plan of ours.

#include "vernier/engine/kernels_ref.h"

#include <algorithm>

#include "vernier/quant/affine.h"

namespace vernier {
namespace {

/// Calls body with the C++ type of integers as they are stored.
template <typename Body>
void visit_integers(Element element, Body&& body) {
  if (element == Element::u8) {
    body(std::uint8_t{});
  } else {
    body(std::int16_t{});
  }
}

std::int32_t load(const void* data, Element element, std::int64_t index) {
  return element == Element::u8 ? static_cast<const std::uint8_t*>(data)[index]
                                : static_cast<const std::int16_t*>(data)[index];
}

void store(void* data, Element element, std::int64_t index, std::int32_t value) {
  if (element == Element::u8) {
    static_cast<std::uint8_t*>(data)[index] = static_cast<std::uint8_t>(value);
  } else {
    static_cast<std::int16_t*>(data)[index] = static_cast<std::int16_t>(value);
  }
}

std::uint32_t product(std::int32_t a, std::int32_t b) {
  return static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b);
}

Requantizer requantizer_of(const EpilogueArrays& arrays, std::int64_t channel) {
  if (arrays.epilogue->arithmetic == Requantization::floating) {
    const auto* addend = static_cast<const float*>(arrays.addend_multipliers);
    return {.multiplier = static_cast<const float*>(arrays.multipliers)[channel],
            .addend_multiplier = addend == nullptr ? 0.0F : addend[channel]};
  }
  const auto* addend = static_cast<const std::int32_t*>(arrays.addend_multipliers);
  return {.integer_multiplier = static_cast<const std::int32_t*>(arrays.multipliers)[channel],
          .integer_addend_multiplier = addend == nullptr ? 0 : addend[channel],
          .shift = arrays.shifts[channel]};
}

float scaled(const EpilogueArrays& arrays, std::int64_t packed, std::int32_t total) {
  const float scale = static_cast<const float*>(arrays.multipliers)[packed];
  return arrays.float_biases == nullptr ? static_cast<float>(total) * scale
                                        : biased(total, scale, arrays.float_biases[packed]);
}

std::int32_t rounded(const AffineRounding& rounding, float value, const OutputRange& output) {
  const IntRange clamp = {output.clamp.lo - output.zero_point, output.clamp.hi - output.zero_point};
  return round_affine(rounding, value, clamp) + output.zero_point;
}

void finish(const ConvolutionPointers& pointers, const SumTarget& target, std::uint32_t sum) {
  const auto bias = static_cast<std::uint32_t>(pointers.arrays.bias[target.packed]);
  finish_sum(pointers, target, static_cast<std::int32_t>(sum + bias));
}

// The weights of one channel of a panel, or of all panels that follow each other: number i of
// their quads.
template <WeightElement Element>
struct ChannelWeights {
  const std::byte* first;
  std::int64_t channel;

  std::int32_t operator()(std::int64_t i) const {
    const std::int64_t quad = i / 4;
    const std::int64_t place = channel * 4 + i % 4;
    if constexpr (Element == WeightElement::s4) {
      const auto pair = std::to_integer<std::int32_t>(first[quad / 2 * quad_weights + place]);
      return nibble(quad % 2 == 0 ? pair & 15 : pair >> 4);
    } else if constexpr (Element == WeightElement::s8) {
      return reinterpret_cast<const std::int8_t*>(first)[quad * quad_weights + place];
    } else {
      return reinterpret_cast<const std::int16_t*>(first)[quad * quad_weights + place];
    }
  }

  static std::int32_t nibble(std::int32_t bits) { return bits < 8 ? bits : bits - 16; }
};

template <typename X, typename Weights>
std::uint32_t sum_of_runs(const Convolve& step, const X* x, const Weights& weight) {
  std::uint32_t sum = 0;
  std::int64_t first = 0;
  for (const std::int64_t run : step.runs) {
    for (std::int64_t i = 0; i < step.run_length; ++i)
      sum += product(x[run + i], weight(first + i));
    first += (step.run_length + 3) / 4 * 4;
  }
  return sum;
}

template <typename X, WeightElement Element>
void convolve_group(const Convolve& step, const ConvolutionPointers& pointers,
                    const ConvolutionPart& part, std::int64_t group) {
  const std::int64_t panels = panels_of(step.sizes.channels);
  const std::int64_t panel_size = panel_bytes(Element, quads_of(step));
  const auto* x = static_cast<const X*>(pointers.x) + group * step.group_step;
  const auto* weights =
      static_cast<const std::byte*>(pointers.weights) + group * panels * panel_size;
  const Image addend = step.addend.value_or(Image{});
  const std::int64_t end_channel = std::min(part.end_panel * 16, step.sizes.channels);
  for (std::int64_t row = part.first_row; row < part.end_row; ++row) {
    for (std::int64_t column = 0; column < step.sizes.columns; ++column) {
      for (std::int64_t channel = part.first_panel * 16; channel < end_channel; ++channel) {
        const std::int64_t lane = group * step.sizes.channels + channel;
        finish(pointers,
               {.y = row * step.y.row + column * step.y.column + lane * step.y.channel,
                .addend = row * addend.row + column * addend.column + lane,
                .packed = group * panels * 16 + channel},
               sum_of_runs(
                   step, x + row * step.x.row + column * step.x.column,
                   ChannelWeights<Element>{weights + channel / 16 * panel_size, channel % 16}));
      }
    }
  }
}

template <WeightElement Element>
using Stored = std::integral_constant<WeightElement, Element>;

// Calls body with the C++ type of x and with how weights are stored.
template <typename Body>
void visit_operands(const ConvolutionPointers& pointers, Body&& body) {
  visit_integers(pointers.x_element, [&](auto x) {
    switch (pointers.weight_element) {
      case WeightElement::s4:
        return body(x, Stored<WeightElement::s4>{});
      case WeightElement::s8:
        return body(x, Stored<WeightElement::s8>{});
      case WeightElement::s16:
        return body(x, Stored<WeightElement::s16>{});
    }
  });
}

void convolve(const Convolve& step, const ConvolutionPointers& pointers,
              const ConvolutionPart& part) {
  visit_operands(pointers, [&]<typename X, WeightElement Element>(X, Stored<Element>) {
    for (std::int64_t group = part.first_group; group < part.end_group; ++group) {
      convolve_group<X, Element>(step, pointers, part, group);
    }
  });
}

// `first`: the number of the first tap's weight.
template <typename X, typename Weights>
std::uint32_t sum_of_taps(const TapGrid& taps, const X* x, const Weights& weight,
                          std::int64_t first) {
  std::uint32_t sum = 0;
  for (std::int64_t column = 0; column < taps.columns; ++column) {
    for (std::int64_t row = 0; row < taps.rows; ++row) {
      sum += product(x[row * taps.row + column * taps.column], weight(first + row));
    }
    first += (taps.rows + 3) / 4 * 4;
  }
  return sum;
}

void convolve_depthwise(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                        const ConvolutionPart& part) {
  const Image addend = step.addend.value_or(Image{});
  const std::int64_t end_channel = std::min(part.end_panel * 16, step.sizes.channels);
  visit_operands(pointers, [&]<typename X, WeightElement Element>(X, Stored<Element>) {
    const std::int64_t panel_weights = quads_of(step) * 4;  // of one channel
    const auto* weights = static_cast<const std::byte*>(pointers.weights);
    for (std::int64_t row = part.first_row; row < part.end_row; ++row) {
      for (std::int64_t column = 0; column < step.sizes.columns; ++column) {
        const X* x = static_cast<const X*>(pointers.x) + row * step.x.row + column * step.x.column;
        for (std::int64_t channel = part.first_panel * 16; channel < end_channel; ++channel) {
          finish(pointers,
                 {.y = row * step.y.row + column * step.y.column + channel * step.y.channel,
                  .addend = row * addend.row + column * addend.column + channel,
                  .packed = channel},
                 sum_of_taps(step.taps, x + channel, ChannelWeights<Element>{weights, channel % 16},
                             channel / 16 * panel_weights));
        }
      }
    }
  });
}

std::int32_t fused_sum(const Combine& step, std::int32_t a, std::int32_t b) {
  const OutputRange& output = step.output;
  const IntRange clamp = {output.clamp.lo - output.zero_point, output.clamp.hi - output.zero_point};
  return (step.multiply ? multiply_fused : add_fused)(*step.fused, a, b, clamp) + output.zero_point;
}

void combine(const Combine& step, const CombineRow& row) {
  for (std::int64_t i = 0; i < row.count; ++i) {
    const std::int32_t a = load(row.a, row.a_element, i * row.a_step) - step.a_zero_point;
    const std::int32_t b = load(row.b, row.b_element, i * row.b_step) - step.b_zero_point;
    if (step.fused) {
      store(row.y, row.y_element, i * row.y_step, fused_sum(step, a, b));
      continue;
    }
    if (step.rescaled) {
      store(row.y, row.y_element, i * row.y_step,
            add_rescaled(step.arithmetic, *step.rescaled, a, b, step.output));
      continue;
    }
    const auto sum = step.multiply ? static_cast<std::int32_t>(product(a, b)) : a;
    store(row.y, row.y_element, i * row.y_step,
          requantize(step.arithmetic, step.requantizer, sum, step.multiply ? 0 : b, step.output));
  }
}

void pool_one(const Pool& step, const PoolWindows& window, std::int64_t number) {
  const std::int64_t first = number * window.x_step;
  for (std::int64_t channel = 0; channel < window.channels; ++channel) {
    std::uint32_t sum = 0;
    std::int32_t largest = load(window.x, window.x_element, first + channel);
    for (std::int64_t row = 0; row < window.rows; ++row) {
      for (std::int64_t column = 0; column < window.columns; ++column) {
        const std::int32_t x =
            load(window.x, window.x_element,
                 first + row * window.row_step + column * window.column_step + channel);
        sum += static_cast<std::uint32_t>(x - step.x_zero_point);
        largest = std::max(largest, x);
      }
    }
    if (step.mean) {
      const float mean =
          mean_of(*step.mean, static_cast<std::int32_t>(sum), window.requantizer->multiplier);
      largest = rounded(step.mean->rounding, mean, step.output);
    } else if (step.quotient) {
      const std::int64_t quotient =
          rounded_quotient(static_cast<std::int32_t>(sum), window.requantizer->integer_multiplier);
      largest = static_cast<std::int32_t>(std::clamp<std::int64_t>(
          quotient + step.output.zero_point, step.output.clamp.lo, step.output.clamp.hi));
    } else if (step.average) {
      largest = requantize(step.arithmetic, *window.requantizer, static_cast<std::int32_t>(sum), 0,
                           step.output);
    }
    store(window.y, window.y_element, number * window.y_step + channel, largest);
  }
}

void pool(const Pool& step, const PoolWindows& windows) {
  for (std::int64_t i = 0; i < windows.count; ++i) pool_one(step, windows, i);
}

void quantize_row(const QuantizeRow& row) {
  const QuantSpec spec{.range = row.range, .rounding = row.rounding};
  for (std::int64_t plane = 0; plane < row.planes; ++plane) {
    const float* x = static_cast<const float*>(row.x) + plane * row.x_plane;
    for (std::int64_t i = 0; i < row.count; ++i) {
      const float value = x[i * row.x_step];
      store(row.y, row.element, plane * row.y_plane + i * row.y_step,
            row.affine == nullptr ? quantize(value, row.params, spec)
                                  : rounded(*row.affine, value, {row.range.lo, row.range}));
    }
  }
}

void dequantize_row(const QuantizeRow& row) {
  for (std::int64_t plane = 0; plane < row.planes; ++plane) {
    float* y = static_cast<float*>(row.y) + plane * row.y_plane;
    for (std::int64_t i = 0; i < row.count; ++i) {
      y[i * row.y_step] =
          dequantize(load(row.x, row.element, plane * row.x_plane + i * row.x_step), row.params);
    }
  }
}

void expand(const NibbleRow& row) {
  for (std::int64_t i = 0; i < (row.quads + 1) / 2 * 2 * quad_weights; ++i) {
    const ChannelWeights<WeightElement::s4> weights{row.nibbles, i % quad_weights / 4};
    row.weights[i] = static_cast<std::int8_t>(weights(i / quad_weights * 4 + i % 4));
  }
}

void look_up(const LookupRow& row) {
  for (std::int64_t i = 0; i < row.count; ++i) row.y[i] = row.table[row.x[i]];
}

}  // namespace

void finish_sum(const ConvolutionPointers& pointers, const SumTarget& target, std::int32_t total) {
  const EpilogueArrays& arrays = pointers.arrays;
  const Epilogue& epilogue = *arrays.epilogue;
  if (pointers.y_element == Element::f32) {
    static_cast<float*>(pointers.y)[target.y] =
        std::clamp(scaled(arrays, target.packed, total), epilogue.lo, epilogue.hi);
    return;
  }
  if (epilogue.in_double) {
    const double ratio = static_cast<const double*>(arrays.multipliers)[target.packed];
    store(pointers.y, pointers.y_element, target.y,
          requantize_in_double(ratio, total, epilogue.output));
    return;
  }
  const std::int32_t addend = pointers.addend == nullptr
                                  ? 0
                                  : load(pointers.addend, pointers.addend_element, target.addend) -
                                        epilogue.addend_zero_point;
  if (epilogue.floats) {
    float value = scaled(arrays, target.packed, total);
    if (pointers.addend != nullptr) value = with_addend(*epilogue.floats, value, addend);
    store(pointers.y, pointers.y_element, target.y,
          rounded(epilogue.floats->rounding, value, epilogue.output));
    return;
  }
  store(pointers.y, pointers.y_element, target.y,
        requantize(epilogue.arithmetic, requantizer_of(arrays, target.packed), total, addend,
                   epilogue.output));
}

const Kernels kernels_ref = {.isa = "ref",
                             .supported = [] { return true; },
                             .convolve = convolve,
                             .convolve_depthwise = convolve_depthwise,
                             .combine = combine,
                             .pool = pool,
                             .quantize = quantize_row,
                             .dequantize = dequantize_row,
                             .look_up = look_up,
                             .expand = expand};

}  // namespace vernier
