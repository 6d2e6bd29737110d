// The published checkpoints of VERNIER_DATA (models/torch), and damage to every byte.

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/import/import.h"
#include "vernier/import/torch_checkpoint.h"

namespace vernier {
namespace {

std::filesystem::path models() {
  const char* data = std::getenv("VERNIER_DATA");
  return (data != nullptr ? std::filesystem::path(data)
                          : std::filesystem::path(VERNIER_SOURCE_DIR) / ".." / "shared" / "data") /
         "models";
}

TEST(PublishedCheckpoint, HoldsTheWeightsOfTheOnnxFileMadeFromIt) {
  if (!std::filesystem::exists(models())) GTEST_SKIP() << models() << " is absent";
  struct Pair {
    const char* checkpoint;
    const char* model;
    std::size_t tensors;
  };
  for (const Pair& pair : {Pair{"resnet20-12fca82f.th", "cifar_resnet20.onnx", 97},
                           Pair{"resnet56-4bfd9763.th", "cifar_resnet56.onnx", 277}}) {
    const auto tensors = read_torch_checkpoint(models() / "torch" / pair.checkpoint);
    const Graph graph = import_model(models() / "onnx" / pair.model);
    EXPECT_EQ(tensors.size(), pair.tensors) << pair.checkpoint;
    for (const NamedTensor& each : tensors) {
      EXPECT_TRUE(constant(graph, find_value(graph, each.name)) == each.tensor)
          << pair.checkpoint << ": " << each.name;
    }
  }
}

TEST(PublishedCheckpoint, GivesTheStateDictWithoutTheOptimizer) {
  if (!std::filesystem::exists(models())) GTEST_SKIP() << models() << " is absent";
  for (const auto& [file, tensors] :
       {std::pair{"res20_2bit.pth.tar", 168U}, std::pair{"res20_3bit.pth.tar", 168U},
        std::pair{"res20_4bit.pth.tar", 168U}, std::pair{"res20_32bit.pth.tar", 128U},
        std::pair{"mcunet-320kb-1mb_imagenet.pth", 326U}}) {
    EXPECT_EQ(read_torch_checkpoint(models() / "torch" / file).size(), tensors) << file;
  }
}

bool is_refused(std::span<const std::byte> file) {
  try {
    parse_torch_checkpoint(file, "a.pth");
    return false;
  } catch (const Error& error) {
    EXPECT_TRUE(std::string_view(error.what()).starts_with("a.pth: ")) << error.what();
    return true;
  }
}

// A flip in a storage of the legacy container changes a number, which nothing can tell.
TEST(TorchCheckpoint, DamageIsAnErrorOrChangesOnlyTheContent) {
  for (const char* name : {"deflated.pth", "legacy.pth"}) {
    const std::vector<std::byte> whole =
        read_file(std::filesystem::path(VERNIER_SOURCE_DIR) / "tests" / "data" / "torch" / name);
    int refused = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_TRUE(is_refused(std::span(whole).first(i))) << name << ": cut off at byte " << i;
      std::vector<std::byte> damaged = whole;
      damaged[i] ^= std::byte{1} << (i % 8);
      refused += is_refused(damaged) ? 1 : 0;
    }
    EXPECT_GT(refused, static_cast<int>(whole.size() / 2)) << name;
  }
}

}  // namespace
}  // namespace vernier
