#include "vernier/data/loader.h"

#include <algorithm>
#include <utility>

#include "vernier/base/error.h"

namespace vernier {

Loader::Loader(Dataset dataset, std::int64_t batch, int threads, std::int64_t begin)
    : dataset_(std::move(dataset)), batch_(batch), next_load_(begin), next_take_(begin) {
  VERNIER_CHECK(batch >= 1 && threads >= 1 && begin >= 0 && begin <= dataset_.size());
  const std::int64_t ahead = 2 * (std::min(batch, dataset_.size()) + threads);
  ring_.resize(static_cast<std::size_t>(ahead));
  for (int thread = 0; thread < threads; ++thread) threads_.emplace_back([this] { work(); });
}

Loader::~Loader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  taken_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Loader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    taken_.wait(lock, [&] {
      return stop_ || next_load_ == dataset_.size() ||
             next_load_ < next_take_ + static_cast<std::int64_t>(ring_.size());
    });
    if (stop_ || next_load_ == dataset_.size()) return;
    const std::int64_t index = next_load_++;
    lock.unlock();
    Outcome outcome = load(index);
    lock.lock();
    slot(index) = std::move(outcome);
    if (index == next_take_) loaded_.notify_one();
  }
}

Loader::Outcome Loader::load(std::int64_t index) const {
  try {
    return dataset_.load(index);
  } catch (...) {
    return std::current_exception();
  }
}

Sample Loader::take() {
  std::unique_lock lock(mutex_);
  Outcome& outcome = slot(next_take_);
  loaded_.wait(lock, [&] { return !std::holds_alternative<std::monostate>(outcome); });
  if (const auto* error = std::get_if<std::exception_ptr>(&outcome)) std::rethrow_exception(*error);
  Sample sample = std::get<Sample>(std::exchange(outcome, std::monostate()));
  ++next_take_;
  lock.unlock();
  taken_.notify_one();
  return sample;
}

void Loader::stack(const Sample& sample, std::int64_t position, Batch& batch) const {
  const Shape& shape = sample.input.shape();
  const Shape expected(batch.inputs.shape().begin() + 1, batch.inputs.shape().end());
  if (shape != expected) {
    fail(
        "{} is {}, but {} is {}: samples of one batch need one shape; add a resize or a crop to "
        "the preprocessing, or use batches of 1",
        dataset_.name(batch.first + position), to_string(shape), dataset_.name(batch.first),
        to_string(expected));
  }
  const std::span<const float> values = sample.input.view<float>();
  std::ranges::copy(values, batch.inputs.edit<float>().begin() +
                                position * static_cast<std::ptrdiff_t>(values.size()));
  batch.labels.push_back(sample.label);
}

std::optional<Batch> Loader::next() {
  const std::int64_t first = next_take_;
  const std::int64_t count = std::min(batch_, dataset_.size() - first);
  if (count == 0) return std::nullopt;
  Sample sample = take();
  Shape shape = sample.input.shape();
  shape.insert(shape.begin(), count);
  Batch batch{.first = first, .inputs = Tensor(DType::f32, shape)};
  stack(sample, 0, batch);
  for (std::int64_t position = 1; position < count; ++position) stack(take(), position, batch);
  return batch;
}

}  // namespace vernier
