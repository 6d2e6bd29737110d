// Layers: weights packed as engine/plan.h says, and the zero points folded away:
//
//   sum over taps of (x - zx) * w  =  sum of x * w  -  zx * sum of w
//
// which is exact, because the border of x holds zx too. The bias takes the second term. (Sums wrap
// around at 32 bits; the whole does not, as `lower` has proven.)

#include <algorithm>

#include "vernier/export/plan_builder.h"
#include "vernier/reference/moves.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

constexpr std::int64_t panel_channels = 16;
constexpr std::int64_t quad = 4;
constexpr std::int64_t depthwise_block = 8;

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Weights of a layer without their zero points, seen as those of a convolution with these sizes.
struct Weights {
  std::vector<std::int32_t> values;
  std::int64_t groups = 1;
  std::int64_t outputs = 0;  // of one group
  std::int64_t inputs = 0;   // of one group
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  bool transposed = false;

  // `output` counts through all groups, `input` in the group.
  std::int64_t position(std::int64_t output, std::int64_t input, std::int64_t tap) const {
    const std::int64_t taps = rows * columns;
    if (!transposed) return (output * inputs + input) * taps + tap;
    // [C, O / group, KH, KW], and a transposed convolution is one with the kernel turned about.
    const std::int64_t channel = output / outputs * inputs + input;
    return (channel * outputs + output % outputs) * taps + (taps - 1 - tap);
  }
  std::int32_t at(std::int64_t output, std::int64_t input, std::int64_t tap) const {
    return values[static_cast<std::size_t>(position(output, input, tap))];
  }
  bool fit_8_bits() const {
    return std::ranges::all_of(values, [](std::int32_t w) { return w >= -128 && w <= 127; });
  }
};

Weights weights_of(const IntegerLinear& op) {
  const Shape& shape = op.weight.shape();
  Weights weights{.values = centred_weights(op)};
  if (const auto* conv = std::get_if<Conv>(&op.op)) weights.groups = conv->group;
  if (const auto* conv = std::get_if<ConvTranspose>(&op.op)) {
    weights.groups = conv->group;
    weights.transposed = true;
  }
  weights.outputs = weights.transposed ? shape[1] : shape[0] / weights.groups;
  weights.inputs = weights.transposed ? shape[0] / weights.groups : shape[1];
  if (shape.size() == 4) weights.rows = shape[2];
  if (shape.size() > 2) weights.columns = shape.back();
  return weights;
}

// A stretch of neighbours of x, which begins with a tap and may run over those right of it.
struct Run {
  std::int64_t offset = 0;
  std::int64_t tap = 0;
};

struct Runs {
  std::vector<Run> runs;
  std::int64_t length = 0;
  std::int64_t pixel = 0;  // elements from one tap to the next within a run
};

// Taps of one row lie side by side if nothing is skipped and hardly anything stands between them.
Runs runs_of(const Window& window, const Weights& weights, const Image& x) {
  const bool joined = weights.groups == 1 && window.dilations[2] == 1 && window.kernel[2] > 1 &&
                      x.column - weights.inputs < quad;
  Runs result{
      .length = joined ? (window.kernel[2] - 1) * x.column + weights.inputs : weights.inputs,
      .pixel = x.column};
  for (std::int64_t row = 0; row < window.kernel[1]; ++row) {
    for (std::int64_t column = 0; column < (joined ? 1 : window.kernel[2]); ++column) {
      result.runs.push_back(
          {row * window.dilations[1] * x.row + column * window.dilations[2] * x.column,
           row * window.kernel[2] + column});
    }
  }
  return result;
}

// Weight of element `element` of a run; zero for what stands between taps and behind the last.
std::int32_t weight_in_run(const Weights& weights, const Runs& runs, const Run& run,
                           std::int64_t output, std::int64_t element) {
  if (element >= runs.length) return 0;
  const std::int64_t taps = runs.length > weights.inputs ? element / runs.pixel : 0;
  const std::int64_t input = element - taps * runs.pixel;
  return input < weights.inputs ? weights.at(output, input, run.tap + taps) : 0;
}

template <typename T>
std::int64_t pack(Plan& plan, const Weights& weights, const Runs& runs) {
  std::vector<T> packed;
  const std::int64_t panels = round_up(weights.outputs, panel_channels) / panel_channels;
  for (std::int64_t panel = 0; panel < weights.groups * panels; ++panel) {
    for (const Run& run : runs.runs) {
      for (std::int64_t first = 0; first < runs.length; first += quad) {
        for (std::int64_t i = 0; i < panel_channels * quad; ++i) {
          const std::int64_t channel = panel % panels * panel_channels + i / quad;
          const std::int64_t output = panel / panels * weights.outputs + channel;
          packed.push_back(
              channel < weights.outputs
                  ? static_cast<T>(weight_in_run(weights, runs, run, output, first + i % quad))
                  : T{0});
        }
      }
    }
  }
  return add_constants<T>(plan, packed);
}

