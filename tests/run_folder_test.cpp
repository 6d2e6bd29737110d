// A whole run, from a model file to a run folder and back, on tensors made here.

#include "tests/run_folder.h"

#include "vernier/experiment/all_profiles.h"
#include "vernier/experiment/stored_run.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

/// metrics.json from "results" to "size": without times, paths and the command.
std::string figures(const fs::path& run) {
  const std::string text = read_text(run / "metrics.json");
  std::string part =
      text.substr(text.find("\"results\""), text.find("\"seconds\"") - text.find("\"results\""));
  for (std::size_t at = part.find("milliseconds"); at != std::string::npos;
       at = part.find("milliseconds", at)) {
    part.erase(at, part.find('\n', at) - at);
  }
  return part;
}

TEST_F(RunFolder, HoldsAllThatRepeatsTheRun) {
  const std::string lines = ptq();
  for (const char* name : {"config.yaml", "stats.bin", "calibration.bin", "qparams.json",
                           "layers.bin", "model.plan", "metrics.json"}) {
    EXPECT_TRUE(fs::exists(folder_ / "run" / name)) << name;
  }
  EXPECT_NE(lines.find("exact against deployed: 0 of 200 outputs differ"), std::string::npos)
      << lines;
  const std::string first = figures(folder_ / "run");
  run_test({.folder = folder_ / "run", .command = "test"}, {}, log());
  EXPECT_EQ(figures(folder_ / "run"), first) << "vernier test builds the same network again";
}

TEST_F(RunFolder, HoldsTheWeightsOfHighEffort) {
  ptq();
  const std::string normal = figures(folder_ / "run");
  experiment_.effort = Effort::high;
  const std::string lines = ptq();
  EXPECT_NE(lines.find("gptq: fitted layer by layer on 8 images"), std::string::npos) << lines;
  const std::string high = figures(folder_ / "run");
  EXPECT_NE(high, normal) << "other weights";
  run_test({.folder = folder_ / "run", .command = "test"}, {}, log());
  EXPECT_EQ(figures(folder_ / "run"), high) << "`vernier test` builds the same network again";
}

TEST_F(RunFolder, NamedMethodsStandWhateverTheEffort) {
  experiment_.effort = Effort::high;
  experiment_.methods = {"bias_correction"};
  EXPECT_EQ(ptq().find("gptq"), std::string::npos);
}

TEST_F(RunFolder, ALeakIsStampedAndCounted) {
  const std::string lines = ptq();
  EXPECT_EQ(outcome_.leaked_images, 8);
  EXPECT_NE(lines.find("LEAK 8 images"), std::string::npos) << lines;
  EXPECT_NE(lines.find("02.npy equals"), std::string::npos) << lines;
  const std::string metrics = read_text(folder_ / "run/metrics.json");
  EXPECT_NE(metrics.find("\"leaked_images\": 8"), std::string::npos);
  const RunOutcome again = run_test({.folder = folder_ / "run", .command = "test"}, {}, log());
  EXPECT_EQ(again.leaked_images, 8) << "`vernier test` guards without the calibration images";
}

TEST_F(RunFolder, SeparateSetsDoNotLeak) {
  fs::create_directories(folder_ / "others");
  for (int i = 8; i < image_count; ++i) {
    const std::string name = fmt::format("{:02}.npy", i);
    fs::rename(folder_ / "data" / name, folder_ / "others" / name);
  }
  experiment_.validation->options = {.kind = "tensors", .path = folder_ / "others"};
  EXPECT_EQ(ptq().find("LEAK"), std::string::npos);
  EXPECT_EQ(outcome_.leaked_images, 0);
}

TEST_F(RunFolder, ANetworkFarFromFloatIsSaidToBe) {
  EXPECT_EQ(ptq().find("WARNING"), std::string::npos);
  EXPECT_FALSE(outcome_.far_from_float);
  experiment_.weights = {.bits = 2, .calibrator = "minmax"};
  experiment_.activations = {.bits = 2, .calibrator = "minmax"};
  const std::string lines = ptq();
  EXPECT_TRUE(outcome_.far_from_float);
  EXPECT_NE(lines.find("WARNING"), std::string::npos) << lines;
  EXPECT_NE(lines.find("dB lost"), std::string::npos) << "names a layer:\n" << lines;
  experiment_.validation.reset();
  EXPECT_NE(ptq().find("WARNING"), std::string::npos) << "judged by calibration images";
  EXPECT_TRUE(outcome_.far_from_float);
}

