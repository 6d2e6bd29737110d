#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "vernier/base/error.h"
#include "vernier/base/tensor.h"
#include "vernier/import/pickle.h"
#include "vernier/import/torch_storage.h"

namespace vernier {

/// Whether a checkpoint may refer to a name: what makes tensors, and containers without code.
bool torch_allows(std::string_view name);

/// A value of a pickle that must be a T; `what` is the word for the Error.
template <typename T>
const T& expect(const Pickle& pickle, PickleId id, std::string_view what) {
  const T* value = std::get_if<T>(&pickle[id]);
  if (value == nullptr) fail("{} expected in the pickle: damaged, or not PyTorch's", what);
  return *value;
}

std::optional<PickleId> find_item_if_any(const Pickle& pickle, const PickleDict& dict,
                                         std::string_view key);

/// A storage as a persistent id names it. Points into the pickle.
struct StorageReference {
  const TorchStorage& type;
  const std::string& key;
};
StorageReference storage_reference(const Pickle& pickle, const PicklePersistent& persistent);

/// A tensor that the pickle would build.
struct TensorReference {
  StorageReference storage;
  std::int64_t offset;
  Shape sizes;
  Shape strides;
};
/// None if the value is not a tensor.
std::optional<TensorReference> find_tensor_if_any(const Pickle& pickle, PickleId id);

}  // namespace vernier
