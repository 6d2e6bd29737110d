#include "vernier/experiment/calibration_stats.h"

#include <csignal>
#include <functional>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vernier/base/files.h"
#include "vernier/base/random.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t image_count = 200;  // some batches

// One value is larger than what enters a histogram whole.
Graph graph() {
  return from_text(
      "any_batch\n"
      "input x: f32[1,3,16,16]\n"
      "const w: f32[9,3,1,1] = [1 2 3 4 5 6 7 8 9 -1 -2 -3 -4 -5 -6 -7 -8 -9 1 -1 2 -2 3 -3 4 -4 "
      "5]\n"
      "const b: f32[9] = [0 1 2 3 4 5 6 7 8]\n"
      "y = Conv(x, w, b)\n"
      "return y\n");
}

Content image(const Source& /*source*/, std::int64_t entry) {
  Random random(static_cast<std::uint64_t>(entry));
  Tensor tensor(DType::f32, {3, 16, 16});
  for (float& value : tensor.edit<float>()) value = static_cast<float>(random.normal());
  return tensor;
}

/// Its images differ with `begin`.
Dataset images(std::int64_t count, std::int64_t begin = 0) {
  Source source = {.read = image};
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < begin + count; ++i) {
    source.entries.push_back({.name = fmt::format("image{}", i)});
    if (i >= begin) order.push_back(i);
  }
  return Dataset(std::move(source), order, {}).recording();
}

class CalibrationStats : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  Stats stats(const Dataset& calibration, const std::string& name,
              std::chrono::duration<double> period = std::chrono::seconds(5)) {
    lines_.clear();
    return calibration_stats(graph(), calibration, {}, {folder_ / name, period}, log());
  }
  RunLog log(const Progress& progress = {}) {
    return {.line = [this](const std::string& line) { lines_ += line + '\n'; },
            .progress = [progress](std::string_view) { return progress; }};
  }

  fs::path folder_ = testing::TempDir() + fmt::format("vernier_calibration_stats_{}", getpid());
  std::string lines_;
};

TEST_F(CalibrationStats, APassThatIsKilledGoesOnWhereItWas) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The process to be killed is another one: the name must not be of this one.
  const fs::path file = fs::path(testing::TempDir()) /
                        fmt::format("killed_pass_{}", std::hash<std::string>()(VERNIER_SOURCE_DIR));
  fs::remove(file);
  const auto killed = [&] {
    const RunLog dying = log([](std::int64_t done, std::int64_t) {
      if (done > image_count / 2) std::raise(SIGKILL);
    });
    calibration_stats(graph(), images(image_count), {}, {file, std::chrono::seconds(0)}, dying);
  };
  EXPECT_EXIT(killed(), testing::KilledBySignal(SIGKILL), "");
  ASSERT_TRUE(fs::exists(file)) << "nothing was kept";
  const std::int64_t kept = images_seen(load_stats(file));
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, image_count);

  const Stats resumed = calibration_stats(graph(), images(image_count), {}, {file}, log());
  EXPECT_NE(lines_.find(fmt::format("the first {} images taken", kept)), std::string::npos)
      << lines_;
  EXPECT_EQ(resumed, stats(images(image_count), "whole.bin"));
  EXPECT_EQ(read_file(file), read_file(folder_ / "whole.bin")) << "byte for byte";
  fs::remove(file);
}

TEST_F(CalibrationStats, PausesChangeNothing) {
  EXPECT_EQ(stats(images(image_count), "paused.bin", std::chrono::seconds(0)),
            stats(images(image_count), "whole.bin"));
}

TEST_F(CalibrationStats, MoreImagesOfTheSameSetAreAdded) {
  stats(images(50), "stats.bin");
  const Stats more = stats(images(image_count), "stats.bin");
  EXPECT_NE(lines_.find("the first 50 images taken"), std::string::npos) << lines_;
  EXPECT_EQ(more, stats(images(image_count), "whole.bin"));
}

TEST_F(CalibrationStats, OfOtherImagesAreMadeAnew) {
  stats(images(50), "stats.bin");
  const Stats expected = stats(images(image_count, 1), "whole.bin");
  EXPECT_EQ(stats(images(image_count, 1), "stats.bin"), expected) << "the first image is another";
  EXPECT_EQ(lines_, "");
  stats(images(40), "stats.bin");
  EXPECT_EQ(lines_, "") << "an image cannot be taken out again";
}

}  // namespace
}  // namespace vernier
