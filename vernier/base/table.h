#pragma once

#include <span>
#include <string>
#include <string_view>

#include "vernier/base/error.h"

namespace vernier {

/// Looks a name up in a constant table, the only extension mechanism of the code base. An entry is
/// any struct with a `name`. `kind` is the word for the error message: "calibrator".
template <typename Entry>
const Entry& find(std::span<const Entry> table, std::string_view name, std::string_view kind) {
  std::string known;
  for (const Entry& entry : table) {
    if (entry.name == name) return entry;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.name);
  }
  fail("unknown {} '{}'; known: {}", kind, name, known);
}

}  // namespace vernier
