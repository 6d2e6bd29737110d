#include "vernier/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>

#include <sched.h>

#include "vernier/base/error.h"
#include "vernier/base/thread_team.h"

namespace vernier {
namespace {

std::atomic<int> requested_threads = 0;

int usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  return sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;
}

/// Threads that wait for the next parallel_for. Who finds none there, within another one or beside
/// it, makes some.
class IdleTeam {
 public:
  std::unique_ptr<ThreadTeam> take(int size) {
    std::unique_ptr<ThreadTeam> team = swap(nullptr);
    return team && team->size() == size ? std::move(team) : std::make_unique<ThreadTeam>(size);
  }
  void give_back(std::unique_ptr<ThreadTeam> team) { swap(std::move(team)); }

 private:
  std::unique_ptr<ThreadTeam> swap(std::unique_ptr<ThreadTeam> other) {
    const std::lock_guard lock(mutex_);
    team_.swap(other);
    return other;
  }

  std::mutex mutex_;
  std::unique_ptr<ThreadTeam> team_;
};

IdleTeam& idle_team() {
  static IdleTeam team;
  return team;
}

}  // namespace

int thread_count() {
  const int requested = requested_threads.load();
  return requested > 0 ? requested : usable_cores();
}

void set_thread_count(int count) {
  VERNIER_CHECK(count >= 1);
  requested_threads = count;
}

void parallel_for(std::int64_t count, const std::function<void(std::int64_t, int)>& body) {
  std::atomic<std::int64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr first;
  const auto work = [&](int worker) {
    for (std::int64_t index = next++; index < count; index = next++) {
      try {
        body(index, worker);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!first) first = std::current_exception();
        next = count;
      }
    }
  };
  if (thread_count() == 1 || count < 2) {
    work(0);
  } else {
    std::unique_ptr<ThreadTeam> team = idle_team().take(thread_count());
    team->run(work);
    idle_team().give_back(std::move(team));
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace vernier
