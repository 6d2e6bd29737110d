#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/data/entry_file.h"
#include "vernier/data/fingerprint.h"
#include "vernier/data/image.h"
#include "vernier/data/label_list.h"
#include "vernier/data/preprocess.h"

namespace vernier {

/// What a config says about a data set. Each kind takes some of these; one that it does not take is
/// an Error when it is given.
struct DatasetOptions {
  std::string kind = {};            ///< a name of `dataset_kinds()`
  std::filesystem::path path = {};  ///< the folder
  std::filesystem::path list = {};  ///< looked for in the folder, then as it is given
  std::string split = {};           ///< "train" or "test"
  std::filesystem::path annotations = {};
  std::optional<std::int64_t> count = {};          ///< only the first so many, after the shuffle
  std::optional<std::uint64_t> shuffle_seed = {};  ///< absent: the order of the files
  Preprocess preprocess = {};
};

/// One entry before preprocessing. A tensor goes into the network as it is.
using Content = std::variant<Picture, Tensor>;

/// What a kind makes of its files: a list of entries, and how to read one of them.
struct Source {
  std::vector<Entry> entries = {};
  /// Files that hold many entries. Empty where each entry is a file.
  std::vector<EntryFile> files = {};
  /// Thread-safe, and the same for the same entry always.
  Content (*read)(const Source& source, std::int64_t entry) = nullptr;
};

struct DatasetKind {
  std::string_view name;
  std::string_view help;
  std::string_view takes;  ///< of list, split, annotations and preprocess those that it reads
  Source (*open)(const DatasetOptions& options);
};

std::span<const DatasetKind> dataset_kinds();

/// What the network sees, and the answer that is expected of it.
struct Sample {
  Tensor input;  ///< f32: [C,H,W] for images; the shape of the file for tensors
  std::optional<std::int64_t> label;
};

/// An immutable list of samples, read when they are asked for. Cheap to copy; every function may be
/// called from several threads at once.
class Dataset {
 public:
  Dataset(Source source, std::vector<std::int64_t> order, Preprocess preprocess);

  std::int64_t size() const { return static_cast<std::int64_t>(order_.size()); }
  /// A file that is broken, or does not fit the preprocessing, is an Error with its name.
  Sample load(std::int64_t index) const;
  /// The file, or the file and the row in it: "cifar10/test_batch.bin:17", rows from 0.
  const std::string& name(std::int64_t index) const { return entry(index).name; }
  bool has_labels() const;

  /// The same samples, but only the first so many. `count` from 1 to size().
  Dataset first(std::int64_t count) const;

  /// One of its samples.
  Dataset only(std::int64_t index) const;

  /// The same set; it remembers the fingerprint of each sample when that is loaded, so that no
  /// picture has to be decoded for it alone. Copies remember together.
  Dataset recording() const;
  /// Of every sample, in order. Reads on all threads those that were not recorded.
  std::vector<Fingerprint> fingerprints() const;
  /// Names the set: SHA-256 of the contents and labels, in order. `prints` is what `fingerprints`
  /// gave.
  std::string sha256(std::span<const Fingerprint> prints) const;
  std::string sha256() const { return sha256(fingerprints()); }

 private:
  struct Record;

  const Entry& entry(std::int64_t index) const;
  Content read(std::int64_t index) const;

  std::shared_ptr<const Source> source_;
  std::vector<std::int64_t> order_;  // of the samples, as entries of the source
  Preprocess preprocess_;
  std::shared_ptr<Record> record_;
};

/// An empty set, a missing or damaged file, and a `count` above the number of entries are an Error.
Dataset open_dataset(const DatasetOptions& options);

/// What `path` seems to hold, for the command line. Binary batches are `cifar10` and idx files
/// `idx`, of which it takes `split`; `.npy` files are `tensors`, everything else is `images`. The
/// last two take as list a `.txt` file in the folder, or the one beside it that bears its name, if
/// its first line names a file in the folder; among several, calib.txt or train.txt for the split
/// "train", val.txt or test.txt for "test", else Error.
DatasetOptions guess_dataset(const std::filesystem::path& path, std::string_view split = "train");

/// For the log: "images data/val, list val.txt, the first 100 after shuffle 0".
std::string describe(const DatasetOptions& options);

// The kinds. Only dataset.cpp calls them by name.
Source open_images(const DatasetOptions& options);
Source open_cifar10(const DatasetOptions& options);
Source open_idx(const DatasetOptions& options);
Source open_tensors(const DatasetOptions& options);

}  // namespace vernier
