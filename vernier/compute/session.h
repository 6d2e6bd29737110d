#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/ir/graph.h"

namespace vernier {

struct SessionOptions {
  std::int64_t batch = 1;
  /// Inside one operator. Many sessions may run at once, each on a thread of its own.
  int threads = 1;
  /// Values that the tap sees. They stand apart from others, so that it may change them.
  std::vector<ValueId> tapped;
  /// No memory is reused: every value can be read after a run, as a backward step needs.
  bool keep_values = false;
};

/// A value as the executor holds it, right after it was computed and before anybody reads it.
struct ValueView {
  ValueId id{};
  /// The whole buffer; each image is one of `batch` equal, contiguous parts.
  std::span<float> elements;
  /// The session's batch; 1 for a graph of fixed shapes.
  std::int64_t batch = 1;
  /// 1: row-major. Else channels stand in blocks of this many (N C/b ... b; all of them in one
  /// block for channels-last), and the last block may have lanes behind the last channel. They hold
  /// zero and must stay zero.
  std::int64_t channel_block = 1;
  /// Size of axis 1; 1 for what has no such axis.
  std::int64_t channels = 1;
};
using Tap = std::function<void(const ValueView&)>;

/// Called behind each step with its position in Session::steps.
using StepObserver = std::function<void(std::size_t step)>;

/// What runs, in order: an operator of a node, or a change of layout in front of it.
struct StepInfo {
  std::string node;
  std::string implementation;  ///< oneDNN's name for its kernel, or "loops"
};

/// A float graph prepared for one batch size: primitives, layouts, memory. Results depend on the
/// options (sums that nobody looks at are fused, which may show in the last bit) and the machine,
/// never on other sessions or on time. May move between threads, but is not for use by two at once.
class Session {
 public:
  /// An Error names: Foreign operators, a node that computes integers at run time, a tapped
  /// constant, memory that cannot be had.
  Session(const Graph& graph, const SessionOptions& options);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// `inputs`: one f32 tensor for each graph input, with the session's batch size on axis 0 (or the
  /// graph's fixed shape). `tap` is called for the tapped values in the order of their computation;
  /// what it changes is what the readers see.
  void run(std::span<const Tensor> inputs, const Tap& tap = {}, const StepObserver& observer = {});
  /// Output number `position` of the graph, dense, after a run.
  Tensor output(std::size_t position) const;
  /// Any computed value or constant, dense, after a run; needs keep_values.
  Tensor value(ValueId id) const;
  /// Bytes that this session allocated for activations and scratch memory.
  std::int64_t activation_bytes() const;
  std::vector<StepInfo> steps() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vernier
