#include "vernier/calib/collect.h"

#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/parallel.h"
#include "vernier/base/random.h"
#include "vernier/ir/text.h"
#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

constexpr std::int64_t image_count = 37;

// Five channels: not a multiple of any block that an executor stores them in.
const Graph& graph() {
  static const Graph result = from_text(
      "any_batch\n"
      "input x: f32[1,2,6,6]\n"
      "const w: f32[5,2,1,1] = [0.5 -1 2 0.25 1 1 -0.5 0.75 1.5 -2]\n"
      "const b: f32[5] = [0.5 1 2 3 4]\n"
      "y = Conv(x, w, b) activation=[0,6]\n"
      "z = MaxPool(y) kernel_shape=[2,2] strides=[2,2]\n"
      "return z\n");
  return result;
}

std::vector<Content> images() {
  Random random(11);
  std::vector<Content> result;
  for (std::int64_t i = 0; i < image_count; ++i) {
    Tensor tensor(DType::f32, {2, 6, 6});
    for (float& value : tensor.edit<float>()) value = static_cast<float>(random.normal());
    result.emplace_back(tensor);
  }
  return result;
}

std::vector<Content>& contents() {
  static std::vector<Content> result = images();
  return result;
}

Dataset dataset(std::int64_t begin, std::int64_t end) {
  Source source;
  for (std::int64_t i = 0; i < image_count; ++i)
    source.entries.push_back({.name = "image" + std::to_string(i)});
  source.read = [](const Source&, std::int64_t entry) {
    return contents().at(static_cast<std::size_t>(entry));
  };
  std::vector<std::int64_t> order;
  for (std::int64_t i = begin; i < end; ++i) order.push_back(i);
  return {std::move(source), order, {}};
}

TEST(Collect, GivesTheSameForAnyNumberOfThreads) {
  set_thread_count(1);
  const Stats one = collect(graph(), dataset(0, image_count));
  for (const int threads : {2, 5}) {
    set_thread_count(threads);
    EXPECT_EQ(collect(graph(), dataset(0, image_count)), one) << threads;
  }
}

TEST(Collect, TwoPartsAppendToTheWhole) {
  const Stats whole = collect(graph(), dataset(0, image_count));
  Stats parts = collect(graph(), dataset(0, 20));
  append(parts, collect(graph(), dataset(20, image_count)));
  EXPECT_EQ(parts, whole) << "image 20 moved to another place in its batch, and nothing else";
}

TEST(Collect, SeesEveryElementAndNoPaddingLane) {
  const Stats stats = collect(graph(), dataset(0, image_count));
  const std::vector<Tensor> values = evaluate(
      graph(), std::vector<Tensor>{std::get<Tensor>(contents()[3]).reshaped({1, 2, 6, 6})});
  for (const std::string_view name : {"x", "y", "z"}) {
    const TensorStats* found = find_stats_if_any(stats, name);
    ASSERT_NE(found, nullptr) << name;
    const Moments expected = moments(values[index(find_value(graph(), name))].view<float>());
    const Moments& seen = found->images[3];
    EXPECT_EQ(seen.count, expected.count) << name;
    EXPECT_FLOAT_EQ(seen.lo, expected.lo) << name << ": padding lanes are zero";
    EXPECT_FLOAT_EQ(seen.hi, expected.hi) << name;
    EXPECT_NEAR(seen.sum, expected.sum, 1e-4) << name;
    EXPECT_EQ(found->histogram.count(), expected.count * image_count) << name;
  }
}

TEST(Collect, NamesTheValueAndTheImageThatAreNotFinite) {
  auto& broken = std::get<Tensor>(contents()[7]);
  const Tensor kept = broken;
  for (const float value : {NAN, INFINITY, -INFINITY}) {
    broken.edit<float>()[10] = value;
    std::string message = "no Error";
    try {
      collect(graph(), dataset(0, image_count));
    } catch (const Error& error) {
      message = error.what();
    }
    broken = kept;
    EXPECT_NE(message.find("'x'"), std::string::npos) << value << ": " << message;
    EXPECT_NE(message.find("'image7'"), std::string::npos) << value << ": " << message;
  }
}

TEST(GraphSha256, ChangesWithAConstant) {
  Graph other = graph();
  other[find_value(other, "b")].constant->edit<float>()[0] += 1.0F;
  EXPECT_NE(graph_sha256(other), graph_sha256(graph()));
}

}  // namespace
}  // namespace vernier
