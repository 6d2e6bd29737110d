#include "vernier/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <sched.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

std::atomic<int> requested_threads = 0;

int usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  return sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;
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
  std::vector<std::thread> helpers;
  const int workers = static_cast<int>(std::min<std::int64_t>(thread_count(), count));
  for (int worker = 1; worker < workers; ++worker) helpers.emplace_back(work, worker);
  work(0);
  for (std::thread& helper : helpers) helper.join();
  if (first) std::rethrow_exception(first);
}

}  // namespace vernier
