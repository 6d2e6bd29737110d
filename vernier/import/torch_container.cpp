// The two containers that torch.save writes.
//
//   zip:    FOLDER/data.pkl is the object; FOLDER/data/KEY is the storage KEY
//   legacy: pickles of a magic number, the protocol (1001), the machine, the object and the list of
//           the keys, one behind the other; then each storage in this order: its element count
//           (int64) and its elements
//
// Reference: torch/serialization.py.

#include "vernier/import/torch_container.h"

#include <algorithm>
#include <array>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/import/torch_pickle.h"
#include "vernier/import/zip_archive.h"

namespace vernier {
namespace {

constexpr std::int64_t most_expansion = 100;

[[noreturn]] void fail_big_endian() {
  fail("holds big-endian numbers; little-endian ones are read");
}

// ---- Zip

constexpr std::string_view object_name = "data.pkl";

std::span<const std::byte> content(const ZipEntry& entry, TorchContainer& container,
                                   ByteBudget& budget) {
  if (!entry.deflated) return stored(entry);
  budget.spend(entry.size, 1);
  return container.inflated.emplace_back(inflated(entry));
}

TorchContainer open_zip(std::span<const std::byte> file, ByteBudget& budget) {
  const std::vector<ZipEntry> entries = zip_entries(file);
  const auto object = std::ranges::find_if(entries, [](const ZipEntry& entry) {
    return entry.name == object_name || entry.name.ends_with("/data.pkl");
  });
  if (object == entries.end()) fail("a zip archive without data.pkl: not a PyTorch checkpoint");
  const std::string folder = object->name.substr(0, object->name.size() - object_name.size());
  const std::string storage_folder = folder + "data/";

  TorchContainer container;
  ByteReader reader(content(*object, container, budget), object->name);
  container.object = read_pickle(reader, torch_allows);
  for (const ZipEntry& entry : entries) {
    if (entry.name == folder + "byteorder" &&
        !std::ranges::equal(content(entry, container, budget),
                            std::as_bytes(std::span("little", 6)))) {
      fail_big_endian();
    }
    if (entry.name.starts_with(storage_folder)) {
      container.storages.emplace(entry.name.substr(storage_folder.size()),
                                 content(entry, container, budget));
    }
  }
  return container;
}

// ---- Legacy

// The pickle of 0x1950A86A20F9469CFC6C.
constexpr std::array<std::uint8_t, 15> legacy_magic = {
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, '.'};
constexpr std::int64_t legacy_protocol = 1001;

void check_machine(const Pickle& machine) {
  const auto little = find_item_if_any(
      machine, expect<PickleDict>(machine, machine.root, "a description of the machine"),
      "little_endian");
  if (!little || !expect<bool>(machine, *little, "the byte order")) fail_big_endian();
}

std::map<std::string, std::int64_t, std::less<>> element_bytes(const Pickle& object) {
  std::map<std::string, std::int64_t, std::less<>> result;
  for (const PickleValue& value : object.values) {
    if (const auto* persistent = std::get_if<PicklePersistent>(&value)) {
      const StorageReference storage = storage_reference(object, *persistent);
      result.emplace(storage.key, storage.type.element_bytes);
    }
  }
  return result;
}

std::span<const std::byte> read_storage(ByteReader& reader, std::int64_t bytes_each) {
  const auto count = reader.number<std::uint64_t>();
  const auto size = static_cast<std::uint64_t>(bytes_each);
  if (count > reader.remaining() / size) {
    reader.damaged(fmt::format("{} elements announced, {} bytes left", count, reader.remaining()));
  }
  return reader.raw(static_cast<std::size_t>(count * size));
}

TorchContainer open_legacy(std::span<const std::byte> file) {
  ByteReader reader(file, "pickle");
  reader.raw(legacy_magic.size());
  const Pickle protocol = read_pickle(reader, torch_allows);
  const auto version = expect<std::int64_t>(protocol, protocol.root, "the protocol");
  if (version != legacy_protocol) fail("protocol {}, expected {}", version, legacy_protocol);
  check_machine(read_pickle(reader, torch_allows));

  TorchContainer container;
  container.object = read_pickle(reader, torch_allows);
  const auto sizes = element_bytes(container.object);
  const Pickle keys = read_pickle(reader, torch_allows);
  for (const PickleId id : expect<PickleList>(keys, keys.root, "the list of storages").items) {
    const auto& key = expect<std::string>(keys, id, "the key of a storage");
    const auto size = sizes.find(key);
    if (size == sizes.end()) fail("nothing refers to storage '{}': damaged", key);
    container.storages.emplace(key, read_storage(reader, size->second));
  }
  return container;
}

}  // namespace

ByteBudget::ByteBudget(std::size_t file_size)
    : left_(static_cast<std::int64_t>(file_size) * most_expansion) {}

void ByteBudget::spend(std::int64_t count, std::int64_t bytes_each) {
  if (count > left_ / bytes_each) {
    fail("asks for more than {} times the size of the file: damaged, or made to exhaust memory",
         most_expansion);
  }
  left_ -= count * bytes_each;
}

TorchContainer open_torch_container(std::span<const std::byte> file, ByteBudget& budget) {
  const auto begins_with = [&](std::span<const std::byte> magic) {
    return file.size() >= magic.size() && std::ranges::equal(file.first(magic.size()), magic);
  };
  if (begins_with(std::as_bytes(std::span("PK\3\4", 4)))) return open_zip(file, budget);
  if (begins_with(std::as_bytes(std::span(legacy_magic)))) return open_legacy(file);
  fail("neither a zip archive nor PyTorch's legacy pickle: not a PyTorch checkpoint");
}

}  // namespace vernier
