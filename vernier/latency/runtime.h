#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "vernier/latency/rounds.h"

namespace vernier {

/// Somebody else who can run the network.
struct TimedRuntime {
  std::string_view name;
  std::string_view help;
  std::string_view program;      ///< in runtimes/; empty: our own float executor, always fp32
  std::string_view environment;  ///< NAME=VALUE that it needs; may be empty
};

std::span<const TimedRuntime> timed_runtimes();

/// Of NAME or NAME:PRECISION.
const TimedRuntime& find_runtime(std::string_view what);

/// The files of one network, as far as it has them.
struct BenchFiles {
  std::string name;                 ///< for tables
  std::filesystem::path plan;       ///< what our engine runs
  std::filesystem::path quantized;  ///< ONNX with QuantizeLinear and DequantizeLinear
  std::filesystem::path model;      ///< the float network
};

/// `what` is NAME, NAME:int8 or NAME:fp32; without a precision that of our side. `arguments` are
/// understood by every program that takes samples. An Error says which file is missing or that the
/// runtime is not installed.
Contender contender_of(std::string_view what, const BenchFiles& files,
                       const std::vector<std::string>& arguments);

/// Our side: this very program, one sample a process.
Contender our_contender(const BenchFiles& files, const std::vector<std::string>& arguments);

}  // namespace vernier
