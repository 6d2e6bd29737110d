#pragma once

#include "vernier/base/tensor.h"

namespace vernier {

/// Calls visit(T{}) with the C++ type of a dtype, so that one generic lambda serves every type.
template <typename Visit>
decltype(auto) visit_dtype(DType dtype, Visit&& visit) {
  switch (dtype) {
    case DType::f32:
      return visit(float{});
    case DType::f64:
      return visit(double{});
    case DType::i64:
      return visit(std::int64_t{});
    case DType::i32:
      return visit(std::int32_t{});
    case DType::i16:
      return visit(std::int16_t{});
    case DType::u16:
      return visit(std::uint16_t{});
    case DType::i8:
      return visit(std::int8_t{});
    case DType::u8:
      return visit(std::uint8_t{});
  }
  contract_broken("a known dtype", std::source_location::current());
}

}  // namespace vernier
