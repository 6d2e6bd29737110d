// Layers. The zero point of x is folded away:
//
//   sum over taps of (x - zx) * w  =  sum of x * w  -  zx * sum of w
//
// which is exact, because the border of x holds zx too. The bias takes the second term. (Sums wrap
// around at 32 bits; the whole does not, as `lower` has proven.)

#include <algorithm>

#include "vernier/export/plan_builder.h"
#include "vernier/export/plan_packing.h"
#include "vernier/reference/moves.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

// A layer between its buffers.
struct Layer {
  const IntegerLinear& op;
  Weights weights;
  BufferId x{};
  BufferId y{};
  std::optional<BufferId> addend;
  std::int32_t lowest = 0;  // integer of y, as stored; of the addend
  std::int32_t addend_lowest = 0;
};

// -zx * (sum of all weights of a channel), added to its bias.
std::int32_t folded_bias(const Layer& layer, std::size_t channel, std::int32_t zero_point) {
  const Weights& weights = layer.weights;
  std::uint32_t sum = 0;
  for (std::int64_t input = 0; input < weights.inputs; ++input) {
    for (std::int64_t tap = 0; tap < weights.taps; ++tap) {
      sum += static_cast<std::uint32_t>(weights.at(static_cast<std::int64_t>(channel), input, tap));
    }
  }
  const std::int32_t bias = layer.op.float_biases.empty() ? layer.op.bias[channel] : 0;
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(bias) -
                                   static_cast<std::uint32_t>(zero_point) * sum);
}

Epilogue epilogue_of(PlanBuilder& builder, const Layer& layer, const PackedOrder& order) {
  Plan& plan = builder.plan;
  const IntegerLinear& op = layer.op;
  const std::int32_t zero_point = stored_zero_point(builder.buffer(layer.x));
  Epilogue epilogue{.bias = order.add<std::int32_t>(plan, [&](std::size_t channel) {
    return folded_bias(layer, channel, zero_point);
  })};
  if (!op.output_scales.empty()) {
    epilogue.multipliers =
        order.add<float>(plan, [&](std::size_t channel) { return op.output_scales[channel]; });
  }
  if (!op.float_biases.empty()) {
    epilogue.floats = op.finish.value_or(FloatBias{});
    epilogue.float_biases =
        order.add<float>(plan, [&](std::size_t channel) { return op.float_biases[channel]; });
  }
  if (gives_floats(op)) {
    epilogue.lo = op.activation.lo;
    epilogue.hi = op.activation.hi;
    return epilogue;
  }
  const auto number = [&op](auto member) {
    return [&op, member](std::size_t channel) { return op.requantizers[channel].*member; };
  };
  epilogue.output = stored(op.output, builder.buffer(layer.y));
  if (op.finish) {
    epilogue.output.zero_point = layer.lowest;
    epilogue.addend_zero_point = layer.addend_lowest;
    return epilogue;
  }
  epilogue.arithmetic = builder.network.requantization;
  if (!op.double_ratios.empty()) {
    epilogue.in_double = true;
    epilogue.multipliers =
        order.add<double>(plan, [&](std::size_t channel) { return op.double_ratios[channel]; });
    return epilogue;
  }
  if (layer.addend) epilogue.addend_zero_point = stored_zero_point(builder.buffer(*layer.addend));
  if (epilogue.arithmetic == Requantization::floating) {
    epilogue.multipliers = order.add<float>(plan, number(&Requantizer::multiplier));
    epilogue.addend_multipliers = order.add<float>(plan, number(&Requantizer::addend_multiplier));
    return epilogue;
  }
  epilogue.multipliers = order.add<std::int32_t>(plan, number(&Requantizer::integer_multiplier));
  epilogue.addend_multipliers =
      order.add<std::int32_t>(plan, number(&Requantizer::integer_addend_multiplier));
  epilogue.shifts = order.add<std::int32_t>(plan, number(&Requantizer::shift));
  return epilogue;
}

// Where the first tap of the first position lies, and how far a position leads.
Image seen_through(const Window& window, Image x) {
  x.first -= window.pads[1] * x.row + window.pads[2] * x.column;
  x.row *= window.strides[1];
  x.column *= window.strides[2];
  return x;
}

TapGrid tap_grid(const Window& window, const Image& x) {
  return {.rows = window.kernel[1],
          .columns = window.kernel[2],
          .row = window.dilations[1] * x.row,
          .column = window.dilations[2] * x.column};
}

void add_depthwise(PlanBuilder& builder, const Layer& layer, ConvolveDepthwise step) {
  step.weight_element = element_of(layer.weights);
  step.weights = pack_depthwise(builder.plan, layer.weights, step.taps);
  step.epilogue = epilogue_of(builder, layer, PackedOrder(1, step.sizes.channels));
  builder.add(std::move(step));
}

