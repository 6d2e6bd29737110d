#include "vernier/compute/session.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <omp.h>
#include <unistd.h>

#include "vernier/base/memory_plan.h"
#include "vernier/compute/compiler.h"
#include "vernier/compute/fuse_sums.h"
#include "vernier/compute/program.h"
#include "vernier/ir/shapes.h"

namespace vernier {
namespace {

// OpenMP keeps the number of threads for each calling thread. oneDNN divides its work when a
// primitive is made and again when it runs, so both happen inside such a scope.
class ThreadScope {
 public:
  explicit ThreadScope(int threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(threads);
  }
  ~ThreadScope() { omp_set_num_threads(before_); }
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

// Sizes come from the model: what the machine cannot hold is refused before anything is allocated.
void check_memory(double bytes, std::string_view what) {
  const double most =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (bytes > most) {
    fail("{} would take {:.0f} bytes, the machine has {:.0f}; use a smaller batch or input", what,
         bytes, most);
  }
}

struct FreeArena {
  void operator()(std::byte* memory) const {
    ::operator delete(memory, std::align_val_t{byte_alignment});
  }
};
using Arena = std::unique_ptr<std::byte, FreeArena>;

// Not cleared: every buffer is written before it is read.
Arena allocate(std::int64_t bytes) {
  check_memory(static_cast<double>(bytes), "the activations");
  void* memory = ::operator new(static_cast<std::size_t>(bytes), std::align_val_t{byte_alignment});
  return Arena(static_cast<std::byte*>(memory));
}

// A step with its arguments resolved to addresses.
struct BoundStep {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> memories;
  Loop loop;
  std::vector<float*> addresses;
};

void check_options(const Graph& graph, const SessionOptions& options) {
  VERNIER_CHECK(options.batch >= 1 && options.threads >= 1);
  if (const std::string foreign = foreign_operators(graph); !foreign.empty()) {
    fail("the float executor cannot compute {}", foreign);
  }
  if (!graph.any_batch && options.batch != 1) {
    fail("the graph has fixed shapes, expected batch 1, not {}", options.batch);
  }
  for (const ValueId input : graph.inputs) {
    if (graph[input].dtype == DType::f32) continue;
    fail("input '{}' is {}, expected f32: make it a constant", graph[input].name,
         name(graph[input].dtype));
  }
  for (const ValueId id : options.tapped) {
    if (!graph[id].constant) continue;
    fail("'{}' is a constant: only computed values can be tapped", graph[id].name);
  }
}

// The graph that is compiled: for the batch, and with what nobody asked to see fused.
Graph prepared(Graph graph, const SessionOptions& options) {
  infer_shapes(graph, options.batch);
  for (const Value& value : graph.values) {
    const double bytes = static_cast<double>(element_count(value.shape)) * sizeof(float);
    check_memory(bytes, fmt::format("'{}'", value.name));
  }
  if (!options.keep_values) fuse_sums(graph, options.tapped);
  return graph;
}

}  // namespace

struct Session::State {
  State(const Graph& original, const SessionOptions& given)
      : options(given), graph(prepared(original, given)) {
    Compiler compiler(graph, options, engine);
    program = compiler.compile();
    place_buffers();
    for (const Call& step : program.steps) steps.push_back(bind(step));
  }

  void place_buffers() {
    std::vector<Lifetime> lifetimes;
    for (const Memory& buffer : program.buffers) lifetimes.push_back(buffer.lifetime);
    plan = plan_memory(lifetimes);
    arena = allocate(plan.bytes);
  }

  float* address(const Location& place) const {
    const auto position = static_cast<std::size_t>(place.buffer);
    const std::optional<Tensor>& constant = program.buffers[position].constant;
    // oneDNN takes addresses of inputs without const, and does not write to them.
    std::byte* bytes = constant ? const_cast<std::byte*>(constant->bytes().data())
                                : arena.get() + plan.offsets[position];
    return reinterpret_cast<float*>(bytes);
  }

