#include "vernier/compute/session.h"

#include <map>
#include <numeric>
#include <thread>

#include <gtest/gtest.h>

#include "vernier/compute/test_graphs.h"

namespace vernier {
namespace {

constexpr std::int64_t channels = 19;

// A residual block and a head: convolutions in blocks, an addend that is read twice, a reshape.
Graph small_network(Random& random) {
  Graph graph;
  graph.any_batch = true;
  const ValueId x = add_input(graph, "x", {1, 3, 12, 12});
  const Conv same = {.pads = {1, 1, 1, 1}, .activation = {.lo = 0.0F}};
  const ValueId stem = add_conv(graph, same, x, {channels, 3, 3, 3}, random);
  const ValueId left = add_conv(graph, same, stem, {channels, channels, 3, 3}, random);
  const ValueId sum = add_node(graph, Add{}, {left, stem});
  const ValueId active = add_node(graph, Sigmoid{}, {sum});
  const ValueId pooled = add_node(graph, GlobalAveragePool{}, {active});
  const ValueId flat = add_node(graph, Flatten{}, {pooled});
  const ValueId weight = add_random(graph, {10, channels}, random);
  const ValueId bias = add_random(graph, {10}, random);
  graph.outputs = {add_node(graph, Gemm{.transB = 1}, {flat, weight, bias})};
  return graph;
}

std::vector<ValueId> computed_values(const Graph& graph) {
  std::vector<ValueId> ids;
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (!graph.values[i].constant) ids.push_back(static_cast<ValueId>(i));
  }
  return ids;
}

Graph at_batch(Graph graph, std::int64_t batch) {
  infer_shapes(graph, batch);
  return graph;
}

// The real elements of a view, as a dense tensor; the lanes behind the last channel must be zero.
Tensor dense(const ValueView& view, const Shape& shape) {
  if (view.channel_block == 1) return Tensor::of<float>(shape, view.elements);
  Tensor tensor(DType::f32, shape);
  const std::int64_t plane = element_count(shape) / shape[0] / shape[1];
  const std::int64_t blocks = (shape[1] + view.channel_block - 1) / view.channel_block;
  std::size_t from = 0;
  for (std::int64_t image = 0; image < shape[0]; ++image) {
    for (std::int64_t block = 0; block < blocks; ++block) {
      for (std::int64_t pixel = 0; pixel < plane; ++pixel) {
        for (std::int64_t lane = 0; lane < view.channel_block; ++lane, ++from) {
          const std::int64_t channel = block * view.channel_block + lane;
          if (channel < shape[1]) {
            const std::int64_t to = (image * shape[1] + channel) * plane + pixel;
            tensor.edit<float>()[static_cast<std::size_t>(to)] = view.elements[from];
          } else {
            EXPECT_EQ(view.elements[from], 0.0F) << "lane of channel " << channel;
          }
        }
      }
    }
  }
  EXPECT_EQ(from, view.elements.size());
  return tensor;
}

TEST(Session, GivesWhatTheReferenceGivesForAnyBatch) {
  Random random(1);
  const Graph network = small_network(random);
  for (const std::int64_t batch : {1, 3, 8}) {
    const Graph graph = at_batch(network, batch);
    const std::vector<Tensor> inputs = random_inputs(graph, random);
    Session session(network, {.batch = batch, .threads = 2});
    for (int run = 0; run < 2; ++run) {
      session.run(inputs);
      EXPECT_LE(
          relative_difference(session.output(0), evaluate(graph, inputs)[index(graph.outputs[0])]),
          tolerance)
          << "batch " << batch << ", run " << run;
    }
  }
}

TEST(Session, TapSeesEveryValueOnceInOrder) {
  Random random(2);
  const Graph network = small_network(random);
  const Graph graph = at_batch(network, 3);
  const std::vector<Tensor> inputs = random_inputs(graph, random);
  const std::vector<Tensor> expected = evaluate(graph, inputs);
  const std::vector<ValueId> all = computed_values(graph);
  Session session(network, {.batch = 3, .tapped = all});
  std::vector<ValueId> seen;
  session.run(inputs, [&](const ValueView& view) {
    seen.push_back(view.id);
    const Shape& shape = graph[view.id].shape;
    EXPECT_EQ(view.batch, 3);
    EXPECT_EQ(view.channels, shape[1]);
    EXPECT_LE(relative_difference(dense(view, shape), expected[index(view.id)]), tolerance)
        << graph[view.id].name;
  });
  EXPECT_EQ(seen, all);
}

// A graph of random operators on one shape, with values that many read, aliases, and addends.
Graph random_graph(Random& random) {
  Graph graph;
  const Shape shape = {2, channels, 5, 5};
  std::vector<ValueId> values = {add_input(graph, "x", shape), add_input(graph, "y", shape)};
  const auto any = [&] {
    return values[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(values.size())))];
  };
  const Conv same = {.pads = {1, 1, 1, 1}};
  for (int i = 0; i < 14; ++i) {
    const ValueId x = any();
    ValueId y = x;
    switch (random.below(9)) {
      case 0:
        y = add_node(graph, Relu{}, {x});
        break;
      case 1:
        y = add_node(graph, Add{}, {x, any()});
        break;
      case 2:
        y = add_node(graph, Identity{}, {x});
        break;
      case 3:
        y = add_node(graph, Sigmoid{}, {x});
        break;
      case 4:
        y = add_conv(graph, same, x, {channels, channels, 3, 3}, random);
        break;
      case 5: {
        const ValueId weight = add_random(graph, {channels, channels, 3, 3}, random);
        const ValueId bias = add_random(graph, {channels}, random);
        y = add_node(graph, same, {x, weight, bias, any()});
        break;
      }
      case 6: {
        const ValueId flat = add_node(graph, Flatten{}, {x});
        values.push_back(add_node(graph, Reshape{.shape = {-1, channels, 5, 5}}, {flat}));
        y = add_node(graph, Reshape{.shape = {-1, channels, 5, 5}}, {flat});
        break;
      }
      case 7: {
        const ValueId joined = add_node(graph, Concat{}, {x, any()});
        y = add_node(graph, Slice{.starts = {7}, .ends = {7 + channels}, .axes = {1}, .steps = {1}},
                     {joined});
        break;
      }
      default:
        y = add_node(
            graph, BatchNormalization{},
            {x, add_random(graph, {channels}, random), add_random(graph, {channels}, random),
             add_random(graph, {channels}, random),
             add_constant(graph, fmt::format("c{}", graph.values.size()),
                          Tensor::of<float>({channels}, std::vector<float>(channels, 2)))});
    }
    values.push_back(y);
  }
  graph.outputs = {values.back(), any()};
  return graph;
}

