#include "vernier/data/label_list.h"

#include <charconv>
#include <sstream>
#include <string_view>

#include "vernier/base/error.h"
#include "vernier/base/files.h"

namespace vernier {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::int64_t parse_label(std::string_view text, std::string_view where) {
  std::int64_t label = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), label);
  if (code != std::errc() || end != text.data() + text.size() || label < 0)
    fail("{}: the label '{}' is not a number from 0; a line is 'path label'", where, text);
  return label;
}

Entry parse_line(std::string_view line, std::string_view where) {
  const std::size_t blank = line.find_last_of(blanks);
  if (blank == std::string_view::npos) return {std::string(line), std::nullopt};
  return {std::string(trimmed(line.substr(0, blank))), parse_label(line.substr(blank + 1), where)};
}

}  // namespace

std::vector<Entry> read_list(const std::filesystem::path& list) {
  std::istringstream text(read_text(list));
  std::vector<Entry> entries;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    const std::string_view content = trimmed(line);
    if (content.empty()) continue;
    const std::string where = fmt::format("{}:{}", list.string(), number);
    entries.push_back(parse_line(content, where));
    if (entries.back().label.has_value() != entries.front().label.has_value()) {
      fail("{}: '{}' has {} label, unlike the lines above", where, entries.back().name,
           entries.back().label ? "a" : "no");
    }
  }
  if (entries.empty()) fail("{}: is empty, expected lines 'path label'", list.string());
  return entries;
}

}  // namespace vernier
