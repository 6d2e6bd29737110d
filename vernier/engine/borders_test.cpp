#include "vernier/engine/borders.h"

#include <functional>

#include <gtest/gtest.h>

#include "vernier/engine/engine.h"
#include "vernier/engine/small_plan.h"

namespace vernier {
namespace {

// The steps of SmallPlan, and again its border and its convolution: quantize, border, convolution,
// border, convolution, average, dequantize.
constexpr std::size_t second_border = 3;
Plan with_second_border() {
  Plan plan = SmallPlan::make();
  plan.steps.insert(plan.steps.begin() + second_border,
                    {plan.steps[second_border - 2], plan.steps[second_border - 1]});
  return plan;
}

template <typename StepType>
StepType& step_of(Plan& plan, std::size_t step) {
  return std::get<StepType>(plan.steps[step].op);
}

Buffer& buffer_of(Plan& plan, const std::string& name) {
  return *std::ranges::find_if(plan.buffers, [&](const Buffer& each) {
    return each.name == name && each.place == Place::arena;
  });
}

TEST(Borders, StandWhereNothingWasWrittenButWhatTheySurround) {
  EXPECT_EQ(standing_borders(with_second_border()),
            (std::vector<bool>{false, false, false, true, false, false, false}));
}

TEST(Borders, AreFilledAgainWhereTheyMayBeGone) {
  const std::vector<std::pair<const char*, std::function<void(Plan&)>>> changes = {
      {"another value", [](Plan& plan) { step_of<FillBorder>(plan, second_border).value = 127; }},
      {"other rows", [](Plan& plan) { --step_of<FillBorder>(plan, second_border).sizes.rows; }},
      {"another place", [](Plan& plan) { step_of<FillBorder>(plan, second_border).x.first += 2; }},
      {"written over",
       [](Plan& plan) { buffer_of(plan, "convolved").offset = buffer_of(plan, "x").offset; }},
      {"a step that may write anywhere",
       [](Plan& plan) { plan.steps[second_border - 1] = plan.steps[second_border + 2]; }},
  };
  for (const auto& [name, change] : changes) {
    Plan plan = with_second_border();
    change(plan);
    EXPECT_FALSE(standing_borders(plan)[second_border]) << name;
  }
}

// A second layer of the same form writes inside of the border that the first one had.
TEST(Borders, SurroundTheNextLayerToo) {
  Plan plan = with_second_border();
  plan.steps.insert(plan.steps.begin() + second_border, plan.steps[second_border - 1]);
  auto& inside = step_of<Convolve>(plan, second_border);
  const auto& border = step_of<FillBorder>(plan, second_border + 1);
  inside.y = border.x;
  inside.sizes.channels = border.sizes.channels;
  EXPECT_TRUE(standing_borders(plan)[second_border + 1]);
  ++inside.sizes.channels;
  EXPECT_FALSE(standing_borders(plan)[second_border + 1]) << "one channel too many";
  --inside.sizes.channels;
  inside.y.first = 0;
  EXPECT_FALSE(standing_borders(plan)[second_border + 1]) << "from the first pixel of the border";
}

TEST(Borders, ThatStandChangeNoResult) {
  const auto plan = std::make_shared<const Plan>(with_second_border());
  Tensor x(DType::f32, {1, 2, 4, 4});
  for (float& each : x.edit<float>()) each = 3.0F;
  Engine engine(plan);
  const Tensor expected = engine.run({{x}})[0];
  const auto id =
      static_cast<BufferId>(&buffer_of(const_cast<Plan&>(*plan), "x") - plan->buffers.data());
  AlignedBytes memory(static_cast<std::size_t>(plan->buffers[index(id)].size + slack_bytes));
  engine.bind(id, memory.data());  // from now on every border is filled
  EXPECT_TRUE(engine.run({{x}})[0] == expected);
}

}  // namespace
}  // namespace vernier
