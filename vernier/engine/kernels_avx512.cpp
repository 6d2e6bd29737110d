// The tables for AVX-512, with VNNI (Ice Lake, Zen 4 and later) and without (Skylake-X): they
// differ only in how products are added.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2.h"
#include "vernier/engine/kernels_avx512_narrow.h"
#include "vernier/engine/kernels_avx512_products.h"
#include "vernier/engine/kernels_groups.h"

namespace vernier {
namespace {

void dequantize(const QuantizeRow& row) { kernels_avx2.dequantize(row); }

bool has_avx512() {
  return __builtin_cpu_supports("fma") != 0 && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0;
}

bool has_avx512_vnni() { return has_avx512() && __builtin_cpu_supports("avx512vnni") != 0; }

}  // namespace

const Kernels kernels_avx512_vnni = {.isa = "avx512_vnni",
                                     .supported = has_avx512_vnni,
                                     .prepare = prepare_avx512,
                                     .convolve = convolve_avx512,
                                     .convolve_depthwise = convolve_depthwise_avx512<VnniProducts>,
                                     .combine = combine_avx512,
                                     .pool = pool_avx512,
                                     .quantize = quantize_avx512,
                                     .dequantize = dequantize,
                                     .look_up = look_up_avx512,
                                     .expand = expand_avx2};

const Kernels kernels_avx512 = {.isa = "avx512",
                                .supported = has_avx512,
                                .prepare = grouped_by_16,
                                .convolve = convolve_grouped_avx512,
                                .convolve_depthwise = convolve_depthwise_avx512<WordProducts>,
                                .combine = combine_avx512,
                                .pool = pool_avx512,
                                .quantize = quantize_avx512,
                                .dequantize = dequantize,
                                .look_up = look_up_avx512,
                                .expand = expand_avx2};

}  // namespace vernier

#endif
