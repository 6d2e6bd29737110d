#include "vernier/cli/console.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace vernier {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto terminal_interval = std::chrono::milliseconds(200);
constexpr auto plain_interval = std::chrono::seconds(10);

std::string duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

/// One long step.
struct Stage {
  std::string name;
  Clock::time_point begin = Clock::now();
  Clock::time_point shown = begin;
};

void show(Stage& stage, std::int64_t done, std::int64_t total) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto now = Clock::now();
  const bool last = done == total;
  if (!last && now - stage.shown < (terminal ? Clock::duration(terminal_interval)
                                             : Clock::duration(plain_interval)))
    return;
  stage.shown = now;
  const double spent = std::chrono::duration<double>(now - stage.begin).count();
  const double left = spent / static_cast<double>(done) * static_cast<double>(total - done);
  const std::string time = last ? "in " + duration(spent) : duration(left) + " left";
  fmt::print(stderr, "{}{}: {} of {}, {}{}", terminal ? "\r\033[K" : "", stage.name, done, total,
             time, terminal && !last ? "" : "\n");
  std::fflush(stderr);
}

/// log.txt, which begins with the lines that were printed before its folder was made.
class LogFile {
 public:
  explicit LogFile(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void write(const std::string& line) {
    pending_ += line + '\n';
    if (folder_.empty() || !std::filesystem::is_directory(folder_)) return;
    std::ofstream(folder_ / "log.txt", std::ios::app) << pending_;
    pending_.clear();
  }

 private:
  std::filesystem::path folder_;
  std::string pending_;
};

}  // namespace

RunLog console_log(const std::filesystem::path& folder) {
  const auto file = std::make_shared<LogFile>(folder);
  return {.line =
              [file](const std::string& line) {
                fmt::print("{}\n", line);
                std::fflush(stdout);
                file->write(line);
              },
          .progress = [](std::string_view stage) -> Progress {
            const auto state = std::make_shared<Stage>(Stage{.name = std::string(stage)});
            return [state](std::int64_t done, std::int64_t total) { show(*state, done, total); };
          }};
}

}  // namespace vernier
