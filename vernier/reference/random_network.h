#pragma once

// For tests: random small networks with quantization points whose parameters fit a random input.
// (This file exceeds the usual size: one generator, with one short function a family of operators.)

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "vernier/base/random.h"
#include "vernier/ir/quant_graph.h"
#include "vernier/ir/shapes.h"
#include "vernier/quant/affine.h"
#include "vernier/reference/evaluate.h"

namespace vernier {

/// What the integers of a network look like.
struct RandomSpecs {
  QuantSpec activation;
  QuantSpec weight;
  Requantization requantization = Requantization::floating;
  Addition addition = Addition::requantized;
  Sums sums = Sums::requantized;
  double share_of_points = 0.85;  ///< of the activations; the others stay in float
  std::int64_t fixed_batch = 0;   ///< 0: the network takes any batch
};

class RandomNetwork {
 public:
  RandomNetwork(std::uint64_t seed, RandomSpecs specs) : random_(seed), specs_(specs) {
    model_.arithmetic = {
        .requantization = specs.requantization, .addition = specs.addition, .sums = specs.sums};
  }

  /// A network of `count` random operators behind one image [1, C, H, W].
  QuantGraph make(int count) {
    graph().any_batch = specs_.fixed_batch == 0;
    input_shape_ = {std::max<std::int64_t>(specs_.fixed_batch, 1), 1 + pick(20), 3 + pick(7),
                    3 + pick(7)};
    const ValueId x = value("x", input_shape_);
    graph().inputs = {x};
    images_ = {x};
    mark(x);
    for (int i = 0; i < count; ++i) add_random();
    if (pick(2) == 0) add_classifier();
    graph().outputs = {images_.back()};
    calibrate();
    return std::move(model_);
  }

  /// For the network that was made.
  Tensor random_input(std::int64_t images) {
    Shape shape = input_shape_;
    shape[0] = images;
    return normal(shape, 1.0);
  }

  Tensor normal(const Shape& shape, double deviation) {
    Tensor tensor(DType::f32, shape);
    for (float& x : tensor.edit<float>()) x = static_cast<float>(random_.normal() * deviation);
    return tensor;
  }

 private:
  Graph& graph() { return model_.graph; }
  std::int64_t pick(std::int64_t count) { return random_.below(count); }
  const Shape& shape_of(ValueId id) { return graph()[id].shape; }
  std::string fresh_name(std::string_view kind) { return fmt::format("{}{}", kind, next_name_++); }

  ValueId value(const std::string& name, const Shape& shape) {
    return add_value(graph(), {.name = name, .shape = shape, .constant = {}});
  }
  ValueId constant_of(const Shape& shape, double deviation) {
    return add_constant(graph(), fresh_name("constant"), normal(shape, deviation));
  }

  void mark(ValueId id) {
    if (random_.uniform() < specs_.share_of_points) {
      model_.points[id] = {.spec = specs_.activation, .leader = id, .observed = true, .params = {}};
    }
  }
  void mark_weight(ValueId id) {
    if (pick(12) == 0) return;  // a layer in float
    model_.points[id] = {.spec = specs_.weight, .leader = id, .observed = true, .params = {}};
  }

  ValueId apply(Op op, std::vector<ValueId> inputs) {
    std::vector<ValueType> types;
    for (const ValueId id : inputs) types.push_back({graph()[id].dtype, shape_of(id)});
    const ValueType type = infer(op, types)[0];
    const std::string name = fresh_name(type_name(op));
    const ValueId result = value(name, type.shape);
    mark(result);
    graph().nodes.push_back({name, std::move(op), std::move(inputs), {result}});
    return result;
  }

  ValueId any_image() { return images_[static_cast<std::size_t>(pick(std::ssize(images_)))]; }
  ValueId last_image() { return pick(3) == 0 ? any_image() : images_.back(); }

