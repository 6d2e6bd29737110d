#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace vernier {

/// The words of an enumeration, in the order of its values, as files, configurations and the
/// command line spell them: `static constexpr std::array<std::string_view, N> names`.
template <typename Enum>
struct EnumNames;

template <typename Enum>
constexpr std::string_view enum_name(Enum value) {
  return EnumNames<Enum>::names.at(static_cast<std::size_t>(value));
}

template <typename Enum>
std::optional<Enum> enum_from_name(std::string_view name) {
  for (std::size_t i = 0; i < EnumNames<Enum>::names.size(); ++i) {
    if (EnumNames<Enum>::names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace vernier
