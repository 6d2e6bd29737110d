#pragma once

// For tests: graphs by hand, random tensors, and what a session gives against the reference.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/compute/session.h"
#include "vernier/ir/shapes.h"
#include "vernier/reference/evaluate.h"

namespace vernier {

inline Tensor random_tensor(const Shape& shape, Random& random) {
  Tensor tensor(DType::f32, shape);
  for (float& element : tensor.edit<float>()) element = static_cast<float>(random.normal());
  return tensor;
}

inline ValueId add_input(Graph& graph, const std::string& name, Shape shape) {
  const ValueId id = add_value(graph, {.name = name, .shape = std::move(shape)});
  graph.inputs.push_back(id);
  return id;
}

/// A constant of normal random numbers.
inline ValueId add_random(Graph& graph, Shape shape, Random& random) {
  return add_constant(graph, fmt::format("c{}", graph.values.size()), random_tensor(shape, random));
}

/// A node with one output, named after its place.
inline ValueId add_node(Graph& graph, Op op, std::vector<ValueId> inputs) {
  const std::string name = fmt::format("v{}", graph.values.size());
  std::vector<ValueType> types;
  for (const ValueId id : inputs) types.push_back({graph[id].dtype, graph[id].shape});
  const ValueType type = infer(op, types)[0];
  const ValueId output = add_value(graph, {.name = name, .dtype = type.dtype, .shape = type.shape});
  graph.nodes.push_back({name, std::move(op), std::move(inputs), {output}});
  return output;
}

/// Weight and bias are made up.
inline ValueId add_conv(Graph& graph, Conv op, ValueId x, const Shape& weight, Random& random) {
  const ValueId w = add_random(graph, weight, random);
  const ValueId b = add_random(graph, {weight[0]}, random);
  return add_node(graph, std::move(op), {x, w, b});
}

inline std::vector<Tensor> random_inputs(const Graph& graph, Random& random) {
  std::vector<Tensor> inputs;
  for (const ValueId id : graph.inputs) inputs.push_back(random_tensor(graph[id].shape, random));
  return inputs;
}

/// Largest difference of any element, against the largest element.
inline double relative_difference(const Tensor& actual, const Tensor& expected) {
  if (actual.shape() != expected.shape()) return std::numeric_limits<double>::infinity();
  double difference = 0.0;
  double magnitude = 1e-6;
  for (std::size_t i = 0; i < expected.view<float>().size(); ++i) {
    const double left = actual.view<float>()[i];
    const double right = expected.view<float>()[i];
    if (std::isnan(left) && std::isnan(right)) continue;
    if (left != right) difference = std::max(difference, std::abs(left - right));
    if (std::isnan(left) != std::isnan(right)) return std::numeric_limits<double>::infinity();
    if (std::isfinite(right)) magnitude = std::max(magnitude, std::abs(right));
  }
  return difference / magnitude;
}

inline constexpr double tolerance = 1e-4;

/// Runs the graph on random inputs through a session and through the reference.
inline void expect_like_reference(const Graph& graph, Random& random, const std::string& what,
                                  double most = tolerance) {
  const std::vector<Tensor> inputs = random_inputs(graph, random);
  const std::vector<Tensor> expected = evaluate(graph, inputs);
  Session session(graph, {});
  session.run(inputs);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    EXPECT_LE(relative_difference(session.output(i), expected[index(graph.outputs[i])]), most)
        << what << ", output " << i;
  }
}

}  // namespace vernier
