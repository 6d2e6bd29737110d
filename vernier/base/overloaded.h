#pragma once

namespace vernier {

/// Several lambdas as one visitor of a variant.
template <typename... Bodies>
struct Overloaded : Bodies... {
  using Bodies::operator()...;
};

}  // namespace vernier
