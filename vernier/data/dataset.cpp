#include "vernier/data/dataset.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>

#include "vernier/base/error.h"
#include "vernier/base/hash.h"
#include "vernier/base/parallel.h"
#include "vernier/base/random.h"
#include "vernier/base/table.h"

namespace vernier {
namespace {

constexpr std::array table = {
    DatasetKind{"images", "a folder of images, a folder per class, or a list 'path label'",
                "list preprocess", open_images},
    DatasetKind{"cifar10", "CIFAR-10, binary version: data_batch_N.bin, test_batch.bin, or .bin.gz",
                "split preprocess", open_cifar10},
    DatasetKind{"idx", "the files of MNIST: {train,t10k}-{images-idx3,labels-idx1}-ubyte, or .gz",
                "split preprocess", open_idx},
    DatasetKind{"tensors", "a folder of .npy files, inputs as they are; labels from a list", "list",
                open_tensors},
};

void verify_given(const DatasetKind& kind, std::string_view option, bool given) {
  if (given && kind.takes.find(option) == std::string_view::npos)
    fail("data of the kind '{}' take no '{}'; they take {}", kind.name, option, kind.takes);
}

void verify_options(const DatasetKind& kind, const DatasetOptions& options) {
  verify_given(kind, "list", !options.list.empty());
  verify_given(kind, "split", !options.split.empty());
  verify_given(kind, "annotations", !options.annotations.empty());
  verify_given(kind, "preprocess", !options.preprocess.steps.empty());
  if (kind.takes.starts_with("split") && options.split != "train" && options.split != "test")
    fail("{}: split is '{}', expected 'train' or 'test'", options.path.string(), options.split);
  verify(options.preprocess);
}

std::vector<std::int64_t> choose_order(std::int64_t entries, const DatasetOptions& options) {
  if (entries == 0) fail("{}: has no {}", options.path.string(), options.kind);
  const std::int64_t count = options.count.value_or(entries);
  if (count < 1 || count > entries) {
    fail("{}: count is {}, expected 1 to {}, which is all there are", options.path.string(), count,
         entries);
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(entries));
  std::iota(order.begin(), order.end(), 0);
  if (options.shuffle_seed) Random(*options.shuffle_seed).shuffle(std::span(order));
  order.resize(static_cast<std::size_t>(count));
  return order;
}

void update(Sha256& hash, std::string_view text) { hash.update(std::as_bytes(std::span(text))); }

Fingerprint print_of(const Content& content) {
  return std::visit([](const auto& each) { return fingerprint(each); }, content);
}

}  // namespace

std::span<const DatasetKind> dataset_kinds() { return table; }

/// Whoever claims a place first writes it.
struct Dataset::Record {
  explicit Record(std::size_t count) : claimed(count), prints(count) {}

  std::vector<std::atomic<bool>> claimed;
  std::vector<Fingerprint> prints;
};

Dataset::Dataset(Source source, std::vector<std::int64_t> order, Preprocess preprocess)
    : source_(std::make_shared<const Source>(std::move(source))),
      order_(std::move(order)),
      preprocess_(std::move(preprocess)) {}

const Entry& Dataset::entry(std::int64_t index) const {
  VERNIER_CHECK(index >= 0 && index < size());
  return source_->entries[static_cast<std::size_t>(order_[static_cast<std::size_t>(index)])];
}

Content Dataset::read(std::int64_t index) const {
  const auto at = static_cast<std::size_t>(index);
  Content content = source_->read(*source_, order_[at]);
  if (record_ && !record_->claimed[at].exchange(true)) record_->prints[at] = print_of(content);
  return content;
}

Sample Dataset::load(std::int64_t index) const {
  const Entry& from = entry(index);
  Content content = read(index);
  if (auto* tensor = std::get_if<Tensor>(&content)) return {std::move(*tensor), from.label};
  try {
    return {apply(preprocess_, std::get<Picture>(content)), from.label};
  } catch (const Error& error) {
    fail("{}: {}", from.name, error.what());
  }
}

bool Dataset::has_labels() const {
  return std::ranges::all_of(source_->entries,
                             [](const Entry& each) { return each.label.has_value(); });
}

Dataset Dataset::first(std::int64_t count) const {
  VERNIER_CHECK(count >= 1 && count <= size());
  Dataset part = *this;
  part.order_.resize(static_cast<std::size_t>(count));
  return part;
}

Dataset Dataset::only(std::int64_t index) const {
  Dataset one = *this;
  one.order_ = {order_.at(static_cast<std::size_t>(index))};
  one.record_.reset();  // its places are those of the whole set
  return one;
}

Dataset Dataset::recording() const {
  Dataset set = *this;
  set.record_ = std::make_shared<Record>(order_.size());
  return set;
}

std::vector<Fingerprint> Dataset::fingerprints() const {
  if (!record_) return recording().fingerprints();
  parallel_for(size(), [&](std::int64_t index, int /*worker*/) {
    if (!record_->claimed[static_cast<std::size_t>(index)]) read(index);
  });
  const auto begin = record_->prints.begin();
  return {begin, begin + static_cast<std::ptrdiff_t>(size())};
}

std::string Dataset::sha256(std::span<const Fingerprint> prints) const {
  VERNIER_CHECK(prints.size() == order_.size());
  Sha256 hash;
  for (std::int64_t index = 0; index < size(); ++index) {
    const std::string& content = prints[static_cast<std::size_t>(index)].sha256;
    const std::int64_t label = entry(index).label.value_or(-1);
    update(hash, fmt::format("{} {}\n", content, label));
  }
  return hash.finish();
}

Dataset open_dataset(const DatasetOptions& options) {
  const DatasetKind& kind = find(dataset_kinds(), options.kind, "kind of data set");
  verify_options(kind, options);
  Source source = kind.open(options);
  std::vector<std::int64_t> order =
      choose_order(static_cast<std::int64_t>(source.entries.size()), options);
  return {std::move(source), std::move(order), options.preprocess};
}

std::string describe(const DatasetOptions& options) {
  std::string text = fmt::format("{} {}", options.kind, options.path.string());
  if (!options.split.empty()) text += fmt::format(", split {}", options.split);
  if (!options.list.empty()) text += fmt::format(", list {}", options.list.string());
  if (options.count) text += fmt::format(", the first {}", *options.count);
  if (options.shuffle_seed) text += fmt::format(", shuffled by seed {}", *options.shuffle_seed);
  return text;
}

}  // namespace vernier
