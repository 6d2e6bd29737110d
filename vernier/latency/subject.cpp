#include "vernier/latency/subject.h"

#include <numeric>

#include "vernier/base/random.h"

namespace vernier {

std::int64_t Subject::macs() const {
  return std::accumulate(steps.begin(), steps.end(), std::int64_t{0},
                         [](std::int64_t sum, const StepWork& step) { return sum + step.macs; });
}

Subject open_subject(const std::filesystem::path& path, const SubjectOptions& options) {
  const bool is_plan = path.extension() == ".plan";
  Subject subject = is_plan ? plan_subject(path, options) : float_subject(path, options);
  subject.file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  return subject;
}

std::vector<float> bench_input(std::size_t position, std::int64_t size) {
  Random random(position);
  std::vector<float> values(static_cast<std::size_t>(size));
  for (float& each : values) each = static_cast<float>(random.normal());
  return values;
}

}  // namespace vernier
