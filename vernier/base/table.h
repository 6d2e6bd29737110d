#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/base/similar.h"

namespace vernier {

/// Looks a name up in a constant table, the only extension mechanism of the code base. An entry is
/// any struct with a `name`. `kind` is the word for the error message: "calibrator".
template <typename Entry>
const Entry& find(std::span<const Entry> table, std::string_view name, std::string_view kind) {
  std::vector<std::string_view> known;
  for (const Entry& entry : table) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  fail("unknown {} '{}'{}; known: {}", kind, name, did_you_mean(name, known),
       fmt::join(known, ", "));
}

}  // namespace vernier