  Activation random_activation() {
    const std::vector<Activation> choices = {{}, {.lo = 0.0F}, {.lo = 0.0F, .hi = 1.5F}};
    return choices[static_cast<std::size_t>(pick(3))];
  }

  void add_random() {
    const std::vector<void (RandomNetwork::*)()> makers = {
        &RandomNetwork::add_conv,      &RandomNetwork::add_conv,     &RandomNetwork::add_depthwise,
        &RandomNetwork::add_transpose, &RandomNetwork::add_residual, &RandomNetwork::add_binary,
        &RandomNetwork::add_concat,    &RandomNetwork::add_pool,     &RandomNetwork::add_unary,
        &RandomNetwork::add_move,      &RandomNetwork::add_resize,   &RandomNetwork::add_float};
    (this->*makers[static_cast<std::size_t>(pick(std::ssize(makers)))])();
    if (element_count(shape_of(images_.back())) > 6000) images_.pop_back();
  }

  std::int64_t divisor_of(std::int64_t channels) {
    std::vector<std::int64_t> divisors;
    for (std::int64_t i = 1; i <= channels; ++i) {
      if (channels % i == 0) divisors.push_back(i);
    }
    return pick(2) == 0 ? 1 : divisors[static_cast<std::size_t>(pick(std::ssize(divisors)))];
  }

  // A window that fits into any image of one row and column.
  template <typename Type>
  Ints fit_window(Type& op, const Shape& x) {
    Ints kernel;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      kernel.push_back(1 + pick(3));
      op.strides[axis] = 1 + pick(2);
      const std::int64_t reach = op.dilations[axis] * (kernel[axis] - 1) + 1;
      op.pads[axis] = pick(reach);
      op.pads[axis + 2] = std::max(pick(reach), reach - x[axis + 2] - op.pads[axis]);
    }
    return kernel;
  }

  ValueId convolved(ValueId x, std::int64_t outputs, std::int64_t group, bool same) {
    Conv conv{.group = group, .activation = random_activation()};
    conv.dilations = {1 + pick(2), 1 + pick(2)};
    Ints kernel = fit_window(conv, shape_of(x));
    if (same) {
      kernel = {3, 3};
      conv.strides = {1, 1};
      conv.pads = {conv.dilations[0], conv.dilations[1], conv.dilations[0], conv.dilations[1]};
    }
    const std::int64_t inputs = shape_of(x)[1] / group;
    const double deviation = 1.0 / std::sqrt(static_cast<double>(inputs * kernel[0] * kernel[1]));
    const ValueId weight = constant_of({outputs, inputs, kernel[0], kernel[1]}, deviation);
    const ValueId bias = constant_of({outputs}, 0.3);
    mark_weight(weight);
    std::vector<ValueId> operands = {x, weight, bias};
    if (same) operands.push_back(x);
    return apply(conv, operands);
  }