std::int64_t pack_depthwise(Plan& plan, const Weights& weights) {
  const std::int64_t taps = weights.rows * weights.columns;
  std::vector<std::int16_t> packed;
  for (std::int64_t first = 0; first < weights.groups; first += depthwise_block) {
    for (std::int64_t tap = 0; tap < taps; tap += 2) {
      for (std::int64_t i = 0; i < 2 * depthwise_block; ++i) {
        const std::int64_t channel = first + i / 2;
        const bool present = channel < weights.groups && tap + i % 2 < taps;
        packed.push_back(present ? static_cast<std::int16_t>(weights.at(channel, 0, tap + i % 2))
                                 : std::int16_t{0});
      }
    }
  }
  return add_constants<std::int16_t>(plan, packed);
}

// One number for each channel in the order of the packed ones, which has gaps behind the groups.
class PackedOrder {
 public:
  PackedOrder(const Weights& weights, std::int64_t multiple)
      : group_(weights.outputs),
        packed_group_(round_up(weights.outputs, multiple)),
        size_(round_up(weights.groups * packed_group_, multiple)) {}

  template <typename T, typename Number>
  std::int64_t add(Plan& plan, std::int64_t channels, const Number& number) const {
    std::vector<T> packed(static_cast<std::size_t>(size_), T{});
    for (std::int64_t channel = 0; channel < channels; ++channel) {
      const std::int64_t position = channel / group_ * packed_group_ + channel % group_;
      packed[static_cast<std::size_t>(position)] = number(static_cast<std::size_t>(channel));
    }
    return add_constants<T>(plan, packed);
  }

 private:
  std::int64_t group_;
  std::int64_t packed_group_;
  std::int64_t size_;
};

// -zx * (sum of all weights of a channel), added to its bias.
std::int32_t folded_bias(const IntegerLinear& op, const Weights& weights, std::size_t channel,
                         std::int32_t zero_point) {
  std::uint32_t sum = 0;
  for (std::int64_t input = 0; input < weights.inputs; ++input) {
    for (std::int64_t tap = 0; tap < weights.rows * weights.columns; ++tap) {
      sum += static_cast<std::uint32_t>(weights.at(static_cast<std::int64_t>(channel), input, tap));
    }
  }
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(op.bias[channel]) -
                                   static_cast<std::uint32_t>(zero_point) * sum);
}

// A layer between its buffers.
struct Layer {
  const IntegerLinear& op;
  Weights weights;
  BufferId x{};
  BufferId y{};
  std::optional<BufferId> addend;
};

Epilogue epilogue_of(PlanBuilder& builder, const Layer& layer, const PackedOrder& order) {
  Plan& plan = builder.plan;
  const IntegerLinear& op = layer.op;
  const auto channels = static_cast<std::int64_t>(op.bias.size());
  const auto requantizers = [&](auto member) {
    return [&op, member](std::size_t channel) { return op.requantizers[channel].*member; };
  };
  Epilogue epilogue{.bias = order.add<std::int32_t>(plan, channels, [&](std::size_t channel) {
    return folded_bias(op, layer.weights, channel, stored_zero_point(builder.buffer(layer.x)));
  })};
  if (op.requantizers.empty()) {
    epilogue.multipliers = order.add<float>(
        plan, channels, [&](std::size_t channel) { return op.output_scales[channel]; });
    epilogue.lo = op.activation.lo;
    epilogue.hi = op.activation.hi;
    return epilogue;
  }
  epilogue.arithmetic = builder.network.requantization;
  epilogue.output = stored(op.output, builder.buffer(layer.y));
  if (layer.addend) epilogue.addend_zero_point = stored_zero_point(builder.buffer(*layer.addend));
  if (epilogue.arithmetic == Requantization::floating) {
    epilogue.multipliers = order.add<float>(plan, channels, requantizers(&Requantizer::multiplier));
    epilogue.addend_multipliers =
        order.add<float>(plan, channels, requantizers(&Requantizer::addend_multiplier));
    return epilogue;
  }
  epilogue.multipliers =
      order.add<std::int32_t>(plan, channels, requantizers(&Requantizer::integer_multiplier));
  epilogue.addend_multipliers = order.add<std::int32_t>(
      plan, channels, requantizers(&Requantizer::integer_addend_multiplier));
  epilogue.shifts = order.add<std::int32_t>(plan, channels, requantizers(&Requantizer::shift));
  return epilogue;
}

// Where the first tap of the first position lies, and how far a position leads.
Image seen_through(const Window& window, Image x) {
  x.first -= window.pads[1] * x.row + window.pads[2] * x.column;
  x.row *= window.strides[1];
  x.column *= window.strides[2];
  return x;
}

std::vector<std::int64_t> offsets_of(const Runs& runs) {
  std::vector<std::int64_t> offsets;
  for (const Run& run : runs.runs) offsets.push_back(run.offset);
  return offsets;
}

