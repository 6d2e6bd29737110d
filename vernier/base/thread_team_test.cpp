#include "vernier/base/thread_team.h"

#include <chrono>

#include <gtest/gtest.h>

namespace vernier {
namespace {

TEST(ThreadTeam, EveryPartIsDoneOnceATurn) {
  for (const int size : {1, 2, 3, 7}) {
    ThreadTeam team(size);
    ASSERT_EQ(team.size(), size);
    std::vector<int> turns(static_cast<std::size_t>(size));  // not atomic: a race would show
    for (int turn = 1; turn <= 500; ++turn) {
      team.run([&](int part) { ++turns[static_cast<std::size_t>(part)]; });
      for (const int each : turns) ASSERT_EQ(each, turn) << size << " parts";
    }
  }
}

TEST(ThreadTeam, WorksAgainAfterItFellAsleep) {
  ThreadTeam team(3);
  std::atomic<int> calls = 0;
  for (int turn = 1; turn <= 3; ++turn) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    team.run([&](int) { ++calls; });
    EXPECT_EQ(calls, 3 * turn);
  }
}

TEST(ThreadTeam, TheSlowestIsWaitedFor) {
  ThreadTeam team(2);
  bool done = false;
  const std::thread::id caller = std::this_thread::get_id();
  team.run([&](int part) {
    if (part == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (std::this_thread::get_id() != caller)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (part == 1) done = true;
  });
  EXPECT_TRUE(done);
}

TEST(ThreadTeam, SeveralTeamsLiveSideBySide) {
  ThreadTeam outer(2);
  std::atomic<int> calls = 0;
  outer.run([&](int) {
    ThreadTeam inner(2);
    for (int turn = 0; turn < 50; ++turn) inner.run([&](int) { ++calls; });
  });
  EXPECT_EQ(calls, 200);
}

}  // namespace
}  // namespace vernier
