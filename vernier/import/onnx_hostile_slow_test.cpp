// A damaged file gives an Error that begins with its path, or a graph that verifies; nothing else.
// Worth most under the address and undefined behaviour sanitizers.

#include <gtest/gtest.h>

#include "vernier/import/onnx_test_model.h"
#include "vernier/ir/graph.h"

namespace vernier {
namespace {

// Small, yet with a weight, every kind of attribute, folded shapes, an unknown operator and
// quantization.
constexpr std::string_view network = R"((float[N,2,4,4] x) => (float[N,2] y, uint8[N,2,3,3] q)
  <float[2,2,2,2] w = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8}, int64[1] rest = {-1},
   float s = {0.5}, float[N,2,3,3] m> {
  c = Conv <strides = [1,1], auto_pad = "VALID"> (x, w)
  q = QuantizeLinear(c, s)
  m = com.example.Magic <strength = 2.0> (c)
  a = LeakyRelu <alpha = 0.5> (m)
  g = GlobalAveragePool(a)
  n = Shape <end = 1> (g)
  t = Concat <axis = 0> (n, rest)
  y = Reshape(g, t)
})";

constexpr std::string_view arithmetic =
    R"((float[1,4,4] x) => (float[1,4,2] y, float[1,8,8] z, float[1,4,4] e, int64 first, int64[1] sum_of_sizes)
  <int64[1] one = {1}, int64 none_of_them = {0}, float[0] none = {}, int64[1] axis = {2}, int64[1] start = {-2}> {
  last = Shape <start = -1> (x)
  half = Constant <value_ints = [2]> ()
  end = Div(last, half)
  more = Mul(end, half)
  sum = Add(more, last)
  far = Sub(sum, one)
  tail = Slice(x, start, far, axis)
  y = Identity(tail)
  sizes = Concat <axis = 0> (one, sum, sum)
  z = Resize <mode = "linear"> (x, none, none, sizes)
  real = Cast <to = 1> (sizes)
  whole = Floor(real)
  total = ReduceSum(whole)
  sum_of_sizes = Cast <to = 7> (total)
  first = Gather(sizes, none_of_them)
  four = ConstantOfShape <value = int64[1] {4}> (one)
  e = Expand(x, four)
})";

void expect_error_or_graph(std::string_view bytes) {
  try {
    verify(import_bytes(bytes));
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("model.onnx: "), std::string::npos) << text;
  }
}

class HostileOnnx : public testing::TestWithParam<std::string_view> {
 protected:
  std::string bytes_ = parse_model(17, GetParam()).SerializeAsString();
};

TEST_P(HostileOnnx, IsValidWhenWhole) { EXPECT_NO_THROW(verify(import_bytes(bytes_))); }

TEST_P(HostileOnnx, EveryTruncation) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    SCOPED_TRACE(fmt::format("the first {} bytes", size));
    expect_error_or_graph(std::string_view(bytes_).substr(0, size));
  }
}

TEST_P(HostileOnnx, EveryFlippedBit) {
  for (std::size_t position = 0; position < bytes_.size(); ++position) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(fmt::format("bit {} of byte {}", bit, position));
      std::string damaged = bytes_;
      damaged[position] = static_cast<char>(damaged[position] ^ (1U << bit));
      expect_error_or_graph(damaged);
    }
  }
}

TEST_P(HostileOnnx, EveryByteAtItsExtremes) {
  for (std::size_t position = 0; position < bytes_.size(); ++position) {
    for (const unsigned value : {0x00U, 0x7FU, 0x80U, 0xFFU}) {
      SCOPED_TRACE(fmt::format("byte {} is {}", position, value));
      std::string damaged = bytes_;
      damaged[position] = static_cast<char>(value);
      expect_error_or_graph(damaged);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, HostileOnnx, testing::Values(network, arithmetic));

}  // namespace
}  // namespace vernier
