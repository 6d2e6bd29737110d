#include "vernier/base/similar.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

namespace vernier {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  const std::size_t farthest = std::min<std::size_t>(3, word.size() / 2);
  const auto best = std::ranges::min_element(
      known, {}, [&](std::string_view each) { return edit_distance(word, each); });
  if (best == known.end() || edit_distance(word, *best) > farthest) return "";
  return fmt::format("; did you mean '{}'?", *best);
}

}  // namespace vernier
