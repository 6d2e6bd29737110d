#include "vernier/import/onnx_tensor.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/import/onnx_test_model.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

onnx::TensorProto tensor_proto(int type, const Shape& shape, std::string_view raw = {}) {
  onnx::TensorProto proto;
  proto.set_data_type(type);
  for (const std::int64_t size : shape) proto.add_dims(size);
  if (!raw.empty()) proto.set_raw_data(std::string(raw));
  return proto;
}

template <typename T>
std::vector<T> elements(const Tensor& tensor) {
  const auto view = tensor.view<T>();
  return {view.begin(), view.end()};
}

std::string refusal(const onnx::TensorProto& proto, const fs::path& folder = {}) {
  try {
    import_tensor(proto, folder);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(OnnxTensor, RawAndTypedDataAreTheSame) {
  onnx::TensorProto typed = tensor_proto(onnx::TensorProto::INT16, {2});
  typed.add_int32_data(-2);
  typed.add_int32_data(300);
  const auto raw = tensor_proto(onnx::TensorProto::INT16, {2}, std::string("\xFE\xFF\x2C\x01", 4));
  EXPECT_EQ(elements<std::int16_t>(import_tensor(typed, {})), (std::vector<std::int16_t>{-2, 300}));
  EXPECT_EQ(import_tensor(typed, {}), import_tensor(raw, {}));
}

TEST(OnnxTensor, EveryFloatIsF32) {
  onnx::TensorProto half = tensor_proto(onnx::TensorProto::FLOAT16, {4});
  for (const int bits : {0x3C00, 0xC000, 0x0001, 0x7C00}) half.add_int32_data(bits);
  EXPECT_EQ(elements<float>(import_tensor(half, {})),
            (std::vector<float>{1.0F, -2.0F, 0x1p-24F, std::numeric_limits<float>::infinity()}));
  onnx::TensorProto brain = tensor_proto(onnx::TensorProto::BFLOAT16, {1});
  brain.add_int32_data(0x3FC0);
  EXPECT_EQ(elements<float>(import_tensor(brain, {})), (std::vector<float>{1.5F}));
  onnx::TensorProto wide = tensor_proto(onnx::TensorProto::DOUBLE, {1});
  wide.add_double_data(0.1);
  EXPECT_EQ(elements<float>(import_tensor(wide, {})), (std::vector<float>{0.1F}));
}

TEST(OnnxTensor, FourBitsComeInPairsTheFirstOneLow) {
  constexpr int uint4 = 21;
  constexpr int int4 = 22;
  const std::string_view raw = "\xF1\x08";
  EXPECT_EQ(elements<std::uint8_t>(import_tensor(tensor_proto(uint4, {3}, raw), {})),
            (std::vector<std::uint8_t>{1, 15, 8}));
  EXPECT_EQ(elements<std::int8_t>(import_tensor(tensor_proto(int4, {3}, raw), {})),
            (std::vector<std::int8_t>{1, -1, -8}));
}

TEST(OnnxTensor, TheDataMustFitTheShapeBeforeAnythingIsAllocated) {
  EXPECT_EQ(refusal(tensor_proto(onnx::TensorProto::FLOAT, {2}, "12345")),
            "float [2] needs 8 bytes, the file holds 5");
  EXPECT_EQ(refusal(tensor_proto(onnx::TensorProto::FLOAT, {1 << 20, 1 << 20}, "1234")),
            "float [1048576,1048576] needs 4398046511104 bytes, the file holds 4");
  EXPECT_NE(refusal(tensor_proto(onnx::TensorProto::FLOAT, {-1}, "1234")), "");
  EXPECT_NE(refusal(tensor_proto(onnx::TensorProto::FLOAT, {INT64_MAX, INT64_MAX, 0})), "");
}

TEST(OnnxTensor, ATypeThatIsNotSupportedIsNamed) {
  const std::string text = refusal(tensor_proto(onnx::TensorProto::STRING, {1}));
  EXPECT_TRUE(text.starts_with("element type STRING is not supported; supported: float, ")) << text;
  EXPECT_TRUE(refusal(tensor_proto(17, {1})).starts_with("element type number 17 is not")) << text;
}

class ExternalData : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(model_ / "weights");
    write_plainly(model_ / "weights" / "w.bin", "....abcdefgh");
    write_plainly(outside_, "secret..");
  }
  void TearDown() override { fs::remove_all(root_); }

  onnx::TensorProto proto(const std::string& location, const std::string& offset = "",
                          const std::string& length = "") {
    onnx::TensorProto result = tensor_proto(onnx::TensorProto::UINT8, {8});
    result.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] :
         {std::pair{"location", location}, {"offset", offset}, {"length", length}}) {
      if (value.empty()) continue;
      auto& entry = *result.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
    return result;
  }
  std::string refusal_of(const onnx::TensorProto& tensor) { return refusal(tensor, model_); }

  fs::path root_ = fs::temp_directory_path() / fmt::format("vernier_external_{}", ::getpid());
  fs::path model_ = root_ / "model";
  fs::path outside_ = root_ / "outside.bin";
};

TEST_F(ExternalData, IsReadFromItsPlace) {
  const Tensor tensor = import_tensor(proto("weights/w.bin", "4", "8"), model_);
  const auto bytes = tensor.view<std::uint8_t>();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "abcdefgh");
}

TEST_F(ExternalData, MustLieBeneathTheModel) {
  fs::create_symlink(outside_, model_ / "link.bin");
  fs::create_directory_symlink(root_, model_ / "up");
  for (const std::string& location :
       {std::string("../outside.bin"), outside_.string(), std::string("link.bin"),
        std::string("up/outside.bin"), std::string("weights/../../outside.bin"), std::string("."),
        std::string("missing.bin"), std::string("w\0.bin", 6)}) {
    EXPECT_NE(refusal_of(proto(location)), "") << location;
  }
  EXPECT_NE(refusal_of(proto("")), "");
}

TEST_F(ExternalData, MustHoldWhatIsAskedFor) {
  for (const auto& [offset, length] : {std::pair<std::string, std::string>{"5", "8"},
                                       {"9223372036854775807", "8"},
                                       {"-4", "8"},
                                       {"4x", "8"},
                                       {"0", "7"},
                                       {"0", "99"},
                                       {"99999999999999999999", "8"}}) {
    EXPECT_NE(refusal_of(proto("weights/w.bin", offset, length)), "") << offset << ' ' << length;
  }
}

}  // namespace
}  // namespace vernier
