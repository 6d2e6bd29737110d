// What an image gave goes to its place in `judged`; sums are
// formed at the end in the order of the images.

#include "vernier/experiment/evaluate.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "vernier/base/error.h"
#include "vernier/calib/batches.h"
#include "vernier/experiment/executors.h"

namespace vernier {
namespace {

struct Difference {
  std::int64_t outputs = 0;
  std::int64_t differing = 0;
  float largest = 0.0F;
};

/// The readings that are compared element by element.
constexpr std::array compared = {std::pair{Reading::simulated, Reading::exact},
                                 std::pair{Reading::exact, Reading::deployed},
                                 std::pair{Reading::simulated, Reading::deployed},
                                 std::pair{Reading::deployed, Reading::runtime}};

/// What one image gave.
struct Judged {
  std::array<std::int64_t, reading_count> predictions{};
  std::array<bool, reading_count> hits{};
  std::array<Similarity, reading_count> against_float;
  std::array<Difference, compared.size()> differences;
  float lo = 0.0F;  ///< of the float outputs
  float hi = 0.0F;
};

/// The elements of one image in a batch of outputs.
std::span<const float> image_part(const Tensor& output, std::int64_t images, std::int64_t image) {
  const auto all = output.view<float>();
  const std::size_t count = all.size() / static_cast<std::size_t>(images);
  return all.subspan(static_cast<std::size_t>(image) * count, count);
}

void compare(std::span<const float> left, std::span<const float> right, Difference& difference) {
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference.differing +=
        std::bit_cast<std::uint32_t>(left[i]) != std::bit_cast<std::uint32_t>(right[i]) ? 1 : 0;
    difference.largest = std::max(difference.largest, std::abs(left[i] - right[i]));
  }
  difference.outputs += static_cast<std::int64_t>(left.size());
}

/// An Error if a runtime gave something else than the network gives.
void check_outputs(const Graph& graph, const RuntimeRun& run) {
  std::vector<std::int64_t> expected;
  std::vector<std::int64_t> found;
  for (const ValueId id : graph.outputs)
    expected.push_back(element_count(graph[id].shape) /
                       (graph.any_batch ? 1 : std::max<std::int64_t>(graph[id].shape[0], 1)));
  for (const Tensor& each : run.outputs) found.push_back(each.size() / each.shape()[0]);
  if (found == expected) return;
  fail("{}: the file gives {} numbers an image, expected {}; it belongs to another network",
       run.report.name, fmt::join(found, ", "), fmt::join(expected, ", "));
}

using Outputs = std::array<std::vector<Tensor>, reading_count>;

void judge(const Outputs& outputs, std::int64_t images, std::int64_t image, Judged& judged) {
  const auto part = [&](Reading reading, std::size_t output) {
    return image_part(outputs[index(reading)][output], images, image);
  };
  const auto both = [&](Reading a, Reading b) {
    return !outputs[index(a)].empty() && !outputs[index(b)].empty();
  };
  for (std::size_t output = 0; output < outputs[0].size(); ++output) {
    const auto reference = part(Reading::floating, output);
    const auto [lo, hi] = std::ranges::minmax(reference);
    judged.lo = std::min(judged.lo, lo);
    judged.hi = std::max(judged.hi, hi);
    for (std::size_t reading = 0; reading < reading_count; ++reading) {
      if (outputs[reading].empty()) continue;
      const auto value = part(static_cast<Reading>(reading), output);
      judged.against_float[reading].add(reference, value);
      if (output == 0) judged.predictions[reading] = argmax(value);
    }
    for (std::size_t i = 0; i < compared.size(); ++i) {
      const auto [left, right] = compared[i];
      if (both(left, right))
        compare(part(left, output), part(right, output), judged.differences[i]);
    }
  }
}

/// One step of the output: of its integers, else 1/255 of what the float network gave.
double output_step(const QuantizedNetwork& network, std::span<const Judged> judged) {
  const auto& format = network.integers.formats[vernier::index(network.integers.graph.outputs[0])];
  if (format) return format->params.scale;
  double lo = 0.0;
  double hi = 0.0;
  for (const Judged& each : judged) {
    lo = std::min<double>(lo, each.lo);
    hi = std::max<double>(hi, each.hi);
  }
  return hi > lo ? (hi - lo) / 255.0 : 1.0;
}

ParityResult parity(std::size_t pair, std::span<const Judged> judged) {
  const auto [left, right] = compared[pair];
  ParityResult result = {.left = left, .right = right};
  float largest = 0.0F;
  for (const Judged& each : judged) {
    const Difference& difference = each.differences[pair];
    if (difference.differing > 0 && !result.first_image) result.first_image = &each - judged.data();
    result.outputs += difference.outputs;
    result.differing_outputs += difference.differing;
    largest = std::max(largest, difference.largest);
    result.differing_predictions +=
        each.predictions[index(left)] != each.predictions[index(right)] ? 1 : 0;
  }
  result.largest_difference_steps = largest;
  return result;
}

std::vector<ParityResult> parities(std::span<const Reading> readings,
                                   std::span<const Judged> judged, double step) {
  const auto asked = [&](Reading reading) { return std::ranges::count(readings, reading) != 0; };
  std::vector<ParityResult> results;
  for (std::size_t i = 0; i < compared.size(); ++i) {
    const auto [left, right] = compared[i];
    // `exact` stands between the two and is compared with both.
    if (left == Reading::simulated && right == Reading::deployed && asked(Reading::exact)) continue;
    if (!asked(left) || !asked(right)) continue;
    results.push_back(parity(i, judged));
    results.back().largest_difference_steps /= step;
  }
  return results;
}

ReadingResult summary(Reading reading, std::span<const Judged> judged, bool labelled) {
  ReadingResult result = {.reading = reading};
  Share share;
  for (const Judged& each : judged) {
    result.against_float.add(each.against_float[index(reading)]);
    result.differing_predictions += each.predictions[index(reading)] != each.predictions[0] ? 1 : 0;
    share.hits += each.hits[index(reading)] ? 1 : 0;
    ++share.count;
  }
  if (labelled) result.accuracy = share;
  return result;
}

}  // namespace

