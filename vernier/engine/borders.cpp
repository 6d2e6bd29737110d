#include "vernier/engine/borders.h"

#include <algorithm>

namespace vernier {
namespace {

// Blocks have fewer steps; a plan may have any number.
constexpr std::size_t most_steps_back = 64;

bool share_memory(const Buffer& a, const Buffer& b) {
  return a.place == b.place && a.offset < b.offset + b.size * byte_size(b.element) &&
         b.offset < a.offset + a.size * byte_size(a.element);
}

// Whether a step puts its results into this buffer, and reads others.
bool only_writes(const Plan& plan, const auto& step, BufferId buffer) {
  const auto reads = [&](const Image& image) {
    return share_memory(plan.buffers[index(image.buffer)], plan.buffers[index(buffer)]);
  };
  return step.y.buffer == buffer && !reads(step.x) && !(step.addend && reads(*step.addend));
}

// Whether the images have their elements in the same places.
bool coincide(const Plan& plan, const Image& a, const Image& b) {
  const Buffer& first = plan.buffers[index(a.buffer)];
  const Buffer& second = plan.buffers[index(b.buffer)];
  return first.place == second.place && first.offset == second.offset &&
         first.element == second.element && a.first == b.first && a.row == b.row &&
         a.column == b.column && a.channel == b.channel;
}

bool is_one_image_of(const ImageSizes& a, const ImageSizes& b) {
  return a.images == 1 && b.images == 1 && a.rows == b.rows && a.columns == b.columns;
}

bool is_same(const Plan& plan, const FillBorder& a, const FillBorder& b) {
  return coincide(plan, a.x, b.x) && a.x.image == b.x.image && is_one_image_of(a.sizes, b.sizes) &&
         a.sizes.channels == b.sizes.channels && a.value == b.value;
}

// Whether a convolution leaves a border as it is.
bool leaves(const Plan& plan, const auto& step, std::int64_t channels, const FillBorder& border) {
  const Buffer& y = plan.buffers[index(step.y.buffer)];
  if (!share_memory(y, plan.buffers[index(border.x.buffer)])) return true;
  return coincide(plan, step.y, border.x) && is_one_image_of(step.sizes, border.sizes) &&
         channels <= border.sizes.channels;
}

// Of steps that are no convolutions it is not asked.
bool leaves(const Plan& plan, const StepOp& op, const FillBorder& border) {
  if (const auto* one = std::get_if<Convolve>(&op)) {
    return leaves(plan, *one, one->groups * one->sizes.channels, border);
  }
  if (const auto* one = std::get_if<ConvolveDepthwise>(&op)) {
    return leaves(plan, *one, one->sizes.channels, border);
  }
  const auto* other = std::get_if<FillBorder>(&op);
  return other != nullptr &&
         !share_memory(plan.buffers[index(other->x.buffer)], plan.buffers[index(border.x.buffer)]);
}

bool is_standing(const Plan& plan, std::size_t step, const FillBorder& border) {
  for (std::size_t back = 1; back <= std::min(step, most_steps_back); ++back) {
    const StepOp& before = plan.steps[step - back].op;
    const auto* other = std::get_if<FillBorder>(&before);
    if (other != nullptr && is_same(plan, border, *other)) return true;
    if (!leaves(plan, before, border)) return false;
  }
  return false;
}

}  // namespace

bool follows_its_border(const Plan& plan, std::size_t step) {
  const auto* border = std::get_if<FillBorder>(&plan.steps[step - 1].op);
  if (border == nullptr) return false;
  const BufferId buffer = border->x.buffer;
  const StepOp& op = plan.steps[step].op;
  if (const auto* one = std::get_if<Convolve>(&op)) return only_writes(plan, *one, buffer);
  if (const auto* one = std::get_if<ConvolveDepthwise>(&op)) {
    return only_writes(plan, *one, buffer);
  }
  return false;
}

std::vector<bool> standing_borders(const Plan& plan) {
  std::vector<bool> standing;
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    const auto* border = std::get_if<FillBorder>(&plan.steps[step].op);
    standing.push_back(border != nullptr && is_standing(plan, step, *border));
  }
  return standing;
}

}  // namespace vernier
