// The shares of all members of a step, one after the other in any order, are together what one
// member alone computes: nothing is missing, and nothing beside a share is touched.

#include "vernier/engine/share.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <tuple>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/engine/kernels.h"
#include "vernier/engine/prepare.h"

namespace vernier {
namespace {

// Of the result.
struct Geometry {
  std::int64_t rows;
  std::int64_t channels;
  std::int64_t border;
};

constexpr std::int64_t columns = 112;
constexpr std::int64_t many_columns = 820;  // lookups are fast

// A plan of one step, whose result is the last buffer.
class OneStep {
 public:
  Plan plan;
  Random random{1};

  Image add_images(const ImageSizes& sizes, std::int64_t border, Element element = Element::u8) {
    const std::int64_t row = sizes.channels * (sizes.columns + 2 * border);
    const std::int64_t image = row * (sizes.rows + 2 * border);
    const BufferId id = add_buffer(image, element);
    return {.buffer = id,
            .first = border * (row + sizes.channels),
            .image = image,
            .row = row,
            .column = sizes.channels};
  }

  BufferId add_buffer(std::int64_t size, Element element) {
    const std::int64_t offset = (plan.arena_bytes + 63) / 64 * 64;
    plan.buffers.push_back({.element = element, .offset = offset, .size = size});
    plan.arena_bytes = offset + size * byte_size(element);
    return static_cast<BufferId>(plan.buffers.size() - 1);
  }

  template <typename T>
  std::int64_t add_constants(std::vector<T> values) {
    plan.constants.resize((plan.constants.size() + 63) / 64 * 64);
    const std::size_t offset = plan.constants.size();
    const auto bytes = std::as_bytes(std::span(values));
    plan.constants.insert(plan.constants.end(), bytes.begin(), bytes.end());
    return static_cast<std::int64_t>(offset);
  }

  std::vector<std::uint8_t> random_bytes(std::int64_t count) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
    for (std::uint8_t& each : bytes) each = static_cast<std::uint8_t>(random.below(256));
    return bytes;
  }

  // For so many packed channels; sums of some ten thousand become bytes.
  Epilogue add_epilogue(std::int64_t channels) {
    std::vector<std::int32_t> bias(static_cast<std::size_t>(channels));
    for (std::int32_t& each : bias) each = static_cast<std::int32_t>(random.below(1 << 16));
    const std::vector<float> multipliers(bias.size(), 1.0F / 512.0F);
    return {.bias = add_constants(bias),
            .multipliers = add_constants(multipliers),
            .output = {.zero_point = 100, .clamp = {0, 255}}};
  }

