#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/data/image.h"
#include "vernier/data/luma_grid.h"

namespace vernier {

/// What a sample is, before preprocessing and without its label.
struct Fingerprint {
  std::string sha256;  ///< of the decoded pixels, or of the elements of a tensor
  std::optional<LumaGrid> luma = std::nullopt;  ///< of pictures

  bool operator==(const Fingerprint&) const = default;
};

Fingerprint fingerprint(const Picture& picture);
Fingerprint fingerprint(const Tensor& tensor);

/// Two pictures look alike when the root mean square difference of their grids is at most this many
/// grey levels, and at most this share of the larger contrast (the standard deviation of a grid).
/// Measured: JPEG of quality 50 moves the grids of the 10,000 test images of CIFAR-10 by 3.1 at
/// most, and those of 970 ImageNet images by 1.3; halving by the mean of four pixels by 0.6
/// and 1.1. (An antialiased half of 32x32 pixels is further away for three images in a hundred.)
/// Strangers: of 500 million pairs of training and test images of CIFAR-10 one is nearer, of 600
/// million of Fashion-MNIST, where garments resemble each other, 17; of ImageNet's none.
inline constexpr double alike_levels = 4.0;
inline constexpr double alike_contrast = 0.2;

bool look_alike(const LumaGrid& a, const LumaGrid& b);

/// A sample of one set that the other set holds too.
struct Leak {
  std::int64_t calibration = 0;  ///< positions in the two sets
  std::int64_t validation = 0;
  bool equal = false;  ///< pixel for pixel; else they look alike

  bool operator==(const Leak&) const = default;
};

/// One leak for each validation sample that calibration saw too, in the order of the validation
/// set. The grids are compared within a window of equal mean luma, so that large sets take seconds.
std::vector<Leak> find_leaks(std::span<const Fingerprint> calibration,
                             std::span<const Fingerprint> validation);

}  // namespace vernier
