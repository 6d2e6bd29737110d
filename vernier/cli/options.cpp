// The one file that knows CLI11: its headers take seconds to compile.

#include "vernier/cli/options.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "vernier/base/error.h"
#include "vernier/base/overloaded.h"
#include "vernier/base/parallel.h"

namespace vernier {
namespace {

void read_shape(const std::string& text, std::map<std::string, Shape>& shapes) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0)
    fail("--shape {}: expected INPUT=1,3,224,224", text);
  Shape& shape = shapes[text.substr(0, equals)];
  shape.clear();
  for (const std::string& size : CLI::detail::split(text.substr(equals + 1), ',')) {
    if (!CLI::detail::lexical_cast(size, shape.emplace_back()))
      fail("--shape {}: '{}' is not a whole number", text, size);
  }
}

void add(CLI::App& app, const Option& option) {
  const std::string name(option.name);
  const std::string help(option.help);
  CLI::Option* added = std::visit(
      Overloaded{
          [&](bool* target) { return app.add_flag(name, *target, help); },
          [&](std::vector<std::string>* target) {
            return app.add_option(name, *target, help)->allow_extra_args(false);
          },
          [&](std::map<std::string, Shape>* target) {
            const auto read = [target](const std::string& text) { read_shape(text, *target); };
            return app.add_option_function<std::string>(name, read, help)
                ->allow_extra_args(false)
                ->trigger_on_parse();
          },
          [&](void (*target)(int)) { return app.add_option_function<int>(name, target, help); },
          [&](auto* target) { return app.add_option(name, *target, help); },
      },
      option.target);
  added->required(option.required);
  if (option.range) added->check(CLI::Range(option.range->first, option.range->second));
}

}  // namespace

void parse(const Usage& usage, const Arguments& arguments) {
  CLI::App app(std::string(usage.help), std::string(usage.command));
  for (const Option& option : usage.options) add(app, option);
  app.footer(std::string(usage.examples));
  Arguments reversed = arguments;  // CLI11 takes them last first
  std::ranges::reverse(reversed);
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    throw EarlyExit{app.exit(error) == 0 ? status_done : status_usage};
  }
}

Option shape_option(std::map<std::string, Shape>& shapes) {
  return {"--shape", &shapes, "INPUT=1,3,224,224, where the model leaves axes open"};
}

Option threads_option() {
  return {.name = "--threads",
          .target = set_thread_count,
          .help = "threads to compute with (default: all cores)",
          .range = std::pair{1, 1024}};
}

}  // namespace vernier
