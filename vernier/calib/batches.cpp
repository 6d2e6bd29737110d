#include "vernier/calib/batches.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "vernier/base/parallel.h"

namespace vernier {
namespace {

// About the elements of 32 CIFAR images: what still stays in a second-level cache with its
// activations.
constexpr std::int64_t elements_of_a_batch = 3 * 32 * 32 * 32;
constexpr std::int64_t most_images = 32;

void fill_up(Tensor& inputs, std::int64_t batch) {
  Shape shape = inputs.shape();
  if (shape[0] == batch) return;
  shape[0] = batch;
  Tensor full(inputs.dtype(), shape);
  std::ranges::copy(inputs.bytes(), full.edit_bytes().begin());
  inputs = full;
}

}  // namespace

std::int64_t natural_batch(const Graph& graph) {
  if (!graph.any_batch) return 1;
  std::int64_t elements = 1;
  for (const ValueId id : graph.inputs)
    elements = std::max(elements, element_count(graph[id].shape));
  return std::clamp<std::int64_t>(elements_of_a_batch / elements, 1, most_images);
}

std::int64_t for_each_batch(const Dataset& dataset, const BatchOptions& options,
                            const std::function<void(const Batch&, int)>& body) {
  Loader loader(dataset, options.batch, thread_count(), options.begin);
  std::mutex mutex;
  std::int64_t done = options.begin;
  std::int64_t next = options.begin;
  bool stop = false;
  const auto take = [&]() -> std::optional<Batch> {
    const std::lock_guard lock(mutex);
    if (stop) return std::nullopt;
    stop = true;  // stays so if the loader throws: an Error ends the other workers too
    std::optional<Batch> batch = loader.next();
    if (!batch) return batch;
    fill_up(batch->inputs, options.batch);
    next = batch->first + static_cast<std::int64_t>(batch->labels.size());
    stop = options.pause && options.pause();
    return batch;
  };
  const auto report = [&](std::int64_t images) {
    const std::lock_guard lock(mutex);
    done += images;
    if (options.progress) options.progress(done, dataset.size());
  };
  parallel_for(thread_count(), [&](std::int64_t, int worker) {
    while (const std::optional<Batch> batch = take()) {
      body(*batch, worker);
      report(static_cast<std::int64_t>(batch->labels.size()));
    }
  });
  return next;
}

}  // namespace vernier
