#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "vernier/ir/quant_graph.h"

namespace vernier {

/// What there is to export of one network.
struct Exported {
  const Graph& float_graph;
  const QuantGraph& model;
};

/// Writes a network in the form of a target into a folder.
struct Exporter {
  std::string_view name;
  std::string_view help;
  void (*run)(const Exported& network, const std::filesystem::path& folder);
};

std::span<const Exporter> exporters();

}  // namespace vernier
