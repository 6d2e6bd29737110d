#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace vernier {

/// Threads that stay ready between short pieces of work: they look for the next one for some tens
/// of microseconds, then sleep. What a thread has not begun in time, because other programs take
/// its core, the caller of `run` does itself.
class ThreadTeam {
 public:
  /// `size` counts the thread that calls `run`.
  explicit ThreadTeam(int size);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  /// Calls body(part) once for each part of 0..size()-1, several at the same time, and returns when
  /// all have returned. Mostly the same thread does the same part. The body must not throw. One
  /// thread may call it at a time.
  template <typename Body>
  void run(const Body& body) {
    start({.call = [](const void* self, int part) { (*static_cast<const Body*>(self))(part); },
           .body = &body});
    body(0);
    finish();
  }

  /// Calls body(turn, part) for each turn of 0..turns-1 and each part; a turn begins when all parts
  /// of the one before have returned. Cheaper than as many calls of `run`: each thread walks
  /// through the turns by itself. Parts that a thread does not begin in time are done by others. As
  /// with `run`, the body must not throw, and one thread may call it at a time.
  template <typename Body>
  void run_turns(std::uint32_t turns, const Body& body) {
    const Turns all{.count = turns,
                    .call = [](const void* self, std::uint32_t turn,
                               int part) { (*static_cast<const Body*>(self))(turn, part); },
                    .body = &body};
    for (Progress& part : progress_) {
      part.begun.value = part.done = 0;
      part.is_late = false;
    }
    run([&](int part) { walk(all, static_cast<std::size_t>(part)); });
  }

 private:
  struct Work {
    void (*call)(const void* body, int part) = nullptr;  // null: the end
    const void* body = nullptr;
  };
  // Written by one side and watched by the other: each in a cache line of its own.
  struct alignas(64) Counter {
    std::atomic<std::uint32_t> value = 0;
  };
  struct Turns {
    std::uint32_t count = 0;
    void (*call)(const void* body, std::uint32_t turn, int part) = nullptr;
    const void* body = nullptr;
  };
  // How many turns of a part somebody has begun, and how many are done; whether another thread than
  // its own did the last one. Who watches `done` has `is_late` in the same cache line.
  struct Progress {
    Counter begun;
    alignas(64) std::atomic<std::uint32_t> done = 0;
    std::atomic<bool> is_late = false;
  };

  void start(Work work);
  void finish();
  void serve(std::size_t part);
  bool take(std::size_t part, std::uint32_t turn);
  void work_on(std::size_t part);
  void walk(const Turns& turns, std::size_t part);
  bool do_turn(const Turns& turns, std::uint32_t turn, std::size_t part, bool is_late);
  void wait_for(const Turns& turns, std::uint32_t turn, std::size_t part);

  std::vector<std::thread> threads_;
  std::vector<Counter> taken_;      // by part: the last turn in which somebody took it
  std::vector<Progress> progress_;  // by part
  Work work_;
  Counter turn_;  // how often work was given
  Counter busy_;  // parts that are not done
};

}  // namespace vernier
