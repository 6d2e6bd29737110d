#include "vernier/import/torch_checkpoint.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/import/torch_container.h"
#include "vernier/import/torch_pickle.h"

namespace vernier {
namespace {

// Under what training scripts put the state dict.
constexpr std::array<std::string_view, 3> wrappers = {"state_dict", "model_state_dict", "model"};
constexpr int deepest = 16;  // dicts within dicts

struct Collection {
  const TorchContainer& container;
  ByteBudget& budget;
  std::vector<NamedTensor> tensors;
  std::set<PickleId> entered;  // a dict counts once, or a hostile file repeats it without end
};

PickleId state_dict(const Pickle& object) {
  PickleId id = object.root;
  for (const std::string_view wrapper : wrappers) {
    const auto* dict = std::get_if<PickleDict>(&object[id]);
    const auto inner = dict ? find_item_if_any(object, *dict, wrapper) : std::nullopt;
    if (inner && std::holds_alternative<PickleDict>(object[*inner])) id = *inner;
  }
  return id;
}

Tensor read_tensor(Collection& collection, const TensorReference& reference) {
  const auto& storages = collection.container.storages;
  const auto storage = storages.find(reference.storage.key);
  if (storage == storages.end()) fail("storage '{}' is missing", reference.storage.key);
  const TorchStorage& type = reference.storage.type;
  const StridedView view = {.storage = storage->second,
                            .offset = reference.offset,
                            .sizes = reference.sizes,
                            .strides = reference.strides};
  collection.budget.spend(checked_element_count(type, view), byte_size(type.dtype));
  return dense(type, view);
}

void collect(Collection& collection, PickleId id, const std::string& prefix, int depth) {
  const Pickle& object = collection.container.object;
  const auto* dict = std::get_if<PickleDict>(&object[id]);
  if (dict == nullptr || !collection.entered.insert(id).second) return;
  if (depth > deepest) fail("dicts within dicts, more than {} deep", deepest);
  for (const auto& [key, value] : dict->items) {
    const auto* text = std::get_if<std::string>(&object[key]);
    if (text == nullptr) continue;
    const std::string name = prefix + *text;
    collection.budget.spend(static_cast<std::int64_t>(name.size()), 1);
    try {
      if (const auto reference = find_tensor_if_any(object, value)) {
        collection.tensors.push_back({name, read_tensor(collection, *reference)});
        continue;
      }
    } catch (const Error& error) {
      fail("tensor '{}': {}", name, error.what());
    }
    collect(collection, value, name + ".", depth + 1);
  }
}

void check_names(std::span<const NamedTensor> tensors) {
  std::set<std::string_view> names;
  for (const NamedTensor& each : tensors) {
    if (!names.insert(each.name).second) fail("tensor '{}' occurs twice", each.name);
  }
  if (tensors.empty()) fail("holds no tensors by name; save the state_dict of the network");
}

// Data-parallel training leaves a prefix.
void drop_prefix(std::span<NamedTensor> tensors, std::string_view prefix) {
  const auto has_prefix = [&](const NamedTensor& each) { return each.name.starts_with(prefix); };
  if (!std::ranges::all_of(tensors, has_prefix)) return;
  for (NamedTensor& each : tensors) each.name.erase(0, prefix.size());
}

}  // namespace

std::vector<NamedTensor> parse_torch_checkpoint(std::span<const std::byte> file,
                                                std::string_view what) {
  try {
    ByteBudget budget(file.size());
    const TorchContainer container = open_torch_container(file, budget);
    Collection collection = {.container = container, .budget = budget};
    collect(collection, state_dict(container.object), "", 0);
    check_names(collection.tensors);
    drop_prefix(collection.tensors, "module.");
    return std::move(collection.tensors);
  } catch (const Error& error) {
    fail("{}: {}", what, error.what());
  }
}

std::vector<NamedTensor> read_torch_checkpoint(const std::filesystem::path& path) {
  return parse_torch_checkpoint(read_file(path), path.string());
}

}  // namespace vernier