  void add_conv() {
    const ValueId x = last_image();
    const std::int64_t group = divisor_of(shape_of(x)[1]);
    images_.push_back(
        convolved(x, group * (1 + pick(std::max<std::int64_t>(1, 36 / group))), group, false));
  }
  void add_depthwise() {
    const ValueId x = last_image();
    images_.push_back(convolved(x, shape_of(x)[1], shape_of(x)[1], false));
  }
  void add_residual() {
    const ValueId x = last_image();
    images_.push_back(convolved(x, shape_of(x)[1], pick(3) == 0 ? shape_of(x)[1] : 1, true));
  }
  void add_transpose() {
    const ValueId x = last_image();
    const std::int64_t group = divisor_of(shape_of(x)[1]);
    ConvTranspose conv{.group = group, .activation = random_activation()};
    Ints kernel;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      kernel.push_back(2 + pick(2));
      conv.strides[axis] = 1 + pick(2);
      conv.pads[axis] = pick(2);
      conv.output_padding[axis] = pick(conv.strides[axis]);
    }
    const std::int64_t outputs = 1 + pick(9);
    const ValueId weight = constant_of({shape_of(x)[1], outputs, kernel[0], kernel[1]}, 0.2);
    const ValueId bias = constant_of({outputs * group}, 0.3);
    mark_weight(weight);
    images_.push_back(apply(conv, {x, weight, bias}));
  }

  void add_binary() {
    const ValueId x = last_image();
    const Shape& shape = shape_of(x);
    ValueId other = x;
    for (const ValueId id : images_) {
      if (shape_of(id) == shape && pick(2) == 0) other = id;
    }
    if (pick(3) == 0) {
      other = apply(GlobalAveragePool{}, {x});
    } else if (pick(3) == 0) {
      const std::vector<Shape> shapes = {{shape[1], 1, 1}, {1}, {1, 1, shape[2], shape[3]}, shape};
      other = constant_of(shapes[static_cast<std::size_t>(pick(4))], 1.0);
      mark(other);
    }
    std::vector<ValueId> operands = {x, other};
    if (pick(2) == 0) std::swap(operands[0], operands[1]);
    if (pick(2) == 0) {
      images_.push_back(apply(Add{random_activation()}, operands));
    } else {
      images_.push_back(apply(Mul{random_activation()}, operands));
    }
  }

  void add_concat() {
    const ValueId x = last_image();
    std::vector<ValueId> operands = {x};
    for (const ValueId id : images_) {
      const Shape& a = shape_of(id);
      const Shape& b = shape_of(x);
      if (a[2] == b[2] && a[3] == b[3] && operands.size() < 3) operands.push_back(id);
    }
    images_.push_back(apply(Concat{.axis = 1}, operands));
  }

  void add_pool() {
    const ValueId x = last_image();
    if (pick(3) == 0) {
      images_.push_back(pick(2) == 0 ? apply(GlobalAveragePool{}, {x})
                                     : apply(GlobalMaxPool{}, {x}));
    } else if (pick(2) == 0) {
      MaxPool pool{.kernel_shape = {1, 1}};
      pool.dilations = {1 + pick(2), 1 + pick(2)};
      pool.kernel_shape = fit_window(pool, shape_of(x));
      pool.ceil_mode = pick(2) == 0;
      add_pool_if_valid(pool, x);
    } else {
      // Only to choose a window: averages have no dilation.
      MaxPool window{.kernel_shape = {1, 1}};
      AveragePool pool{.kernel_shape = fit_window(window, shape_of(x)),
                       .strides = window.strides,
                       .pads = window.pads,
                       .ceil_mode = pick(2) == 0,
                       .count_include_pad = pick(2) == 0};
      add_pool_if_valid(pool, x);
    }
  }
  template <typename Type>
  void add_pool_if_valid(const Type& pool, ValueId x) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (pool.pads[i] >= pool.kernel_shape[i % 2]) return;
    }
    images_.push_back(apply(pool, {x}));
  }

  void add_unary() {
    const std::vector<Op> ops = {
        Relu{},     Sigmoid{},     HardSwish{},       Tanh{}, LeakyRelu{0.1F}, Abs{},
        Quantize{}, HardSigmoid{}, Clip{-0.5F, 1.0F}, Exp{}};
    images_.push_back(apply(ops[static_cast<std::size_t>(pick(std::ssize(ops)))], {last_image()}));
  }

  void add_move() {
    const ValueId x = last_image();
    const Shape shape = shape_of(x);
    switch (pick(6)) {
      case 0:
        images_.push_back(apply(Transpose{.perm = {0, 1, 3, 2}}, {x}));
        return;
      case 1:
        images_.push_back(apply(
            Slice{
                .starts = {shape[1] - 1, 0}, .ends = {-100, 100}, .axes = {1, 3}, .steps = {-1, 2}},
            {x}));
        return;
      case 2:
        images_.push_back(apply(Pad{.mode = pick(2) == 0 ? PadMode::constant : PadMode::edge,
                                    .pads = {0, 1, 2, 0, 0, 0, 1, 1}},
                                {x}));
        return;
      case 3:
        if (shape[1] % 4 == 0) {
          images_.push_back(apply(DepthToSpace{.blocksize = 2}, {x}));
        }
        return;
      case 4:
        images_.push_back(apply(Reshape{.shape = {-1, shape[1] * shape[2], 1, shape[3]}}, {x}));
        return;
      default: {
        const ValueId indices = add_constant(
            graph(), fresh_name("indices"),
            Tensor::of<std::int64_t>({3}, std::vector<std::int64_t>{0, shape[1] - 1, 0}));
        images_.push_back(apply(Gather{.axis = 1}, {x, indices}));
      }
    }
  }

  void add_resize() {
    const ValueId x = last_image();
    const Shape& shape = shape_of(x);
    Resize resize{.mode = static_cast<ResizeMode>(pick(3))};
    resize.coordinate_transformation_mode =
        pick(2) == 0 ? CoordinateMode::half_pixel : CoordinateMode::asymmetric;
    resize.scales = {1.0F, 1.0F, 2.0F, 1.5F};
    resize.sizes = {1, shape[1], shape[2] * 2, shape[3] * 3 / 2};
    images_.push_back(apply(resize, {x}));
  }

  void add_float() {
    const ValueId x = last_image();
    const std::int64_t channels = shape_of(x)[1];
    switch (pick(5)) {
      case 0:
        images_.push_back(apply(Softmax{.axis = 1}, {x}));
        return;
      case 1:
        images_.push_back(apply(LRN{.size = 3}, {x}));
        return;
      case 2: {
        const ValueId variance = constant_of({channels}, 1.0);
        for (float& each : graph()[variance].constant->edit<float>()) each *= each;
        images_.push_back(apply(BatchNormalization{.epsilon = 0.1F},
                                {x, constant_of({channels}, 1.0), constant_of({channels}, 1.0),
                                 constant_of({channels}, 1.0), variance}));
        return;
      }
      case 3:
        images_.push_back(apply(PRelu{}, {x, constant_of({channels, 1, 1}, 0.2)}));
        return;
      default:
        images_.push_back(apply(Sub{}, {x, constant_of({1}, 0.2)}));
    }
  }

  void add_classifier() {
    const ValueId flat = apply(Flatten{}, {images_.back()});
    const std::int64_t inputs = shape_of(flat)[1];
    const std::int64_t outputs = 1 + pick(40);
    const ValueId weight =
        constant_of({outputs, inputs}, 1.0 / std::sqrt(static_cast<double>(inputs)));
    const ValueId bias = constant_of({outputs}, 0.3);
    mark_weight(weight);
    images_.push_back(apply(Gemm{.transB = 1}, {flat, weight, bias}));
  }

  // Ranges of one random input, as minmax would take them.
  void calibrate() {
    const std::vector<Tensor> inputs = {normal(input_shape_, 1.0)};
    const std::vector<Tensor> values = evaluate(graph(), inputs);
    for (auto& [id, point] : model_.points) {
      const auto all = values[index(id)].view<float>();
      const bool per_channel = point.spec.granularity == Granularity::per_channel;
      const std::size_t parts =
          per_channel ? static_cast<std::size_t>(shape_of(id)[0]) : std::size_t{1};
      for (std::size_t part = 0; part < parts; ++part) {
        const auto some = all.subspan(part * (all.size() / parts), all.size() / parts);
        const auto [lo, hi] = std::ranges::minmax(some);
        const Range range{lo, hi};
        if (part == 0) point.spec = concrete(point.spec, range);
        point.params.push_back(choose_params(range, point.spec));
      }
    }
  }

  Random random_;
  RandomSpecs specs_;
  QuantGraph model_;
  Shape input_shape_;
  std::vector<ValueId> images_;
  int next_name_ = 0;
};

}  // namespace vernier
