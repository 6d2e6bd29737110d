#pragma once

namespace vernier {

/// 1 / (1 + exp(-x)) as a quotient of two polynomials in float32 with fused multiply-adds, for x in
/// -18..18: the same float as ONNX Runtime's Sigmoid for every x (docs/parity.md).
float rational_logistic(float x);

}  // namespace vernier
