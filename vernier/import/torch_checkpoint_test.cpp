#include "vernier/import/torch_checkpoint.h"

#include <array>
#include <initializer_list>
#include <limits>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"

namespace vernier {
namespace {

using Bytes = std::vector<std::byte>;

const std::filesystem::path folder =
    std::filesystem::path(VERNIER_SOURCE_DIR) / "tests" / "data" / "torch";

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// What `tools/make_torch_checkpoints.py` saved.
std::vector<NamedTensor> saved_tensors() {
  const auto f32 = [](Shape shape, std::initializer_list<float> elements) {
    return Tensor::of<float>(std::move(shape), elements);
  };
  return {
      {"base", f32({3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})},
      {"transposed", f32({4, 3}, {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11})},
      {"cut", f32({2, 2}, {4, 6, 8, 10})},
      {"spread", f32({2, 3}, {5, 5, 5, 5, 5, 5})},
      {"layer.weight", f32({2}, {1.5F, -2.5F})},
      {"f64", f32({1}, {0.1F})},
      {"f16", f32({3}, {1.5F, 0x1p-24F, -std::numeric_limits<float>::infinity()})},
      {"bf16", f32({1}, {-3.0F})},
      {"i64", Tensor::of<std::int64_t>({}, std::array{std::int64_t{1} << 40U})},
      {"u8", Tensor::of<std::uint8_t>({1}, std::array{std::uint8_t{255}})},
      {"bool", Tensor::of<std::uint8_t>({2}, std::array{std::uint8_t{1}, std::uint8_t{0}})},
      {"empty", f32({0, 3}, {})},
  };
}

/// The message of the Error; empty if there was none.
std::string refusal(std::span<const std::byte> file) {
  try {
    parse_torch_checkpoint(file, "a.pth");
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

// ---- Pickles by hand

std::string little_endian(std::uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

std::string text(std::string_view value) {
  return fmt::format("X{}{}", little_endian(value.size(), 4), value);
}

std::string integer(std::int64_t value) {
  return fmt::format("\x8a\x08{}", little_endian(static_cast<std::uint64_t>(value), 8));
}

std::string integers(const Shape& values) {
  std::string result = "(";
  for (const std::int64_t value : values) result += integer(value);
  return result + "t";
}

/// A float tensor in the storage of two elements that `legacy` adds.
std::string tensor(std::int64_t offset, const Shape& sizes, const Shape& strides) {
  return "ctorch._utils\n_rebuild_tensor\n((" + text("storage") + "ctorch\nFloatStorage\n" +
         text("0") + text("cpu") + integer(2) + "tQ" + integer(offset) + integers(sizes) +
         integers(strides) + "tR";
}

std::string item(std::string_view name, const std::string& value) {
  return text(name) + value + "s";
}

std::string dict(std::string_view items) { return std::string("}").append(items); }

/// The legacy container around an object. The storage "0" holds 1 and 2.
Bytes legacy(const std::string& object) {
  const auto pickle = [](const std::string& value) { return "\x80\x02" + value + "."; };
  return bytes_of(pickle("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19") +
                  pickle(integer(1001)) + pickle(dict(item("little_endian", "\x88"))) +
                  pickle(object) + pickle(fmt::format("]{}a", text("0"))) + little_endian(2, 8) +
                  little_endian(0x400000003F800000, 8));
}

TEST(TorchCheckpoint, EveryContainerGivesTheSameTensors) {
  for (const char* name : {"zip.pth", "deflated.pth", "protocol4.pth", "legacy.pth"}) {
    const std::vector<NamedTensor> tensors = read_torch_checkpoint(folder / name);
    const std::vector<NamedTensor> expected = saved_tensors();
    ASSERT_EQ(tensors.size(), expected.size()) << name;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      EXPECT_EQ(tensors[i].name, expected[i].name) << name;
      EXPECT_TRUE(tensors[i].tensor == expected[i].tensor) << name << ": " << tensors[i].name;
    }
  }
}

TEST(TorchCheckpoint, RefusesAllNamesButThoseOfTensorsAndSaysThem) {
  for (const auto& [object, name] : {
           std::pair{"cos\nsystem\n", "'os.system'"},
           std::pair{"\x8c\x05posix\x8c\x06system\x93", "'posix.system'"},
           std::pair{"ctorch.nn.modules.linear\nLinear\n)\x81", "'torch.nn.modules.linear.Linear'"},
       }) {
    const std::string message = refusal(legacy(object));
    EXPECT_NE(message.find(name), std::string::npos) << message;
  }
}

TEST(TorchCheckpoint, AViewMayNotLeaveItsStorage) {
  constexpr std::int64_t huge = std::int64_t{1} << 62U;
  EXPECT_EQ(refusal(legacy(dict(item("w", tensor(1, {1}, {1}))))), "");
  struct View {
    std::int64_t offset;
    Shape sizes;
    Shape strides;
  };
  for (const View& view :
       {View{2, {1}, {1}}, View{-1, {1}, {1}}, View{0, {3}, {1}}, View{0, {2}, {2}},
        View{1, {2}, {-1}}, View{0, {-1}, {1}}, View{0, {2}, {huge}}, View{huge, {2}, {huge}},
        View{0, {2}, {}}, View{0, {huge, huge}, {0, 0}}, View{0, {1 << 20}, {0}}}) {
    const std::string message =
        refusal(legacy(dict(item("w", tensor(view.offset, view.sizes, view.strides)))));
    EXPECT_TRUE(message.starts_with("a.pth: tensor 'w': "))
        << view.offset << ' ' << to_string(view.sizes) << ' ' << to_string(view.strides) << ": "
        << message;
  }
}

TEST(TorchCheckpoint, DictsWithinThemselvesEnd) {
  const std::string value = tensor(0, {2}, {1});
  const std::string remembered = "q\x01";
  const std::string again = "h\x01";
  EXPECT_EQ(refusal(legacy(dict(remembered + item("w", value) + item("itself", again) +
                                item("state_dict", again)))),
            "");
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += dict(text("a"));
  EXPECT_NE(refusal(legacy(deep + value + std::string(10000, 's'))).find("deep"),
            std::string::npos);
}

TEST(TorchCheckpoint, AWrongPickleIsAnError) {
  for (const char* object : {"",       "a",        "t",          "R",
                             "Q",      "b",        "s",          "h\x05",
                             "}h\x05", "]K\x01s",  "}K\x01\x61", "K\x01K\x02R",
                             "(K\x01", "}(K\x01u", "\x8a\x0a",   "X\xff\xff\xff\xff",
                             "i",      "\x80\x09", "}",          "]",
                             "N"}) {
    EXPECT_NE(refusal(legacy(object)), "") << object;
  }
}

TEST(TorchCheckpoint, NamesAreUniqueAndLoseACommonPrefix) {
  const std::string value = tensor(0, {2}, {1});
  EXPECT_NE(refusal(legacy(dict(item("w", value) + item("w", value)))).find("'w' occurs twice"),
            std::string::npos);
  const auto names = [&](const std::string& object) {
    std::string result;
    for (const NamedTensor& each : parse_torch_checkpoint(legacy(object), "a.pth"))
      result += each.name + " ";
    return result;
  };
  EXPECT_EQ(names(dict(item("module.a", value) + item("module.b", value))), "a b ");
  EXPECT_EQ(names(dict(item("module.a", value) + item("b", value))), "module.a b ");
  EXPECT_EQ(
      names(dict(item("model", dict(item("a", value))) + item("ema", dict(item("b", value))))),
      "a ");
  EXPECT_EQ(names(dict(item("net", dict(item("a", value))) + item("epoch", integer(-3)))),
            "net.a ");
}

}  // namespace
}  // namespace vernier
