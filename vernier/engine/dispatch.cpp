#include <array>
#include <cstdlib>

#include "vernier/base/error.h"
#include "vernier/engine/kernels.h"

namespace vernier {
namespace {

// Fastest first.
constexpr std::array table = {
#if defined(__x86_64__)
    &kernels_avx512_vnni, &kernels_avx_vnni, &kernels_avx512, &kernels_avx2,
#elif defined(__aarch64__)
    &kernels_neon_dotprod,
    &kernels_neon,
#endif
    &kernels_ref,
};

const Kernels& chosen_kernels() {
  const char* wanted = std::getenv("VERNIER_ISA");
  return wanted == nullptr ? *supported_kernels().front() : find_kernels(wanted);
}

}  // namespace

const Kernels& find_kernels(std::string_view isa) {
  std::string known;
  for (const Kernels* each : supported_kernels()) {
    if (each->isa == isa) return *each;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each->isa);
  }
  fail("VERNIER_ISA is '{}'; this machine can run {}", isa, known);
}

std::vector<const Kernels*> supported_kernels() {
  std::vector<const Kernels*> supported;
  for (const Kernels* each : table) {
    if (each->supported()) supported.push_back(each);
  }
  return supported;
}

const Kernels& kernels() {
  static const Kernels& chosen = chosen_kernels();
  return chosen;
}

}  // namespace vernier
