#include "vernier/ptq/sample_places.h"

#include <algorithm>
#include <numeric>

#include "vernier/base/random.h"

namespace vernier {

std::int64_t plane_size(const Shape& shape) {
  return std::accumulate(shape.begin() + std::min<std::ptrdiff_t>(2, std::ssize(shape)),
                         shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::vector<std::int64_t> sample_places(std::int64_t plane, std::int64_t image) {
  const std::int64_t count = std::min(plane, most_places);
  std::vector<std::int64_t> places(static_cast<std::size_t>(count));
  Random random(static_cast<std::uint64_t>(image));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = plane * i / count;
    const std::int64_t end = plane * (i + 1) / count;
    places[static_cast<std::size_t>(i)] = begin + random.below(end - begin);
  }
  return places;
}

}  // namespace vernier
