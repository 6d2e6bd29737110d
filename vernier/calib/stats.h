#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/calib/histogram.h"

namespace vernier {

/// Extrema and sums of one image, or of a weight tensor or channel.
struct Moments {
  std::int64_t count = 0;
  float lo = 0.0F;
  float hi = 0.0F;
  double sum = 0.0;
  double sum_abs = 0.0;
  double sum_squares = 0.0;

  bool operator==(const Moments&) const = default;
};

/// One pass over finite values. Sums run in a fixed order, so that they are the same on every
/// machine. A NaN or an infinity makes `sum_abs` not finite.
Moments moments(std::span<const float> values);

float largest_magnitude(const Moments& moments);

/// What one pass over the data remembers about a tensor. Plain data: it is merged, saved and shown,
/// and every calibrator reads the same one. Extrema and sums are kept image by image in the order
/// of the set, because averages over images depend on that order and sums of floats do too.
struct TensorStats {
  std::vector<Moments> images;
  Histogram histogram;

  bool operator==(const TensorStats&) const = default;

  float lo() const;  ///< over all images; 0 when there is none
  float hi() const;
};

/// Statistics of one tensor or channel that is at hand, as one image.
TensorStats stats_of(std::span<const float> values);

/// `more` has seen other images of the same tensor: they follow.
void append(TensorStats& stats, const TensorStats& more);
/// `other` is another tensor of the same images that shall share parameters with this one.
void unite(TensorStats& stats, const TensorStats& other);

/// What one pass over a calibration set remembers of a network.
struct Stats {
  std::string model_sha256;        ///< of the canonical graph and its constants
  std::string data_sha256;         ///< of the samples and the preprocessing
  std::vector<std::string> names;  ///< values of the canonical graph
  std::vector<TensorStats> tensors;

  bool operator==(const Stats&) const = default;
};

/// Statistics of a value by its name, or nullptr.
const TensorStats* find_stats_if_any(const Stats& stats, std::string_view name);

/// How many images they are of.
std::int64_t images_seen(const Stats& stats);

/// Two runs over parts of a set equal one run over the whole.
void append(Stats& stats, const Stats& more);

/// stats.bin: versioned and checksummed. A damaged file is an Error that begins with `what`.
std::vector<std::byte> to_bytes(const Stats& stats);
Stats parse_stats(std::span<const std::byte> file, const std::string& what);
Stats load_stats(const std::filesystem::path& path);

}  // namespace vernier
