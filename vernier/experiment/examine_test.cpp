#include "vernier/experiment/examine.h"

#include <cmath>

#include <gtest/gtest.h>

#include "vernier/base/parallel.h"
#include "vernier/base/random.h"
#include "vernier/experiment/examine_point.h"
#include "vernier/experiment/far_from_float.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

constexpr std::int64_t image_count = 6;

Content random_image(const Source& /*source*/, std::int64_t entry) {
  Random random(static_cast<std::uint64_t>(entry));
  Tensor image(DType::f32, {1, 4, 4});
  for (float& value : image.edit<float>()) value = static_cast<float>(random.normal());
  return image;
}

Dataset images() {
  Source source = {.read = random_image};
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < image_count; ++i) {
    source.entries.push_back({std::to_string(i), std::nullopt});
    order.push_back(i);
  }
  return {std::move(source), std::move(order), {}};
}

/// Two layers and a concat of both results. The scale of the weight `v` is given.
QuantizedNetwork network(const std::string& scale_of_v, const std::string& constant_v = "0.7") {
  const QuantGraph model = quant_graph_from_text(
      fmt::format("any_batch\n"
                  "input x: f32[1,1,4,4]\n"
                  "const w: f32[1,1,1,1] = [0.9]\n"
                  "const v: f32[1,1,1,1] = [{}]\n"
                  "const b: f32[1] = [0]\n"
                  "y = Conv(x, w, b)\n"
                  "z = Conv(y, v, b)\n"
                  "c = Concat(y, z) axis=1\n"
                  "return c\n"
                  "point x: range=[-128,127] symmetric=false scale=[0.03] zero_point=[0]\n"
                  "point w: range=[-127,127] scale=[0.0071] zero_point=[0]\n"
                  "point v: range=[-127,127] scale=[{}] zero_point=[0]\n"
                  "point y: range=[-128,127] symmetric=false scale=[0.03] zero_point=[0]\n"
                  "point z: range=[-128,127] symmetric=false leader=y scale=[0.03] zero_point=[0]\n"
                  "point c: range=[-128,127] symmetric=false leader=y observed=false scale=[0.03] "
                  "zero_point=[0]\n",
                  constant_v, scale_of_v));
  return {.float_graph = model.graph, .model = model, .integers = {}, .plan = {}};
}

const LayerTruth& layer(const NetworkTruth& truth, std::string_view name) {
  return *std::ranges::find(truth.layers, name, &LayerTruth::node);
}

TEST(Examine, TheFirstLayerAloneIsTheFirstLayer) {
  const NetworkTruth truth = examine(network("0.006"), images(), {});
  EXPECT_EQ(truth.images, image_count);
  const LayerTruth& first = layer(truth, "y");
  EXPECT_EQ(first.alone.squared_error, first.up_to.squared_error);
  EXPECT_GT(sqnr_db(first.alone), 20.0);
  const LayerTruth& second = layer(truth, "z");
  EXPECT_GE(second.up_to.squared_error, second.alone.squared_error);
}

TEST(Examine, TheBrokenLayerComesFirstAndIsToBlame) {
  const NetworkTruth truth = examine(network("0.5"), images(), {});
  EXPECT_EQ(truth.layers.front().node, "z");
  ASSERT_FALSE(most_to_blame(truth, 1).empty());
  EXPECT_EQ(most_to_blame(truth, 1).front().node, "z");
  EXPECT_TRUE(most_to_blame(truth, 0).empty());
  EXPECT_EQ(truth.points.front().value, "v") << "the worst point";
  EXPECT_EQ(truth.points.front().used_codes, 1);
  for (std::size_t i = 1; i < truth.layers.size(); ++i)
    EXPECT_LE(sqnr_db(truth.layers[i - 1].alone), sqnr_db(truth.layers[i].alone));
  for (std::size_t i = 1; i < truth.points.size(); ++i)
    EXPECT_LE(sqnr_db(truth.points[i - 1].kept), sqnr_db(truth.points[i].kept));
}

TEST(Examine, CountsWhatIsClipped) {
  QuantizedNetwork narrow = network("0.006");
  narrow.model.points.at(find_value(narrow.model.graph, "x")).params[0].scale = 0.001F;
  const NetworkTruth truth = examine(narrow, images(), {});
  const PointTruth& x = *std::ranges::find(truth.points, "x", &PointTruth::value);
  EXPECT_GT(static_cast<double>(x.clipped), 0.8 * static_cast<double>(x.kept.count));
  EXPECT_GT(std::ranges::find(truth.points, "y", &PointTruth::value)->used_codes, 50);
}

