#include "vernier/loops/move.h"

#include <numeric>

#include <gtest/gtest.h>

namespace vernier {
namespace {

template <typename T>
std::vector<T> run(const Move& move, const std::vector<T>& source, T fill = T{}) {
  std::size_t count = static_cast<std::size_t>(move.block);
  for (const auto& offsets : move.offsets) count *= offsets.size();
  std::vector<T> target(count);
  run_move(move, moved_element(fill), reinterpret_cast<const std::byte*>(source.data()),
           reinterpret_cast<std::byte*>(target.data()));
  return target;
}

template <typename T>
std::vector<T> counting(std::size_t count) {
  std::vector<T> values(count);
  std::iota(values.begin(), values.end(), T{1});
  return values;
}

TEST(Move, TakesElementsOfEverySize) {
  const Move transposed = {.offsets = {{0, 1, 2}, {0, 3}}};
  EXPECT_EQ(run(transposed, counting<std::uint8_t>(6)),
            (std::vector<std::uint8_t>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(run(transposed, counting<std::int16_t>(6)),
            (std::vector<std::int16_t>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(run(transposed, counting<float>(6)), (std::vector<float>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(run(transposed, counting<std::int64_t>(6)),
            (std::vector<std::int64_t>{1, 4, 2, 5, 3, 6}));
}

TEST(Move, FillsWhereTheSourceHasNone) {
  const Move padded = {.offsets = {{outside, 0, 2}, {0, 1, outside}}};
  EXPECT_EQ(run(padded, counting<float>(4), 9.0F), (std::vector<float>{9, 9, 9, 1, 2, 9, 3, 4, 9}));
}

TEST(Move, ABlockMovesWhole) {
  const Move gathered = {.offsets = {{4, 0, outside}}, .block = 2};
  EXPECT_EQ(run(gathered, counting<float>(6), 7.0F), (std::vector<float>{5, 6, 1, 2, 7, 7}));
}

TEST(Move, NoAxesMeansOneBlock) { EXPECT_EQ(run({}, counting<float>(1)), (std::vector<float>{1})); }

TEST(Move, AnEmptyAxisMovesNothing) {
  EXPECT_TRUE(run({.offsets = {{0, 1}, {}}}, counting<float>(2)).empty());
  EXPECT_TRUE(run(coalesced({.offsets = {{0, 1}, {}}}), counting<float>(2)).empty());
}

TEST(Coalesced, MovesTheSameElements) {
  const std::vector<Move> moves = {
      {.offsets = {{0, 12}, {0, 4, 8}, {0, 1, 2, 3}}},        // everything
      {.offsets = {{0, 12}, {4, 8}, {0, 1, 2, 3}}},           // a slice of the middle
      {.offsets = {{12}, {0, 4, 8}, {1, 2}}},                 // a slice of the last
      {.offsets = {{outside, 12}, {0, 4, 8}, {0, 1, 2, 3}}},  // a filled block
      {.offsets = {{0}, {8, 4, 0}, {3, 2, 1, 0}}},            // reversed
      {.offsets = {{0, 0}, {0, 0, 0}, {5}}},                  // repeated
  };
  const std::vector<float> source = counting<float>(24);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    EXPECT_EQ(run(coalesced(moves[i]), source), run(moves[i], source)) << "move " << i;
  }
}

TEST(Coalesced, WhatIsContiguousBecomesOneBlock) {
  const Move whole = coalesced({.offsets = {{0, 12}, {0, 4, 8}, {0, 1, 2, 3}}});
  EXPECT_EQ(whole.block, 24);
  EXPECT_EQ(whole.offsets, (std::vector<std::vector<std::int64_t>>{{0}}));
  const Move middle = coalesced({.offsets = {{0, 12}, {4, 8}, {0, 1, 2, 3}}});
  EXPECT_EQ(middle.block, 8);
  EXPECT_EQ(middle.offsets, (std::vector<std::vector<std::int64_t>>{{4, 16}}));
}

TEST(Concatenate, PutsTheRowsOfThePartsSideBySide) {
  const std::vector<std::uint8_t> a = {1, 2, 3, 4};
  const std::vector<std::uint8_t> b = {5, 6};
  const std::vector<std::span<const std::byte>> parts = {std::as_bytes(std::span(a)),
                                                         std::as_bytes(std::span(b))};
  std::vector<std::uint8_t> y(6);
  concatenate(2, parts, reinterpret_cast<std::byte*>(y.data()));
  EXPECT_EQ(y, (std::vector<std::uint8_t>{1, 2, 5, 3, 4, 6}));
}

}  // namespace
}  // namespace vernier
