#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/data/dataset.h"

namespace vernier {

/// Consecutive samples, stacked along a new outermost axis.
struct Batch {
  std::int64_t first = 0;  ///< index of the first sample in the data set
  Tensor inputs = {};      ///< [B,C,H,W], or [B,...] for tensors
  std::vector<std::optional<std::int64_t>> labels = {};
};

/// Reads a data set ahead of its user: threads load samples, `next` stacks them into batches, in
/// the order of the set for any number of threads. Two batches, and two samples for each thread,
/// are the most that waits in memory. `next` is for one caller at a time.
class Loader {
 public:
  /// `batch` and `threads` from 1; `begin` is the sample to begin with.
  Loader(Dataset dataset, std::int64_t batch, int threads, std::int64_t begin = 0);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch; the last one may be shorter; nothing after it. A sample that cannot be loaded,
  /// or whose shape is not that of the others of its batch, is an Error; do not go on after it.
  std::optional<Batch> next();

 private:
  using Outcome = std::variant<std::monostate, Sample, std::exception_ptr>;

  void work();
  Outcome load(std::int64_t index) const;
  Outcome& slot(std::int64_t index) {
    return ring_[static_cast<std::size_t>(index) % ring_.size()];
  }
  Sample take();
  void stack(const Sample& sample, std::int64_t position, Batch& batch) const;

  const Dataset dataset_;
  const std::int64_t batch_;
  std::mutex mutex_;  // guards all below, except threads_
  std::condition_variable loaded_;
  std::condition_variable taken_;
  std::vector<Outcome> ring_;  // sample i waits at i modulo the size
  std::int64_t next_load_;     // index of the next sample that a thread will load
  std::int64_t next_take_;     // index of the next sample that `next` will take
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vernier