std::string reading_name(const Evaluation& evaluation, Reading reading) {
  const bool named = reading == Reading::runtime && evaluation.runtime;
  return named ? evaluation.runtime->name : std::string(enum_name(reading));
}

Evaluation evaluate(const QuantizedNetwork& network, const Dataset& dataset,
                    const EvaluateOptions& options) {
  if (options.runtime != nullptr) check_outputs(network.float_graph, *options.runtime);
  std::vector<Reading> readings = {Reading::floating};
  for (const Reading reading : options.readings) {
    if (reading != Reading::floating) readings.push_back(reading);
  }
  if (options.runtime != nullptr) readings.push_back(Reading::runtime);
  std::vector<Judged> judged(static_cast<std::size_t>(dataset.size()));
  Executors executors(network, readings, options);

  const auto see = [&](const Batch& batch, int number) {
    const std::int64_t places = batch.inputs.shape()[0];
    Outputs outputs;
    for (const Reading reading : readings)
      outputs[index(reading)] = executors.run(reading, batch, number);
    for (std::int64_t image = 0; image < static_cast<std::int64_t>(batch.labels.size()); ++image) {
      Judged& place = judged[static_cast<std::size_t>(batch.first + image)];
      judge(outputs, places, image, place);
      const auto& label = batch.labels[static_cast<std::size_t>(image)];
      for (const Reading reading : readings) {
        if (options.metric == nullptr || !label) continue;
        place.hits[index(reading)] =
            options.metric->hit(image_part(outputs[index(reading)][0], places, image), *label);
      }
    }
  };
  for_each_batch(dataset,
                 {.batch = natural_batch(network.float_graph), .progress = options.progress}, see);

  Evaluation evaluation = {.images = dataset.size()};
  if (options.runtime != nullptr) evaluation.runtime = options.runtime->report;
  const bool labelled = options.metric != nullptr && dataset.has_labels();
  for (const Reading reading : readings) {
    ReadingResult result = summary(reading, judged, labelled);
    result.seconds = executors.seconds(reading);
    evaluation.results.push_back(result);
  }
  evaluation.parity = parities(readings, judged, output_step(network, judged));
  return evaluation;
}

}  // namespace vernier
