#include "vernier/loops/cast.h"

#include <limits>
#include <type_traits>

namespace vernier {
namespace {

template <typename To, typename From>
To convert(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // The limits as powers of two, which every real type holds exactly: [lo, end).
    constexpr From lo = static_cast<From>(std::numeric_limits<To>::lowest());
    constexpr To half = std::numeric_limits<To>::max() / 2 + 1;
    constexpr From end = static_cast<From>(half) * From{2};
    if (value != value) return To{0};
    if (value <= lo) return std::numeric_limits<To>::lowest();
    if (value >= end) return std::numeric_limits<To>::max();
  }
  return static_cast<To>(value);
}

}  // namespace

void cast(const TypedElements& source, DType to, std::span<std::byte> target) {
  visit_dtype(source.dtype, [&](auto from_type) {
    visit_dtype(to, [&](auto to_type) {
      using From = decltype(from_type);
      using To = decltype(to_type);
      const auto* from = reinterpret_cast<const From*>(source.bytes.data());
      auto* result = reinterpret_cast<To*>(target.data());
      const std::size_t count = source.bytes.size() / sizeof(From);
      for (std::size_t i = 0; i < count; ++i) result[i] = convert<To>(from[i]);
    });
  });
}

}  // namespace vernier
