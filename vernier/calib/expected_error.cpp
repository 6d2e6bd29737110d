// With k = the integer that x becomes (clamped, zero point subtracted) and r = x - k s, what is
// left of x, the integral of |t - Q(t)|^p from 0 to x is
//   G(x) = k W + sign(r) |r|^(p+1) / (p+1),   W = 2 (s/2)^(p+1) / (p+1),
// W being that of a whole step; beyond the clamp k stays and r grows, which is the error there.
// Over a density that is constant between edges the error is then one sum over the edges, the
// density's drop times G.

#include "vernier/calib/expected_error.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

constexpr std::size_t lanes = 8;
using Sums = std::array<double, lanes>;

struct Steps {
  double scale = 1.0;  // in bins
  double inverse = 1.0;
  double first = 0.0;  // the integers less the zero point
  double last = 0.0;
  double whole = 0.0;
  double exponent = 3.0;    // p + 1
  double part = 1.0 / 3.0;  // its inverse
};

// Adding 1.5 * 2^52 leaves no bit for a fraction.
[[gnu::always_inline]] inline double nearest_step(double x, const Steps& steps) {
  constexpr double magic = 6755399441055744.0;
  double k = x * steps.inverse;
  k = k > steps.first ? k : steps.first;
  k = k < steps.last ? k : steps.last;
  return (k + magic) - magic;
}

// x^exponent for x >= 0 as 2^(exponent log2 x), both by their series: a loop of these becomes
// vectors, one of std::pow takes ten times as long.
[[gnu::always_inline]] inline float raise(float x, float exponent) {
  constexpr std::int32_t root_of_half = 0x3f3504f3;
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t whole = (bits - root_of_half) >> 23;
  const auto mantissa = std::bit_cast<float>(bits - (whole << 23));
  const float t = (mantissa - 1.0F) / (mantissa + 1.0F);
  const float t2 = t * t;
  const float log2 =
      static_cast<float>(whole) +
      (t * (2.885390082F + (t2 * (0.961796694F + (t2 * (0.577078016F + (t2 * 0.412198583F)))))));
  constexpr float magic = 12582912.0F;
  float y = exponent * log2;
  y = y > -126.0F ? y : -126.0F;
  y = y < 127.0F ? y : 127.0F;
  const float n = (y + magic) - magic;
  const float f = y - n;
  const float power =
      1.0F +
      (f *
       (0.693147181F +
        (f * (0.240226507F +
              (f * (0.0555041087F +
                    (f * (0.00961812911F + (f * (0.00133335581F + (f * 0.000154035304F)))))))))));
  return power * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
}

VERNIER_VECTOR_CLONES
Sums sums_of_squares(std::span<const double> edges, std::span<const double> drops,
                     const Steps& steps) {
  Sums sums{};
  for (std::size_t i = 0; i < edges.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double x = edges[i + lane];
      const double k = nearest_step(x, steps);
      const double r = x - (k * steps.scale);
      sums[lane] += drops[i + lane] * ((k * steps.whole) + (r * r * r * steps.part));
    }
  }
  return sums;
}

// In three loops, because one that mixes double and float does not become vectors.
VERNIER_VECTOR_CLONES
Sums sums_of_powers(std::span<const double> edges, std::span<const double> drops,
                    const Steps& steps) {
  constexpr std::size_t block = 128;
  Sums sums{};
  const auto exponent = static_cast<float>(steps.exponent);
  std::array<double, block> whole{};
  std::array<float, block> rest{};
  for (std::size_t begin = 0; begin < edges.size(); begin += block) {
    const std::size_t count = std::min(block, edges.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const double x = edges[begin + i];
      const double k = nearest_step(x, steps);
      rest[i] = static_cast<float>(x - (k * steps.scale));
      whole[i] = k * steps.whole;
    }
    for (std::size_t i = 0; i < count; ++i)
      rest[i] = std::copysign(raise(std::abs(rest[i]), exponent), rest[i]);
    for (std::size_t i = 0; i < count; i += lanes) {
      for (std::size_t lane = 0; lane < lanes; ++lane)
        sums[lane] += drops[begin + i + lane] * (whole[i + lane] + (rest[i + lane] * steps.part));
    }
  }
  return sums;
}

}  // namespace

BinDensity density_of(const Histogram& histogram) {
  BinDensity result;
  if (!histogram.exponent) return result;
  result.unit = histogram.bin_width();
  double before = 0.0;
  const auto change = [&](std::int64_t edge, double behind) {
    if (behind == before) return;
    result.edges.push_back(static_cast<double>(edge - Histogram::side));
    result.drops.push_back(before - behind);
    before = behind;
  };
  for (std::int64_t bin = 0; bin < 2 * Histogram::side; ++bin) {
    const std::int64_t count = histogram.bins[static_cast<std::size_t>(bin)];
    change(bin, static_cast<double>(count));
    result.filled += count != 0 ? 1 : 0;
  }
  change(2 * Histogram::side, 0.0);
  const std::size_t padded = (result.edges.size() + lanes - 1) / lanes * lanes;
  result.edges.resize(padded, 0.0);
  result.drops.resize(padded, 0.0);
  return result;
}

double expected_error(const BinDensity& density, const QuantParams& params, const QuantSpec& spec,
                      double power) {
  const double scale = params.scale / density.unit;
  const double exponent = power + 1.0;
  const Steps steps = {.scale = scale,
                       .inverse = 1.0 / scale,
                       .first = static_cast<double>(spec.range.lo - params.zero_point),
                       .last = static_cast<double>(spec.range.hi - params.zero_point),
                       .whole = 2.0 * std::pow(0.5 * scale, exponent) / exponent,
                       .exponent = exponent,
                       .part = 1.0 / exponent};
  const Sums sums = power == 2.0 ? sums_of_squares(density.edges, density.drops, steps)
                                 : sums_of_powers(density.edges, density.drops, steps);
  double result = 0.0;
  for (const double sum : sums) result += sum;
  return result;
}

}  // namespace vernier
