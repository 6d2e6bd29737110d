#include "vernier/base/thread_team.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

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

// A part reads what all parts of the turn before wrote; not atomic, so that a race would show.
TEST(ThreadTeam, ATurnBeginsWhenTheOneBeforeIsDone) {
  for (const int size : {1, 2, 3, 7}) {
    ThreadTeam team(size);
    std::array<std::vector<int>, 2> sums;
    for (std::vector<int>& each : sums) each.resize(static_cast<std::size_t>(size));
    constexpr std::uint32_t turns = 500;
    team.run_turns(turns, [&](std::uint32_t turn, int part) {
      const std::vector<int>& before = sums[(turn + 1) % 2];
      sums[turn % 2][static_cast<std::size_t>(part)] = 1 + *std::ranges::min_element(before);
    });
    for (const int sum : sums[(turns - 1) % 2]) ASSERT_EQ(sum, turns) << size << " parts";
  }
}

// More threads than cores, and asleep at first: most are late, and others do their parts.
TEST(ThreadTeam, PartsOfLateThreadsAreDoneOnceByOthers) {
  const std::size_t size = std::max(16U, 2 * std::thread::hardware_concurrency());
  constexpr std::uint32_t turns = 100;
  ThreadTeam team(static_cast<int>(size));
  std::size_t taken_over = 0;
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::vector<std::vector<std::thread::id>> threads(turns * size);  // of each part
    team.run_turns(turns, [&](std::uint32_t turn, int part) {
      threads[turn * size + static_cast<std::size_t>(part)].push_back(std::this_thread::get_id());
    });
    for (std::size_t turn = 0; turn < turns; ++turn) {
      std::set<std::thread::id> busy;
      for (std::size_t part = 0; part < size; ++part) {
        const std::vector<std::thread::id>& calls = threads[turn * size + part];
        ASSERT_EQ(calls.size(), 1U) << "part " << part << " of turn " << turn;
        busy.insert(calls[0]);
      }
      taken_over += size - busy.size();
    }
  }
  EXPECT_GT(taken_over, 0U);
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
