#include "vernier/data/dataset.h"

#include <set>

#include <gtest/gtest.h>

#include "vernier/data/test_folder.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFFU);
  return bytes;
}

const std::string idx_images = big_endian(0x803) + big_endian(3) + big_endian(2) + big_endian(1) +
                               std::string("\x01\x02\x03\x04\x05\x06", 6);
const std::string idx_labels = big_endian(0x801) + big_endian(3) + std::string("\x07\x00\x09", 3);

void write_npy(const fs::path& path, float value) {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n";
  const std::array<float, 2> values = {value, value + 1.0F};
  put(path, std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
                std::string(reinterpret_cast<const char*>(values.data()), 8));
}

using Labels = std::vector<std::optional<std::int64_t>>;

Labels labels_of(const Dataset& set) {
  Labels labels(static_cast<std::size_t>(set.size()));
  for (std::size_t i = 0; i < labels.size(); ++i)
    labels[i] = set.load(static_cast<std::int64_t>(i)).label;
  return labels;
}

std::vector<float> first_values_of(const Dataset& set) {
  std::vector<float> values(static_cast<std::size_t>(set.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = set.load(static_cast<std::int64_t>(i)).input.view<float>().front();
  return values;
}

// Two images of class "a", one of class "b".
fs::path class_folders() {
  const fs::path folder = test_folder();
  fs::create_directories(folder / "b");
  fs::create_directories(folder / "a");
  put(folder / "b" / "1.ppm", ppm(2, 3, 30));
  put(folder / "a" / "2.PPM", ppm(2, 3, 20));
  put(folder / "a" / "1.ppm", ppm(2, 3, 10));
  put(folder / "a" / "notes.txt", "not an image");
  return folder;
}

TEST(Images, FoldersAreClassesInTheOrderOfTheirNames) {
  const Dataset set = open_dataset({.kind = "images", .path = class_folders()});
  EXPECT_TRUE(set.has_labels());
  EXPECT_EQ(labels_of(set), (Labels{0, 0, 1}));
  EXPECT_EQ(first_values_of(set), (std::vector<float>{10, 20, 30}));
  EXPECT_EQ(set.load(0).input.shape(), (Shape{3, 2, 3}));
  EXPECT_TRUE(set.name(2).ends_with("b/1.ppm")) << set.name(2);
}

TEST(Images, AListGivesOrderAndLabels) {
  const fs::path folder = class_folders();
  put(folder / "list.txt", "b/1.ppm 5\na/1.ppm 2\n");
  const Dataset inside = open_dataset({.kind = "images", .path = folder, .list = "list.txt"});
  EXPECT_EQ(labels_of(inside), (Labels{5, 2}));
  EXPECT_EQ(first_values_of(inside), (std::vector<float>{30, 10}));
  put(folder / "a" / "unlabelled.txt", "1.ppm\n");
  const Dataset beside = open_dataset(
      {.kind = "images", .path = folder / "a", .list = folder / "a" / "unlabelled.txt"});
  EXPECT_FALSE(beside.has_labels());
  EXPECT_EQ(labels_of(beside), Labels{std::nullopt});
}

TEST(Images, LooseImagesHaveNoLabels) {
  const Dataset set = open_dataset({.kind = "images", .path = class_folders() / "a"});
  EXPECT_FALSE(set.has_labels());
  EXPECT_EQ(first_values_of(set), (std::vector<float>{10, 20}));
}

TEST(Images, NamesTheFileThatIsWrong) {
  const fs::path folder = class_folders();
  fs::create_directories(folder / "empty");
  const auto message = [&](const DatasetOptions& options) {
    return message_of([&] { open_dataset(options).load(0); });
  };
  const auto names = [&](const DatasetOptions& options, const char* what) {
    return message(options).find(what) != std::string::npos;
  };
  EXPECT_TRUE(names({.kind = "images", .path = folder / "empty"}, "/empty"));
  EXPECT_TRUE(names({.kind = "images", .path = folder / "nowhere"}, "/nowhere"));
  put(folder / "list.txt", "a/3.ppm 1\n");
  EXPECT_TRUE(names({.kind = "images", .path = folder, .list = "list.txt"}, "a/3.ppm"));
  const Preprocess crop = {{CropStep{{9, 9}}}};
  EXPECT_TRUE(names({.kind = "images", .path = folder, .preprocess = crop}, "a/1.ppm"));
  put(folder / "a" / "1.ppm", "P6\n2 3\n255\n");
  EXPECT_TRUE(names({.kind = "images", .path = folder}, "a/1.ppm"));
  put(folder / "loose.ppm", ppm(1, 1, 1));
  EXPECT_TRUE(names({.kind = "images", .path = folder}, "loose.ppm"));
}

TEST(Cifar10, ReadsTheBatchesInOrder) {
  const fs::path folder = test_folder();
  put(folder / "data_batch_2.bin", cifar_rows(1, 2));
  write_gzip(folder / "data_batch_5.bin.gz", cifar_rows(3, 1));
  put(folder / "test_batch.bin", cifar_rows(7, 1));
  const Dataset train = open_dataset({.kind = "cifar10", .path = folder, .split = "train"});
  EXPECT_EQ(labels_of(train), (Labels{1, 2, 3}));
  EXPECT_EQ(first_values_of(train), (std::vector<float>{2, 3, 4}));
  EXPECT_TRUE(train.name(1).ends_with("data_batch_2.bin:1")) << train.name(1);
  EXPECT_TRUE(train.name(2).ends_with("data_batch_5.bin.gz:0")) << train.name(2);
  const Sample test = open_dataset({.kind = "cifar10", .path = folder, .split = "test"}).load(0);
  EXPECT_EQ(test.label, 7);
  ASSERT_EQ(test.input.shape(), (Shape{3, 32, 32}));
  EXPECT_EQ(test.input.view<float>()[1023], 8.0F);
  EXPECT_EQ(test.input.view<float>()[1024], 9.0F);
  EXPECT_EQ(test.input.view<float>()[3071], 10.0F);
}

TEST(Cifar10, NamesTheFileThatIsWrong) {
  const fs::path folder = test_folder();
  const auto open = [&] { open_dataset({.kind = "cifar10", .path = folder, .split = "test"}); };
  EXPECT_NE(message_of(open).find("test_batch.bin"), std::string::npos) << "missing";
  put(folder / "test_batch.bin", cifar_rows(9, 2));
  EXPECT_NE(message_of(open).find("test_batch.bin:1"), std::string::npos) << "label 10";
}

TEST(Idx, ReadsImagesAndLabels) {
  const fs::path folder = test_folder();
  put(folder / "train-images-idx3-ubyte", idx_images);
  write_gzip(folder / "train-labels-idx1-ubyte.gz", idx_labels);
  const Dataset set = open_dataset({.kind = "idx", .path = folder, .split = "train"});
  EXPECT_EQ(labels_of(set), (Labels{7, 0, 9}));
  EXPECT_EQ(first_values_of(set), (std::vector<float>{1, 3, 5}));
  EXPECT_EQ(set.load(1).input.shape(), (Shape{1, 2, 1}));
  EXPECT_TRUE(set.name(1).ends_with("train-images-idx3-ubyte:1")) << set.name(1);
}

TEST(Idx, SurvivesDamage) {
  const fs::path folder = test_folder();
  const auto open = [&] { open_dataset({.kind = "idx", .path = folder, .split = "test"}); };
  put(folder / "t10k-labels-idx1-ubyte", idx_labels);
  EXPECT_NE(message_of(open).find("t10k-images-idx3-ubyte"), std::string::npos);
  put(folder / "t10k-images-idx3-ubyte", idx_images);
  for (const char* file : {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    expect_every_truncation_fails(folder / file, open);
    expect_every_flip_is_survived(folder / file, open);
  }
  const std::string huge(8, '\xFF');
  put(folder / "t10k-images-idx3-ubyte", big_endian(0x803) + big_endian(1) + huge + "a");
  EXPECT_THROW(open(), Error);
}

TEST(Tensors, AreReadAsTheyAre) {
  const fs::path folder = test_folder();
  write_npy(folder / "b.npy", 3.0F);
  write_npy(folder / "a.npy", 0.5F);
  const Dataset set = open_dataset({.kind = "tensors", .path = folder});
  EXPECT_FALSE(set.has_labels());
  EXPECT_EQ(set.load(0).input, Tensor::of<float>({1, 2}, std::array{0.5F, 1.5F}));
  put(folder / "labels.txt", "b.npy 4\n");
  const Dataset listed = open_dataset({.kind = "tensors", .path = folder, .list = "labels.txt"});
  EXPECT_EQ(labels_of(listed), Labels{4});
}

DatasetOptions five_rows() {
  const fs::path folder = test_folder();
  put(folder / "test_batch.bin", cifar_rows(0, 5));
  return {.kind = "cifar10", .path = folder, .split = "test"};
}

TEST(Dataset, CountTakesTheFirstAfterTheShuffle) {
  DatasetOptions options = five_rows();
  options.count = 3;
  EXPECT_EQ(labels_of(open_dataset(options)), (Labels{0, 1, 2}));
  options.shuffle_seed = 1;
  const Labels three = labels_of(open_dataset(options));
  options.count.reset();
  Labels all = labels_of(open_dataset(options));
  EXPECT_EQ(all, labels_of(open_dataset(options)));
  EXPECT_EQ(three, Labels(all.begin(), all.begin() + 3));
  EXPECT_NE(all, (Labels{0, 1, 2, 3, 4}));
  std::ranges::sort(all);
  EXPECT_EQ(all, (Labels{0, 1, 2, 3, 4})) << "a shuffle keeps every sample once";
}

TEST(Dataset, SaysHowManyThereAre) {
  DatasetOptions options = five_rows();
  for (const std::int64_t count : {6, 0, -1}) {
    options.count = count;
    EXPECT_NE(message_of([&] { open_dataset(options); }).find("1 to 5"), std::string::npos);
  }
}

TEST(Dataset, RefusesWhatAKindDoesNotTake) {
  const fs::path folder = class_folders();
  const Preprocess scale = {{ScaleStep{2.0F}}};
  const std::vector<DatasetOptions> wrong = {
      {.kind = "pictures", .path = folder},
      {.kind = "images", .path = folder, .split = "train"},
      {.kind = "images", .path = folder, .annotations = "boxes.json"},
      {.kind = "cifar10", .path = folder},
      {.kind = "cifar10", .path = folder, .split = "validation"},
      {.kind = "idx", .path = folder, .list = "list.txt", .split = "test"},
      {.kind = "tensors", .path = folder, .preprocess = scale},
      {.kind = "images", .path = folder, .preprocess = {{ScaleStep{0.0F}}}},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) EXPECT_THROW(open_dataset(wrong[i]), Error) << i;
}

TEST(Dataset, TheHashNamesContentOrderAndLabels) {
  DatasetOptions options = five_rows();
  const Dataset set = open_dataset(options);
  const std::string hash = set.sha256();
  EXPECT_EQ(hash.size(), 64U);
  const std::vector<Fingerprint> prints = set.fingerprints();
  std::set<std::string> contents;
  for (const Fingerprint& each : prints) contents.insert(each.sha256);
  EXPECT_EQ(contents.size(), 5U);

  options.preprocess = {{ScaleStep{0.5F}}};
  fs::rename(options.path / "test_batch.bin", options.path / "packed");
  write_gzip(options.path / "test_batch.bin.gz", cifar_rows(0, 5));
  EXPECT_EQ(open_dataset(options).sha256(), hash) << "the same content, packed";

  options.shuffle_seed = 1;
  EXPECT_NE(open_dataset(options).sha256(), hash) << "another order";
  options.shuffle_seed.reset();
  std::string rows = cifar_rows(0, 5);
  rows[0] = 9;
  write_gzip(options.path / "test_batch.bin.gz", rows);
  EXPECT_NE(open_dataset(options).sha256(), hash) << "another label";
  EXPECT_EQ(open_dataset(options).fingerprints(), prints);
}

TEST(Dataset, RecordsFingerprintsWhileItIsRead) {
  const DatasetOptions options = five_rows();
  const Dataset set = open_dataset(options);
  const Dataset recording = set.recording();
  const Dataset copy = recording;
  for (std::int64_t i = 0; i < 3; ++i) copy.load(i);
  EXPECT_EQ(recording.fingerprints(), set.fingerprints());
  EXPECT_EQ(recording.first(2).fingerprints(), set.first(2).fingerprints());
  EXPECT_EQ(set.first(2).size(), 2);
  EXPECT_EQ(first_values_of(set.first(2)).size(), 2U);
}

TEST(Dataset, DecodesARecordedSampleOnce) {
  const fs::path folder = test_folder();
  put(folder / "1.ppm", ppm(2, 2, 1));
  put(folder / "2.ppm", ppm(2, 2, 2));
  const Dataset set = open_dataset({.kind = "images", .path = folder}).recording();
  const std::vector<Fingerprint> prints =
      open_dataset({.kind = "images", .path = folder}).fingerprints();
  set.load(0);
  fs::remove(folder / "1.ppm");
  EXPECT_EQ(set.fingerprints(), prints) << "the file is gone, its fingerprint is not";
}

TEST(GuessDataset, KnowsEachKindByItsFiles) {
  const fs::path folder = test_folder();
  put(folder / "test_batch.bin", "");
  EXPECT_EQ(describe(guess_dataset(folder, "test")), "cifar10 " + folder.string() + ", split test");
  fs::remove(folder / "test_batch.bin");
  put(folder / "t10k-images-idx3-ubyte.gz", "");
  EXPECT_EQ(describe(guess_dataset(folder)), "idx " + folder.string() + ", split train");
  fs::remove(folder / "t10k-images-idx3-ubyte.gz");
  put(folder / "a.npy", "");
  EXPECT_EQ(describe(guess_dataset(folder)), "tensors " + folder.string());
  fs::remove(folder / "a.npy");
  EXPECT_EQ(describe(guess_dataset(folder)), "images " + folder.string());
  EXPECT_THROW(guess_dataset(folder / "nowhere"), Error);
}

TEST(GuessDataset, FindsTheListOfTheImages) {
  const fs::path folder = class_folders();
  const auto list = [&](std::string_view split) { return guess_dataset(folder / "a", split).list; };
  EXPECT_EQ(list("train"), "") << "notes.txt is no list";
  put(folder / "a.txt", "1.ppm 0\n");
  EXPECT_EQ(list("train"), folder / "a.txt") << "beside the folder, under its name";
  EXPECT_EQ(guess_dataset((folder / "a").string() + "/").list, folder / "a.txt");
  put(folder / "a" / "val.txt", "2.PPM\n");
  EXPECT_EQ(list("test"), folder / "a" / "val.txt");
  EXPECT_NE(message_of([&] { list("train"); }).find("val.txt"), std::string::npos) << "two lists";
  put(folder / "a" / "calib.txt", "2.PPM wrong\n");
  EXPECT_EQ(list("train"), folder / "a" / "calib.txt");
  EXPECT_THROW(open_dataset(guess_dataset(folder / "a", "train")), Error);
}

TEST(DatasetKinds, AreFoundByName) {
  for (const DatasetKind& kind : dataset_kinds()) {
    EXPECT_FALSE(kind.help.empty()) << kind.name;
    const std::string message = message_of([&] {
      open_dataset({.kind = std::string(kind.name),
                    .path = "/nowhere",
                    .split = kind.takes.starts_with("split") ? "test" : ""});
    });
    EXPECT_NE(message.find("/nowhere"), std::string::npos) << kind.name << ": " << message;
  }
}

}  // namespace
}  // namespace vernier