  Plan finished(StepOp op) {
    plan.steps = {{.name = "step", .op = std::move(op)}};
    verify(plan);
    return std::move(plan);
  }
};

Plan convolution(const Geometry& g, std::int64_t groups, WeightElement element) {
  OneStep made;
  const std::int64_t inputs = 8 * groups;
  Image x = made.add_images({1, g.rows, columns, inputs}, 1);
  Convolve step{.x = {.buffer = x.buffer, .row = x.row, .column = x.column},
                .y = made.add_images({1, g.rows, columns, g.channels}, g.border),
                .sizes = {1, g.rows, columns, g.channels / groups},
                .groups = groups,
                .group_step = 8,
                .run_length = 8,
                .weight_element = element};
  for (std::int64_t tap = 0; tap < 9; ++tap)
    step.runs.push_back(tap / 3 * x.row + tap % 3 * x.column);
  step.weights = made.add_constants(made.random_bytes(packed_weight_bytes(step)));
  step.epilogue = made.add_epilogue(groups * panels_of(step.sizes.channels) * panel_channels);
  return made.finished(step);
}

Plan one_group(const Geometry& g) { return convolution(g, 1, WeightElement::s8); }
Plan one_group_of_4_bits(const Geometry& g) { return convolution(g, 1, WeightElement::s4); }
Plan groups(const Geometry& g) { return convolution(g, g.channels / 4, WeightElement::s8); }
Plan groups_of_4_bits(const Geometry& g) {
  return convolution(g, g.channels / 4, WeightElement::s4);
}
Plan groups_of_8(const Geometry& g) { return convolution(g, g.channels / 8, WeightElement::s8); }
Plan groups_of_8_of_4_bits(const Geometry& g) {
  return convolution(g, g.channels / 8, WeightElement::s4);
}

Plan depthwise(const Geometry& g, WeightElement element) {
  OneStep made;
  const ImageSizes sizes{1, g.rows, columns, g.channels};
  const Image x = made.add_images({1, g.rows + 1, columns, g.channels}, 1);
  ConvolveDepthwise step{.x = {.buffer = x.buffer, .row = x.row, .column = x.column},
                         .y = made.add_images(sizes, g.border),
                         .sizes = sizes,
                         .taps = {4, 3, x.row, x.column},
                         .weight_element = element};
  step.weights = made.add_constants(made.random_bytes(packed_weight_bytes(step)));
  step.epilogue = made.add_epilogue(panels_of(g.channels) * panel_channels);
  return made.finished(step);
}

Plan depthwise_of_8_bits(const Geometry& g) { return depthwise(g, WeightElement::s8); }
Plan depthwise_of_4_bits(const Geometry& g) { return depthwise(g, WeightElement::s4); }

// Loops over all elements of images; one where nothing lies between the rows.
Shape loop_sizes(const Geometry& g, std::int64_t width) {
  if (g.border == 0) return {g.rows * width * g.channels};
  return {g.rows, width * g.channels};
}
Operand operand(const Geometry& g, const Image& image) {
  Operand result{.buffer = image.buffer, .first = image.first, .strides = {1}};
  if (g.border > 0) result.strides = {image.row, 1};
  return result;
}

Plan combine(const Geometry& g) {
  OneStep made;
  const ImageSizes sizes{1, g.rows, columns, g.channels};
  const Image a = made.add_images(sizes, g.border);
  const Image b = made.add_images(sizes, g.border);
  const Image y = made.add_images(sizes, g.border);
  return made.finished(Combine{.sizes = loop_sizes(g, columns),
                               .a = operand(g, a),
                               .b = operand(g, b),
                               .y = operand(g, y),
                               .a_zero_point = 120,
                               .b_zero_point = 130,
                               .requantizer = make_requantizer(Requantization::floating, 0.5, 0.4F),
                               .output = {.zero_point = 128, .clamp = {0, 255}}});
}

Plan pool(const Geometry& g, bool average) {
  OneStep made;
  const Image x = made.add_images({1, g.rows + 2, columns + 2, g.channels}, g.border);
  const ImageSizes sizes{1, g.rows, columns, g.channels};
  Pool step{.x = x,
            .y = made.add_images(sizes, g.border),
            .sizes = sizes,
            .window = {.fine = {1, g.rows + 2, columns + 2},
                       .coarse = {1, g.rows, columns},
                       .kernel = {1, 3, 3}},
            .average = average,
            .x_zero_point = 128,
            .output = {.zero_point = 128, .clamp = {0, 255}}};
  if (average) {
    step.requantizers = {make_requantizer(Requantization::floating, 0.2)};
    step.requantizer_of.resize(static_cast<std::size_t>(g.rows * columns));
  }
  return made.finished(step);
}

Plan largest(const Geometry& g) { return pool(g, false); }
Plan average(const Geometry& g) { return pool(g, true); }

Plan lookup(const Geometry& g, Element element) {
  OneStep made;
  const ImageSizes sizes{1, g.rows, many_columns, g.channels};
  const Image x = made.add_images(sizes, g.border);
  const Image y = made.add_images(sizes, g.border, element);
  return made.finished(
      Lookup{.sizes = loop_sizes(g, many_columns),
             .x = operand(g, x),
             .y = operand(g, y),
             .table = made.add_constants(made.random_bytes(256 * byte_size(element)))});
}

Plan lookup_of_bytes(const Geometry& g) { return lookup(g, Element::u8); }
Plan lookup_of_words(const Geometry& g) { return lookup(g, Element::i16); }

// Floats channel by channel, integers pixel by pixel: rows, channels, columns.
Shape plane_sizes(const Geometry& g) {
  if (g.border == 0) return {g.channels, g.rows * columns};
  return {g.rows, g.channels, columns};
}
Operand planes(const Geometry& g, BufferId buffer) {
  if (g.border == 0) return {.buffer = buffer, .strides = {g.rows * columns, 1}};
  return {.buffer = buffer, .strides = {columns, g.rows * columns, 1}};
}
Operand pixels(const Geometry& g, const Image& image) {
  if (g.border == 0) return {.buffer = image.buffer, .strides = {1, image.column}};
  return {.buffer = image.buffer, .first = image.first, .strides = {image.row, 1, image.column}};
}

Plan quantize(const Geometry& g) {
  OneStep made;
  const BufferId x = made.add_buffer(g.rows * columns * g.channels, Element::f32);
  const Image y = made.add_images({1, g.rows, columns, g.channels}, g.border);
  made.plan.buffers.back().params = {.scale = 0.02F, .zero_point = 128};
  return made.finished(QuantizeStep{
      .sizes = plane_sizes(g), .x = planes(g, x), .y = pixels(g, y), .range = {0, 255}});
}

Plan dequantize(const Geometry& g) {
  OneStep made;
  const Image x = made.add_images({1, g.rows, columns, g.channels}, g.border);
  const BufferId y = made.add_buffer(g.rows * columns * g.channels, Element::f32);
  return made.finished(
      DequantizeStep{.sizes = plane_sizes(g), .x = pixels(g, x), .y = planes(g, y)});
}

// As the input of a linear layer: a single loop.
Plan quantize_list(const Geometry& g) {
  OneStep made;
  const std::int64_t count = g.rows * columns * g.channels;
  const BufferId x = made.add_buffer(count, Element::f32);
  const BufferId y = made.add_buffer(count, Element::u8);
  made.plan.buffers.back().params = {.scale = 0.02F, .zero_point = 128};
  return made.finished(QuantizeStep{.sizes = {count},
                                    .x = {.buffer = x, .strides = {1}},
                                    .y = {.buffer = y, .strides = {1}},
                                    .range = {0, 255}});
}

Plan fill_border(const Geometry& g) {
  OneStep made;
  const ImageSizes sizes{1, g.rows, columns, g.channels};
  return made.finished(
      FillBorder{.x = made.add_images(sizes, g.border + 1), .sizes = sizes, .value = 77});
}

constexpr std::byte poison{0xA5};

// Random operands; poison where the result will be, and behind it.
AlignedBytes fresh_memory(const Plan& plan) {
  AlignedBytes memory(static_cast<std::size_t>(plan.arena_bytes + slack_bytes), poison);
  Random random(2);
  for (const Buffer& buffer : std::span(plan.buffers).first(plan.buffers.size() - 1)) {
    std::byte* at = memory.data() + buffer.offset;
    for (std::int64_t i = 0; i < buffer.size; ++i) {
      if (buffer.element == Element::f32) {
        const auto value = static_cast<float>(random.normal());
        std::memcpy(at + 4 * i, &value, 4);
      } else {
        at[i] = static_cast<std::byte>(random.below(256));
      }
    }
  }
  return memory;
}

struct Ran {
  AlignedBytes memory;
  int busy = 0;  // members that wrote something
};

// Runs the shares of so many members in the order of their `numbers`.
Ran run(const Plan& plan, const Kernels& kernels, const AlignedBytes& fresh,
        const std::vector<std::int64_t>& numbers) {
  Ran ran{.memory = fresh};
  std::vector<std::byte*> buffers;
  for (const Buffer& each : plan.buffers) buffers.push_back(ran.memory.data() + each.offset);
  const std::vector<const std::byte*> sources(buffers.begin(), buffers.end());
  const PreparedWeights prepared = prepared_weights(plan, kernels);
  const StepOp& op = plan.steps[0].op;
  for (const std::int64_t number : numbers) {
    const AlignedBytes before = ran.memory;
    run_step(op, {.plan = plan,
                  .kernels = kernels,
                  .sources = sources,
                  .targets = buffers,
                  .prepared = prepared.of(0),
                  .member = {number, static_cast<std::int64_t>(numbers.size())}});
    ran.busy += before == ran.memory ? 0 : 1;
  }
  return ran;
}

void check_shares(const Plan& plan, const Kernels& kernels) {
  const AlignedBytes fresh = fresh_memory(plan);
  const Ran alone = run(plan, kernels, fresh, {0});
  for (const std::size_t members : {2U, 3U, 7U}) {
    std::vector<std::int64_t> numbers(members);
    std::iota(numbers.begin(), numbers.end(), 0);
    for (int order = 0; order < 2; ++order) {
      std::ranges::reverse(numbers);
      const Ran together = run(plan, kernels, fresh, numbers);
      EXPECT_TRUE(together.memory == alone.memory) << members << " members, from " << numbers[0];
      EXPECT_GE(together.busy, 2) << members << " members";
    }
  }
}

struct Kind {
  const char* name;
  Plan (*make)(const Geometry& geometry);
};

constexpr std::array kinds = {Kind{"convolution", one_group},
                              Kind{"convolution of 4 bits", one_group_of_4_bits},
                              Kind{"groups", groups},
                              Kind{"groups of 4 bits", groups_of_4_bits},
                              Kind{"groups of 8 channels", groups_of_8},
                              Kind{"groups of 8 channels, 4 bits", groups_of_8_of_4_bits},
                              Kind{"depthwise", depthwise_of_8_bits},
                              Kind{"depthwise of 4 bits", depthwise_of_4_bits},
                              Kind{"combine", combine},
                              Kind{"largest", largest},
                              Kind{"average", average},
                              Kind{"lookup of bytes", lookup_of_bytes},
                              Kind{"lookup of words", lookup_of_words},
                              Kind{"quantize", quantize},
                              Kind{"quantize a list", quantize_list},
                              Kind{"dequantize", dequantize},
                              Kind{"fill border", fill_border}};

TEST(Shares, OfAllMembersAreTheBytesOfOne) {
  for (const Kind& kind : kinds) {
    for (const std::int64_t rows : {1, 5, 7}) {
      for (const std::int64_t channels : {40, 64}) {
        for (const std::int64_t border : {0, 1}) {
          const Plan plan = kind.make({rows, channels, border});
          for (const Kernels* kernels : supported_kernels()) {
            SCOPED_TRACE(fmt::format("{}, {} rows, {} channels, border {}, {}", kind.name, rows,
                                     channels, border, kernels->isa));
            check_shares(plan, *kernels);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace vernier
