#include "vernier/data/loader.h"

#include <chrono>
#include <numeric>

#include <gtest/gtest.h>

#include "vernier/data/test_folder.h"

namespace vernier {
namespace {

// Sample i is the image of one pixel i, with the label i; some entries are not as they should be.
Content read_number(const Source& source, std::int64_t entry) {
  if (source.entries[static_cast<std::size_t>(entry)].name == "broken") fail("broken {}", entry);
  const std::int64_t width = source.entries[static_cast<std::size_t>(entry)].name == "wide" ? 2 : 1;
  // Those that come first take longest.
  std::this_thread::sleep_for(std::chrono::microseconds(entry % 3 == 0 ? 300 : 0));
  return blank_image({1, width}, 1, static_cast<std::uint8_t>(entry));
}

Source numbers(std::int64_t count) {
  Source source{.read = read_number};
  for (std::int64_t i = 0; i < count; ++i) source.entries.push_back({fmt::format("{}", i), i});
  return source;
}

Dataset dataset(Source source) {
  std::vector<std::int64_t> order(source.entries.size());
  std::iota(order.begin(), order.end(), 0);
  return {std::move(source), std::move(order), {}};
}

TEST(Loader, KeepsTheOrderForAnyNumberOfThreadsAndAnyBatch) {
  const Dataset set = dataset(numbers(23));
  for (const int threads : {1, 2, 5}) {
    for (const std::int64_t size : {1, 4, 23, 100}) {
      Loader loader(set, size, threads);
      std::int64_t seen = 0;
      while (const std::optional<Batch> batch = loader.next()) {
        const std::int64_t expected = std::min(size, 23 - seen);
        ASSERT_EQ(batch->first, seen);
        ASSERT_EQ(batch->inputs.shape(), (Shape{expected, 1, 1, 1})) << "the last may be shorter";
        ASSERT_EQ(batch->labels.size(), static_cast<std::size_t>(expected));
        for (std::size_t i = 0; i < batch->labels.size(); ++i, ++seen) {
          EXPECT_EQ(batch->labels[i], seen);
          EXPECT_EQ(batch->inputs.view<float>()[i], static_cast<float>(seen));
        }
      }
      EXPECT_EQ(seen, 23) << threads << " threads, batches of " << size;
      EXPECT_FALSE(loader.next()) << "nothing comes after the end";
    }
  }
}

TEST(Loader, BeginsWhereItIsTold) {
  const Dataset set = dataset(numbers(23));
  for (const std::int64_t begin : {0, 5, 22}) {
    Loader loader(set, 4, 2, begin);
    const std::optional<Batch> batch = loader.next();
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->first, begin);
    EXPECT_EQ(batch->labels[0], begin);
    EXPECT_EQ(batch->inputs.view<float>()[0], static_cast<float>(begin));
  }
  EXPECT_FALSE(Loader(set, 4, 2, 23).next());
}

TEST(Loader, AnErrorComesOutWhereItsSampleWouldHave) {
  Source source = numbers(20);
  source.entries[9].name = "broken";
  source.entries[10].name = "broken";
  const Dataset set = dataset(std::move(source));
  for (const int threads : {1, 2, 5}) {
    Loader loader(set, 4, threads);
    EXPECT_TRUE(loader.next());
    EXPECT_TRUE(loader.next()) << "samples 4 to 7 come before the broken one";
    EXPECT_EQ(message_of([&] { loader.next(); }), "broken 9") << threads;
  }
}

TEST(Loader, ABatchHasOneShape) {
  Source source = numbers(8);
  source.entries[6].name = "wide";
  const Dataset set = dataset(std::move(source));
  Loader loader(set, 4, 2);
  EXPECT_TRUE(loader.next());
  const std::string message = message_of([&] { loader.next(); });
  EXPECT_NE(message.find("wide is [1,1,2], but 4 is [1,1,1]"), std::string::npos) << message;
  Loader single(set, 1, 2);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(single.next()) << "batches of 1 need no common shape";
}

TEST(Loader, MayBeDestroyedAtAnyTime) {
  const Dataset set = dataset(numbers(200));
  for (int taken = 0; taken < 5; ++taken) {
    Loader loader(set, 3, 5);
    for (int i = 0; i < taken; ++i) EXPECT_TRUE(loader.next());
  }
}

std::atomic<std::int64_t> reads = 0;

Content count_reads(const Source& /*source*/, std::int64_t /*entry*/) {
  ++reads;
  return blank_image({1, 1}, 1);
}

TEST(Loader, LoadsOnlyAFewBatchesAhead) {
  Source source = numbers(1000);
  source.read = count_reads;
  reads = 0;
  Loader loader(dataset(std::move(source)), 4, 2);
  EXPECT_TRUE(loader.next());
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LE(reads.load(), 4 + 2 * (4 + 2));
}

}  // namespace
}  // namespace vernier
