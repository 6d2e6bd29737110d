#pragma once

#include <functional>
#include <string_view>

#include "vernier/ptq/float_sums.h"
#include "vernier/ptq/integer_world.h"
#include "vernier/ptq/method.h"

namespace vernier {

/// Both networks on the same images, the float one in whole, the integer one layer by layer.
struct TwoWorlds {
  QuantGraph model;
  IntegerGraph integers;
  std::int64_t images;
  FloatSums targets;
  IntegerWorld world;

  TwoWorlds(QuantGraph start, IntegerGraph lowered, std::int64_t count);

  /// The node of the model that an integer layer comes from.
  Node& layer_of(const IntegerNode& node);
  /// Takes over what has changed in the model's layer.
  void update(const IntegerNode& node) { lower_again(integers, model, layer_of(node)); }
};

using FitLayer = std::function<void(TwoWorlds& worlds, const IntegerNode& node)>;

/// Lets `fit` change every integer layer in the order of execution, so that each sees what those
/// before it, already changed, give for the calibration images. The log hears of it as `name`.
QuantGraph fit_layers(QuantGraph model, const MethodInput& input, std::string_view name,
                      const FitLayer& fit);

}  // namespace vernier
