#include "vernier/ir/op.h"

namespace vernier {

Op::Op() = default;
Op::Op(const Op& other) = default;
Op::Op(Op&& other) noexcept = default;
Op& Op::operator=(const Op& other) = default;
Op& Op::operator=(Op&& other) noexcept = default;
Op::~Op() = default;

bool Op::operator==(const Op& other) const {
  return static_cast<const AnyOp&>(*this) == static_cast<const AnyOp&>(other);
}

std::string type_name(const Op& op) {
  if (const auto* foreign = std::get_if<Foreign>(&op)) return foreign->op_type;
  return std::string(std::visit([](const auto& each) { return each.type; }, op));
}

}  // namespace vernier
