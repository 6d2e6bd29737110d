#include "vernier/data/fingerprint.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "vernier/base/hash.h"
#include "vernier/base/parallel.h"

namespace vernier {
namespace {

constexpr auto cells = static_cast<std::int64_t>(LumaGrid{}.size());

std::string content_sha256(const Shape& shape, std::span<const std::byte> bytes) {
  Sha256 hash;
  const std::string text = to_string(shape);
  hash.update(std::as_bytes(std::span(text)));
  hash.update(bytes);
  return hash.finish();
}

std::int64_t sum(const LumaGrid& grid) {
  return std::accumulate(grid.begin(), grid.end(), std::int64_t{0});
}

std::int64_t squared_distance(const LumaGrid& a, const LumaGrid& b) {
  int total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int difference = int{a[i]} - int{b[i]};
    total += difference * difference;
  }
  return total;
}

/// 64 times the squared standard deviation.
double squared_contrast(const LumaGrid& grid) {
  const auto mean = static_cast<double>(sum(grid)) / cells;
  return std::accumulate(grid.begin(), grid.end(), 0.0, [&](double total, std::uint8_t level) {
    return total + (level - mean) * (level - mean);
  });
}

/// The pictures of a set, the darkest first. Sums of alike grids are close to each other: by
/// Cauchy's inequality a difference of the means is never above the root mean square.
class ByLuma {
 public:
  explicit ByLuma(std::span<const Fingerprint> prints) {
    for (std::size_t i = 0; i < prints.size(); ++i) {
      const auto& luma = prints[i].luma;
      if (luma) sorted_.push_back({sum(*luma), static_cast<std::int64_t>(i), *luma});
    }
    std::ranges::sort(sorted_, {},
                      [](const Entry& entry) { return std::pair(entry.sum, entry.index); });
  }

  /// The first in the set that looks like it.
  std::optional<std::int64_t> find_alike(const LumaGrid& grid) const {
    constexpr auto reach = static_cast<std::int64_t>(alike_levels * cells);
    const std::int64_t middle = sum(grid);
    std::optional<std::int64_t> found;
    for (auto at = std::ranges::lower_bound(sorted_, middle - reach, {}, &Entry::sum);
         at != sorted_.end() && at->sum <= middle + reach; ++at) {
      if (found && *found < at->index) continue;
      if (look_alike(at->luma, grid)) found = at->index;
    }
    return found;
  }

 private:
  struct Entry {
    std::int64_t sum = 0;
    std::int64_t index = 0;
    LumaGrid luma{};
  };
  std::vector<Entry> sorted_;
};

}  // namespace

Fingerprint fingerprint(const Picture& picture) {
  return {content_sha256({picture.height, picture.width, picture.channels},
                         std::as_bytes(std::span(picture.pixels))),
          luma_grid(picture)};
}

Fingerprint fingerprint(const Tensor& tensor) {
  return {content_sha256(tensor.shape(), tensor.bytes())};
}

bool look_alike(const LumaGrid& a, const LumaGrid& b) {
  const auto distance = static_cast<double>(squared_distance(a, b));
  return distance <= alike_levels * alike_levels * cells &&
         distance <=
             alike_contrast * alike_contrast * std::max(squared_contrast(a), squared_contrast(b));
}

std::vector<Leak> find_leaks(std::span<const Fingerprint> calibration,
                             std::span<const Fingerprint> validation) {
  std::unordered_map<std::string_view, std::int64_t> equal;
  for (std::size_t i = 0; i < calibration.size(); ++i)
    equal.try_emplace(calibration[i].sha256, static_cast<std::int64_t>(i));
  const ByLuma by_luma(calibration);
  std::vector<std::optional<Leak>> found(validation.size());
  parallel_for(static_cast<std::int64_t>(validation.size()), [&](std::int64_t i, int /*worker*/) {
    const auto at = static_cast<std::size_t>(i);
    const Fingerprint& print = validation[at];
    if (const auto same = equal.find(print.sha256); same != equal.end()) {
      found[at] = Leak{.calibration = same->second, .validation = i, .equal = true};
    } else if (const auto alike = print.luma ? by_luma.find_alike(*print.luma) : std::nullopt) {
      found[at] = Leak{.calibration = *alike, .validation = i, .equal = false};
    }
  });
  std::vector<Leak> leaks;
  for (const auto& each : found) {
    if (each) leaks.push_back(*each);
  }
  return leaks;
}

}  // namespace vernier
