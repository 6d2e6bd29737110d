// `vernier test --runtime` with an adapter made here: what becomes of what an adapter says.

#include "vernier/experiment/runtime.h"

#include <cstdlib>

#include "tests/run_folder.h"

namespace vernier {
namespace {

constexpr std::string_view report =
    R"({"runtime": "onnxruntime", "version": "9.9", "seconds": 1.5, "values": [],
        "layers": [{"name": "conv1", "type": "QLinearConv", "integer": true},
                   {"name": "fc", "type": "Gemm", "integer": false}],
        "islands": [{"name": "end", "type": "Softmax"}]})";

class Runtimes : public RunFolder {
 protected:
  void SetUp() override {
    RunFolder::SetUp();
    ptq();
    setenv("VERNIER_CACHE", folder_.c_str(), 1);
    fs::create_directories(installed_ / "bin");
    fs::create_directories(installed_ / "adapters");
    write_text(installed_ / "adapters/run_onnxruntime.py", "");
  }
  void TearDown() override { unsetenv("VERNIER_CACHE"); }

  /// The adapter: a script that finds its output folder in $6.
  void install(const std::string& script) {
    const fs::path python = installed_ / "bin/python3";
    write_text(python, "#!/bin/sh\n" + script);
    fs::permissions(python, fs::perms::owner_all);
  }

  /// One that gives these outputs; one row of them where values are asked for, which is done for
  /// one image.
  void install_answer(const Shape& shape) {
    const std::vector<float> values(static_cast<std::size_t>(element_count(shape)), 0.5F);
    const auto row = static_cast<std::size_t>(shape[1]);
    write_npy(folder_ / "all.npy", shape, values);
    write_npy(folder_ / "one.npy", {1, shape[1]}, std::span(values).first(row));
    write_text(folder_ / "report.json", report);
    install(
        fmt::format("answer=all\ncase \"$*\" in *--values*) answer=one;; esac\n"
                    "cp {0}/$answer.npy $6/output_0.npy\ncp {0}/report.json $6\n",
                    folder_.string()));
  }

  std::string test(const std::string& runtime = "onnxruntime") {
    lines_.clear();
    const RunOptions options = {.folder = folder_ / "run", .command = "test", .runtime = runtime};
    try {
      run_test(options, {}, log());
    } catch (const Error& error) {
      return error.what();
    }
    return lines_;
  }

  bool clean() const {
    return !fs::exists(folder_ / "run/onnxruntime.part") &&
           read_text(folder_ / "run/metrics.json") == metrics_;
  }

  fs::path installed_ = folder_ / "runtimes";
  std::string metrics_ = "";
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Runtimes, TheTableShowsThemBesideOurs) {
  install_answer({image_count, 10});
  const std::string lines = test();
  EXPECT_TRUE(has(lines, "deployed against onnxruntime: 200 of 200 outputs differ")) << lines;
  EXPECT_TRUE(has(lines, "onnxruntime 9.9: 1 of 2 layers in integers")) << lines;
  EXPECT_TRUE(has(lines, "in float: fc (Gemm)")) << lines;
  EXPECT_TRUE(has(lines, "in float: end (Softmax)")) << lines;
  const std::string metrics = read_text(folder_ / "run/metrics.json");
  EXPECT_TRUE(has(metrics, "\"reading\": \"onnxruntime\"")) << metrics;
  EXPECT_TRUE(has(metrics, "\"right\": \"onnxruntime\"")) << metrics;
  EXPECT_TRUE(has(metrics, "\"float_islands\"")) << metrics;
  EXPECT_FALSE(fs::exists(folder_ / "run/onnxruntime.part"));
}

TEST_F(Runtimes, MetricsKeepEveryRuntimeOfTheSameImages) {
  install_answer({image_count, 10});
  test("onnxruntime");
  std::string answer = std::string(report);
  write_text(folder_ / "report.json", answer.replace(answer.find("onnxruntime"), 11, "openvino"));
  write_text(installed_ / "adapters/run_openvino.py", "");
  test("openvino");
  const std::string both = read_text(folder_ / "run/metrics.json");
  for (const char* part :
       {"\"reading\": \"onnxruntime\"", "\"reading\": \"openvino\"", "\"right\": \"onnxruntime\"",
        "\"right\": \"openvino\"", "\"name\": \"onnxruntime\""})
    EXPECT_TRUE(has(both, part)) << part << " is missing in " << both;

  test("openvino");
  const std::string again = read_text(folder_ / "run/metrics.json");
  constexpr std::string_view row = "\"right\": \"openvino\"";
  EXPECT_EQ(again.find(row), again.rfind(row)) << "a row came twice";

  experiment_.validation->options.count = 10;
  ptq();
  EXPECT_FALSE(has(read_text(folder_ / "run/metrics.json"), "openvino")) << "of another run";
}

TEST_F(Runtimes, WhatIsMissingIsOneLineThatSaysWhatToDo) {
  metrics_ = read_text(folder_ / "run/metrics.json");
  EXPECT_TRUE(has(test(), "script/runtimes"));
  EXPECT_TRUE(has(test("onxruntime"), "did you mean 'onnxruntime'"));
  EXPECT_TRUE(has(test("tvm"), "neither Relay nor QNN")) << test("tvm");
  install_answer({image_count, 10});
  fs::remove(folder_ / "run/model.onnx");
  EXPECT_TRUE(has(test(), "vernier export " + (folder_ / "run").string() + " --to onnx-qdq"));
  EXPECT_TRUE(clean());
}

TEST_F(Runtimes, WhatIsRefusedLeavesNothingBehind) {
  metrics_ = read_text(folder_ / "run/metrics.json");
  install("echo Traceback >&2\necho 'onnxruntime: model.onnx: refuses the file' >&2\nexit 3\n");
  const std::string refused = test();
  EXPECT_TRUE(has(refused, "onnxruntime: model.onnx: refuses the file")) << refused;
  EXPECT_FALSE(has(refused, "Traceback")) << refused;
  EXPECT_FALSE(has(refused, "script/runtimes")) << refused;
  EXPECT_TRUE(clean());

  install_answer({image_count, 9});
  EXPECT_TRUE(has(test(), "belongs to another network"));
  install_answer({7, 10});
  EXPECT_TRUE(has(test(), "20 images"));
  install_answer({image_count, 10});
  write_text(folder_ / "report.json", report.substr(0, 50));
  EXPECT_TRUE(has(test(), "report is damaged"));
  EXPECT_TRUE(clean());
}

TEST_F(Runtimes, AnAdapterThatDoesNotWorkIsInstalledAgain) {
  metrics_ = read_text(folder_ / "run/metrics.json");
  install("echo \"ModuleNotFoundError: No module named 'onnxruntime'\" >&2\nexit 1\n");
  const std::string missing = test();
  EXPECT_TRUE(has(missing, "ended with status 1: ModuleNotFoundError")) << missing;
  EXPECT_TRUE(has(missing, "script/runtimes installs it again")) << missing;
  install("kill -SEGV $$\n");
  const std::string crashed = test();
  EXPECT_TRUE(has(crashed, "onnxruntime: the adapter ended with status 139; script/runtimes"))
      << crashed;
  EXPECT_TRUE(clean());
}

}  // namespace
}  // namespace vernier