// What a tap that halves some values does, as a graph: their readers take a product instead.
Graph with_halved(Graph graph, const std::vector<ValueId>& halved) {
  const ValueId half = add_constant(graph, "half", Tensor::of<float>({}, std::vector<float>{0.5F}));
  std::map<ValueId, ValueId> replaced;
  std::vector<Node> nodes = std::exchange(graph.nodes, {});
  const auto halve = [&](ValueId id) {
    if (std::ranges::find(halved, id) == halved.end()) return;
    replaced[id] = add_node(graph, Mul{}, {id, half});
  };
  for (const ValueId input : graph.inputs) halve(input);
  for (Node& node : nodes) {
    for (ValueId& id : node.inputs) id = replaced.contains(id) ? replaced[id] : id;
    const std::vector<ValueId> outputs = node.outputs;
    graph.nodes.push_back(std::move(node));
    for (const ValueId id : outputs) halve(id);
  }
  for (ValueId& id : graph.outputs) id = replaced.contains(id) ? replaced[id] : id;
  return graph;
}

// Memory is reused, written in place, aliased and kept in several layouts; none of it may show.
TEST(Session, ReadersSeeWhatTheTapLeft) {
  Random random(3);
  for (int round = 0; round < 100; ++round) {
    const Graph graph = random_graph(random);
    std::vector<ValueId> tapped = computed_values(graph);
    std::erase_if(tapped, [&](ValueId /*id*/) { return random.below(3) > 0; });
    const Graph expected_graph = with_halved(graph, tapped);
    const std::vector<Tensor> inputs = random_inputs(graph, random);
    const std::vector<Tensor> expected = evaluate(expected_graph, inputs);
    for (const bool keep : {false, true}) {
      Session session(graph, {.tapped = tapped, .keep_values = keep});
      session.run(inputs, [](const ValueView& view) {
        for (float& element : view.elements) element *= 0.5F;
      });
      for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
        const Tensor& reference = expected[index(expected_graph.outputs[i])];
        EXPECT_LE(relative_difference(session.output(i), reference), tolerance)
            << "round " << round << ", keep_values=" << keep << ", output " << i;
      }
    }
  }
}

TEST(Session, KeepsEveryValueWhenAsked) {
  Random random(4);
  for (int round = 0; round < 20; ++round) {
    const Graph graph = random_graph(random);
    const std::vector<Tensor> inputs = random_inputs(graph, random);
    const std::vector<Tensor> expected = evaluate(graph, inputs);
    Session session(graph, {.keep_values = true});
    session.run(inputs);
    for (const ValueId id : computed_values(graph)) {
      EXPECT_LE(relative_difference(session.value(id), expected[index(id)]), tolerance)
          << "round " << round << ", " << graph[id].name;
    }
  }
}

TEST(Session, TakesLessMemoryThanItsValues) {
  Random random(5);
  const Graph network = small_network(random);
  const std::int64_t reused = Session(network, {.batch = 8}).activation_bytes();
  const std::int64_t kept = Session(network, {.batch = 8, .keep_values = true}).activation_bytes();
  EXPECT_LT(2 * reused, kept);
}

bool runs(const Session& session, const std::string& node) {
  return std::ranges::count(session.steps(), node, &StepInfo::node) > 0;
}

