#pragma once

#include <optional>
#include <utility>

#include "vernier/engine/plan.h"

namespace vernier {

/// Looks through the fields of a step.
template <typename Touch>
class BufferVisitor {
 public:
  explicit BufferVisitor(Touch touch) : touch_(std::move(touch)) {}

  template <typename T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (std::is_same_v<T, BufferId>) {
      touch_(value);
    } else if constexpr (std::is_same_v<T, std::optional<Image>>) {
      if (value) (*this)(name, *value);
    } else if constexpr (requires { T::fields(value, *this); }) {
      T::fields(value, *this);
    }
  }

 private:
  Touch touch_;
};

/// Calls touch(buffer) for every buffer that a step names.
template <typename Touch>
void for_each_buffer(const StepOp& op, Touch touch) {
  BufferVisitor visitor(std::move(touch));
  std::visit([&](const auto& step) { visitor("op", step); }, op);
}

}  // namespace vernier
