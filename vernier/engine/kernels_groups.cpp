// Weights sorted into groups whose sums stay in 16 bits, written down as the kernels read them.

#if defined(__x86_64__)

#include "vernier/engine/kernels_groups.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "vernier/engine/kernels.h"
#include "vernier/engine/kernels_groups_sort.h"

namespace vernier {
namespace {

// Below it what follows a group of any size costs more than groups of four.
constexpr std::size_t least_long_mean = 4;

// Layers of a few pixels wait for their weights in any case, and may have very many.
LongSearch search_for(const Convolve& step) {
  const bool few = step.sizes.rows * step.sizes.columns <= most_nibble_pixels;
  return {.at_once = few ? std::size_t{8} : std::size_t{64}, .least_mean = least_long_mean};
}

using PanelsSorted = std::vector<SortedQuads>;

// Where the next numbers and weights go.
struct Targets {
  std::int32_t* offsets;
  std::int8_t* weights;
};

VERNIER_AVX2 void write_weights(std::span<const std::int8_t> quad, std::int32_t order,
                                Targets& target) {
  for (std::size_t i = 0; i < quad.size(); i += 32, target.weights += 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(target.weights), reordered(&quad[i], order));
  }
}

// The lists in the order in which kernels walk through them.
auto lists_of(const SortedQuads& sorted) {
  return std::array{&sorted.longs, &sorted.fours, &sorted.twos,
                    &sorted.ones,  &sorted.swaps, &sorted.wides};
}

void write_panel(const Convolve& step, const Panel& panel, const SortedQuads& sorted,
                 std::int32_t most, Targets target) {
  const std::int64_t run_quads = (step.run_length + 3) / 4;
  target.offsets = std::ranges::copy(sorted.sizes, target.offsets).out;
  for (const auto* list : lists_of(sorted)) {
    const bool swaps = list == &sorted.swaps;
    for (const std::int32_t quad : *list) {
      const std::int64_t run = step.runs[static_cast<std::size_t>(quad / run_quads)];
      const QuadOrder order = swaps ? *order_of(panel.quad(quad), most) : usual_order;
      *target.offsets++ = static_cast<std::int32_t>(run + quad % run_quads * 4);
      if (swaps) *target.offsets++ = order;
      write_weights(panel.quad(quad), order, target);
    }
  }
}

GroupedPanel header_of(const SortedQuads& sorted, std::int64_t offsets, std::int64_t weights) {
  const auto number = [](const std::vector<std::int32_t>& quads, std::size_t size = 1) {
    return static_cast<std::int32_t>(quads.size() / size);
  };
  return {.offsets = offsets,
          .weights = weights,
          .longs = number(sorted.sizes),
          .fours = number(sorted.fours, 4),
          .twos = number(sorted.twos, 2),
          .ones = number(sorted.ones),
          .swaps = number(sorted.swaps),
          .wides = number(sorted.wides)};
}

std::vector<Panel> panels_with(const Convolve& step, const std::int8_t* weights,
                               std::int64_t channels) {
  const std::int64_t quads = quads_of(step);
  std::vector<Panel> panels;
  for (std::int64_t i = 0; i < step.groups * panels_of(step.sizes.channels); ++i) {
    for (std::int64_t channel = 0; channel < panel_channels; channel += channels) {
      panels.push_back({weights + i * quads * quad_weights + channel * 4,
                        static_cast<std::int32_t>(quads), channels});
    }
  }
  return panels;
}

// The headers, all offsets, all weights.
AlignedBytes written(const Convolve& step, std::span<const Panel> panels,
                     const PanelsSorted& sorted, std::int32_t most) {
  constexpr auto header_bytes = static_cast<std::int64_t>(sizeof(GroupedPanel));
  const std::int64_t offset_bytes = 2 * 4 * quads_of(step);
  const std::int64_t weight_bytes = 4 * panels[0].channels * quads_of(step);
  AlignedBytes bytes(
      static_cast<std::size_t>(std::ssize(panels) * (header_bytes + offset_bytes + weight_bytes)));
  std::byte* header = bytes.data();
  std::byte* offsets = header + std::ssize(panels) * header_bytes;
  std::byte* data = offsets + std::ssize(panels) * offset_bytes;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const GroupedPanel described = header_of(sorted[i], offsets - header, data - header);
    std::memcpy(header, &described, sizeof(described));
    write_panel(step, panels[i], sorted[i], most,
                {reinterpret_cast<std::int32_t*>(offsets), reinterpret_cast<std::int8_t*>(data)});
    header += header_bytes;
    offsets += offset_bytes;
    data += weight_bytes;
  }
  return bytes;
}

// Nothing, if that is so for any panel.
std::optional<PanelsSorted> all_sorted_long(std::span<const Panel> panels, std::int32_t most,
                                            const LongSearch& search) {
  PanelsSorted result;
  for (const Panel& panel : panels) {
    std::optional<SortedQuads> sorted = sorted_long(panel, most, search);
    if (!sorted) return std::nullopt;
    result.push_back(*std::move(sorted));
  }
  return result;
}

AlignedBytes grouped_long(const Convolve& step, const std::int8_t* weights, std::int32_t most) {
  const std::vector<Panel> panels = panels_with(step, weights, panel_channels);
  const std::optional<PanelsSorted> sorted = all_sorted_long(panels, most, search_for(step));
  return sorted ? written(step, panels, *sorted, most) : AlignedBytes();
}

AlignedBytes grouped_short(const Convolve& step, const std::int8_t* weights, std::int64_t channels,
                           std::int32_t most) {
  const std::vector<Panel> panels = panels_with(step, weights, channels);
  PanelsSorted sorted;
  for (const Panel& panel : panels) sorted.push_back(sorted_short(panel, most));
  return written(step, panels, sorted, most);
}

bool can_be_grouped(const Convolve& step) {
  const std::int64_t furthest = std::numeric_limits<std::int32_t>::max() - step.run_length;
  return !stays_nibbles(step) &&
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

AlignedBytes grouped_by_8(const Convolve& step, const std::byte* weights, std::int32_t highest_x) {
  if (!can_be_grouped(step)) return {};
  return grouped_bytes(step, weights, [&](const std::int8_t* bytes) {
    const std::int32_t most = most_pair_sum(highest_x);
    AlignedBytes result = grouped_long(step, bytes, most);
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
