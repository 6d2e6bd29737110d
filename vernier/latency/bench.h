#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "vernier/latency/report.h"
#include "vernier/latency/runtime.h"

namespace vernier {

struct BenchOptions {
  std::int64_t batch = 1;
  int threads = 1;
  int samples = 7;
  double seconds = 0.4;  ///< of one sample
  bool layers = true;
  std::vector<std::string> against = {};
  std::map<std::string, Shape> shapes = {};
  std::function<void(int done, int most)> progress = {};
};

/// Measures a network: samples by processes that take turns, then the layers here.
BenchReport bench(const BenchFiles& files, const BenchOptions& options);

}  // namespace vernier
