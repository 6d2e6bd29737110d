#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "vernier/ir/quant_graph.h"
#include "vernier/reference/integer_graph.h"

namespace vernier {

/// What there is to export of one network.
struct Exported {
  const Graph& float_graph;
  const QuantGraph& model;
  const IntegerGraph& integers;  ///< lower(model)
};

/// Writes a network in the form of a target. What the form cannot express is an Error that names
/// the node and what to do, and then nothing is written.
struct Exporter {
  std::string_view name;
  std::string_view file;  ///< its name in a run folder
  std::string_view help;
  void (*write)(const Exported& network, const std::filesystem::path& file);
};

std::span<const Exporter> exporters();

}  // namespace vernier
