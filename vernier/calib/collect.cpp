// One pass over the calibration set. Each worker owns a session and histograms; moments go to their
// place by image, and histograms of counts add up to the same in any order, so the result does not
// depend on who did what. From time to time all workers pause, and what is there belongs to the
// first images and no other: a pass that was interrupted goes on from that.

#include "vernier/calib/collect.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "vernier/base/error.h"
#include "vernier/base/hash.h"
#include "vernier/base/parallel.h"
#include "vernier/base/random.h"
#include "vernier/calib/batches.h"
#include "vernier/compute/session.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

/// Elements of one image that are real: all but the padding lanes of the last channel block, which
/// are squeezed out into `scratch`.
std::array<std::span<const float>, 2> real_elements(const ValueView& view, std::int64_t image,
                                                    std::vector<float>& scratch) {
  const std::int64_t count = static_cast<std::int64_t>(view.elements.size()) / view.batch;
  const std::span<const float> all = view.elements.subspan(static_cast<std::size_t>(image * count),
                                                           static_cast<std::size_t>(count));
  const std::int64_t block = view.channel_block;
  const std::int64_t rest = block > 1 ? view.channels % block : 0;
  if (rest == 0) return {all, {}};
  const std::int64_t blocks = view.channels / block + 1;
  const std::int64_t per_block = count / blocks;
  const auto tail = all.subspan(static_cast<std::size_t>((blocks - 1) * per_block));
  scratch.clear();
  for (std::int64_t i = 0; i < per_block; i += block) {
    const auto pixel = tail.subspan(static_cast<std::size_t>(i), static_cast<std::size_t>(rest));
    scratch.insert(scratch.end(), pixel.begin(), pixel.end());
  }
  return {all.first(static_cast<std::size_t>((blocks - 1) * per_block)), scratch};
}

Moments joined(const Moments& a, const Moments& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  return {.count = a.count + b.count,
          .lo = std::min(a.lo, b.lo),
          .hi = std::max(a.hi, b.hi),
          .sum = a.sum + b.sum,
          .sum_abs = a.sum_abs + b.sum_abs,
          .sum_squares = a.sum_squares + b.sum_squares};
}

/// All of the image, or one run out of each of equal stretches, at a place that differs from
/// stretch to stretch and from image to image: so no channel or row is passed over.
void sample(std::span<const float> values, std::int64_t image, std::vector<float>& samples) {
  constexpr std::int64_t run = 64;
  constexpr std::int64_t runs = most_binned / run;
  const auto size = static_cast<std::int64_t>(values.size());
  if (size <= most_binned) {
    samples.insert(samples.end(), values.begin(), values.end());
    return;
  }
  Random random(static_cast<std::uint64_t>(image));
  for (std::int64_t i = 0; i < runs; ++i) {
    const std::int64_t begin = size * i / runs;
    const std::int64_t room = size * (i + 1) / runs - begin - run + 1;
    const auto place = static_cast<std::size_t>(begin + random.below(room));
    const auto part = values.subspan(place, run);
    samples.insert(samples.end(), part.begin(), part.end());
  }
}

