#pragma once

#include <filesystem>
#include <string>

#include "vernier/experiment/evaluate.h"
#include "vernier/experiment/runtime.h"

namespace vernier {

/// A file of a run folder in the runtime that reads it, over a data set.
class RuntimeCheck {
 public:
  /// A runtime that is not known, or a file that is not there, is an Error.
  RuntimeCheck(const std::string& runtime, std::filesystem::path folder,
               const QuantizedNetwork& network);

  RuntimeRun run(const Dataset& dataset) const;
  std::int64_t file_bytes() const;

  /// The first layer whose integers are not ours for one image, as a line for the log. Asked of the
  /// values that the runtime shows; empty if it shows none.
  std::string first_difference(const Dataset& image) const;

 private:
  std::filesystem::path model() const;
  RuntimeTask task() const;

  const Runtime& runtime_;
  const std::filesystem::path folder_;
  const QuantizedNetwork& network_;
};

}  // namespace vernier
