#include "vernier/base/error.h"

#include <cstdio>
#include <cstdlib>

namespace vernier {

void contract_broken(const char* condition, const std::source_location& where) {
  fmt::print(stderr, "{}:{}: {}: broken contract: {}\n", where.file_name(), where.line(),
             where.function_name(), condition);
  std::abort();
}

}  // namespace vernier
