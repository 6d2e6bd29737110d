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

 private:
  struct Work {
    void (*call)(const void* body, int part) = nullptr;  // null: the end
    const void* body = nullptr;
  };
  // Written by one side and watched by the other: each in a cache line of its own.
  struct alignas(64) Counter {
    std::atomic<std::uint32_t> value = 0;
  };

  void start(Work work);
  void finish();
  void serve(std::size_t part);
  bool take(std::size_t part, std::uint32_t turn);
  void work_on(std::size_t part);

  std::vector<std::thread> threads_;
  std::vector<Counter> taken_;  // by part: the last turn in which somebody took it
  Work work_;
  Counter turn_;  // how often work was given
  Counter busy_;  // parts that are not done
};

}  // namespace vernier
