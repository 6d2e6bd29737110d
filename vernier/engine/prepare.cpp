#include "vernier/engine/prepare.h"

#include <algorithm>
#include <utility>

namespace vernier {
namespace {

constexpr std::int32_t highest_byte = 255;
constexpr std::size_t most_block_bytes = 16 << 20;
constexpr std::size_t least_apart = most_block_bytes / 4;

// What the steps before may have written to each buffer; -1: nothing but borders.
using Highest = std::vector<std::int32_t>;

void raise(Highest& highest, BufferId y, std::int32_t value) {
  highest[index(y)] = std::max(highest[index(y)], value);
}

std::int32_t known(const Highest& highest, BufferId x) {
  return highest[index(x)] < 0 ? highest_byte : std::min(highest[index(x)], highest_byte);
}

std::int32_t highest_of(const Pool& step, const Highest& highest) {
  const bool computes = step.average || step.mean || step.quotient;
  return computes ? step.output.clamp.hi : known(highest, step.x.buffer);
}

std::int32_t highest_of(const Rearrange& step, const Highest& highest) {
  const auto fill = static_cast<std::int32_t>(std::min<std::uint32_t>(step.fill, highest_byte));
  return std::max(known(highest, step.x), fill);
}

// Of the steps that write bytes. One by one, because a visitor of all would be ten times as large.
void write(const StepOp& op, Highest& highest) {
  if (const auto* convolve = std::get_if<Convolve>(&op)) {
    raise(highest, convolve->y.buffer, convolve->epilogue.output.clamp.hi);
  } else if (const auto* depthwise = std::get_if<ConvolveDepthwise>(&op)) {
    raise(highest, depthwise->y.buffer, depthwise->epilogue.output.clamp.hi);
  } else if (const auto* combine = std::get_if<Combine>(&op)) {
    raise(highest, combine->y.buffer, combine->output.clamp.hi);
  } else if (const auto* pool = std::get_if<Pool>(&op)) {
    raise(highest, pool->y.buffer, highest_of(*pool, highest));
  } else if (const auto* quantize = std::get_if<QuantizeStep>(&op)) {
    raise(highest, quantize->y.buffer, quantize->range.hi);
  } else if (const auto* rearrange = std::get_if<Rearrange>(&op)) {
    raise(highest, rearrange->y, highest_of(*rearrange, highest));
  } else if (const auto* lookup = std::get_if<Lookup>(&op)) {
    raise(highest, lookup->y.buffer, highest_byte);
  }
}

AlignedBytes expanded_panels(const std::byte* nibbles, std::int64_t panels, std::int64_t quads,
                             void (*expand)(const NibbleRow&)) {
  const std::int64_t from = panel_bytes(WeightElement::s4, quads);
  const std::int64_t to = panel_bytes(WeightElement::s8, quads);
  AlignedBytes bytes(static_cast<std::size_t>(panels * to + quad_weights));  // one may be too many
  for (std::int64_t i = 0; i < panels; ++i) {
    expand({.nibbles = nibbles + i * from,
            .weights = reinterpret_cast<std::int8_t*>(bytes.data()) + i * to,
            .quads = quads});
  }
  return bytes;
}

AlignedBytes prepared_step(const Convolve& step, const Plan& plan, const Kernels& kernels,
                           const Highest& highest) {
  const std::size_t x = index(step.x.buffer);
  const bool bytes = plan.buffers[x].element == Element::u8;
  if (kernels.prepare == nullptr || !bytes || step.weight_element == WeightElement::s16) return {};
  return kernels.prepare(step, plan.constants.data() + step.weights, highest[x]);
}

AlignedBytes prepared_step(const ConvolveDepthwise& step, const Plan& plan,
                           const Kernels& kernels) {
  if (step.weight_element != WeightElement::s4) return {};
  const std::int64_t quads = panels_of(step.sizes.channels) * quads_of(step);
  return expanded_panels(plan.constants.data() + step.weights, 1, quads, kernels.expand);
}

}  // namespace

AlignedBytes expanded_weights(const Convolve& step, const std::byte* nibbles,
                              void (*expand)(const NibbleRow&)) {
  const std::int64_t panels = step.groups * panels_of(step.sizes.channels);
  return expanded_panels(nibbles, panels, quads_of(step), expand);
}

std::vector<std::int32_t> highest_stored(const Plan& plan) {
  Highest highest(plan.buffers.size(), -1);
  Highest borders(plan.buffers.size(), 0);
  for (const Step& step : plan.steps) {
    write(step.op, highest);
    if (const auto* border = std::get_if<FillBorder>(&step.op)) {
      raise(borders, border->x.buffer, border->value);
    }
  }
  for (std::size_t i = 0; i < highest.size(); ++i) {
    highest[i] = std::max(known(highest, static_cast<BufferId>(i)), borders[i]);
  }
  return highest;
}

void PreparedWeights::add(AlignedBytes step) {
  if (step.empty()) return starts_.push_back(nullptr);
  if (step.size() >= least_apart) {
    starts_.push_back(apart_.emplace_back(std::move(step)).data());
    return;
  }
  const std::size_t room = (step.size() + byte_alignment - 1) & ~(byte_alignment - 1);
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < room) {
    blocks_.emplace_back().reserve(std::max(block_bytes_, room));
  }
  AlignedBytes& block = blocks_.back();
  starts_.push_back(block.data() + block.size());
  block.insert(block.end(), step.begin(), step.end());
  block.resize(block.size() + room - step.size());
}

PreparedWeights prepared_weights(const Plan& plan, const Kernels& kernels) {
  // Weights of 4 bits need twice their size; what is left over is never touched.
  PreparedWeights prepared(std::min(4 * plan.constants.size(), most_block_bytes));
  const std::vector<std::int32_t> highest = highest_stored(plan);
  for (const Step& step : plan.steps) {
    if (const auto* convolve = std::get_if<Convolve>(&step.op)) {
      prepared.add(prepared_step(*convolve, plan, kernels, highest));
    } else if (const auto* depthwise = std::get_if<ConvolveDepthwise>(&step.op)) {
      prepared.add(prepared_step(*depthwise, plan, kernels));
    } else {
      prepared.add({});
    }
  }
  return prepared;
}

}  // namespace vernier
