// A stack machine: every opcode reads its operands from the file, pops values and pushes one.
// Opcodes and their meaning: Python's Lib/pickletools.py.

#include "vernier/import/pickle.h"

#include <array>
#include <bit>
#include <unordered_map>

namespace vernier {
namespace {

// A state dict has some thirty values a tensor; this many take 200 MB.
constexpr std::size_t most_values = std::size_t{1} << 22U;

struct Machine {
  ByteReader& reader;
  bool (*allowed)(std::string_view name);
  Pickle pickle;
  std::vector<PickleId> stack;
  std::vector<std::size_t> marks;  // heights of the stack
  std::unordered_map<std::uint32_t, PickleId> memo;
  std::string_view opcode;  // the one that runs, for messages
};

[[noreturn]] void damaged(const Machine& m, std::string_view why) {
  m.reader.damaged(fmt::format("{}: {}", m.opcode, why));
}

void push(Machine& m, PickleValue value) {
  if (m.pickle.values.size() == most_values) {
    fail("the pickle has more than {} values: it holds more than a state dict", most_values);
  }
  m.stack.push_back(static_cast<PickleId>(m.pickle.values.size()));
  m.pickle.values.push_back(std::move(value));
}

PickleId top(const Machine& m) {
  const std::size_t floor = m.marks.empty() ? 0 : m.marks.back();
  if (m.stack.size() <= floor) damaged(m, "a value is missing on the stack");
  return m.stack.back();
}

PickleId pop(Machine& m) {
  const PickleId id = top(m);
  m.stack.pop_back();
  return id;
}

std::vector<PickleId> pop(Machine& m, std::size_t count) {
  std::vector<PickleId> items(count);
  for (std::size_t i = count; i > 0; --i) items[i - 1] = pop(m);
  return items;
}

std::vector<PickleId> pop_to_mark(Machine& m) {
  if (m.marks.empty()) damaged(m, "a mark is missing on the stack");
  std::vector<PickleId> items = pop(m, m.stack.size() - m.marks.back());
  m.marks.pop_back();
  return items;
}

template <typename T>
T& expect(Machine& m, PickleId id, std::string_view what) {
  T* value = std::get_if<T>(&m.pickle.values.at(static_cast<std::size_t>(id)));
  if (value == nullptr) damaged(m, fmt::format("{} expected", what));
  return *value;
}

template <typename Length>
std::string text(Machine& m) {
  const auto bytes = m.reader.raw(static_cast<std::size_t>(m.reader.number<Length>()));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string line(Machine& m) {
  std::string result;
  for (char c = m.reader.number<char>(); c != '\n'; c = m.reader.number<char>()) result += c;
  return result;
}

// BINFLOAT is the one big-endian number.
double big_endian_double(Machine& m) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8U | m.reader.number<std::uint8_t>();
  return std::bit_cast<double>(bits);
}

// LONG1: two's complement, little-endian, as many bytes as it needs.
std::int64_t long_integer(Machine& m) {
  const auto size = m.reader.number<std::uint8_t>();
  if (size > 8) damaged(m, fmt::format("an integer of {} bytes, at most 8 fit", size));
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < size; ++i) {
    bits |= static_cast<std::uint64_t>(m.reader.number<std::uint8_t>()) << (8U * i);
  }
  const unsigned unused = 64U - 8U * size;
  return size == 0 ? 0 : static_cast<std::int64_t>(bits << unused) >> unused;
}

void push_global(Machine& m, std::string name) {
  if (!m.allowed(name)) {
    fail("refers to '{}': only tensors are read, no code of a checkpoint ever runs", name);
  }
  push(m, PickleGlobal{std::move(name)});
}

void push_named_global(Machine& m) {
  const std::vector<PickleId> names = pop(m, 2);
  push_global(m, expect<std::string>(m, names[0], "the name of a module") + "." +
                     expect<std::string>(m, names[1], "a name in a module"));
}

void add_items(Machine& m, const std::vector<PickleId>& items) {
  auto& list = expect<PickleList>(m, top(m), "a list").items;
  list.insert(list.end(), items.begin(), items.end());
}

void set_items(Machine& m, const std::vector<PickleId>& items) {
  auto& dict = expect<PickleDict>(m, top(m), "a dict").items;
  if (items.size() % 2 != 0) damaged(m, "a key without a value");
  for (std::size_t i = 0; i < items.size(); i += 2) dict.emplace_back(items[i], items[i + 1]);
}

// Python 2 hands the items of an OrderedDict over as a list of pairs; Python 3 sets them later. The
// list is emptied: a hostile file that hands it over a thousand times gets its items once.
void push_ordered_dict(Machine& m, PickleId arguments) {
  std::vector<PickleId> items;
  if (const auto& list = expect<PickleList>(m, arguments, "a tuple").items; !list.empty()) {
    auto& pairs = expect<PickleList>(m, list[0], "a list of pairs").items;
    for (const PickleId pair : std::exchange(pairs, {})) {
      const auto& key_and_value = expect<PickleList>(m, pair, "a pair").items;
      if (key_and_value.size() != 2) damaged(m, "a pair expected");
      items.insert(items.end(), key_and_value.begin(), key_and_value.end());
    }
  }
  push(m, PickleDict{});
  set_items(m, items);
}

void call(Machine& m) {
  const PickleId arguments = pop(m);
  const std::string function = expect<PickleGlobal>(m, pop(m), "a name to call").name;
  if (function == "collections.OrderedDict") {
    push_ordered_dict(m, arguments);
  } else {
    push(m, PickleCall{function, arguments});
  }
}

void remember(Machine& m, std::uint32_t index) { m.memo.insert_or_assign(index, top(m)); }

void recall(Machine& m, std::uint32_t index) {
  const auto found = m.memo.find(index);
  if (found == m.memo.end()) damaged(m, fmt::format("nothing is remembered as {}", index));
  m.stack.push_back(found->second);
}

void check_protocol(Machine& m) {
  const int protocol = m.reader.number<std::uint8_t>();
  if (protocol < 2 || protocol > 5) fail("pickle protocol {}, 2 to 5 are read", protocol);
}

struct Opcode {
  std::uint8_t code;
  std::string_view name;
  void (*run)(Machine& m);
};

constexpr std::uint8_t stop = '.';

constexpr std::array opcodes = {
    Opcode{'h', "BINGET", [](Machine& m) { recall(m, m.reader.number<std::uint8_t>()); }},
    Opcode{'q', "BINPUT", [](Machine& m) { remember(m, m.reader.number<std::uint8_t>()); }},
    Opcode{'j', "LONG_BINGET", [](Machine& m) { recall(m, m.reader.number<std::uint32_t>()); }},
    Opcode{'r', "LONG_BINPUT", [](Machine& m) { remember(m, m.reader.number<std::uint32_t>()); }},
    Opcode{0x94, "MEMOIZE",
           [](Machine& m) { remember(m, static_cast<std::uint32_t>(m.memo.size())); }},
    Opcode{'K', "BININT1",
           [](Machine& m) { push(m, std::int64_t{m.reader.number<std::uint8_t>()}); }},
    Opcode{'M', "BININT2",
           [](Machine& m) { push(m, std::int64_t{m.reader.number<std::uint16_t>()}); }},
    Opcode{'J', "BININT",
           [](Machine& m) { push(m, std::int64_t{m.reader.number<std::int32_t>()}); }},
    Opcode{0x8A, "LONG1", [](Machine& m) { push(m, long_integer(m)); }},
    Opcode{'G', "BINFLOAT", [](Machine& m) { push(m, big_endian_double(m)); }},
    Opcode{'N', "NONE", [](Machine& m) { push(m, PickleNone{}); }},
    Opcode{0x88, "NEWTRUE", [](Machine& m) { push(m, true); }},
    Opcode{0x89, "NEWFALSE", [](Machine& m) { push(m, false); }},
    Opcode{'X', "BINUNICODE", [](Machine& m) { push(m, text<std::uint32_t>(m)); }},
    Opcode{0x8C, "SHORT_BINUNICODE", [](Machine& m) { push(m, text<std::uint8_t>(m)); }},
    Opcode{'T', "BINSTRING", [](Machine& m) { push(m, text<std::uint32_t>(m)); }},
    Opcode{'U', "SHORT_BINSTRING", [](Machine& m) { push(m, text<std::uint8_t>(m)); }},
    Opcode{'(', "MARK", [](Machine& m) { m.marks.push_back(m.stack.size()); }},
    Opcode{')', "EMPTY_TUPLE", [](Machine& m) { push(m, PickleList{}); }},
    Opcode{0x85, "TUPLE1", [](Machine& m) { push(m, PickleList{pop(m, 1)}); }},
    Opcode{0x86, "TUPLE2", [](Machine& m) { push(m, PickleList{pop(m, 2)}); }},
    Opcode{0x87, "TUPLE3", [](Machine& m) { push(m, PickleList{pop(m, 3)}); }},
    Opcode{'t', "TUPLE", [](Machine& m) { push(m, PickleList{pop_to_mark(m)}); }},
    Opcode{']', "EMPTY_LIST", [](Machine& m) { push(m, PickleList{}); }},
    Opcode{'a', "APPEND", [](Machine& m) { add_items(m, pop(m, 1)); }},
    Opcode{'e', "APPENDS", [](Machine& m) { add_items(m, pop_to_mark(m)); }},
    Opcode{0x8F, "EMPTY_SET", [](Machine& m) { push(m, PickleList{}); }},
    Opcode{0x90, "ADDITEMS", [](Machine& m) { add_items(m, pop_to_mark(m)); }},
    Opcode{'}', "EMPTY_DICT", [](Machine& m) { push(m, PickleDict{}); }},
    Opcode{'s', "SETITEM", [](Machine& m) { set_items(m, pop(m, 2)); }},
    Opcode{'u', "SETITEMS", [](Machine& m) { set_items(m, pop_to_mark(m)); }},
    Opcode{'c', "GLOBAL",
           [](Machine& m) {
             const std::string module = line(m);
             push_global(m, module + "." + line(m));
           }},
    Opcode{0x93, "STACK_GLOBAL", push_named_global},
    Opcode{'R', "REDUCE", call},
    Opcode{0x81, "NEWOBJ", call},
    Opcode{'b', "BUILD", [](Machine& m) { pop(m); }},
    Opcode{'Q', "BINPERSID", [](Machine& m) { push(m, PicklePersistent{pop(m)}); }},
    Opcode{0x80, "PROTO", check_protocol},
    Opcode{0x95, "FRAME", [](Machine& m) { m.reader.number<std::uint64_t>(); }},
};

void step(Machine& m, std::uint8_t code) {
  for (const Opcode& opcode : opcodes) {
    if (opcode.code != code) continue;
    m.opcode = opcode.name;
    return opcode.run(m);
  }
  m.reader.damaged(fmt::format("opcode {:#04x} is not among those that tensors need", code));
}

}  // namespace

Pickle read_pickle(ByteReader& reader, bool (*allowed)(std::string_view name)) {
  Machine m = {.reader = reader, .allowed = allowed};
  for (auto code = reader.number<std::uint8_t>(); code != stop;
       code = reader.number<std::uint8_t>()) {
    step(m, code);
  }
  m.pickle.root = pop(m);
  return std::move(m.pickle);
}

}  // namespace vernier