TEST_F(RunFolder, AllProfilesShareOnePassOverTheData) {
  const std::vector<Reading> readings = {Reading::simulated, Reading::deployed};
  run_all_profiles(experiment_,
                   {.folder = folder_ / "all", .readings = readings, .command = "test"}, log());
  for (const Profile& profile : profiles())
    EXPECT_TRUE(fs::exists(folder_ / "all" / profile.name / "metrics.json")) << profile.name;
  std::size_t reused = 0;
  for (std::size_t at = lines_.find("statistics: taken"); at != std::string::npos;
       at = lines_.find("statistics: taken", at + 1)) {
    ++reused;
  }
  EXPECT_EQ(reused, profiles().size() - 1) << lines_;
  EXPECT_NE(lines_.find("hardware robustness"), std::string::npos) << lines_;
  EXPECT_NE(lines_.find("simulated against deployed: "), std::string::npos) << lines_;
  for (const std::string_view profile : {"portable", "academic"}) {
    experiment_.profile = profile;
    const fs::path alone = folder_ / profile;
    run_ptq(experiment_, {.folder = alone, .readings = readings, .command = "test"}, log());
    EXPECT_EQ(figures(folder_ / "all" / profile), figures(alone)) << "what it gives by itself";
  }
}

TEST_F(RunFolder, ARunCanBeExamined) {
  ptq();
  const StoredRun run = load_run(folder_ / "run");
  const NetworkTruth truth = examine_run(run.experiment, run.network, 3, log());
  EXPECT_EQ(truth.images, 3);
  EXPECT_EQ(truth.points.size(), run.network.model.points.size());
  EXPECT_FALSE(truth.layers.empty());
  EXPECT_EQ(examine_run(run.experiment, run.network, 1000, log()).images, 8) << "all there are";
}

TEST_F(RunFolder, StatisticsAreTakenWhenTheyBelong) {
  EXPECT_EQ(ptq().find("statistics: taken"), std::string::npos);
  const std::string first = figures(folder_ / "run");
  EXPECT_NE(ptq().find("statistics: taken"), std::string::npos) << "the same graph and images";
  EXPECT_EQ(figures(folder_ / "run"), first);
  experiment_.profile = "tensorrt";
  EXPECT_NE(ptq().find("statistics: taken"), std::string::npos)
      << "another profile needs no other statistics";
  experiment_.calibration->options.count = 9;
  EXPECT_EQ(ptq().find("statistics: taken"), std::string::npos) << "other images";
}

TEST_F(RunFolder, ExactAndDeployedAgreeForEveryProfile) {
  for (const Profile& profile : profiles()) {
    experiment_.profile = profile.name;
    const std::string lines = ptq();
    EXPECT_NE(lines.find("exact against deployed: 0 of 200 outputs differ"), std::string::npos)
        << profile.name << '\n'
        << lines;
  }
}

TEST_F(RunFolder, ALayerCanStayInFloat) {
  experiment_.layers = {{.pattern = "*", .skip = true}};
  const std::string lines = ptq();
  EXPECT_NE(lines.find("in float:"), std::string::npos) << lines;
  EXPECT_NE(lines.find("exact against deployed: 0 of 200 outputs differ"), std::string::npos)
      << lines;
  experiment_.layers = {{.pattern = "nobody", .skip = true}};
  EXPECT_THROW(ptq(), Error);
}

TEST_F(RunFolder, AnyLayerCanStayInFloatOnAnyProfile) {
  for (const Profile& profile : profiles()) {
    for (const char* layer : {"stem.conv", "pointwise1.conv", "depthwise2.conv"}) {
      experiment_.profile = profile.name;
      experiment_.layers = {{.pattern = layer, .skip = true}};
      const std::string lines = ptq();
      EXPECT_NE(lines.find("exact against deployed: 0 of 200 outputs differ"), std::string::npos)
          << profile.name << ", " << layer << '\n'
          << lines;
    }
  }
}

TEST_F(RunFolder, HoldsTheStatisticsOfBatchNormalization) {
  experiment_.profile = "academic";
  experiment_.methods = std::vector<std::string>{};
  ptq();
  const std::string plain = figures(folder_ / "run");
  experiment_.methods = {"bn_calibration"};
  ptq();
  const std::string calibrated = figures(folder_ / "run");
  EXPECT_NE(calibrated, plain);
  run_test({.folder = folder_ / "run", .command = "test"}, {}, log());
  EXPECT_EQ(figures(folder_ / "run"), calibrated) << "`vernier test` builds the same network again";
}

TEST_F(RunFolder, ADamagedFileIsAnErrorThatNamesIt) {
  ptq();
  const auto half = [](const std::string& whole) { return whole.substr(0, whole.size() / 2); };
  const auto surprise = [](const std::string& whole) { return whole + "surprise: 1\n"; };
  expect_refused("qparams.json", half);
  expect_refused("layers.bin", half);
  expect_refused("config.yaml", surprise);
}

}  // namespace
}  // namespace vernier