void add_convolution(PlanBuilder& builder, const Layer& layer, const Window& window) {
  const Weights& weights = layer.weights;
  const Image x = image_of(builder, layer.x);
  const Runs runs = runs_of(window, weights, x);
  const ImageSizes sizes{.images = builder.buffer(layer.y).shape[0],
                         .rows = window.coarse[1],
                         .columns = window.coarse[2],
                         .channels = weights.outputs};
  const Image y = image_of(builder, layer.y);
  std::optional<Image> addend;
  if (layer.addend) addend = image_of(builder, *layer.addend);
  if (weights.groups > 1 && weights.inputs == 1 && weights.outputs == 1) {
    ConvolveDepthwise step{.x = seen_through(window, x),
                           .y = y,
                           .addend = addend,
                           .sizes = sizes,
                           .taps = offsets_of(runs)};
    step.sizes.channels = weights.groups;
    step.weights = pack_depthwise(builder.plan, weights);
    const Weights one_group{.groups = 1, .outputs = weights.groups};
    step.epilogue = epilogue_of(builder, layer, PackedOrder(one_group, depthwise_block));
    builder.add(std::move(step));
    return;
  }
  const bool wide = !weights.fit_8_bits();
  builder.add(
      Convolve{.x = seen_through(window, x),
               .y = y,
               .addend = addend,
               .sizes = sizes,
               .groups = weights.groups,
               .group_step = weights.inputs,
               .runs = offsets_of(runs),
               .run_length = runs.length,
               .wide_weights = wide,
               .weights = wide ? pack<std::int16_t>(builder.plan, weights, runs)
                               : pack<std::int8_t>(builder.plan, weights, runs),
               .epilogue = epilogue_of(builder, layer, PackedOrder(weights, panel_channels))});
}

// y = conv(x with strides - 1 zeros between its elements): the window of that convolution.
Window window_over_zeros(Window window) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::int64_t reach = window.dilations[axis] * (window.kernel[axis] - 1);
    std::swap(window.fine[axis], window.coarse[axis]);
    window.fine[axis] = (window.fine[axis] - 1) * window.strides[axis] + 1;
    window.pads[axis] = reach - window.pads[axis];
    window.strides[axis] = 1;
  }
  return window;
}

BufferId with_zeros_between(PlanBuilder& builder, BufferId x, const Window& stuffed,
                            const Window& original) {
  Buffer buffer = builder.buffer(x);
  const Shape from = buffer.shape;
  buffer.name += " with zeros";
  for (std::size_t axis = 2; axis < from.size(); ++axis) {
    buffer.shape[axis] = stuffed.fine[axis + 3 - from.size()];
  }
  const BufferId y = new_integer_buffer(builder, std::move(buffer), border_of(stuffed));
  std::vector<std::vector<std::int64_t>> indices;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    const std::int64_t stride = axis < 2 ? 1 : original.strides[axis + 3 - from.size()];
    std::vector<std::int64_t>& each = indices.emplace_back();
    for (std::int64_t i = 0; i < builder.buffer(y).shape[axis]; ++i) {
      each.push_back(i % stride == 0 ? i / stride : outside);
    }
  }
  add_move(builder, x, y, move_of_indices(std::move(indices), from),
           static_cast<std::uint32_t>(stored_zero_point(builder.buffer(y))));
  return y;
}

void add_product(PlanBuilder& builder, const Layer& layer) {
  const Buffer& x = builder.buffer(layer.x);
  const Buffer& y = builder.buffer(layer.y);
  // Rows of the matrix are the columns of one image.
  const Weights& weights = layer.weights;
  const Runs runs{.runs = {Run{}}, .length = weights.inputs, .pixel = weights.inputs};
  const bool wide = !weights.fit_8_bits();
  builder.add(
      Convolve{.x = {.buffer = layer.x, .first = x.first, .column = x.strides[0]},
               .y = {.buffer = layer.y, .first = y.first, .column = y.strides[0]},
               .sizes = {.columns = x.shape[0], .channels = weights.outputs},
               .runs = offsets_of(runs),
               .run_length = runs.length,
               .wide_weights = wide,
               .weights = wide ? pack<std::int16_t>(builder.plan, weights, runs)
                               : pack<std::int8_t>(builder.plan, weights, runs),
               .epilogue = epilogue_of(builder, layer, PackedOrder(weights, panel_channels))});
}

}  // namespace

void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerLinear& op) {
  Layer layer{.op = op, .weights = weights_of(op), .x = integers_of(builder, node.inputs[0])};
  if (node.inputs.size() > 1) layer.addend = integers_of(builder, node.inputs[1]);
  const ValueId result = node.outputs[0];
  const bool real = op.requantizers.empty();
  layer.y = real ? new_floats(builder, result) : new_integers(builder, result);
  if (std::holds_alternative<Gemm>(op.op)) return add_product(builder, layer);

  const Window window =
      spatial_window(op.op, builder.buffer(layer.x).shape, builder.buffer(layer.y).shape,
                     std::span(op.weight.shape()).subspan(2));
  if (!layer.weights.transposed) return add_convolution(builder, layer, window);
  const Window stuffed = window_over_zeros(window);
  layer.x = with_zeros_between(builder, layer.x, stuffed, window);
  add_convolution(builder, layer, stuffed);
}

}  // namespace vernier
