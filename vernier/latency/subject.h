#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "vernier/base/tensor.h"

namespace vernier {

struct SubjectOptions {
  std::int64_t batch = 1;
  int threads = 1;
  std::map<std::string, Shape> shapes = {};  ///< as in ImportOptions
};

/// A step of a network, with its work for one run.
struct StepWork {
  std::string name;  ///< of the node
  std::string kind;  ///< "Convolve", or the name of oneDNN's kernel
  std::int64_t macs = 0;
  std::int64_t bytes = 0;  ///< of constants, operands and results, each counted once
};

/// Called behind each step with its position; a step may come once for each image.
using StepDone = std::function<void(std::size_t step)>;

/// A network that is ready to run on some input of its own.
struct Subject {
  std::string precision;  ///< "int8" or "fp32"
  std::vector<StepWork> steps;
  std::int64_t file_bytes = 0;
  std::int64_t activation_bytes = 0;
  std::vector<std::int64_t> input_sizes;  ///< elements of each input for the whole batch
  std::function<void(const StepDone& done)> run;

  std::int64_t macs() const;
};

/// Opens a plan (.plan) for the engine, or else a model for the float executor.
Subject open_subject(const std::filesystem::path& path, const SubjectOptions& options);

/// What every competitor gets for input number `position`: normal numbers, the same everywhere.
std::vector<float> bench_input(std::size_t position, std::int64_t size);

// The two kinds of subject. Only subject.cpp calls them.
Subject plan_subject(const std::filesystem::path& path, const SubjectOptions& options);
Subject float_subject(const std::filesystem::path& path, const SubjectOptions& options);

}  // namespace vernier
