#pragma once

#include <source_location>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace vernier {

/// Something outside the program is wrong: a file, a config, a model, an argument.
/// The only exception that this library throws. The message says what was found, what was expected
/// and what to do: "model.onnx: node 'conv1': 'pads' has 2 numbers, expected 4".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

[[noreturn]] void contract_broken(const char* condition, const std::source_location& where);

}  // namespace vernier

/// Something inside the program is wrong: a bug. Prints and aborts; never for user input.
#define VERNIER_CHECK(condition) \
  ((condition) ? void() : ::vernier::contract_broken(#condition, std::source_location::current()))
