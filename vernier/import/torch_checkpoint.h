#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/base/tensor.h"

namespace vernier {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// The tensors of a PyTorch checkpoint, in the order of the file: the zip container and the legacy
/// one (torch.save since 1.6 and before). No code of the file runs: a name that is not one of those
/// that tensors need is an Error.
///
/// Of {"state_dict": {...}, "optimizer": ...} only the state dict is taken (likewise
/// "model_state_dict" and "model"); deeper dicts give names joined by dots; "module.", when every
/// name begins with it, is dropped. Numbers and texts between the tensors are passed over.
///
/// Floating types become f32, bool becomes u8, integers stay; views become dense.
std::vector<NamedTensor> read_torch_checkpoint(const std::filesystem::path& path);

/// The same of a file's content; `what` begins the Error.
std::vector<NamedTensor> parse_torch_checkpoint(std::span<const std::byte> file,
                                                std::string_view what);

}  // namespace vernier
