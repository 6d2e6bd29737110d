#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "vernier/base/bytes.h"

namespace vernier {

/// Position in `Pickle::values`. Values refer to each other by position, so that a cycle in a
/// hostile file is harmless.
enum class PickleId : std::uint32_t {};

struct PickleNone {};
/// A name of Python's: "module.name".
struct PickleGlobal {
  std::string name;
};
/// A list, a tuple or a set.
struct PickleList {
  std::vector<PickleId> items;
};
/// A dict or an OrderedDict, in the order of the file; a key may occur twice.
struct PickleDict {
  std::vector<std::pair<PickleId, PickleId>> items;
};
/// Something that the container of the pickle keeps apart; `id` tells it what.
struct PicklePersistent {
  PickleId id;
};
/// What calling `function` would have built. Nothing is ever called.
struct PickleCall {
  std::string function;
  PickleId arguments;  ///< a tuple
};

using PickleValue = std::variant<PickleNone, bool, std::int64_t, double, std::string, PickleGlobal,
                                 PickleList, PickleDict, PicklePersistent, PickleCall>;

struct Pickle {
  std::vector<PickleValue> values;
  PickleId root{};

  const PickleValue& operator[](PickleId id) const {
    return values.at(static_cast<std::size_t>(id));
  }
};

/// Reads one pickle of protocol 2 to 5, up to its STOP: an interpreter for just the opcodes that
/// containers of numbers, texts and tensors need (the opcodes are those of Python's pickletools). A
/// name that `allowed` refuses is an Error that says it; so is any other opcode, and damage.
/// OrderedDict is the only name with a meaning here; the state of an object (BUILD) is dropped.
Pickle read_pickle(ByteReader& reader, bool (*allowed)(std::string_view name));

}  // namespace vernier
