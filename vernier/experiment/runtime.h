#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/data/dataset.h"

namespace vernier {

/// A runtime that is not ours, reached through its adapter: a program in runtimes/ that reads a
/// model and arrays and writes arrays and a report (runtimes/adapter.py).
struct Runtime {
  std::string_view name;
  std::string_view adapter;   ///< its file in runtimes/
  std::string_view exporter;  ///< of the file that it reads
  std::string_view help;
  std::string_view missing = {};  ///< why there is no adapter, and what to do instead
};

std::span<const Runtime> runtimes();
/// By its name; one without an adapter is an Error.
const Runtime& runnable_runtime(std::string_view name);

/// A layer of the graph that a runtime has made of a file, or a node that computes in float.
struct RuntimeNode {
  std::string name;
  std::string type;
  bool integer = false;
  std::string reason = "";  ///< why it computes in float, as far as the network tells
};

/// What a runtime says of its run.
struct RuntimeReport {
  std::string name;
  std::string version;
  std::vector<RuntimeNode> layers;   ///< convolutions and linear layers
  std::vector<RuntimeNode> islands;  ///< what else computes in float
  double seconds = 0.0;
};

std::int64_t integer_count(const RuntimeReport& report);
/// Layers and other nodes that compute in float.
std::vector<RuntimeNode> float_nodes(const RuntimeReport& report);

struct RuntimeRun {
  RuntimeReport report;
  std::vector<Tensor> outputs;  ///< axis 0 counts the images
  std::vector<std::string> value_names;
  std::vector<Tensor> values;
};

struct RuntimeTask {
  std::filesystem::path model;
  std::filesystem::path folder;  ///< for files in between; made, and gone afterwards
  std::int64_t batch = 1;
  std::vector<std::string> values = {};  ///< of the file, as far as the runtime keeps them
};

/// Runs a file over a data set. An adapter that is not installed, a file that the runtime refuses
/// and a report that is damaged are Errors that say what to do.
RuntimeRun run_in(const Runtime& runtime, const RuntimeTask& task, const Dataset& dataset);

}  // namespace vernier
