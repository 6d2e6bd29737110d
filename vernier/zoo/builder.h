#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vernier/base/random.h"
#include "vernier/base/tensor.h"
#include "vernier/ir/graph.h"

namespace vernier {

/// A graph, and those of its constants that a checkpoint fills: each has its checkpoint's name.
struct Network {
  Graph graph;
  std::vector<ValueId> parameters;
};

struct ConvOptions {
  std::int64_t channels = 1;  ///< of the output
  std::int64_t kernel = 1;    ///< height and width
  std::int64_t stride = 1;
  Ints pads = {0, 0, 0, 0};  ///< top, left, bottom, right
  std::int64_t group = 1;
  bool bias = false;
};

/// Pads of TensorFlow's "same": the output has ceil(size / stride) rows, and the odd row of padding
/// comes last. `x` is the [N,C,H,W] shape of what is padded.
Ints same_pads(const Shape& x, std::int64_t kernel, std::int64_t stride);

/// Builds a network front to back. The node of a layer has the layer's name in the original
/// network, its parameters are "NAME.weight", "NAME.bias" and so on, its result is "NAME.out".
/// Weights are random, from a normal distribution of standard deviation sqrt(2 / fan-in) (He et
/// al., ICCV 2015, equation 10); a batch normalization is the identity.
class NetworkBuilder {
 public:
  /// One input called `input`, of this shape and any batch.
  NetworkBuilder(Shape input, std::uint64_t seed);

  ValueId input() const { return network_.graph.inputs[0]; }
  const Shape& shape(ValueId x) const { return network_.graph[x].shape; }

  ValueId conv(ValueId x, const std::string& name, const ConvOptions& options);
  ValueId batch_norm(ValueId x, const std::string& name, float epsilon);
  ValueId relu(ValueId x, const std::string& name);
  ValueId relu6(ValueId x, const std::string& name);
  /// 3x3, stride 2, a border of 1.
  ValueId max_pool(ValueId x, const std::string& name);
  ValueId add(ValueId left, ValueId right, const std::string& name);
  /// [N,C,H,W] to [N,C].
  ValueId global_average(ValueId x, const std::string& name);
  ValueId linear(ValueId x, const std::string& name, std::int64_t features);

  /// The whole network; its output is renamed to `logits`.
  Network finish(ValueId logits) &&;

 private:
  ValueId node(const std::string& name, Op op, std::vector<ValueId> inputs);
  ValueId parameter(const std::string& name, Tensor tensor);
  Tensor random(Shape shape);

  Network network_;
  Random random_;
};

}  // namespace vernier
