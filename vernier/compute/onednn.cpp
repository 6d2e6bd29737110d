#include "vernier/compute/onednn.h"

#include <array>
#include <limits>

namespace vernier {
namespace {

using dnnl::algorithm;
using Tag = dnnl::memory::format_tag;

constexpr auto f32 = dnnl::memory::data_type::f32;
constexpr auto inference = dnnl::prop_kind::forward_inference;

dnnl::memory::dims dims_of(const Shape& shape) {
  if (shape.empty()) return {1};
  if (shape.size() > DNNL_MAX_NDIMS) return {element_count(shape)};
  return shape;
}

// Layouts of tensors with 3, 4 and 5 axes.
constexpr std::array channels_last = {Tag::acb, Tag::acdb, Tag::acdeb};
struct BlockedTags {
  std::int64_t block;
  std::array<Tag, 3> tags;
};
constexpr std::array blocked = {
    BlockedTags{4, {Tag::aBc4b, Tag::aBcd4b, Tag::aBcde4b}},
    BlockedTags{8, {Tag::aBc8b, Tag::aBcd8b, Tag::aBcde8b}},
    BlockedTags{16, {Tag::aBc16b, Tag::aBcd16b, Tag::aBcde16b}},
};

void append(dnnl::post_ops& operations, const Eltwise& function) {
#if DNNL_VERSION_MAJOR >= 3
  operations.append_eltwise(function.algorithm, function.alpha, function.beta);
#else
  operations.append_eltwise(1.0F, function.algorithm, function.alpha, function.beta);
#endif
}

}  // namespace

Layout dense_layout(const Shape& shape) {
  const dnnl::memory::dims dims = dims_of(shape);
  dnnl::memory::dims strides(dims.size(), 1);
  for (std::size_t axis = dims.size() - 1; axis > 0; --axis) {
    strides[axis - 1] = strides[axis] * std::max<std::int64_t>(dims[axis], 1);
  }
  return {dims, f32, strides};
}

Layout any_layout(const Shape& shape) { return {dims_of(shape), f32, Tag::any}; }

Layout strided_layout(const Shape& shape, const Shape& strides) { return {shape, f32, strides}; }

std::optional<std::int64_t> channel_block(const Layout& layout, const Shape& shape) {
  if (layout == dense_layout(shape)) return 1;
  if (shape.size() < 3 || shape.size() > 5) return std::nullopt;
  for (const auto& [block, tags] : blocked) {
    if (layout == Layout(shape, f32, tags[shape.size() - 3])) return block;
  }
  if (layout == Layout(shape, f32, channels_last[shape.size() - 3])) return shape[1];
  return std::nullopt;
}

dnnl::primitive_attr attributes(const Activation& activation, bool sum) {
  dnnl::post_ops operations;
  if (sum) operations.append_sum(1.0F);
  if (activation != Activation{}) append(operations, clamp(activation));
  dnnl::primitive_attr result;
  result.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  result.set_post_ops(operations);
  return result;
}

std::string implementation(const dnnl::primitive_desc_base& description) {
  return description.impl_info_str();
}

bool is_fast(const dnnl::primitive_desc_base& description) {
  return description && !implementation(description).starts_with("ref");
}

#if DNNL_VERSION_MAJOR >= 3
const Eltwise hard_swish = {algorithm::eltwise_hardswish, 1.0F / 6.0F, 0.5F};
#else
const Eltwise hard_swish = {algorithm::eltwise_hardswish};
#endif

Eltwise clamp(const Activation& activation) {
  if (activation.lo == 0.0F && activation.hi == std::numeric_limits<float>::infinity()) {
    return {algorithm::eltwise_relu};
  }
  return {algorithm::eltwise_clip, activation.lo, activation.hi};
}

dnnl::eltwise_forward::primitive_desc describe_eltwise(const dnnl::engine& engine,
                                                       const Eltwise& function,
                                                       const Layout& layout) {
  return describe<dnnl::eltwise_forward>(engine, attributes(), inference, function.algorithm,
                                         layout,
#if DNNL_VERSION_MAJOR >= 3
                                         layout,
#endif
                                         function.alpha, function.beta);
}

dnnl::batch_normalization_forward::primitive_desc describe_batch_normalization(
    const dnnl::engine& engine, const Layout& layout, float epsilon) {
  const auto flags = dnnl::normalization_flags::use_global_stats |
                     dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
  return describe<dnnl::batch_normalization_forward>(engine, attributes(), inference, layout,
#if DNNL_VERSION_MAJOR >= 3
                                                     layout,
#endif
                                                     epsilon, flags);
}

dnnl::lrn_forward::primitive_desc describe_lrn(const dnnl::engine& engine, const Layout& layout,
                                               const LRN& op) {
  return describe<dnnl::lrn_forward>(engine, attributes(), inference,
                                     algorithm::lrn_across_channels, layout,
#if DNNL_VERSION_MAJOR >= 3
                                     layout,
#endif
                                     op.size, op.alpha, op.beta, op.bias);
}

dnnl::prelu_forward::primitive_desc describe_prelu(const dnnl::engine& engine, const Layout& layout,
                                                   const Layout& slope) {
  return describe<dnnl::prelu_forward>(engine, attributes(), inference, layout, slope
#if DNNL_VERSION_MAJOR >= 3
                                       ,
                                       layout
#endif
  );
}

dnnl::concat::primitive_desc describe_concat(const dnnl::engine& engine, std::int64_t axis,
                                             const std::vector<Layout>& sources,
                                             const Layout& target) {
  try {
#if DNNL_VERSION_MAJOR >= 3
    return {engine, target, static_cast<int>(axis), sources, attributes()};
#else
    return {target, static_cast<int>(axis), sources, engine, attributes()};
#endif
  } catch (const dnnl::error&) {
    return {};
  }
}

}  // namespace vernier