void add_dense(PlanBuilder& builder, const Layer& layer, const Runs& runs, Convolve step) {
  const Weights& weights = layer.weights;
  step.sizes.channels = weights.outputs;
  step.groups = weights.groups;
  step.group_step = weights.inputs;
  step.runs = runs.offsets;
  step.run_length = runs.length;
  step.weight_element = element_of(weights);
  step.weights = pack(builder.plan, weights, runs);
  step.epilogue = epilogue_of(builder, layer, PackedOrder(weights.groups, weights.outputs));
  builder.add(std::move(step));
}

void add_convolution(PlanBuilder& builder, const Layer& layer, const Window& window) {
  const Weights& weights = layer.weights;
  const Image x = image_of(builder, layer.x);
  const ImageSizes sizes{.images = builder.buffer(layer.y).shape[0],
                         .rows = window.coarse[1],
                         .columns = window.coarse[2],
                         .channels = builder.buffer(layer.y).shape[1]};
  const Image y = image_of(builder, layer.y);
  std::optional<Image> addend;
  if (layer.addend) addend = image_of(builder, *layer.addend);
  const Image taps = seen_through(window, x);
  if (weights.groups > 1 && weights.inputs == 1 && weights.outputs == 1) {
    add_depthwise(
        builder, layer,
        {.x = taps, .y = y, .addend = addend, .sizes = sizes, .taps = tap_grid(window, x)});
  } else {
    add_dense(builder, layer, runs_of(window, weights, x),
              {.x = taps, .y = y, .addend = addend, .sizes = sizes});
  }
}

// The rows of the matrix are the columns of one image.
void add_product(PlanBuilder& builder, const Layer& layer) {
  const Buffer& x = builder.buffer(layer.x);
  const Buffer& y = builder.buffer(layer.y);
  const Runs runs{.offsets = {0}, .taps = {0}, .length = layer.weights.inputs, .pixel = 1};
  add_dense(builder, layer, runs,
            {.x = {.buffer = layer.x, .first = x.first, .column = x.strides[0]},
             .y = {.buffer = layer.y, .first = y.first, .column = y.strides[0]},
             .sizes = {.columns = x.shape[0]}});
}

// A transposed convolution is a convolution over x with strides - 1 zeros between its elements:
// the window of that one.
Window window_over_zeros(Window window) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::swap(window.fine[axis], window.coarse[axis]);
    window.fine[axis] = (window.fine[axis] - 1) * window.strides[axis] + 1;
    window.pads[axis] = window.dilations[axis] * (window.kernel[axis] - 1) - window.pads[axis];
    window.strides[axis] = 1;
  }
  return window;
}

BufferId with_zeros_between(PlanBuilder& builder, BufferId x, const Window& stuffed,
                            const Window& original) {
  Buffer buffer = builder.buffer(x);
  const Shape from = buffer.shape;
  const std::size_t spatial = from.size() - 2;
  buffer.name += " with zeros";
  std::vector<std::vector<std::int64_t>> indices(from.size());
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    std::int64_t stride = 1;
    if (axis >= 2) {
      const std::size_t of_window = axis + 1 - spatial;
      stride = original.strides[of_window];
      buffer.shape[axis] = stuffed.fine[of_window];
    }
    for (std::int64_t i = 0; i < buffer.shape[axis]; ++i) {
      indices[axis].push_back(i % stride == 0 ? i / stride : outside);
    }
  }
  const BufferId y = new_integer_buffer(builder, std::move(buffer), border_of(stuffed));
  add_move(builder, x, y, move_of_indices(std::move(indices), from),
           static_cast<std::uint32_t>(stored_zero_point(builder.buffer(y))));
  return y;
}

}  // namespace

void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerLinear& op) {
  for (const ValueId id : node.inputs) integers_of(builder, id);  // in front of the result
  const ValueId result = node.outputs[0];
  const bool real = gives_floats(op);
  add_layer(builder, node, op, real ? new_floats(builder, result) : new_integers(builder, result));
}

void add_layer(PlanBuilder& builder, const IntegerNode& node, const IntegerLinear& op, BufferId y) {
  Layer layer{
      .op = op, .weights = weights_of(op), .x = integers_of(builder, node.inputs[0]), .y = y};
  if (node.inputs.size() > 1) {
    layer.addend = integers_of(builder, node.inputs[1]);
    layer.addend_lowest = stored_lowest(builder, node.inputs[1], *layer.addend);
  }
  if (op.finish) layer.lowest = stored_lowest(builder, node.outputs[0], y);
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
