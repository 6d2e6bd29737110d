#pragma once

#include <cstdint>
#include <functional>

namespace vernier {

/// Number of threads for the parallel parts: what `set_thread_count` said, else the cores that this
/// process may use.
int thread_count();
void set_thread_count(int count);

/// Calls body(index, worker) once for each index in 0..count-1, worker in 0..thread_count()-1, on
/// up to `thread_count()` threads. Which worker gets an index is not fixed, so a result must depend
/// on the index alone; `worker` only picks scratch memory. The first exception is thrown again
/// here.
void parallel_for(std::int64_t count,
                  const std::function<void(std::int64_t index, int worker)>& body);

}  // namespace vernier
