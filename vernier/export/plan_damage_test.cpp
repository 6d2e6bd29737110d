// A plan is read from files that may be damaged or made to do harm: whatever the bytes are, loading
// gives an Error or a plan that can be run. Under the sanitizers this is where it is tested.

#include <cstring>
#include <map>

#include <gtest/gtest.h>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/base/fuzz.h"
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
  constexpr std::uint64_t arithmetics = EnumNames<Requantization>::names.size();
  RandomNetwork maker(seed, {.activation = spec,
                             .weight = weight,
                             .requantization = static_cast<Requantization>(seed % arithmetics),
                             .sums = static_cast<Sums>(seed / arithmetics % 2),
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

// Numbers at the ends of their types, of which a plan is full, one beside what is there, or any.
void damage_number(Bytes& payload, Random& random) {
  constexpr std::array<std::int64_t, 12> numbers = {
      0, 1, -1, 2, 255, 256, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, INT64_MAX, INT64_MIN, 1LL << 35};
  const std::size_t size = std::size_t{1} << random.below(4);
  if (payload.size() < size) return;
  std::byte* at = payload.data() + random.below(std::ssize(payload) - std::ssize(payload) / 64);
  if (at + size > payload.data() + payload.size()) return;
  std::uint64_t value = 0;
  std::memcpy(&value, at, size);
  switch (random.below(3)) {
    case 0:
      value = static_cast<std::uint64_t>(numbers[static_cast<std::size_t>(random.below(12))]);
      break;
    case 1:
      value += static_cast<std::uint64_t>(random.below(5)) - 2;
      break;
    default:
      value = random.bits();
  }
  std::memcpy(at, &value, size);
}

// A piece is left out, doubled, or comes from another place.
void move_piece(Bytes& payload, Random& random) {
  const std::int64_t length = 1 + random.below(64);
  if (std::ssize(payload) <= length) return;
  const auto from = payload.begin() + random.below(std::ssize(payload) - length);
  const Bytes piece(from, from + length);
  if (random.below(2) == 0) payload.erase(from, from + length);
  if (random.below(2) == 0 || payload.empty()) return;
  const auto to = payload.begin() + random.below(std::ssize(payload));
  payload.insert(to, piece.begin(), piece.end());
}

// VERNIER_FUZZ_SECONDS is for how long.
TEST(PlanFuzz, ADamagedPlanIsAnErrorOrRuns) {
  std::map<std::int64_t, Bytes> plans;
  fuzz([&](Random& random) {
    const std::int64_t network = random.below(200);
    Bytes& plan = plans[network];
    if (plan.empty()) plan = plan_of(static_cast<std::uint64_t>(network));
    Bytes payload(plan.begin() + header_bytes, plan.end() - checksum_bytes);
    for (std::int64_t i = 0; i <= random.below(3); ++i) {
      random.below(8) == 0 ? move_piece(payload, random) : damage_number(payload, random);
    }
    std::uint32_t version = 0;
    std::memcpy(&version, plan.data() + 4, sizeof(version));
    std::uint32_t magic = 0;
    std::memcpy(&magic, plan.data(), sizeof(magic));
    if (const auto read = loaded(frame(magic, version, payload))) run_with_zeros(read);
  });
}

}  // namespace
}  // namespace vernier
