#pragma once

// Private to compute/: the door to oneDNN. What versions 2 and 3 spell differently stands here and
// in onednn.cpp, nowhere else. The descriptors of version 2 are built from a `desc`; version 3
// passes the same arguments, in the same order, to the primitive descriptor.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <dnnl.hpp>

#include "vernier/base/tensor.h"
#include "vernier/ir/op.h"

namespace vernier {

/// Where the elements of a tensor stand in memory: oneDNN's memory descriptor, always f32.
using Layout = dnnl::memory::desc;

/// Row-major. A scalar counts as one element of one axis; more axes than oneDNN takes count as one.
Layout dense_layout(const Shape& shape);
/// One that oneDNN is free to choose.
Layout any_layout(const Shape& shape);
Layout strided_layout(const Shape& shape, const Shape& strides);

/// How channels are stored, in the words of `ValueView`: 1 for a row-major tensor, the block of N
/// C/b ... b, all channels for channels-last; none for any other layout.
std::optional<std::int64_t> channel_block(const Layout& layout, const Shape& shape);

/// What every primitive of ours shares: scratch memory comes from the caller, so that a session may
/// move between threads, and the clamp of a fused activation follows. `sum`: the result is added
/// onto what the destination holds, before the clamp.
dnnl::primitive_attr attributes(const Activation& activation = {}, bool sum = false);

/// False where oneDNN has nothing, or only its reference loops, which are slower than ours.
bool is_fast(const dnnl::primitive_desc_base& description);
std::string implementation(const dnnl::primitive_desc_base& description);

/// The primitive descriptor for these arguments (version 3's, less engine and attributes); empty
/// where oneDNN refuses them.
template <typename Primitive, typename... Args>
typename Primitive::primitive_desc describe(const dnnl::engine& engine,
                                            const dnnl::primitive_attr& attributes,
                                            const Args&... args) {
  try {
#if DNNL_VERSION_MAJOR >= 3
    return {engine, args..., attributes, true};
#else
    return {typename Primitive::desc(args...), attributes, engine, true};
#endif
  } catch (const dnnl::error&) {
    return {};
  }
}

#if DNNL_VERSION_MAJOR >= 3
using PoolingForward = dnnl::pooling_forward;
using SoftmaxForward = dnnl::softmax_forward;
#else
using PoolingForward = dnnl::pooling_v2_forward;
using SoftmaxForward = dnnl::softmax_v2_forward;
#endif

/// A function of one element, y = f(x, alpha, beta).
struct Eltwise {
  dnnl::algorithm algorithm = dnnl::algorithm::undef;
  float alpha = 0.0F;
  float beta = 0.0F;
};
extern const Eltwise hard_swish;
/// min(max(x, lo), hi), as the cheapest function that does it.
Eltwise clamp(const Activation& activation);

dnnl::eltwise_forward::primitive_desc describe_eltwise(const dnnl::engine& engine,
                                                       const Eltwise& function,
                                                       const Layout& layout);
dnnl::batch_normalization_forward::primitive_desc describe_batch_normalization(
    const dnnl::engine& engine, const Layout& layout, float epsilon);
dnnl::lrn_forward::primitive_desc describe_lrn(const dnnl::engine& engine, const Layout& layout,
                                               const LRN& op);
dnnl::prelu_forward::primitive_desc describe_prelu(const dnnl::engine& engine, const Layout& layout,
                                                   const Layout& slope);
dnnl::concat::primitive_desc describe_concat(const dnnl::engine& engine, std::int64_t axis,
                                             const std::vector<Layout>& sources,
                                             const Layout& target);

}  // namespace vernier
