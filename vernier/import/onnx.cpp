// An ONNX file becomes a graph: initializers and inputs first, then node by node in the order of
// the file, which ONNX defines as an order of execution.

#include "vernier/import/onnx.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <onnx/onnx_pb.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/import/onnx_inputs.h"
#include "vernier/import/onnx_operators.h"
#include "vernier/import/onnx_tensor.h"

namespace vernier {
namespace {

constexpr std::int64_t oldest_opset = 7;
constexpr std::int64_t newest_opset = 21;

onnx::ModelProto parse_model(const std::vector<std::byte>& bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    fail("the file has {} bytes, more than 2 GiB: keep its weights as external data", bytes.size());
  }
  onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    fail("not an ONNX file, or a damaged one");
  }
  if (!model.has_graph() || model.graph().output_size() == 0) {
    fail("not an ONNX file, or a damaged one: there is no graph with an output");
  }
  return model;
}

bool is_standard(std::string_view domain) { return domain.empty() || domain == "ai.onnx"; }

std::int64_t standard_opset(const onnx::ModelProto& model) {
  for (const auto& opset : model.opset_import()) {
    if (!is_standard(opset.domain())) continue;
    if (opset.version() < oldest_opset || opset.version() > newest_opset) {
      fail("opset {} is not supported, expected {} to {}; convert the model", opset.version(),
           oldest_opset, newest_opset);
    }
    return opset.version();
  }
  fail("the file does not say its opset, expected {} to {}", oldest_opset, newest_opset);
}

const OnnxOperator* find_operator_if_any(const onnx::NodeProto& node) {
  const std::string_view domain = is_standard(node.domain()) ? "" : std::string_view(node.domain());
  const auto is_this = [&](const OnnxOperator& each) {
    return each.name == node.op_type() && each.domain == domain;
  };
  const auto found = std::ranges::find_if(onnx_operators(), is_this);
  return found == onnx_operators().end() ? nullptr : &*found;
}

// All that the file calls by a name, so that nothing else takes one of them.
std::pair<UniqueNames, UniqueNames> reserved_names(const onnx::GraphProto& graph) {
  UniqueNames values;
  UniqueNames nodes;
  for (const auto& each : graph.initializer()) values.reserve(each.name());
  for (const auto& each : graph.input()) values.reserve(each.name());
  for (const auto& node : graph.node()) {
    nodes.reserve(node.name());
    for (const auto& each : node.output()) values.reserve(each);
  }
  return {values, nodes};
}

// Every place of every operator that is not understood.
std::string unknown_operators(const onnx::GraphProto& file) {
  Graph graph;
  for (const auto& node : file.node()) {
    if (find_operator_if_any(node) != nullptr) continue;
    const bool named = !node.name().empty() || node.output_size() == 0;
    const Foreign foreign{.domain = node.domain(), .op_type = node.op_type(), .definition = ""};
    graph.nodes.push_back({.name = named ? node.name() : node.output(0), .op = foreign});
  }
  return foreign_operators(graph);
}

class OnnxReader {
 public:
  OnnxReader(const onnx::ModelProto& model, const std::filesystem::path& path,
             const ImportOptions& options)
      : file_(model.graph()),
        opset_(standard_opset(model)),
        folder_(path.parent_path()),
        inputs_(file_, options),
        builder_(make_builder()) {}

  Graph read() {
    read_initializers();
    for (const auto& [name, types] : inputs_.types()) define(name, builder_.add_input(name, types));
    for (const auto& node : file_.node()) read_node(node);
    std::vector<ValueId> outputs;
    for (const auto& output : file_.output()) outputs.push_back(find_value(output.name()));
    return std::move(builder_).finish(std::move(outputs));
  }

 private:
  GraphBuilder make_builder() const {
    auto [values, nodes] = reserved_names(file_);
    return {inputs_.any_batch(), std::move(values), std::move(nodes)};
  }

  void define(const std::string& name, ValueId id) {
    if (!values_.emplace(name, id).second) fail("two values are called '{}'", name);
  }

  ValueId find_value(const std::string& name) const {
    if (const auto found = values_.find(name); found != values_.end()) return found->second;
    if (const auto found = unsupported_.find(name); found != unsupported_.end()) {
      fail("'{}', {}, is not supported", name, found->second);
    }
    fail("nothing before computes '{}': nodes must stand in the order of execution", name);
  }

