// A plan is read from files that may be damaged or made to do harm: whatever the bytes are, loading
// gives an Error or a plan that can be run. Under the sanitizers this is where it is tested.

#include <cstring>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/hash.h"
#include "vernier/engine/engine.h"
#include "vernier/export/engine_plan.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

constexpr std::size_t header_bytes = 16;
constexpr std::size_t checksum_bytes = 4;

using Bytes = std::vector<std::byte>;

void fix_checksum(Bytes& bytes) {
  const auto payload =
      std::span(bytes).subspan(header_bytes, bytes.size() - header_bytes - checksum_bytes);
  const std::uint32_t checksum = crc32(payload);
  std::memcpy(bytes.data() + bytes.size() - checksum_bytes, &checksum, checksum_bytes);
}

// The plan that the bytes hold; null for an Error.
std::shared_ptr<const Plan> loaded(const Bytes& bytes) {
  try {
    return std::make_shared<const Plan>(plan_from_bytes(bytes, "plan"));
  } catch (const Error&) {
    return nullptr;
  }
}

void run_with_zeros(const std::shared_ptr<const Plan>& plan) {
  std::vector<Tensor> inputs;
  for (const Port& port : plan->inputs) {
    inputs.emplace_back(DType::f32, plan->buffers[index(port.buffer)].shape);
  }
  Engine(plan).run(inputs);
}

// A small network of a seed, as bytes.
Bytes plan_of(std::uint64_t seed) {
  const QuantSpec spec{.range = {0, 255}, .symmetric = false};
  const QuantSpec weight{.range = {-127, 127}, .granularity = Granularity::per_channel};
  RandomNetwork maker(seed, {.activation = spec,
                             .weight = weight,
                             .requantization = static_cast<Requantization>(seed % 3),
                             .share_of_points = 0.7});
  return plan_bytes(compile_plan(lower(maker.make(3))));
}

// The smallest plans of many networks, so that every byte can be tried.
std::vector<Bytes> small_plans() {
  std::vector<Bytes> plans;
  for (std::uint64_t seed = 0; plans.size() < 4; ++seed) {
    Bytes bytes = plan_of(seed);
    if (bytes.size() < 3000) plans.push_back(std::move(bytes));
  }
  return plans;
}

TEST(PlanDamage, EveryFlippedByteIsFoundByTheChecksum) {
  const Bytes plan = small_plans()[0];
  for (std::size_t i = 0; i < plan.size(); ++i) {
    Bytes damaged = plan;
    damaged[i] ^= std::byte{0x10};
    EXPECT_EQ(loaded(damaged), nullptr) << "byte " << i;
  }
}

TEST(PlanDamage, EveryCutIsFound) {
  const Bytes plan = small_plans()[0];
  for (std::size_t size = 0; size < plan.size(); size += 7) {
    EXPECT_EQ(loaded({plan.begin(), plan.begin() + static_cast<std::ptrdiff_t>(size)}), nullptr)
        << size << " bytes";
  }
}

TEST(PlanDamage, AFlippedByteWithARightChecksumIsAnErrorOrRuns) {
  Random random(9);
  int refused = 0;
  int run = 0;
  for (const Bytes& plan : small_plans()) {
    for (std::size_t i = header_bytes; i + checksum_bytes < plan.size(); ++i) {
      Bytes damaged = plan;
      damaged[i] ^= static_cast<std::byte>(1 + random.below(255));
      fix_checksum(damaged);
      const auto read = loaded(damaged);
      if (read) run_with_zeros(read);
      ++(read ? run : refused);
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(run, 1000) << "weights, names and the like may be anything";
}

}  // namespace
}  // namespace vernier
