#include "vernier/cli/options.h"

#include <algorithm>

#include "vernier/base/error.h"
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

void add_shape_option(CLI::App& app, std::map<std::string, Shape>& shapes) {
  const auto read = [&shapes](const std::string& text) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0)
      fail("--shape {}: expected INPUT=1,3,224,224", text);
    Shape& shape = shapes[text.substr(0, equals)];
    shape.clear();
    for (const std::string& size : CLI::detail::split(text.substr(equals + 1), ',')) {
      if (!CLI::detail::lexical_cast(size, shape.emplace_back())) {
        fail("--shape {}: '{}' is not a whole number", text, size);
      }
    }
  };
  app.add_option_function<std::string>("--shape", read,
                                       "INPUT=1,3,224,224, where the model leaves axes open")
      ->allow_extra_args(false)
      ->trigger_on_parse();
}

void add_threads_option(CLI::App& app) {
  app.add_option_function<int>("--threads", set_thread_count,
                               "threads to compute with (default: all cores)")
      ->check(CLI::Range(1, 1024));
}

}  // namespace vernier
