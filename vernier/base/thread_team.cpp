#include "vernier/base/thread_team.h"

#include "vernier/base/error.h"

namespace vernier {
namespace {

constexpr int most_looks = 1000;  // some 40 microseconds

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether the value stops being `old` within some microseconds.
bool changes_soon(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int look = 0; look < most_looks; ++look) {
    if (value.load(std::memory_order_acquire) != old) return true;
    pause();
  }
  return false;
}

// Returns when the value is not `old` any more.
void wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  if (!changes_soon(value, old)) value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadTeam::ThreadTeam(int size)
    : taken_(static_cast<std::size_t>(size)), progress_(static_cast<std::size_t>(size)) {
  VERNIER_CHECK(size >= 1);
  for (std::size_t part = 1; part < taken_.size(); ++part) {
    threads_.emplace_back([this, part] { serve(part); });
  }
}

ThreadTeam::~ThreadTeam() {
  start({});
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::start(Work work) {
  work_ = work;
  busy_.value.store(static_cast<std::uint32_t>(threads_.size()), std::memory_order_relaxed);
  turn_.value.fetch_add(1, std::memory_order_release);
  turn_.value.notify_all();
}

// Every part is taken once a turn, so that its last turn is the one before until somebody does. Who
// has taken it may read the work: the next turn cannot begin before the part is done.
bool ThreadTeam::take(std::size_t part, std::uint32_t turn) {
  std::uint32_t last = turn - 1;
  return taken_[part].value.compare_exchange_strong(last, turn, std::memory_order_acq_rel);
}

void ThreadTeam::work_on(std::size_t part) {
  work_.call(work_.body, static_cast<int>(part));
  busy_.value.fetch_sub(1, std::memory_order_acq_rel);
}

void ThreadTeam::finish() {
  const std::uint32_t turn = turn_.value.load(std::memory_order_relaxed);
  for (std::size_t part = 1; part < taken_.size(); ++part) {
    if (take(part, turn)) work_on(part);
  }
  for (std::uint32_t busy = busy_.value.load(std::memory_order_acquire); busy != 0;
       busy = busy_.value.load(std::memory_order_acquire)) {
    wait_while(busy_.value, busy);
  }
}

void ThreadTeam::serve(std::size_t part) {
  for (std::uint32_t turn = 0;;) {
    wait_while(turn_.value, turn);
    turn = turn_.value.load(std::memory_order_acquire);
    if (!take(part, turn)) continue;
    if (work_.call == nullptr) return;
    work_on(part);
    busy_.value.notify_one();
  }
}

// Does a part unless somebody has begun it; `is_late`: in place of its own thread.
bool ThreadTeam::do_turn(const Turns& turns, std::uint32_t turn, std::size_t part, bool is_late) {
  Progress& progress = progress_[part];
  std::uint32_t begun = turn;
  if (!progress.begun.value.compare_exchange_strong(begun, turn + 1, std::memory_order_acq_rel)) {
    return false;
  }
  turns.call(turns.body, turn, static_cast<int>(part));
  progress.is_late.store(is_late, std::memory_order_relaxed);
  progress.done.store(turn + 1, std::memory_order_release);
  progress.done.notify_all();
  return true;
}

// Returns when a part is done, if need be by the caller. A thread that was late with its part in
// the turn before is not waited for again: nobody does so until it has done a turn itself.
void ThreadTeam::wait_for(const Turns& turns, std::uint32_t turn, std::size_t part) {
  const Progress& progress = progress_[part];
  std::uint32_t last = progress.done.load(std::memory_order_acquire);
  if (last > turn) return;
  const bool is_late = progress.is_late.load(std::memory_order_relaxed);
  if (!is_late && changes_soon(progress.done, last)) return;
  if (do_turn(turns, turn, part, true)) return;
  for (; last <= turn; last = progress.done.load(std::memory_order_acquire)) {
    wait_while(progress.done, last);
  }
}

// A thread that has been away finds its parts begun until it has caught up; what another one is
// still doing of them it waits for like for the other parts.
void ThreadTeam::walk(const Turns& turns, std::size_t part) {
  for (std::uint32_t turn = 0; turn < turns.count; ++turn) {
    const bool mine = do_turn(turns, turn, part, false);
    for (std::size_t other = 0; other < progress_.size(); ++other) {
      if (other != part || !mine) wait_for(turns, turn, other);
    }
  }
}

}  // namespace vernier