class Collector {
 public:
  Collector(const Graph& graph, const Dataset& dataset, const CollectOptions& options)
      : graph_(graph), dataset_(dataset), outputs_(options.outputs) {
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      const Value& value = graph.values[i];
      if (value.constant || value.dtype != DType::f32) continue;
      places_.emplace(static_cast<ValueId>(i), observed_.size());
      observed_.push_back(static_cast<ValueId>(i));
      stats_.names.push_back(value.name);
    }
    stats_.model_sha256 = graph_sha256(graph);
    stats_.tensors.resize(observed_.size());
    if (images_seen(options.before) > 0) go_on_from(options.before);
    for (TensorStats& tensor : stats_.tensors)
      tensor.images.resize(static_cast<std::size_t>(dataset.size()));
    workers_.resize(static_cast<std::size_t>(thread_count()));
  }

  void see(const Batch& batch, int index) {
    Worker& worker = workers_[static_cast<std::size_t>(index)];
    if (!worker.session) {
      worker.session.emplace(graph_,
                             SessionOptions{.batch = batch.inputs.shape()[0], .tapped = observed_});
      worker.histograms.resize(observed_.size());
    }
    worker.session->run({&batch.inputs, 1}, [&](const ValueView& view) {
      for (std::size_t i = 0; i < batch.labels.size(); ++i) {
        observe(view, static_cast<std::int64_t>(i), batch.first + static_cast<std::int64_t>(i),
                worker);
      }
    });
    keep_outputs(*worker.session, batch);
  }

  /// Of the first so many images, while nobody is at work.
  Stats first(std::int64_t images) {
    gather();
    Stats stats = stats_;
    for (TensorStats& tensor : stats.tensors)
      tensor.images.resize(static_cast<std::size_t>(images));
    return stats;
  }

  Stats finish() {
    gather();
    return std::move(stats_);
  }

 private:
  void go_on_from(const Stats& before) {
    if (before.names != stats_.names) {
      fail("the statistics to go on from hold {} values of another network: delete them",
           before.names.size());
    }
    stats_.tensors = before.tensors;
  }

  void keep_outputs(const Session& session, const Batch& batch) {
    const std::int64_t size = batch.inputs.shape()[0];
    const auto place = static_cast<std::size_t>(batch.first / size);
    if (outputs_ == nullptr || place >= outputs_->size() || batch.first % size != 0) return;
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i)
      (*outputs_)[place].push_back(session.output(i));
  }

  void gather() {
    for (Worker& worker : workers_) {
      for (std::size_t i = 0; i < worker.histograms.size(); ++i)
        merge(stats_.tensors[i].histogram, std::exchange(worker.histograms[i], {}));
    }
  }

  struct Worker {
    std::optional<Session> session;
    std::vector<Histogram> histograms;
    std::vector<float> scratch;
    std::vector<float> samples;
  };

  void observe(const ValueView& view, std::int64_t place, std::int64_t image, Worker& worker) {
    const std::size_t tensor = places_.at(view.id);
    const auto parts = real_elements(view, place, worker.scratch);
    const Moments seen = joined(moments(parts[0]), moments(parts[1]));
    if (!std::isfinite(seen.sum_abs)) {
      fail("value '{}' is not finite for image '{}': the network or the image is broken",
           graph_[view.id].name, dataset_.name(image));
    }
    stats_.tensors[tensor].images[static_cast<std::size_t>(image)] = seen;
    worker.samples.clear();
    for (const auto part : parts) sample(part, image, worker.samples);
    add(worker.histograms[tensor], worker.samples, largest_magnitude(seen));
  }

  const Graph& graph_;
  const Dataset& dataset_;
  BatchOutputs* outputs_;
  std::map<ValueId, std::size_t> places_;
  std::vector<ValueId> observed_;
  Stats stats_;
  std::vector<Worker> workers_;
};

}  // namespace

std::string graph_sha256(const Graph& graph) {
  const std::string text = to_text(graph, {.longest_constant = 0});
  return sha256(std::as_bytes(std::span(text)));
}

Stats collect(const Graph& graph, const Dataset& dataset, const CollectOptions& options) {
  using Clock = std::chrono::steady_clock;
  Collector collector(graph, dataset, options);
  std::int64_t done = images_seen(options.before);
  VERNIER_CHECK(done <= dataset.size());
  while (done < dataset.size()) {
    const auto begin = Clock::now();
    const auto is_time = [&] { return options.keep && Clock::now() - begin >= options.period; };
    done = for_each_batch(dataset,
                          {.batch = natural_batch(graph),
                           .begin = done,
                           .pause = is_time,
                           .progress = options.progress},
                          [&](const Batch& batch, int worker) { collector.see(batch, worker); });
    if (done < dataset.size()) options.keep(collector.first(done));
  }
  return collector.finish();
}

}  // namespace vernier
