#pragma once

// Private to compute/: builds a Program, node by node. It knows where each value stands, inserts a
// reorder where a reader wants another layout (once for each layout), and says what may be
// overwritten. The families (forward.h) know the operators.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vernier/compute/program.h"
#include "vernier/compute/session.h"
#include "vernier/ir/graph.h"

namespace vernier {

class Compiler {
 public:
  /// `graph` has the shapes of the session's batch.
  Compiler(Graph graph, const SessionOptions& options, dnnl::engine engine);

  Program compile();

  // ---- What a family asks.

  const dnnl::engine& engine() const { return engine_; }
  const Graph& graph() const { return graph_; }
  const Shape& shape(ValueId id) const { return graph_[id].shape; }
  /// Where the value stands, in the layout that its producer chose.
  Location home(ValueId id);
  Location read(ValueId id, const Layout& wanted) { return reorder(home(id), wanted); }
  Location read_dense(ValueId id) { return read(id, dense_layout(shape(id))); }
  bool is_tapped(ValueId id) const;
  /// Whether the node being compiled is the last to need what stands at `place`, which holds `id`.
  bool may_overwrite(const Location& place, ValueId id) const;

  // ---- What a family does.

  /// The elements of `from` in another layout: itself, a constant, or the result of a step.
  Location reorder(const Location& from, const Layout& wanted);
  /// The same in memory of its own, which nobody else reads.
  Location copy(const Location& from, const Layout& wanted);
  /// Memory for a value that the next step writes.
  Location write(ValueId id, const Layout& layout);
  /// Lets the next step write a value over what stands at `place`: see may_overwrite.
  Location write_over(const Location& place, ValueId id, const Layout& layout);
  /// Memory for `output` in the layout of `source`, which holds `input`: the same memory where that
  /// may be overwritten.
  Location write_like(const Location& source, ValueId input, ValueId output);
  /// Lets a value be what stands at `place` already.
  Location stand(ValueId id, const Location& place);
  void add_primitive(const dnnl::primitive_desc_base& description, dnnl::primitive primitive,
                     std::vector<Argument> arguments);
  void add_loop(std::string implementation, Loop loop, std::vector<Location> arguments);

 private:
  struct Reordered {
    Location from;
    Location to;
  };

  void place_inputs();
  void compile_node(const Node& node);
  bool fold_constants(const Node& node);
  void finish_value(ValueId id);
  /// What stands at `place` changes: it is no longer a copy of another, nor another of it.
  void forget_copies(const Location& place);
  Location add_constant(Tensor tensor, const Layout& layout);
  Location add_buffer(const Layout& layout);
  void add_step(Call step);
  void keep_until(const Location& place, std::int64_t step);
  Memory& buffer(const Location& place);
  const Memory& buffer(const Location& place) const;
  std::int64_t next_step() const { return static_cast<std::int64_t>(program_.steps.size()); }

  Graph graph_;
  const SessionOptions& options_;
  dnnl::engine engine_;
  Program program_;
  std::vector<std::int64_t> pending_;  // reads of each value that are still to be compiled
  std::vector<Reordered> reordered_;
  std::string node_;  // being compiled
};

}  // namespace vernier
