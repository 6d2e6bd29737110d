// GPTQ (Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
// Transformers", ICLR 2023, arXiv 2210.17323, section 3.3): weights are rounded one after the
// other, and what one loses is made good by those that are still free. For the error e of a row of
// weights its sums lose e^T H e in the mean square. With H = L L^T that is |L^T e|^2, and from the
// last weight to the first
//   q_k = round(w_k + sum over i > k of L_ik e_i / L_kk)
// leaves of each term of the sum what rounding cannot help. That is the algorithm of the paper in
// the opposite order, without its inverse of H (Chen et al., "The Geometry of LLM Quantization:
// GPTQ as Babai's Nearest Plane Algorithm", arXiv 2507.18553). H is damped as the paper has it, by
// 0.01 of the mean of its diagonal.

#include "vernier/ptq/error_feedback.h"

#include <vector>

#include "vernier/ptq/add_rows.h"
#include "vernier/ptq/cholesky.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

constexpr double damping = 0.01;

}  // namespace

void round_with_feedback(std::span<float> row, std::span<const double> factor,
                         const QuantParams& params, const QuantSpec& spec) {
  const std::size_t depth = row.size();
  std::vector<double> owed(depth, 0.0);
  for (std::size_t k = depth; k-- > 0;) {
    const double* column = factor.data() + k * depth;
    const auto wanted = static_cast<float>(row[k] + owed[k] / column[k]);
    const float rounded = dequantize(quantize(wanted, params, spec), params);
    const double error = static_cast<double>(row[k]) - rounded;
    add_rows({column, depth, &error, 1, 1}, std::span(owed).first(k));
    row[k] = rounded;
  }
}

void feedback_factor(std::span<double> covariance, std::size_t depth) {
  double trace = 0.0;
  for (std::size_t i = 0; i < depth; ++i) trace += covariance[i * depth + i];
  // Where nothing ever varies every rounding is as good: the nearest is what the unit gives.
  const double added = trace > 0.0 ? damping * trace / static_cast<double>(depth) : 1.0;
  for (std::size_t i = 0; i < depth; ++i) covariance[i * depth + i] += added;
  cholesky(covariance, depth);
}

}  // namespace vernier
