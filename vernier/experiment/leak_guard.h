#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "vernier/data/dataset.h"

namespace vernier {

/// Who the samples of a set are: enough to compare it with another set without reading it again.
struct SetIdentity {
  std::string sha256;  ///< Dataset::sha256
  std::vector<std::string> names;
  std::vector<Fingerprint> prints;

  bool operator==(const SetIdentity&) const = default;
};

/// Costs nothing where the set was recording() while it was read.
SetIdentity identify(const Dataset& dataset);

/// calibration.bin of a run folder, with which `vernier test` guards too. A damaged file is an
/// Error that begins with `what`.
std::vector<std::byte> to_bytes(const SetIdentity& identity);
SetIdentity parse_identity(std::span<const std::byte> file, const std::string& what);

/// What the validation set shares with the calibration set.
struct LeakReport {
  struct Pair {
    std::string calibration;
    std::string validation;
    bool equal = false;  ///< pixel for pixel
  };
  static constexpr std::size_t most_named = 5;

  std::int64_t images = 0;  ///< of the validation set
  std::vector<Pair> first;  ///< `most_named` at most
};

LeakReport compare_sets(const SetIdentity& calibration, const SetIdentity& validation);

}  // namespace vernier
