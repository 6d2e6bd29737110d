#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/cli/command.h"

namespace vernier {

/// Exit statuses of the program.
inline constexpr int status_done = 0;
inline constexpr int status_bad_input = 1;
inline constexpr int status_usage = 2;
inline constexpr int status_leak = 3;  ///< done, but calibration saw validation images
inline constexpr int status_far = 4;   ///< done, but the network is far from its float form

/// Thrown by parse() when the command line itself ends the program: --help, or an option that is
/// wrong.
struct EarlyExit {
  int status = status_done;
};

/// An option of a verb and where its value goes. What is not given stays as it is. A vector takes
/// one value each time that the option is given; a map takes INPUT=1,3,224,224.
struct Option {
  std::string_view name;  ///< "--bits" or "-o,--output"; without dashes it is told by its place
  std::variant<std::string*, bool*, int*, std::int64_t*, std::uint64_t*, std::vector<std::string>*,
               std::map<std::string, Shape>*, void (*)(int)>
      target;
  std::string_view help;
  bool required = false;
  std::optional<std::pair<int, int>> range = {};  ///< least and largest
};

struct Usage {
  std::string_view command;  ///< "vernier ptq"
  std::string_view help;
  std::vector<Option> options;
  std::string_view examples;
};

/// Parses; prints help or what is wrong with the options and throws EarlyExit.
void parse(const Usage& usage, const Arguments& arguments);

/// --shape INPUT=1,3,224,224, for inputs whose axes a model leaves open; may be repeated.
Option shape_option(std::map<std::string, Shape>& shapes);

/// --threads N, for every command that computes.
Option threads_option();

}  // namespace vernier
