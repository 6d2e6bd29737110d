#pragma once

// Private to engine/: groups of 8 or 24 channels on AVX512-VNNI (kernels_avx512_narrow.cpp).

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx512.h"

namespace vernier {

/// Neighbours of x in a vector; runs have a multiple of them.
inline constexpr std::int64_t narrow_step = 8;

/// Whether the kernel computes a step, where its results are bytes.
bool is_narrow(const Convolve& step);

/// Of the weights of a group, in the order of this kernel.
std::int64_t narrow_bytes(const Convolve& step);

/// Kernels::prepare: the weights of narrow groups in this order, and behind them, or alone, weights
/// of 4 bits as bytes.
AlignedBytes prepare_avx512(const Convolve& step, const std::byte* weights, std::int32_t highest_x);

/// Computes all of a part and says so, or nothing.
bool convolve_narrow(const Convolve& step, const ConvolutionPointers& pointers,
                     const Finish& finish, const ConvolutionPart& part);

}  // namespace vernier

#endif
