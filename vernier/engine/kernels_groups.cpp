// Weights sorted into groups whose sums stay in 16 bits, written down as the kernels read them.

#if defined(__x86_64__)

#include "vernier/engine/kernels_groups.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "vernier/engine/kernels.h"
#include "vernier/engine/kernels_avx2_tiles.h"
#include "vernier/engine/kernels_groups_sort.h"
#include "vernier/engine/kernels_winograd.h"

namespace vernier {
namespace {

// With fewer quads what follows a group of any size costs more than groups of four.
constexpr LongSearch long_search = {.at_once = 64, .least_mean = 4};

// Where the next numbers and weights go.
struct Targets {
  std::int32_t* offsets;
  std::int8_t* weights;
};

// In the order in which kernels walk through them.
void write_panel(const SortedPanel& panel, Targets& target) {
  const SortedQuads& sorted = panel.sorted;
  target.offsets = std::ranges::copy(panel.starts, target.offsets).out;
  target.offsets = std::ranges::copy(sorted.sizes, target.offsets).out;
  for (const auto* list : {&sorted.longs, &sorted.fours, &sorted.twos, &sorted.ones}) {
    for (const std::int32_t quad : *list) {
      *target.offsets++ = panel.quads.offsets[static_cast<std::size_t>(quad)];
      target.weights = std::ranges::copy(panel.quads.quad(quad), target.weights).out;
    }
  }
}

GroupedPanel header_of(const SortedPanel& panel, const std::byte* at, const Targets& target) {
  const SortedQuads& sorted = panel.sorted;
  const auto number = [](const std::vector<std::int32_t>& quads, std::size_t size = 1) {
    return static_cast<std::int32_t>(quads.size() / size);
  };
  return {.offsets = reinterpret_cast<const std::byte*>(target.offsets + panel.starts.size()) - at,
          .weights = reinterpret_cast<const std::byte*>(target.weights) - at,
          .quads = panel.quads.count(),
          .longs = number(sorted.sizes),
          .fours = number(sorted.fours, 4),
          .twos = number(sorted.twos, 2),
          .ones = number(sorted.ones),
          .parts = panel.starts.empty() ? 1 : winograd_parts};
}

// Calls sort(quads) for each vector of channels, until it gives nothing: then neither does this.
template <typename Sort>
SortedPanels sorted_panels(const Convolve& step, const std::int8_t* weights, std::int64_t channels,
                           std::int32_t most, Sort&& sort) {
  SortedPanels panels;
  for (std::int64_t i = 0; i < step.groups * panels_of(step.sizes.channels); ++i) {
    for (std::int64_t channel = 0; channel < panel_channels; channel += channels) {
      const std::int8_t* first = weights + i * quads_of(step) * quad_weights + channel * 4;
      CutQuads quads = cut_into_quads(step, first, channels, most);
      std::optional<SortedQuads> sorted = sort(quads);
      if (!sorted) return {};
      panels.push_back({std::move(quads), *std::move(sorted)});
    }
  }
  return panels;
}

AlignedBytes grouped_long(const Convolve& step, const std::int8_t* weights, std::int32_t most) {
  const auto sort = [&](const CutQuads& quads) { return sorted_long(quads, most, long_search); };
  const SortedPanels panels = sorted_panels(step, weights, panel_channels, most, sort);
  return panels.empty() ? AlignedBytes() : written(panels);
}

AlignedBytes grouped_short(const Convolve& step, const std::int8_t* weights, std::int64_t channels,
                           std::int32_t most) {
  const auto sort = [&](const CutQuads& quads) { return std::optional(sorted_short(quads, most)); };
  return written(sorted_panels(step, weights, channels, most, sort));
}

AlignedBytes grouped_winograd(const Convolve& step, const std::int8_t* weights,
                              std::int32_t highest_x) {
  if (!takes_winograd(step, weights, highest_x)) return {};
  const SortedPanels panels = winograd_panels(step, weights);
  return winograd_is_faster(step, panels) ? written(panels) : AlignedBytes();
}

bool can_be_grouped(const Convolve& step) {
  const std::int64_t furthest = std::numeric_limits<std::int32_t>::max() - step.run_length;
  return !takes_plan_weights(step) &&
         std::ranges::none_of(step.runs, [&](std::int64_t run) { return run > furthest; });
}

// Calls group(weights of s8), expanded where they have 4 bits.
template <typename Group>
AlignedBytes grouped_bytes(const Convolve& step, const std::byte* weights, Group&& group) {
  if (step.weight_element == WeightElement::s8) {
    return group(reinterpret_cast<const std::int8_t*>(weights));
  }
  const AlignedBytes bytes = expanded_weights(step, weights, expand_avx2);
  return group(reinterpret_cast<const std::int8_t*>(bytes.data()));
}

}  // namespace

// The headers, all offsets, all weights.
AlignedBytes written(const SortedPanels& panels) {
  std::size_t numbers = 0;
  std::size_t weights = 0;
  for (const SortedPanel& panel : panels) {
    numbers += panel.starts.size() + panel.sorted.sizes.size() + panel.quads.offsets.size();
    weights += panel.quads.weights.size();
  }
  constexpr std::size_t line = 64;  // so that no vector of weights lies in two
  const std::size_t header_bytes = panels.size() * sizeof(GroupedPanel);
  const std::size_t begin =
      (header_bytes + numbers * sizeof(std::int32_t) + line - 1) / line * line;
  AlignedBytes bytes(begin + weights);
  std::byte* header = bytes.data();
  Targets target{reinterpret_cast<std::int32_t*>(header + header_bytes),
                 reinterpret_cast<std::int8_t*>(header + begin)};
  for (const SortedPanel& panel : panels) {
    const GroupedPanel described = header_of(panel, header, target);
    std::memcpy(header, &described, sizeof(described));
    write_panel(panel, target);
    header += sizeof(described);
  }
  return bytes;
}

AlignedBytes grouped_by_8(const Convolve& step, const std::byte* weights, std::int32_t highest_x) {
  if (!can_be_grouped(step)) return {};
  return grouped_bytes(step, weights, [&](const std::int8_t* bytes) {
    AlignedBytes result = grouped_winograd(step, bytes, highest_x);
    if (!result.empty()) return result;
    const std::int32_t most = most_pair_sum(highest_x);
    result = grouped_long(step, bytes, most);
    return result.empty() ? grouped_short(step, bytes, 8, most) : result;
  });
}

AlignedBytes grouped_by_16(const Convolve& step, const std::byte* weights, std::int32_t highest_x) {
  if (!can_be_grouped(step)) return {};
  return grouped_bytes(step, weights, [&](const std::int8_t* bytes) {
    return grouped_short(step, bytes, 16, most_pair_sum(highest_x));
  });
}

}  // namespace vernier

#endif
