// How PyTorch writes a tensor: a call of a function on a storage, which is a persistent id.
// Reference: torch/_utils.py and torch/serialization.py.

#include "vernier/import/torch_pickle.h"

#include <algorithm>
#include <array>

namespace vernier {
namespace {

// Functions that make a tensor of (storage, offset, sizes, strides, ...).
constexpr std::array<std::string_view, 2> tensor_functions = {"torch._utils._rebuild_tensor_v2",
                                                              "torch._utils._rebuild_tensor"};
// Functions whose result is their first argument, a tensor.
constexpr std::array<std::string_view, 2> parameter_functions = {"torch._utils._rebuild_parameter",
                                                                 "torch.nn.parameter.Parameter"};
// What stands harmlessly beside the tensors.
constexpr std::array<std::string_view, 6> harmless = {
    "collections.OrderedDict", "collections.Counter", "builtins.set",
    "__builtin__.set",         "torch.Size",          "torch.device"};

constexpr std::size_t most_axes = 16;

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

const TorchStorage* find_storage_if_any(std::string_view name) {
  const auto found = std::ranges::find(torch_storages(), name, &TorchStorage::name);
  return found == torch_storages().end() ? nullptr : &*found;
}

std::span<const PickleId> expect_tuple(const Pickle& pickle, PickleId id, std::size_t size) {
  const auto& items = expect<PickleList>(pickle, id, "a tuple").items;
  if (items.size() < size) fail("a tuple of {} values, expected {}", items.size(), size);
  return items;
}

Shape integers(const Pickle& pickle, PickleId id) {
  const auto& items = expect<PickleList>(pickle, id, "a tuple").items;
  if (items.size() > most_axes) fail("{} axes, at most {} are read", items.size(), most_axes);
  Shape result;
  for (const PickleId item : items) {
    result.push_back(expect<std::int64_t>(pickle, item, "an integer"));
  }
  return result;
}

}  // namespace

bool torch_allows(std::string_view name) {
  return contains(tensor_functions, name) || contains(parameter_functions, name) ||
         contains(harmless, name) || find_storage_if_any(name) != nullptr;
}

std::optional<PickleId> find_item_if_any(const Pickle& pickle, const PickleDict& dict,
                                         std::string_view key) {
  for (const auto& [id, value] : dict.items) {
    const auto* name = std::get_if<std::string>(&pickle[id]);
    if (name != nullptr && *name == key) return value;
  }
  return std::nullopt;
}

// ("storage", type, key, device, element count), in the legacy container also a view.
StorageReference storage_reference(const Pickle& pickle, const PicklePersistent& persistent) {
  const auto parts = expect_tuple(pickle, persistent.id, 5);
  const auto& name = expect<PickleGlobal>(pickle, parts[1], "a storage class").name;
  const TorchStorage* type = find_storage_if_any(name);
  if (type == nullptr) fail("'{}' stands where a storage class is expected", name);
  if (parts.size() > 5 && !std::holds_alternative<PickleNone>(pickle[parts[5]])) {
    fail("holds a view of a storage, as PyTorch before 0.4 did; save it with a newer one");
  }
  return {*type, expect<std::string>(pickle, parts[2], "the key of a storage")};
}

std::optional<TensorReference> find_tensor_if_any(const Pickle& pickle, PickleId id) {
  const auto* call = std::get_if<PickleCall>(&pickle[id]);
  if (call != nullptr && contains(parameter_functions, call->function)) {
    call = std::get_if<PickleCall>(&pickle[expect_tuple(pickle, call->arguments, 1)[0]]);
  }
  if (call == nullptr || !contains(tensor_functions, call->function)) return std::nullopt;
  const auto parts = expect_tuple(pickle, call->arguments, 4);
  return TensorReference{
      storage_reference(pickle, expect<PicklePersistent>(pickle, parts[0], "a storage")),
      expect<std::int64_t>(pickle, parts[1], "an offset"), integers(pickle, parts[2]),
      integers(pickle, parts[3])};
}

}  // namespace vernier
