#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "vernier/base/progress.h"
#include "vernier/data/dataset.h"
#include "vernier/ir/quant_graph.h"

namespace vernier {

/// What a method works with beside the network.
struct MethodInput {
  const Dataset& calibration;
  std::int64_t memory_bytes = std::int64_t{512} << 20U;  ///< for the images that it keeps
  std::function<void(const std::string&)> note = {};     ///< takes what it chose, for the log
  Progress progress = {};
};

/// Makes a calibrated network better without labels: a function from one network to another with
/// the same points. Where it changes weights they stand on their integer grid afterwards.
struct Method {
  std::string_view name;
  std::string_view help;
  QuantGraph (*run)(QuantGraph model, const MethodInput& input);
};

/// In no order; a configuration names those that run, in its own order.
std::span<const Method> methods();

// The methods. Only method.cpp and the tests call them by name.
QuantGraph affine_correction(QuantGraph model, const MethodInput& input);
QuantGraph bias_correction(QuantGraph model, const MethodInput& input);
QuantGraph bn_calibration(QuantGraph model, const MethodInput& input);
QuantGraph gptq(QuantGraph model, const MethodInput& input);

}  // namespace vernier
