#include "vernier/cli/options.h"

#include <algorithm>

#include "vernier/base/parallel.h"

namespace vernier {

void parse(CLI::App& app, const Arguments& arguments) {
  Arguments reversed = arguments;  // CLI11 takes them last first
  std::ranges::reverse(reversed);
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    throw EarlyExit{app.exit(error) == 0 ? status_done : status_usage};
  }
}

void add_threads_option(CLI::App& app) {
  app.add_option_function<int>("--threads", set_thread_count,
                               "threads to compute with (default: all cores)")
      ->check(CLI::Range(1, 1024));
}

}  // namespace vernier