TEST(Examine, NamesAnOperandThatDrownsInASharedScale) {
  EXPECT_TRUE(examine(network("0.006"), images(), {}).shared.empty());
  const NetworkTruth truth = examine(network("0.0003", "0.03"), images(), {});
  ASSERT_EQ(truth.shared.size(), 1U);
  EXPECT_EQ(truth.shared[0].node, "c");
  EXPECT_EQ(truth.shared[0].value, "z");
  EXPECT_NEAR(truth.shared[0].ratio, 1.0 / 0.03, 2.0);
  EXPECT_GT(truth.shared[0].loss_db, 20.0);
  EXPECT_NE(truth_table(truth).find("'c' shares one scale"), std::string::npos);
}

TEST(Examine, EachChannelOfAWeightHasCodesOfItsOwn) {
  const QuantPoint point = {.spec = {.range = {-2, 1}},
                            .params = {{1.0F, 0}, {2.0F, 0}, {4.0F, 0}}};
  const std::vector<float> weight = {-2.0F, 1.0F, 2.0F, 2.0F, 0.0F, -8.0F};
  const PointSums sums = sums_of_weight(weight, weight, point);
  EXPECT_EQ(sums.codes.size(), 3U * 4U);
  EXPECT_EQ(sums.used_codes(), 2 + 1 + 2);
}

TEST(Examine, AWeightIsComparedWithThatOfTheFloatNetwork) {
  QuantizedNetwork changed = network("0.006");
  const ValueId v = find_value(changed.model.graph, "v");
  changed.model.graph[v].constant->edit<float>()[0] = 0.6F;  // a method's: on the grid
  const NetworkTruth truth = examine(changed, images(), {.weight_calibrator = "minmax"});
  const PointTruth& found = *std::ranges::find(truth.points, "v", &PointTruth::value);
  EXPECT_NEAR(found.kept.squared_error, 0.01, 1e-6) << "0.7 is 0.6 now";
  EXPECT_NE(truth_table(truth).find("\nminmax: "), std::string::npos);
}

TEST(Examine, InputsHaveTheirOwnCalibrator) {
  const NetworkTruth truth = examine(
      network("0.006"), images(), {.input_calibrator = "minmax", .activation_calibrator = "mse"});
  EXPECT_EQ(std::ranges::find(truth.points, "x", &PointTruth::value)->calibrator, "minmax");
  EXPECT_EQ(std::ranges::find(truth.points, "y", &PointTruth::value)->calibrator, "mse");
}

TEST(Examine, CodesOfPartsAreUnited) {
  const QuantSpec spec = {.range = {-2, 1}};
  const std::vector<float> some = {-2.0F};
  const std::vector<float> others = {1.0F, 0.0F};
  PointSums total;  // which has seen nothing
  for (const auto& values : {some, others}) {
    PointSums part;
    part.add(values, values, {1.0F, 0}, spec);
    total.add(part);
  }
  EXPECT_EQ(total.used_codes(), 3);
}

TEST(Examine, ThreadsChangeNothing) {
  const int threads = thread_count();
  std::vector<std::string> found;
  for (const int count : {1, 3}) {
    set_thread_count(count);
    found.push_back(truth_json(examine(network("0.02"), images(), {})));
  }
  set_thread_count(threads);
  EXPECT_EQ(found[0], found[1]);
}

Evaluation evaluation_of(double error, std::int64_t differing) {
  ReadingResult deployed = {.reading = Reading::deployed, .differing_predictions = differing};
  deployed.against_float = {.count = 1, .squared_reference = 1.0, .squared_error = error};
  return {.images = 100, .results = {{.reading = Reading::floating}, deployed}};
}

TEST(FarFromFloat, BySqnrOrByPredictions) {
  EXPECT_FALSE(is_far_from_float(evaluation_of(0.09, 19)));
  EXPECT_TRUE(is_far_from_float(evaluation_of(0.11, 19)));
  EXPECT_TRUE(is_far_from_float(evaluation_of(0.09, 21)));
  EXPECT_FALSE(is_far_from_float({.images = 100})) << "nothing deployed";
  const std::string warning =
      far_warning(evaluation_of(0.5, 50), examine(network("0.5"), images(), {}));
  EXPECT_NE(warning.find("3.0 dB, 50.0 %"), std::string::npos) << warning;
  EXPECT_NE(warning.find("  z (Conv)"), std::string::npos) << warning;
}

}  // namespace
}  // namespace vernier
