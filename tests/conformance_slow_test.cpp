// ONNX's own backend tests (Debian's libonnx-testdata), through import and both float executors:
// every case whose operators are all known is run, or stands in conformance_excluded.txt with the
// reason why it cannot be.
//
// Inputs that are not float32, and those that the normal form of ir/op.h keeps in fields, are given
// to the model as constants. Cases of opset 6 and before are read as opset 7, which took attributes
// away that these cases give without need.

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include "vernier/base/files.h"
#include "vernier/compute/session.h"
#include "vernier/import/import.h"
#include "vernier/import/onnx_operators.h"
#include "vernier/import/onnx_tensor.h"
#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

const fs::path data = "/usr/share/libonnx-testdata/data";
constexpr std::array<std::string_view, 4> folders = {"node", "pytorch-converted",
                                                     "pytorch-operator", "simple"};

// ONNX's runner compares with the first; single precision needs room around zero.
constexpr double relative_tolerance = 1e-3;
constexpr double absolute_tolerance = 1e-5;

struct Executor {
  std::string_view name;
  std::vector<Tensor> (*run)(const Graph& graph, std::span<const Tensor> inputs);
};

std::vector<Tensor> run_reference(const Graph& graph, std::span<const Tensor> inputs) {
  const std::vector<Tensor> values = evaluate(graph, inputs);
  std::vector<Tensor> outputs;
  for (const ValueId id : graph.outputs) outputs.push_back(values[index(id)]);
  return outputs;
}

std::vector<Tensor> run_session(const Graph& graph, std::span<const Tensor> inputs) {
  Session session(graph, {});
  session.run(inputs);
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) outputs.push_back(session.output(i));
  return outputs;
}

constexpr std::array executors = {
    Executor{"reference", run_reference},
    Executor{"session", run_session},
};

template <typename Proto>
Proto read_proto(const fs::path& path) {
  Proto proto;
  if (!proto.ParseFromString(read_text(path))) fail("{}: not what was expected", path.string());
  return proto;
}

std::vector<onnx::TensorProto> read_tensors(const fs::path& folder, std::string_view kind) {
  std::vector<onnx::TensorProto> tensors;
  for (int i = 0;; ++i) {
    const fs::path path = folder / "test_data_set_0" / fmt::format("{}_{}.pb", kind, i);
    if (!fs::exists(path)) return tensors;
    tensors.push_back(read_proto<onnx::TensorProto>(path));
  }
}

bool has_known_operators(const onnx::ModelProto& model) {
  const auto is_known = [](const onnx::NodeProto& node) {
    return std::ranges::count(onnx_operators(), node.op_type(), &OnnxOperator::name) > 0;
  };
  return model.graph().node_size() > 0 && std::ranges::all_of(model.graph().node(), is_known);
}

void raise_opset(onnx::ModelProto& model) {
  auto& opset = *model.mutable_opset_import(0);
  if (opset.version() > 6) return;
  opset.set_version(7);
  const std::set<std::string> gone = {"broadcast", "is_test"};
  for (auto& node : *model.mutable_graph()->mutable_node()) {
    auto& attributes = *node.mutable_attribute();
    for (int i = attributes.size(); i-- > 0;) {
      const bool axis_of_broadcast = node.op_type() == "Add" && attributes[i].name() == "axis";
      if (gone.contains(attributes[i].name()) || axis_of_broadcast) {
        attributes.DeleteSubrange(i, 1);
      }
    }
  }
}

// Whether a float input becomes fields of the operator that reads it.
bool is_parameter(const onnx::GraphProto& graph, const std::string& input) {
  const std::set<std::string> operators = {"Pad", "Resize", "Upsample"};
  return std::ranges::any_of(graph.node(), [&](const onnx::NodeProto& node) {
    return operators.contains(node.op_type()) && node.input(0) != input &&
           std::ranges::count(node.input(), input) > 0;
  });
}

struct Prepared {
  Graph graph;
  std::vector<Tensor> inputs;
};

// A recorded tensor as the model declares it: bfloat16 is recorded as the bits of uint16.
Tensor recorded(onnx::TensorProto tensor, const onnx::ValueInfoProto& declared) {
  const int type = declared.type().tensor_type().elem_type();
  if (type == onnx::TensorProto::BFLOAT16) tensor.set_data_type(type);
  return import_tensor(tensor, {});
}

Prepared prepare(onnx::ModelProto model, std::vector<onnx::TensorProto> given) {
  raise_opset(model);
  onnx::GraphProto& graph = *model.mutable_graph();
  Prepared prepared;
  ImportOptions options;
  for (int i = 0; i < static_cast<int>(given.size()); ++i) {
    onnx::ValueInfoProto& input = *graph.mutable_input(i);
    onnx::TensorProto& tensor = given[static_cast<std::size_t>(i)];
    if (tensor.data_type() == onnx::TensorProto::FLOAT && !is_parameter(graph, input.name())) {
      prepared.inputs.push_back(recorded(tensor, input));
      // The shape of the data counts: some cases declare another, or none.
      input.mutable_type()->mutable_tensor_type()->clear_shape();
      options.shapes[input.name()] = prepared.inputs.back().shape();
    } else {
      tensor.set_name(input.name());
      tensor.set_data_type(input.type().tensor_type().elem_type());
      *graph.add_initializer() = tensor;
    }
  }
  const fs::path path =
      fs::temp_directory_path() / fmt::format("vernier_{}_conformance.onnx", ::getpid());
  write_text(path, model.SerializeAsString());
  prepared.graph = import_model(path, options);
  fs::remove(path);
  return prepared;
}

