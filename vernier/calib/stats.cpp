#include "vernier/calib/stats.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

constexpr std::uint32_t magic = 0x54535256;  // "VRST"
constexpr std::uint32_t version = 1;

constexpr std::size_t width = 16;
constexpr std::size_t lane_count = 2 * width;
using Vector [[gnu::vector_size(width * sizeof(float))]] = float;
using Bits [[gnu::vector_size(width * sizeof(float))]] = std::int32_t;

/// Sums side by side: the order of the additions is fixed by the lanes, not by the machine.
using LaneSums = std::array<float, lane_count>;
struct Lanes {
  std::array<float, width> lo, hi;
  LaneSums sum, sum_squares;
};

/// One of the two halves of the lanes, so that one addition need not wait for the last.
struct Half {
  Vector lo, hi, sum{}, sum_squares{};

  [[gnu::always_inline]] void start(const float* values) {
    std::memcpy(&lo, values, sizeof(lo));
    hi = lo;
  }
  [[gnu::always_inline]] void see(const float* values) {
    Vector x;
    std::memcpy(&x, values, sizeof(x));
    lo = x < lo ? x : lo;
    hi = x > hi ? x : hi;
    sum += x;
    sum_squares += x * x;
  }
};

/// Without the sign bit: one instruction, where a comparison takes three.
[[gnu::always_inline]] inline void add_magnitudes(const float* values, Vector& sum) {
  Bits bits;
  std::memcpy(&bits, values, sizeof(bits));
  bits &= 0x7FFFFFFF;
  Vector x;
  std::memcpy(&x, &bits, sizeof(x));
  sum += x;
}

VERNIER_VECTOR_CLONES
Lanes accumulate(std::span<const float> values) {
  Half even;
  Half odd;
  even.start(values.data());
  odd.start(values.data() + width);
  for (std::size_t i = 0; i + lane_count <= values.size(); i += lane_count) {
    even.see(&values[i]);
    odd.see(&values[i + width]);
  }
  using Floats = std::array<float, width>;
  using Pair = std::array<Vector, 2>;
  return {.lo = std::bit_cast<Floats>(odd.lo < even.lo ? odd.lo : even.lo),
          .hi = std::bit_cast<Floats>(odd.hi > even.hi ? odd.hi : even.hi),
          .sum = std::bit_cast<LaneSums>(Pair{even.sum, odd.sum}),
          .sum_squares = std::bit_cast<LaneSums>(Pair{even.sum_squares, odd.sum_squares})};
}

VERNIER_VECTOR_CLONES
LaneSums accumulate_magnitudes(std::span<const float> values) {
  std::array<Vector, 2> sums{};
  for (std::size_t i = 0; i + lane_count <= values.size(); i += lane_count) {
    add_magnitudes(&values[i], sums[0]);
    add_magnitudes(&values[i + width], sums[1]);
  }
  return std::bit_cast<LaneSums>(sums);
}

double total(const LaneSums& lanes) { return std::accumulate(lanes.begin(), lanes.end(), 0.0); }

void write(ByteWriter& writer, const TensorStats& stats) {
  writer.number(static_cast<std::uint64_t>(stats.images.size()));
  for (const Moments& image : stats.images) {
    writer.number(image.count);
    writer.number(image.lo);
    writer.number(image.hi);
    writer.number(image.sum);
    writer.number(image.sum_abs);
    writer.number(image.sum_squares);
  }
  writer.number(stats.histogram.zeros);
  writer.number(static_cast<std::uint8_t>(stats.histogram.exponent.has_value()));
  writer.number(static_cast<std::int32_t>(stats.histogram.exponent.value_or(0)));
  writer.numbers(std::span<const std::int64_t>(stats.histogram.bins));
}

TensorStats read_tensor(ByteReader& reader) {
  TensorStats stats;
  const auto images = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < images; ++i) {
    Moments image;
    image.count = reader.number<std::int64_t>();
    image.lo = reader.number<float>();
    image.hi = reader.number<float>();
    image.sum = reader.number<double>();
    image.sum_abs = reader.number<double>();
    image.sum_squares = reader.number<double>();
    stats.images.push_back(image);
  }
  stats.histogram.zeros = reader.number<std::int64_t>();
  const bool has_bins = reader.number<std::uint8_t>() != 0;
  const auto exponent = reader.number<std::int32_t>();
  stats.histogram.bins = reader.numbers<std::int64_t>();
  if (has_bins) stats.histogram.exponent = exponent;
  if (stats.histogram.bins.size() !=
      (has_bins ? static_cast<std::size_t>(2 * Histogram::side) : 0)) {
    reader.damaged(fmt::format("{} bins", stats.histogram.bins.size()));
  }
  if (has_bins && (exponent < Histogram::least_exponent || exponent > Histogram::most_exponent))
    reader.damaged(fmt::format("bins up to 2^{}", exponent));
  return stats;
}

}  // namespace

