#pragma once

#include <string_view>

namespace vernier {

inline constexpr std::string_view version = VERNIER_VERSION;

}  // namespace vernier
