#pragma once

#include <vector>

#include "vernier/base/random.h"
#include "vernier/base/tensor.h"
#include "vernier/engine/plan.h"

namespace vernier {

/// Normal numbers for every input of a plan, the same each time.
inline std::vector<Tensor> random_inputs(const Plan& plan, std::int64_t batch) {
  Random random(1);
  std::vector<Tensor> inputs;
  for (const Port& port : plan.inputs) {
    Shape shape = plan.buffers[index(port.buffer)].shape;
    if (plan.any_batch && !shape.empty()) shape[0] *= batch;
    for (float& x : inputs.emplace_back(DType::f32, shape).edit<float>()) {
      x = static_cast<float>(random.normal());
    }
  }
  return inputs;
}

}  // namespace vernier
