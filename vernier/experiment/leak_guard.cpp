#include "vernier/experiment/leak_guard.h"

#include <algorithm>

#include "vernier/base/bytes.h"

namespace vernier {
namespace {

constexpr std::uint32_t magic = 0x44495256;  // "VRID"
constexpr std::uint32_t version = 1;

Fingerprint read_print(ByteReader& reader) {
  Fingerprint print = {reader.text()};
  if (reader.number<std::uint8_t>() == 0) return print;
  LumaGrid grid{};
  std::ranges::copy(reader.raw(grid.size()), std::as_writable_bytes(std::span(grid)).begin());
  print.luma = grid;
  return print;
}

}  // namespace

SetIdentity identify(const Dataset& dataset) {
  SetIdentity identity = {.prints = dataset.fingerprints()};
  identity.sha256 = dataset.sha256(identity.prints);
  for (std::int64_t i = 0; i < dataset.size(); ++i) identity.names.push_back(dataset.name(i));
  return identity;
}

std::vector<std::byte> to_bytes(const SetIdentity& identity) {
  ByteWriter writer;
  writer.text(identity.sha256);
  writer.number(static_cast<std::uint64_t>(identity.prints.size()));
  for (std::size_t i = 0; i < identity.prints.size(); ++i) {
    const Fingerprint& print = identity.prints[i];
    writer.text(identity.names[i]);
    writer.text(print.sha256);
    writer.number(static_cast<std::uint8_t>(print.luma.has_value()));
    if (print.luma) writer.raw(std::as_bytes(std::span(*print.luma)));
  }
  return frame(magic, version, writer.bytes());
}

SetIdentity parse_identity(std::span<const std::byte> file, const std::string& what) {
  ByteReader reader(unframe(magic, version, file, what), what);
  SetIdentity identity = {.sha256 = reader.text()};
  const auto count = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    identity.names.push_back(reader.text());
    identity.prints.push_back(read_print(reader));
  }
  if (reader.remaining() != 0) reader.damaged("bytes left over");
  return identity;
}

LeakReport compare_sets(const SetIdentity& calibration, const SetIdentity& validation) {
  const std::vector<Leak> leaks = find_leaks(calibration.prints, validation.prints);
  LeakReport report = {.images = static_cast<std::int64_t>(leaks.size())};
  for (const Leak& leak : leaks) {
    if (report.first.size() == LeakReport::most_named) break;
    report.first.push_back({calibration.names[static_cast<std::size_t>(leak.calibration)],
                            validation.names[static_cast<std::size_t>(leak.validation)],
                            leak.equal});
  }
  return report;
}

}  // namespace vernier
