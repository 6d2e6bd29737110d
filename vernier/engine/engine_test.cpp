#include "vernier/engine/engine.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/base/random.h"
#include "vernier/engine/small_plan.h"

// In vernier_calls.c.
extern "C" const char* vernier_run_in_c(const char* path, const float* x, float* y);

namespace vernier {
namespace {

std::shared_ptr<const Plan> small_plan() { return std::make_shared<const Plan>(SmallPlan::make()); }

Tensor images(std::int64_t count) {
  Random random(4);
  Tensor x(DType::f32, {count, 2, 4, 4});
  for (float& each : x.edit<float>()) each = static_cast<float>(random.normal());
  return x;
}

Tensor image_of(const Tensor& x, std::int64_t image) {
  const auto size = static_cast<std::size_t>(x.size() / x.shape()[0]);
  Shape shape = x.shape();
  shape[0] = 1;
  return Tensor::of<float>(shape,
                           x.view<float>().subspan(static_cast<std::size_t>(image) * size, size));
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Engine, ABatchIsItsImagesOneByOne) {
  Engine engine(small_plan());
  const Tensor x = images(3);
  const std::vector<Tensor> all = engine.run({{x}});
  ASSERT_EQ(all[0].shape(), (Shape{3, 3, 1, 1}));
  for (std::int64_t image = 0; image < 3; ++image) {
    const Tensor one = image_of(x, image);
    EXPECT_TRUE(engine.run({{one}})[0] == image_of(all[0], image)) << "image " << image;
  }
}

TEST(Engine, GivesTheSameBitsOnEveryInstructionSet) {
  const Tensor x = images(5);
  const Tensor expected = Engine(small_plan(), {.kernels = &kernels_ref}).run({{x}})[0];
  for (const Kernels* each : supported_kernels()) {
    EXPECT_TRUE(Engine(small_plan(), {.kernels = each}).run({{x}})[0] == expected) << each->isa;
  }
}

TEST(Engine, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Tensor x = images(5);
  const Tensor expected = Engine(small_plan()).run({{x}})[0];
  for (const int threads : {2, 3, 7}) {
    Engine engine(small_plan(), {.threads = threads});
    for (int turn = 0; turn < 3; ++turn) {
      EXPECT_TRUE(engine.run({{x}})[0] == expected) << threads << " threads, turn " << turn;
    }
  }
}

TEST(Engine, ManyRunOnePlanAtTheSameTime) {
  const std::shared_ptr<const Plan> plan = small_plan();
  const Tensor x = images(4);
  const Tensor expected = Engine(plan).run({{x}})[0];
  std::atomic<int> different = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      Engine engine(plan, {.threads = 1 + caller % 2});
      for (int turn = 0; turn < 50; ++turn) {
        if (!(engine.run({{x}})[0] == expected)) ++different;
      }
    });
  }
  for (std::thread& each : callers) each.join();
  EXPECT_EQ(different, 0);
}

TEST(Engine, ShowsTheIntegersBehindEveryStep) {
  Engine engine(small_plan());
  const Tensor x = images(1);
  std::vector<std::size_t> steps;
  const BufferId convolved{3};
  Tensor integers;
  const Tensor y = engine.run({{x}}, [&](std::size_t step, std::int64_t) {
    steps.push_back(step);
    if (engine.plan().steps[step].name == "convolved") integers = engine.value(convolved);
  })[0];
  EXPECT_EQ(steps, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  ASSERT_EQ(integers.shape(), (Shape{1, 3, 4, 4}));
  // The average of the integers, rounded half to even, is what comes out.
  for (std::size_t channel = 0; channel < 3; ++channel) {
    float sum = 0.0F;
    for (const std::int32_t q : integers.view<std::int32_t>().subspan(channel * 16, 16)) {
      EXPECT_GE(q, 0) << "a ReLU was fused";
      sum += static_cast<float>(q);
    }
    EXPECT_EQ(y.view<float>()[channel], 0.0625F * std::nearbyint(sum * 0.0625F));
  }
}

TEST(Engine, WrongSizesAreAnError) {
  Engine engine(small_plan());
  const Tensor part(DType::f32, {1, 3, 4, 4});
  EXPECT_EQ(error_of([&] { engine.run({{part}}); }),
            "'x' has 48 elements, expected 32 for each of 1 images");
  EXPECT_EQ(error_of([&] { engine.run(std::span<const Tensor>{}); }),
            "0 arrays are given, expected 1");
}

// Kernels that take four neighbours at a time multiply by it, the reference does not.
TEST(Engine, AWeightBehindTheEndOfARunIsAnError) {
  Plan plan = SmallPlan::make();
  const auto& step = std::get<Convolve>(plan.steps[2].op);
  verify(plan);
  for (std::int64_t lane = 0; lane < quad_weights; ++lane) {
    const std::int64_t at = step.weights + 3 * quad_weights + lane;  // the last quad of run 1
    std::byte& weight = plan.constants[static_cast<std::size_t>(at)];
    const std::byte kept = std::exchange(weight, std::byte{1});
    const bool behind = lane % 4 >= step.run_length % 4;
    const std::string error = error_of([&] { verify(plan); });
    EXPECT_EQ(error,
              behind ? "step 'convolved': a weight behind the last one is not zero" : "no error")
        << lane;
    weight = kept;
  }
}

TEST(Engine, APlanComesBackFromItsBytes) {
  const Plan plan = SmallPlan::make();
  const std::vector<std::byte> bytes = plan_bytes(plan);
  EXPECT_EQ(plan_bytes(plan_from_bytes(bytes, "plan")), bytes);
}

TEST(Engine, RunsFromC) {
  const auto path = std::filesystem::temp_directory_path() / "vernier_engine_test.plan";
  save_plan(SmallPlan::make(), path);
  const Tensor x = images(2);
  Engine engine(small_plan());
  const Tensor expected = engine.run({{x}})[0];
  Tensor y(DType::f32, expected.shape());
  EXPECT_STREQ(vernier_run_in_c(path.c_str(), x.view<float>().data(), y.edit<float>().data()), "");
  EXPECT_TRUE(y == expected);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace vernier
