#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/base/thread_team.h"
#include "vernier/engine/kernels.h"
#include "vernier/engine/plan.h"
#include "vernier/engine/prepare.h"

namespace vernier {

struct TeamMember;

struct EngineOptions {
  const Kernels* kernels = &vernier::kernels();
  int threads = 1;  ///< that one `run` uses; the results do not depend on it
};

/// What stands in the memory of a buffer, in the shape of the value: i32 for integers, else f32.
Tensor dense(const Buffer& buffer, const std::byte* memory);

/// The reading `deployed`: runs a plan in memory of its own, allocated once. One engine serves one
/// caller at a time; engines of several callers may share a plan.
class Engine {
 public:
  /// A plan that `verify` refuses is an Error, and so is one that needs more memory than there is.
  explicit Engine(std::shared_ptr<const Plan> plan, const EngineOptions& options = {});

  const Plan& plan() const { return *plan_; }

  /// Called behind each step with its position in Plan::steps and the number of the image.
  using Observer = std::function<void(std::size_t step, std::int64_t image)>;

  /// Computes the outputs, one array for each port of the plan, as the model has them (f32, NCHW).
  /// Where the network takes any batch, every array holds the same number of images, one behind the
  /// other. Wrong sizes are an Error. Allocates nothing.
  void run(std::span<const std::span<const float>> inputs,
           std::span<const std::span<float>> outputs, const Observer& observer = nullptr);

  /// The same on f32 tensors. The results have the shapes of the outputs for the batch of the
  /// inputs.
  std::vector<Tensor> run(std::span<const Tensor> inputs, const Observer& observer = nullptr);

  /// From now on a buffer of the arena is here instead: its elements, and `slack_bytes` behind them
  /// that can be read. For parts of a network that share their values; the caller keeps the memory.
  void bind(BufferId id, std::byte* memory);
  /// Where a buffer is now.
  const std::byte* memory(BufferId id) const { return memories_[0].sources.at(index(id)); }

  /// What a buffer holds now; see dense(). For use in an observer; later steps may take the memory.
  Tensor value(BufferId id) const;

 private:
  // What one image at a time is computed in.
  struct Memory {
    AlignedBytes arena;
    std::vector<const std::byte*> sources;  // of each buffer
    std::vector<std::byte*> targets;        // of each buffer; null where it cannot be written
  };
  struct Arrays {
    std::span<const std::span<const float>> inputs;
    std::span<const std::span<float>> outputs;
  };

  void add_memory();
  void take_image(Memory& memory, const Arrays& arrays, std::int64_t image) const;
  void run_step_of(std::size_t step, const Memory& memory, const TeamMember& member) const;
  void run_images(const Arrays& arrays, std::int64_t images);
  void run_image(const Arrays& arrays, std::int64_t image, const Observer& observer);

  std::shared_ptr<const Plan> plan_;
  const Kernels* kernels_;
  std::unique_ptr<ThreadTeam> team_;  // null: one thread
  PreparedWeights prepared_;
  std::vector<std::size_t> turns_;  // first steps of what threads wait for together; the end
  std::vector<bool> is_done_;       // of each step: what it does has been done by one before it
  std::vector<Memory> memories_;    // one a thread where the network takes any batch
};

}  // namespace vernier
