// The plan as a file. Every struct lists its fields, and what writes or reads them is generic over
// that list. Constants begin at byte 64 of the file, so that a file that is mapped has them
// aligned.

#include <array>
#include <type_traits>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/engine/plan.h"

namespace vernier {
namespace {

constexpr std::uint32_t magic = 0x4E4C'5056;  // "VPLN"
constexpr std::uint32_t version = 8;
constexpr std::size_t frame_header = 16;
constexpr std::size_t constants_alignment = 64;

template <typename T>
concept Record = requires(T value) { T::fields(value, [](std::string_view, auto&) {}); };
template <typename T>
concept Number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
template <typename T>
concept Enumeration = std::is_enum_v<T> && !std::is_same_v<T, BufferId>;

// Values of quant/, which list no fields of their own.
void fields_of(auto& self, auto&& field)
  requires std::is_same_v<std::remove_const_t<std::remove_reference_t<decltype(self)>>, Requantizer>
{
  field("multiplier", self.multiplier);
  field("addend_multiplier", self.addend_multiplier);
  field("integer_multiplier", self.integer_multiplier);
  field("integer_addend_multiplier", self.integer_addend_multiplier);
  field("shift", self.shift);
}

void fields_of(auto& self, auto&& field)
  requires std::is_same_v<std::remove_const_t<std::remove_reference_t<decltype(self)>>, OutputRange>
{
  field("zero_point", self.zero_point);
  field("lo", self.clamp.lo);
  field("hi", self.clamp.hi);
}

void fields_of(auto& self, auto&& field)
  requires std::is_same_v<std::remove_const_t<std::remove_reference_t<decltype(self)>>,
                          RescaledAddition>
{
  field("a", self.a);
  field("b", self.b);
  field("y", self.y);
}

template <typename T>
concept QuantRecord = std::is_same_v<T, Requantizer> || std::is_same_v<T, OutputRange> ||
                      std::is_same_v<T, RescaledAddition>;

class Writer {
 public:
  explicit Writer(ByteWriter& bytes) : bytes_(bytes) {}

  void operator()(std::string_view /*name*/, const auto& value) { write(value); }

  void write(const Number auto& value) { bytes_.number(value); }
  void write(const Enumeration auto& value) { bytes_.number(value); }
  void write(const BufferId& value) { bytes_.number(value); }
  void write(const bool& value) { bytes_.number(static_cast<std::uint8_t>(value)); }
  void write(const std::string& value) { bytes_.text(value); }
  template <QuantRecord T>
  void write(const T& value) {
    fields_of(value, *this);
  }
  template <Record T>
  void write(const T& value) {
    T::fields(value, *this);
  }
  template <typename T, std::size_t Size>
  void write(const std::array<T, Size>& values) {
    for (const T& value : values) write(value);
  }
  template <typename T>
  void write(const std::vector<T>& values) {
    bytes_.number(static_cast<std::uint64_t>(values.size()));
    for (const T& value : values) write(value);
  }
  template <typename T>
  void write(const std::optional<T>& value) {
    write(value.has_value());
    if (value) write(*value);
  }
  template <typename... Types>
  void write(const std::variant<Types...>& value) {
    bytes_.number(static_cast<std::uint8_t>(value.index()));
    std::visit([&](const auto& each) { write(each); }, value);
  }

 private:
  ByteWriter& bytes_;
};

class Reader {
 public:
  explicit Reader(ByteReader& bytes) : bytes_(bytes) {}

  void operator()(std::string_view name, auto& value) {
    field_ = name;
    read(value);
  }

  template <Number T>
  void read(T& value) {
    value = bytes_.number<T>();
  }
  void read(BufferId& value) { value = bytes_.number<BufferId>(); }
  void read(bool& value) { value = index_below(2) == 1; }
  template <Enumeration T>
  void read(T& value) {
    value = static_cast<T>(index_below(EnumNames<T>::names.size()));
  }
  void read(std::string& value) { value = bytes_.text(); }
  void read(QuantRecord auto& value) { fields_of(value, *this); }
  template <Record T>
  void read(T& value) {
    T::fields(value, *this);
  }
  template <typename T, std::size_t Size>
  void read(std::array<T, Size>& values) {
    for (T& value : values) read(value);
  }
  // All at once: code that moves steps to a larger vector would be 20 KB. An element has at least a
  // sixteenth of its size in the file, so that a damaged count does not ask for much.
  template <typename T>
  void read(std::vector<T>& values) {
    const auto count = bytes_.number<std::uint64_t>();
    if (count > bytes_.remaining() * 16 / sizeof(T)) {
      bytes_.damaged(
          fmt::format("{} elements announced, {} bytes left", count, bytes_.remaining()));
    }
    values = std::vector<T>(count);
    for (T& value : values) read(value);
  }
  template <typename T>
  void read(std::optional<T>& value) {
    bool present = false;
    read(present);
    if (present) read(value.emplace());
  }
  template <typename... Types>
  void read(std::variant<Types...>& value) {
    const std::size_t wanted = index_below(sizeof...(Types));
    std::size_t position = 0;
    (void)((position++ == wanted && (read(value.template emplace<Types>()), true)) || ...);
  }

 private:
  std::size_t index_below(std::size_t count) {
    const auto index = bytes_.number<std::uint8_t>();
    if (index >= count) bytes_.damaged(fmt::format("'{}' has no value {}", field_, index));
    return index;
  }

  ByteReader& bytes_;
  std::string_view field_;
};

}  // namespace

std::int64_t byte_size(Element element) {
  constexpr std::array<std::int64_t, 3> sizes = {1, 2, 4};
  return sizes.at(static_cast<std::size_t>(element));
}

std::vector<std::byte> plan_bytes(const Plan& plan) {
  ByteWriter bytes;
  bytes.number(static_cast<std::uint64_t>(plan.constants.size()));
  while ((frame_header + bytes.size()) % constants_alignment != 0) bytes.number(std::uint8_t{0});
  bytes.raw(plan.constants);
  Writer(bytes).write(plan);
  return frame(magic, version, bytes.bytes());
}

Plan plan_from_bytes(std::span<const std::byte> bytes, const std::string& what) {
  ByteReader reader(unframe(magic, version, bytes, what), what);
  const auto size = reader.number<std::uint64_t>();
  reader.raw(constants_alignment - frame_header - sizeof(size));
  if (size > reader.remaining()) reader.damaged("the constants are cut off");
  const std::span<const std::byte> constants = reader.raw(static_cast<std::size_t>(size));
  Plan plan;
  plan.constants.assign(constants.begin(), constants.end());
  Reader(reader).read(plan);
  if (reader.remaining() != 0) reader.damaged("something follows the plan");
  try {
    verify(plan);
  } catch (const Error& error) {
    fail("{}: {}; make the plan again", what, error.what());
  }
  return plan;
}

void save_plan(const Plan& plan, const std::filesystem::path& path) {
  write_file(path, plan_bytes(plan));
}

Plan load_plan(const std::filesystem::path& path) {
  return plan_from_bytes(MappedFile(path).bytes(), path.string());
}

}  // namespace vernier
