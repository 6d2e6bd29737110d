#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vernier {

/// Number of insertions, deletions and replacements between two words (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// "; did you mean 'list'?" when a known word is close, else nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace vernier
