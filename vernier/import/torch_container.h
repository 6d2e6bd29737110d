#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "vernier/import/pickle.h"

namespace vernier {

/// How many bytes may be made of a file. A small file could otherwise ask for all memory: by zeros
/// that deflate a thousandfold, or by a tensor of stride 0.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t file_size);
  /// An Error when it is used up.
  void spend(std::int64_t count, std::int64_t bytes_each);

 private:
  std::int64_t left_;
};

/// What both containers of PyTorch hold.
struct TorchContainer {
  Pickle object;
  std::map<std::string, std::span<const std::byte>, std::less<>> storages;  ///< by key
  std::deque<std::vector<std::byte>> inflated;  ///< what storages point into, beside the file
};

/// Opens the content of a file; the result points into it.
TorchContainer open_torch_container(std::span<const std::byte> file, ByteBudget& budget);

}  // namespace vernier
