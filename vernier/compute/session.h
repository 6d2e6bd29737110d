#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/ir/graph.h"

namespace vernier {

struct SessionOptions {
  std::int64_t batch = 1;
  int threads = 1;  ///< inside one operator; many sessions may run at once, each on its own thread
  std::vector<ValueId>
      tapped;  ///< values that the tap sees; they are kept apart so that it may change them
  bool keep_values = false;  ///< no memory is reused: every value can be read after a run, as a
                             ///< backward step needs
};

/// A value as the executor holds it, right after it was computed.
struct ValueView {
  ValueId id;
  std::span<float>
      elements;  ///< the whole buffer of the batch; each image is one equal, contiguous part of it
  std::int64_t batch;  ///< number of those parts
  /// Channels are stored in blocks of this many when > 1 (layout N C/b ... b). Channels behind the
  /// last are padding lanes of value zero that must stay zero.
  std::int64_t channel_block;
  std::int64_t channels;  ///< real channels; 1 for what has none
};
using Tap = std::function<void(const ValueView&)>;

/// A float graph prepared for one batch size: primitives, layouts, memory. Results depend on the
/// batch size and the machine, never on other sessions or on time. Not for use by two threads at
/// once.
class Session {
 public:
  /// A Foreign operator or one that needs integers that are not constant is an Error that names the
  /// node.
  Session(const Graph& graph, const SessionOptions& options);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// `inputs`: one f32 tensor for each graph input, axis 0 of the session's batch size (or the
  /// graph's fixed shape).
  void run(std::span<const Tensor> inputs, const Tap& tap = {});
  /// Output `index` of the graph, dense, after a run.
  Tensor output(std::size_t index) const;
  /// Any value, dense; needs keep_values.
  Tensor value(ValueId id) const;
  /// Bytes that this session allocated for activations.
  std::int64_t activation_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vernier