float largest_magnitude(const Moments& moments) { return std::max(-moments.lo, moments.hi); }

Moments moments(std::span<const float> values) {
  Moments result;
  if (values.empty()) return result;
  result.count = static_cast<std::int64_t>(values.size());
  result.lo = values[0];
  result.hi = values[0];
  // Float32 within a block, double between blocks.
  constexpr std::size_t block = 16384;
  for (std::size_t begin = 0; begin < values.size(); begin += block) {
    const auto part = values.subspan(begin, std::min(block, values.size() - begin));
    if (part.size() >= lane_count) {
      const Lanes lanes = accumulate(part);
      const float lo = std::ranges::min(lanes.lo);
      result.lo = std::min(result.lo, lo);
      result.hi = std::max(result.hi, std::ranges::max(lanes.hi));
      result.sum += total(lanes.sum);
      // Behind a ReLU values are their magnitudes, and most activations stand there.
      result.sum_abs += total(lo < 0.0F ? accumulate_magnitudes(part) : lanes.sum);
      result.sum_squares += total(lanes.sum_squares);
    }
    for (const float x : part.subspan(part.size() / lane_count * lane_count)) {
      result.lo = std::min(result.lo, x);
      result.hi = std::max(result.hi, x);
      result.sum += x;
      result.sum_abs += std::abs(x);
      result.sum_squares += static_cast<double>(x) * x;
    }
  }
  return result;
}

float TensorStats::lo() const {
  return images.empty() ? 0.0F : std::ranges::min(images, {}, &Moments::lo).lo;
}

float TensorStats::hi() const {
  return images.empty() ? 0.0F : std::ranges::max(images, {}, &Moments::hi).hi;
}

TensorStats stats_of(std::span<const float> values) {
  TensorStats stats;
  stats.images.push_back(moments(values));
  add(stats.histogram, values, largest_magnitude(stats.images[0]));
  return stats;
}

void append(TensorStats& stats, const TensorStats& more) {
  stats.images.insert(stats.images.end(), more.images.begin(), more.images.end());
  merge(stats.histogram, more.histogram);
}

void unite(TensorStats& stats, const TensorStats& other) {
  VERNIER_CHECK(stats.images.size() == other.images.size());
  for (std::size_t i = 0; i < stats.images.size(); ++i) {
    Moments& image = stats.images[i];
    const Moments& added = other.images[i];
    image.count += added.count;
    image.lo = std::min(image.lo, added.lo);
    image.hi = std::max(image.hi, added.hi);
    image.sum += added.sum;
    image.sum_abs += added.sum_abs;
    image.sum_squares += added.sum_squares;
  }
  merge(stats.histogram, other.histogram);
}

const TensorStats* find_stats_if_any(const Stats& stats, std::string_view name) {
  const auto found = std::ranges::find(stats.names, name);
  return found == stats.names.end()
             ? nullptr
             : &stats.tensors[static_cast<std::size_t>(found - stats.names.begin())];
}

std::int64_t images_seen(const Stats& stats) {
  return stats.tensors.empty() ? 0 : static_cast<std::int64_t>(stats.tensors[0].images.size());
}

void append(Stats& stats, const Stats& more) {
  VERNIER_CHECK(stats.names == more.names && stats.model_sha256 == more.model_sha256);
  for (std::size_t i = 0; i < stats.tensors.size(); ++i) append(stats.tensors[i], more.tensors[i]);
}

std::vector<std::byte> to_bytes(const Stats& stats) {
  ByteWriter writer;
  writer.text(stats.model_sha256);
  writer.text(stats.data_sha256);
  writer.number(static_cast<std::uint64_t>(stats.names.size()));
  for (std::size_t i = 0; i < stats.names.size(); ++i) {
    writer.text(stats.names[i]);
    write(writer, stats.tensors[i]);
  }
  return frame(magic, version, writer.bytes());
}

Stats parse_stats(std::span<const std::byte> file, const std::string& what) {
  ByteReader reader(unframe(magic, version, file, what), what);
  Stats stats;
  stats.model_sha256 = reader.text();
  stats.data_sha256 = reader.text();
  const auto count = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    stats.names.push_back(reader.text());
    stats.tensors.push_back(read_tensor(reader));
  }
  if (reader.remaining() != 0) reader.damaged("bytes left over");
  return stats;
}

Stats load_stats(const std::filesystem::path& path) {
  return parse_stats(read_file(path), path.string());
}

}  // namespace vernier
