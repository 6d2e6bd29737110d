#pragma once

#include <cstdint>
#include <memory>

#include "vernier/ir/graph.h"

namespace vernier {

/// Each node of a graph as one oneDNN primitive on memory of its own, in the layouts that oneDNN
/// likes best: what no executor on oneDNN can beat. For Conv, MaxPool, GlobalAveragePool and Gemm;
/// Flatten is free.
class OnednnAlone {
 public:
  OnednnAlone(Graph graph, std::int64_t batch, int threads);
  ~OnednnAlone();

  /// Runs every primitive alone, twice in a row; remembers the least time that its second run took.
  void measure();
  /// Sum of the least times of all primitives.
  double milliseconds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vernier