bool is_close(float found, float expected) {
  if (std::isnan(expected) || std::isinf(expected)) {
    return std::isnan(found) == std::isnan(expected) && (std::isnan(found) || found == expected);
  }
  const double difference = std::abs(static_cast<double>(found) - expected);
  return difference <= absolute_tolerance + relative_tolerance * std::abs(expected);
}

// Nothing when they agree.
std::optional<std::string> difference(const Tensor& found, const Tensor& expected) {
  if (found.dtype() != expected.dtype() || found.shape() != expected.shape()) {
    return fmt::format("is {}{}, expected {}{}", name(found.dtype()), to_string(found.shape()),
                       name(expected.dtype()), to_string(expected.shape()));
  }
  if (found.dtype() != DType::f32) {
    if (found == expected) return std::nullopt;
    return "has other integers";
  }
  for (std::size_t i = 0; i < found.view<float>().size(); ++i) {
    if (is_close(found.view<float>()[i], expected.view<float>()[i])) continue;
    return fmt::format("holds {} at {}, expected {}", found.view<float>()[i], i,
                       expected.view<float>()[i]);
  }
  return std::nullopt;
}

// Nothing when the case passes.
std::optional<std::string> failure(const fs::path& folder, const onnx::ModelProto& model,
                                   const Executor& executor) {
  try {
    const auto [graph, inputs] = prepare(model, read_tensors(folder, "input"));
    const std::vector<Tensor> outputs = executor.run(graph, inputs);
    const std::vector<onnx::TensorProto> expected = read_tensors(folder, "output");
    if (outputs.size() != expected.size() || outputs.empty()) return "other number of outputs";
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const onnx::ValueInfoProto& declared = model.graph().output(static_cast<int>(i));
      const auto text = difference(outputs[i], recorded(expected[i], declared));
      if (text) return fmt::format("output {} {}", i, *text);
    }
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

// Lines "folder/case: reason", or "folder/case@executor: reason" for that executor alone.
std::map<std::string, std::string> excluded_cases(std::string_view executor) {
  std::map<std::string, std::string> cases;
  std::istringstream text(
      read_text(fs::path(VERNIER_SOURCE_DIR) / "tests/conformance_excluded.txt"));
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) fail("conformance_excluded.txt: no reason in '{}'", line);
    const std::size_t at = std::min(line.find('@'), colon);
    if (at < colon && line.substr(at + 1, colon - at - 1) != executor) continue;
    cases[line.substr(0, at)] = line.substr(colon + 2);
  }
  return cases;
}

std::map<std::string, fs::path> concerned_cases() {
  std::map<std::string, fs::path> cases;
  for (const std::string_view folder : folders) {
    for (const auto& entry : fs::directory_iterator(data / folder)) {
      const auto model = read_proto<onnx::ModelProto>(entry.path() / "model.onnx");
      if (!has_known_operators(model)) continue;
      cases[fmt::format("{}/{}", folder, entry.path().filename().string())] = entry.path();
    }
  }
  return cases;
}

class Conformance : public testing::TestWithParam<Executor> {
 protected:
  void SetUp() override {
    if (!fs::exists(data)) GTEST_SKIP() << "install libonnx-testdata to run ONNX's own tests";
  }
};

TEST_P(Conformance, EveryCaseIsRunOrExcludedForAReason) {
  std::map<std::string, std::string> excluded = excluded_cases(GetParam().name);
  int passed = 0;
  int listed = 0;
  for (const auto& [name, folder] : concerned_cases()) {
    const auto model = read_proto<onnx::ModelProto>(folder / "model.onnx");
    const auto why = failure(folder, model, GetParam());
    const bool is_excluded = excluded.erase(name) > 0;
    if (is_excluded) {
      EXPECT_TRUE(why) << name << " passes; take it off the list";
    } else {
      EXPECT_FALSE(why) << name << ": " << *why;
    }
    listed += is_excluded ? 1 : 0;
    passed += why ? 0 : 1;
  }
  for (const auto& [name, reason] : excluded) {
    ADD_FAILURE() << name << " is excluded (" << reason << ") but no case that concerns us";
  }
  fmt::print("{}: {} of ONNX's cases passed, {} excluded\n", GetParam().name, passed, listed);
}

INSTANTIATE_TEST_SUITE_P(Executors, Conformance, testing::ValuesIn(executors),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace vernier
