#include "vernier/zoo/checkpoint.h"

#include <map>
#include <string>

#include <fmt/ranges.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

using TensorsByName = std::map<std::string_view, const Tensor*>;

std::string type(const Tensor& tensor) {
  return fmt::format("{}{}", name(tensor.dtype()), to_string(tensor.shape()));
}

// "; missing 2: 'a', 'b'", or nothing.
std::string listed(std::string_view what, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  return fmt::format("; {} {}: {}", what, names.size(), fmt::join(names, ", "));
}

// Takes what fits out of `tensors`.
std::string misfits(const Network& network, TensorsByName tensors) {
  std::vector<std::string> missing;
  std::vector<std::string> misshaped;
  for (const ValueId id : network.parameters) {
    const std::string& parameter = network.graph[id].name;
    const auto node = tensors.extract(parameter);
    if (node.empty()) {
      missing.push_back(parameter);
      continue;
    }
    const std::string expected = type(constant(network.graph, id));
    const std::string found = type(*node.mapped());
    if (found != expected) {
      misshaped.push_back(fmt::format("{} ({}, expected {})", parameter, found, expected));
    }
  }
  std::vector<std::string> unexpected;
  for (const auto& [each, tensor] : tensors) unexpected.emplace_back(each);
  return listed("missing", missing) + listed("unexpected", unexpected) +
         listed("misshaped", misshaped);
}

}  // namespace

void load_checkpoint(Network& network, std::span<const NamedTensor> tensors) {
  TensorsByName by_name;
  for (const NamedTensor& each : tensors) {
    if (!each.name.ends_with("num_batches_tracked")) by_name.emplace(each.name, &each.tensor);
  }
  if (const std::string problems = misfits(network, by_name); !problems.empty()) {
    fail("the checkpoint is not one of this architecture{}", problems);
  }
  for (const ValueId id : network.parameters) {
    Value& parameter = network.graph[id];
    parameter.constant = *by_name.at(parameter.name);
  }
}

}  // namespace vernier
