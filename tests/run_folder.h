#pragma once

// A run on tensors made here, for the tests of whole runs.

#include <filesystem>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/base/random.h"
#include "vernier/data/npy.h"
#include "vernier/experiment/pipeline.h"

namespace vernier {

namespace fs = std::filesystem;

inline constexpr int image_count = 20;

inline void write_npy(const fs::path& path, const Shape& shape, std::span<const float> values) {
  NpyWriter writer(path, shape, DType::f32);
  writer.add(std::as_bytes(values));
  writer.close();
}

class RunFolder : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "data");
    Random random(1);
    std::string list;
    for (int i = 0; i < image_count; ++i) {
      std::vector<float> values(28 * 28);
      for (float& value : values) value = static_cast<float>(random.normal());
      write_npy(folder_ / "data" / fmt::format("{:02}.npy", i), {1, 28, 28}, values);
      list += fmt::format("{:02}.npy {}\n", i, i % 10);
    }
    write_text(folder_ / "data/list.txt", list);
    experiment_.model = VERNIER_SOURCE_DIR "/models/fashion_mnist.onnx";
    experiment_.calibration =
        DataConfig{.options = {.kind = "tensors", .path = folder_ / "data", .count = 8}};
    experiment_.validation =
        DataConfig{.options = {.kind = "tensors", .path = folder_ / "data", .list = "list.txt"}};
  }

  std::string ptq() {
    lines_.clear();
    outcome_ = run_ptq(experiment_, {.folder = folder_ / "run", .command = "test"}, log());
    return lines_;
  }

  RunLog log() {
    return {.line = [this](const std::string& line) { lines_ += line + '\n'; },
            .progress = [](std::string_view) { return Progress{}; }};
  }

  void expect_refused(const std::string& name,
                      const std::function<std::string(const std::string&)>& damage) {
    const std::string whole = read_text(folder_ / "run" / name);
    write_text(folder_ / "run" / name, damage(whole));
    try {
      run_test({.folder = folder_ / "run", .command = "test"}, {}, log());
      ADD_FAILURE() << name << ": no Error";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
    write_text(folder_ / "run" / name, whole);
  }

  fs::path folder_ = testing::TempDir() + fmt::format("vernier_run_folder_{}", getpid());
  Experiment experiment_;
  std::string lines_;
  RunOutcome outcome_;
};

}  // namespace vernier
