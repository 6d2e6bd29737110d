#include "vernier/ir/quant_graph.h"

#include <limits>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

QuantGraph model() {
  return quant_graph_from_text(
      "input x: f32[1,2,1,1]\n"
      "const w: f32[3,2,1,1] = [1 2 3 4 5 6]\n"
      "const b: f32[3] = [0 0 0]\n"
      "y = Conv(x, w, b)\n"
      "z = Flatten(y)\n"
      "i = Cast(z) to=i64\n"
      "return i\n"
      "point x: range=[0,255] symmetric=false scale=[0.5] zero_point=[7]\n"
      "point w: range=[-127,127] granularity=per_channel scale=[1,2,3] zero_point=[0,0,0]\n"
      "point y: range=[0,255]\n"
      "point z: range=[0,255] leader=y observed=false\n");
}

TEST(QuantGraph, FindsPoints) {
  const QuantGraph found = model();
  EXPECT_EQ(find_point_if_any(found, find_value(found.graph, "b")), nullptr);
  const QuantPoint* x = find_point_if_any(found, find_value(found.graph, "x"));
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->params.at(0), (QuantParams{0.5F, 7}));
}

TEST(QuantGraph, VerifyNamesWhatIsWrong) {
  const auto broken = [](std::string_view name, auto breaks) -> std::string {
    QuantGraph changed = model();
    const ValueId id = find_value(changed.graph, name);
    breaks(changed, id, changed.points[id]);
    try {
      verify(changed);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  using G = QuantGraph;
  using P = QuantPoint;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {broken("x", [](G&, ValueId, P&) {}), "no error"},
      {broken("x", [](G& g, ValueId, P& p) { g.points[ValueId{99}] = p; }), "value number 99"},
      {broken("i", [](G&, ValueId id, P& p) { p.leader = id; }), "stands on i64 values"},
      {broken("z", [](G& g, ValueId, P& p) { p.leader = find_value(g.graph, "b"); }), "no point"},
      {broken("z", [](G& g, ValueId, P& p) { p.leader = find_value(g.graph, "x"); }),
       "another spec"},
      {broken("y", [](G& g, ValueId, P& p) { p.leader = find_value(g.graph, "z"); }),
       "follows another"},
      {broken("x", [](G&, ValueId, P& p) { p.params.push_back({}); }),
       "has 2 parameters, expected 1"},
      {broken("w", [](G&, ValueId, P& p) { p.params.pop_back(); }), "expected 1 or 3"},
      {broken("w", [](G&, ValueId, P& p) { p.params[1].zero_point = 128; }), "zero point 128"},
      {broken("x", [](G&, ValueId, P& p) { p.params[0].scale = 0.0F; }), "scale 0"},
      {broken("x", [](G&, ValueId, P& p) { p.params[0].scale = infinity; }), "scale inf"},
      {broken("x", [](G&, ValueId, P& p) { p.params[0].scale = -infinity * 0.0F; }), "nan"},
      {broken("x", [](G&, ValueId, P& p) { p.spec.granularity = Granularity::per_channel; }),
       "not a weight"},
      {broken("x", [](G&, ValueId, P& p) { p.spec.range = {5, 5}; }), "range 5..5"},
  };
  for (const auto& [found, expected] : cases) {
    EXPECT_NE(found.find(expected), std::string::npos) << found << "\nexpected " << expected;
  }
}

}  // namespace
}  // namespace vernier