  void read_initializers() {
    if (file_.sparse_initializer_size() > 0) fail("sparse initializers are not supported");
    for (const auto& initializer : file_.initializer()) {
      try {
        const ValueId id =
            builder_.add_constant(initializer.name(), import_tensor(initializer, folder_));
        define(initializer.name(), id);
        if (is_four_bit(initializer.data_type())) builder_.mark_four_bit(id);
      } catch (const Error& error) {
        fail("initializer '{}': {}", initializer.name(), error.what());
      }
    }
  }

  void read_node(const onnx::NodeProto& proto) {
    const std::string first = proto.output_size() == 0 ? proto.op_type() : proto.output(0);
    const std::string name = proto.name().empty() ? builder_.node_names().make(first)
                                                  : builder_.node_names().take(proto.name());
    try {
      OnnxNode node{.proto = proto,
                    .opset = opset_,
                    .folder = folder_,
                    .graph = builder_,
                    .attributes = Attributes(proto),
                    .name = name,
                    .inputs = {}};
      for (const auto& input : proto.input()) {
        node.inputs.push_back(input.empty() ? std::nullopt : std::optional(find_value(input)));
      }
      const OnnxOperator* known = find_operator_if_any(proto);
      known == nullptr ? read_foreign(node) : read_known(node, *known);
    } catch (const Error& error) {
      fail("node '{}' ({}): {}", name, proto.op_type(), error.what());
    }
  }

  void read_known(OnnxNode& node, const OnnxOperator& known) {
    const Converted converted = known.convert(node);
    node.attributes.expect_all_read();
    const std::vector<std::string> names(node.proto.output().begin(), node.proto.output().end());
    const std::vector<ValueId> ids = add_converted(node, converted, names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i >= ids.size()) {
        unsupported_[names[i]] = fmt::format("output {} of {}", i, known.name);
      } else if (!names[i].empty()) {
        define(names[i], ids[i]);
      }
    }
  }

  std::vector<ValueId> add_converted(OnnxNode& node, const Converted& converted,
                                     std::span<const std::string> names) {
    if (const auto* folded = std::get_if<Folded>(&converted)) {
      const ValueId id = builder_.add_constant(names.empty() ? node.name : names[0], *folded);
      const bool has_tensor = node.attributes.has("value");
      if (has_tensor && is_four_bit(node.attributes.tensor("value").data_type())) {
        builder_.mark_four_bit(id);
      }
      return {id};
    }
    const auto& [op, inputs] = std::get<Computed>(converted);
    return builder_.add_node({.name = node.name, .op = op, .inputs = inputs, .outputs = {}}, names);
  }

  // Kept as it is. Its outputs have the types that the file declares.
  void read_foreign(const OnnxNode& node) {
    for (const auto& attribute : node.proto.attribute()) {
      if (attribute.has_g() || attribute.graphs_size() > 0) fail("subgraphs are not supported");
    }
    Node foreign{.name = node.name,
                 .op = Foreign{.domain = node.proto.domain(),
                               .op_type = node.proto.op_type(),
                               .definition = node.proto.SerializeAsString()},
                 .inputs = {},
                 .outputs = {}};
    for (const auto& id : node.inputs) {
      if (id) foreign.inputs.push_back(*id);
    }
    std::vector<std::string> names;
    std::vector<AtBatches<ValueType>> types;
    for (const auto& output : node.proto.output()) {
      if (output.empty()) continue;
      names.push_back(output);
      types.push_back(declared_type(output));
    }
    const std::vector<ValueId> ids = builder_.add_outputs(std::move(foreign), names, types);
    for (std::size_t i = 0; i < names.size(); ++i) define(names[i], ids[i]);
  }

  AtBatches<ValueType> declared_type(const std::string& output) const {
    try {
      return inputs_.declared_type(output);
    } catch (const Error& error) {
      fail("the operator is not known, and {}; not known are: {}", error.what(),
           unknown_operators(file_));
    }
  }

  const onnx::GraphProto& file_;
  std::int64_t opset_;
  std::filesystem::path folder_;
  OnnxInputs inputs_;
  GraphBuilder builder_;
  std::map<std::string, ValueId, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> unsupported_;  // outputs that nothing stands for
};

}  // namespace

Graph import_onnx(const std::filesystem::path& path, const ImportOptions& options) {
  std::vector<std::byte> bytes = read_file(path);
  try {
    const onnx::ModelProto model = parse_model(bytes);
    bytes = {};  // a large model need not be in memory once more
    return OnnxReader(model, path, options).read();
  } catch (const Error& error) {
    fail("{}: {}", path.string(), error.what());
  }
}

}  // namespace vernier
