#include "vernier/latency/rows.h"

#include <algorithm>

namespace vernier {
namespace {

constexpr std::size_t least_samples = 3;

// The quiet ones among `all`, or all of them if they are too few.
template <typename Item, typename Quiet>
std::vector<Item> chosen(const std::vector<Item>& all, const Quiet& quiet) {
  std::vector<Item> some;
  std::ranges::copy_if(all, std::back_inserter(some), quiet);
  return some.size() < least_samples ? all : some;
}

template <typename Number>
double median_over(const std::vector<const WatchedSample*>& samples, const Number& number) {
  std::vector<double> values(samples.size());
  std::ranges::transform(samples, values.begin(),
                         [&](const WatchedSample* each) { return number(each->sample); });
  return median_of(values);
}

}  // namespace

std::optional<BenchRow> row_of(const Turns& turns, const Match& match, const BenchCase& what) {
  std::vector<const WatchedSample*> all;
  for (const auto& each : turns.rounds)
    if (each) all.push_back(&*each);
  if (all.empty()) return std::nullopt;
  const auto quiet = [&](const WatchedSample* each) { return is_quiet(*each, match.best_probe); };
  const auto kept = chosen(all, quiet);
  std::vector<double> medians;
  std::vector<double> least;
  for (const WatchedSample* each : kept) {
    medians.push_back(each->sample.median_ms());
    least.push_back(std::ranges::min(each->sample.ms));
  }
  const TimeSummary over_samples = summary_of(medians);
  BenchRow row{
      .contender = turns.contender,
      .version = kept.front()->sample.version,
      .median_ms = over_samples.median_ms,
      .min_ms = std::ranges::min(least),
      .spread = over_samples.spread,
      .startup_ms = median_over(kept, [](const TimeSample& each) { return each.startup_ms; }),
      .samples = static_cast<int>(kept.size()),
      .discarded = static_cast<int>(all.size() - kept.size()),
      .quiet = std::ranges::all_of(kept, quiet)};
  row.gmacs = static_cast<double>(what.macs) / row.median_ms * 1e-6;
  const double peak = turns.contender.precision == "int8" ? what.integer_peak : what.float_peak;
  std::vector<double> shares;
  for (const WatchedSample* each : kept) {
    const double clock = each->burst / match.best_probe;
    shares.push_back(static_cast<double>(what.macs) * 1e-6 /
                     (each->sample.median_ms() * clock * peak));
  }
  row.peak_share = median_of(shares);
  return row;
}

std::optional<double> ratio_of(const Turns& ours, const Turns& theirs, double best_probe) {
  using Pair = std::pair<const WatchedSample*, const WatchedSample*>;
  std::vector<Pair> all;
  for (std::size_t i = 0; i < std::min(ours.rounds.size(), theirs.rounds.size()); ++i) {
    const auto& our = ours.rounds[i];
    const auto& their = theirs.rounds[i];
    if (our && their) all.emplace_back(&*our, &*their);
  }
  if (all.empty()) return std::nullopt;
  std::vector<double> us;
  std::vector<double> them;
  for (const auto& [our, their] : chosen(all, [&](const Pair& each) {
         return is_quiet(*each.first, best_probe) && is_quiet(*each.second, best_probe);
       })) {
    us.push_back(our->sample.median_ms());
    them.push_back(their->sample.median_ms());
  }
  return median_of(them) / median_of(us);
}

}  // namespace vernier