  dnnl::memory memory(const Location& place) const {
    return {place.layout, engine, address(place)};
  }

  BoundStep bind(const Call& step) const {
    BoundStep bound = {
        .primitive = step.primitive, .memories = {}, .loop = step.loop, .addresses = {}};
    for (const auto& [role, place] : step.arguments) {
      if (step.loop) {
        bound.addresses.push_back(address(place));
      } else {
        bound.memories.emplace(role, memory(place));
      }
    }
    return bound;
  }

  ValueView view(const TapPoint& point) const {
    const Shape& shape = graph[point.value].shape;
    const Layout& layout = point.placement.layout;
    return {.id = point.value,
            .elements = {address(point.placement), layout.get_size() / sizeof(float)},
            .batch = graph.any_batch ? options.batch : 1,
            .channel_block = channel_block(layout, shape).value(),
            .channels = shape.size() < 2 ? 1 : shape[1]};
  }

  void copy_inputs(std::span<const Tensor> inputs) {
    if (inputs.size() != graph.inputs.size()) {
      fail("{} inputs given, the graph takes {}", inputs.size(), graph.inputs.size());
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Value& expected = graph[graph.inputs[i]];
      if (inputs[i].dtype() != DType::f32 || inputs[i].shape() != expected.shape) {
        fail("input '{}' is {}{}, expected f32{}", expected.name, name(inputs[i].dtype()),
             to_string(inputs[i].shape()), to_string(expected.shape));
      }
      std::ranges::copy(inputs[i].view<float>(), address(program.inputs[i]));
    }
  }

  void execute(BoundStep& step) {
    if (step.loop) {
      step.loop(step.addresses);
    } else {
      step.primitive.execute(stream, step.memories);
    }
  }

  void run(const Tap& tap, const StepObserver& observer) {
    auto next_tap = program.taps.begin();
    const auto tap_until = [&](std::size_t step) {
      for (; next_tap != program.taps.end() && next_tap->step <= static_cast<std::int64_t>(step);
           ++next_tap) {
        if (tap) tap(view(*next_tap));
      }
    };
    for (std::size_t i = 0; i < steps.size(); ++i) {
      tap_until(i);
      execute(steps[i]);
      if (observer) observer(i);
    }
    tap_until(steps.size());
  }

  Tensor read(const Location& place, const Shape& shape) const {
    Tensor tensor(DType::f32, shape);
    dnnl::memory source = memory(place);
    dnnl::memory target(dense_layout(shape), engine, tensor.edit_bytes().data());
    dnnl::stream reader(engine);
    dnnl::reorder(source, target).execute(reader, source, target);
    return tensor;
  }

  SessionOptions options;
  Graph graph;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Program program;
  MemoryPlan plan;
  Arena arena;
  std::vector<BoundStep> steps;
};

Session::Session(const Graph& graph, const SessionOptions& options) {
  check_options(graph, options);
  const ThreadScope scope(options.threads);
  state_ = std::make_unique<State>(graph, options);
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::run(std::span<const Tensor> inputs, const Tap& tap, const StepObserver& observer) {
  const ThreadScope scope(state_->options.threads);
  state_->copy_inputs(inputs);
  state_->run(tap, observer);
}

Tensor Session::output(std::size_t position) const {
  const Value& value = state_->graph[state_->graph.outputs.at(position)];
  if (value.constant) return *value.constant;  // which may be of integers
  return state_->read(state_->program.outputs[position], value.shape);
}

Tensor Session::value(ValueId id) const {
  VERNIER_CHECK(state_->options.keep_values);
  const Value& value = state_->graph[id];
  if (value.constant) return *value.constant;
  return state_->read(state_->program.values[index(id)].value(), value.shape);
}

std::int64_t Session::activation_bytes() const { return state_->plan.bytes; }

std::vector<StepInfo> Session::steps() const {
  std::vector<StepInfo> infos;
  for (const Call& step : state_->program.steps) {
    infos.push_back({.node = step.node, .implementation = step.implementation});
  }
  return infos;
}

}  // namespace vernier
