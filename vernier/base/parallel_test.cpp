#include "vernier/base/parallel.h"

#include <atomic>
#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

TEST(ParallelFor, VisitsEachIndexOnceForAnyNumberOfThreads) {
  for (const int threads : {1, 2, 7}) {
    set_thread_count(threads);
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(1000, [&](std::int64_t i, int worker) {
      ASSERT_LT(worker, threads);
      ++visits[static_cast<std::size_t>(i)];
    });
    for (const auto& count : visits) ASSERT_EQ(count, 1);
  }
}

TEST(ParallelFor, ThrowsTheErrorOfAWorkerHere) {
  set_thread_count(3);
  EXPECT_THROW(parallel_for(100,
                            [](std::int64_t i, int) {
                              if (i == 50) fail("broken");
                            }),
               Error);
  parallel_for(0, [](std::int64_t, int) { FAIL() << "called for nothing"; });
}

}  // namespace
}  // namespace vernier