TEST(Session, AddsAResidualInTheConvolutionUnlessSomebodyLooks) {
  Random random(10);
  Graph graph;
  const ValueId x = add_input(graph, "x", {2, 16, 6, 6});
  const ValueId conv = add_conv(graph, {}, x, {16, 16, 1, 1}, random);
  const ValueId sum = add_node(graph, Add{.activation = {.lo = 0.0F}}, {x, conv});
  graph.outputs = {sum, x};
  expect_like_reference(graph, random, "fused");
  EXPECT_FALSE(runs(Session(graph, {}), graph[sum].name));
  EXPECT_TRUE(runs(Session(graph, {.tapped = {conv}}), graph[sum].name));
  EXPECT_TRUE(runs(Session(graph, {.keep_values = true}), graph[sum].name));

  graph.outputs.push_back(conv);
  EXPECT_TRUE(runs(Session(graph, {}), graph[sum].name)) << "its result is an output";
  graph.outputs.pop_back();
  std::get<Conv>(graph.nodes[0].op).activation = {.lo = 0.0F};
  EXPECT_TRUE(runs(Session(graph, {}), graph[sum].name)) << "its clamp comes before the sum";
}

TEST(Session, MovesBetweenThreads) {
  Random random(6);
  const Graph graph = small_network(random);
  const std::vector<Tensor> inputs = random_inputs(graph, random);
  Session session(graph, {});
  session.run(inputs);
  const Tensor expected = session.output(0);
  std::thread([&, moved = std::move(session)]() mutable {
    moved.run(inputs);
    EXPECT_EQ(moved.output(0), expected);
  }).join();
}

TEST(Session, ManyAtOnceGiveTheBitsOfOneAlone) {
  Random random(7);
  const Graph graph = small_network(random);
  const std::vector<ValueId> tapped = computed_values(graph);
  std::vector<std::vector<Tensor>> inputs;
  std::vector<Tensor> expected;
  for (int i = 0; i < 4; ++i) {
    inputs.push_back(random_inputs(graph, random));
    Session session(graph, {.tapped = tapped});
    session.run(inputs.back());
    expected.push_back(session.output(0));
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    threads.emplace_back([&, i] {
      Session session(graph, {.tapped = tapped});
      for (int run = 0; run < 20; ++run) {
        session.run(inputs[i]);
        EXPECT_EQ(session.output(0), expected[i]) << "session " << i << ", run " << run;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// The text of the Error that making a session gives.
std::string refusal(const Graph& graph, const SessionOptions& options) {
  try {
    Session(graph, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

TEST(Session, NamesForeignOperators) {
  Graph graph;
  const ValueId x = add_input(graph, "x", {1, 3});
  const ValueId y = add_value(graph, {.name = "y", .shape = {1, 3}});
  graph.nodes.push_back({"magic", Foreign{.domain = "com.example", .op_type = "Magic"}, {x}, {y}});
  graph.outputs = {y};
  const std::string text = refusal(graph, {});
  EXPECT_NE(text.find("'com.example::Magic' at 'magic'"), std::string::npos) << text;
}

TEST(Session, RefusesWhatItCannotTake) {
  Random random(8);
  const Graph graph = small_network(random);
  Session session(graph, {.batch = 2});
  EXPECT_THROW(session.run({}), Error);
  EXPECT_THROW(session.run(std::vector{Tensor(DType::f32, {1, 3, 12, 12})}), Error);
  EXPECT_THROW(session.run(std::vector{Tensor(DType::f64, {2, 3, 12, 12})}), Error);
  EXPECT_NE(refusal(graph, {.tapped = {graph.nodes[0].inputs[1]}}).find("is a constant"),
            std::string::npos);

  Graph fixed = graph;
  fixed.any_batch = false;
  EXPECT_NE(refusal(fixed, {.batch = 2}).find("fixed shapes"), std::string::npos);

  Graph huge;
  const ValueId x = add_input(huge, "x", {1 << 20, 1 << 20});
  huge.outputs = {add_node(huge, Relu{}, {x})};
  EXPECT_NE(refusal(huge, {}).find("'x' would take"), std::string::npos) << refusal(huge, {});
}

TEST(Session, GivesConstantsAndInputsAsOutputs) {
  Random random(9);
  Graph graph;
  const ValueId x = add_input(graph, "x", {2, 3});
  const ValueId c = add_random(graph, {4}, random);
  graph.outputs = {x, c, add_node(graph, Relu{}, {c}), x};
  expect_like_reference(graph, random, "constants and inputs");
}

TEST(Session, ShowsEveryStepOnceInOrder) {
  Random random(5);
  const Graph graph = small_network(random);
  Session session(graph, {});
  const Tensor x(DType::f32, {1, 3, 12, 12});
  std::vector<std::size_t> seen;
  session.run({&x, 1}, {}, [&](std::size_t step) { seen.push_back(step); });
  std::vector<std::size_t> expected(session.steps().size());
  std::iota(expected.begin(), expected.end(), 0U);
  EXPECT_EQ(seen, expected);
}

}  // namespace
}  // namespace vernier
