#include "vernier/calib/calibrate.h"

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/table.h"
#include "vernier/ir/text.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

// y and z share parameters; r passes y's integers on; q marks x for one of its readers.
QuantGraph model() {
  return quant_graph_from_text(
      "input x: f32[1,1,2,2]\n"
      "const w: f32[2,1,1,1] = [2 -0.5]\n"
      "const b: f32[2] = [0 0]\n"
      "q = Quantize(x)\n"
      "y = Conv(q, w, b)\n"
      "z = Relu(y)\n"
      "r = Flatten(y)\n"
      "return z, r\n"
      "point q: range=[0,255] symmetric=false\n"
      "point w: range=[-127,127] granularity=per_channel\n"
      "point y: range=[-128,127] adaptive_sign=true\n"
      "point z: range=[-128,127] adaptive_sign=true leader=y\n"
      "point r: range=[-128,127] adaptive_sign=true leader=y observed=false\n");
}

Stats stats() {
  Stats result;
  result.names = {"x", "y", "z"};
  result.tensors = {stats_of(std::vector<float>{-1.0F, 3.0F}),
                    stats_of(std::vector<float>{0.0F, 2.0F}),
                    stats_of(std::vector<float>{0.0F, 5.0F})};
  return result;
}

CalibratorSetting minmax() { return {find(calibrators(), "minmax", "calibrator")}; }

CalibratorSettings all_by(const CalibratorSetting& activations) {
  return {minmax(), activations, activations};
}

const QuantPoint& point(const QuantGraph& model, std::string_view name) {
  return model.points.at(find_value(model.graph, name));
}

TEST(Calibrate, WeightsHaveTheirOwnScaleInEachChannel) {
  const QuantGraph result = calibrate(model(), stats(), all_by(minmax()));
  const auto& params = point(result, "w").params;
  ASSERT_EQ(params.size(), 2U);
  EXPECT_EQ(params[0].scale, 2.0F / 127.0F);
  EXPECT_EQ(params[1].scale, 0.5F / 127.0F);
}

TEST(Calibrate, AMarkedValueTakesTheStatisticsOfWhatItMarks) {
  const QuantGraph result = calibrate(model(), stats(), all_by(minmax()));
  const QuantPoint& q = point(result, "q");
  EXPECT_EQ(q.params[0], choose_params({-1.0F, 3.0F}, q.spec));
}

TEST(Calibrate, TiedPointsShareTheUnitedRangeAndTheSign) {
  const QuantGraph result = calibrate(model(), stats(), all_by(minmax()));
  const QuantPoint& y = point(result, "y");
  EXPECT_EQ(y.spec.range, unsigned_range(8)) << "nothing is negative";
  EXPECT_EQ(y.params[0].scale, 5.0F / 255.0F) << "z reaches to 5";
  for (const std::string_view other : {"z", "r"}) {
    EXPECT_EQ(point(result, other).params, y.params) << other;
    EXPECT_EQ(point(result, other).spec, y.spec) << other;
  }
}

TEST(Calibrate, ADeadChannelMakesRoomForItsBias) {
  QuantGraph dead = model();
  dead.graph[find_value(dead.graph, "w")].constant->edit<float>()[1] = 1e-30F;
  dead.graph[find_value(dead.graph, "b")].constant->edit<float>()[1] = -3.0F;
  const QuantGraph result = calibrate(dead, stats(), all_by(minmax()));
  const float scale = point(result, "q").params[0].scale;
  EXPECT_NEAR(3.0F / (scale * point(result, "w").params[1].scale), 0x1p30, 0x1p8);
  EXPECT_EQ(point(result, "w").params[0].scale, 2.0F / 127.0F) << "the other channel is left alone";
}

TEST(Calibrate, ACalibratorSeesTheSpecWithItsSignAndItsOptions) {
  const CalibratorSetting seen = {
      {"seen", "", [](const TensorStats&, const QuantSpec& spec, const CalibOptions& options) {
         EXPECT_FALSE(spec.adaptive_sign);
         const auto hi = static_cast<float>(spec.range.hi + options.sides);
         return Range{0.0F, hi};
       }}};
  const QuantGraph result = calibrate(model(), stats(), all_by(seen));
  EXPECT_EQ(point(result, "y").params[0].scale, (255.0F + 2.0F) / 255.0F);
}

TEST(Calibrate, TheNetworksInputsHaveACalibratorOfTheirOwn) {
  const CalibratorSetting wide = {
      {"wide", "", [](const TensorStats&, const QuantSpec&, const CalibOptions&) {
         return Range{0.0F, 1000.0F};
       }}};
  const QuantGraph expected = calibrate(model(), stats(), all_by(minmax()));
  const QuantGraph result = calibrate(model(), stats(), {minmax(), minmax(), wide});
  for (const auto& [id, each] : result.points) {
    const bool is_input = id == result.graph.inputs[0];
    EXPECT_EQ(each == expected.points.at(id), !is_input) << result.graph[id].name;
  }
}

TEST(Calibrate, MissingStatisticsAreNamed) {
  Stats incomplete = stats();
  incomplete.names[2] = "other";
  try {
    calibrate(model(), incomplete, all_by(minmax()));
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'z'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace vernier
