#include "vernier/ir/scanner.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vernier/base/error.h"

namespace vernier {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_name(char c) { return is_word(c) || c == '.' || c == '/' || c == ':' || c == '-'; }

template <typename Bits, typename Float>
std::string float_text(Float value) {
  const auto bits = std::bit_cast<Bits>(value);
  if (std::isnan(value) && bits != std::bit_cast<Bits>(std::numeric_limits<Float>::quiet_NaN())) {
    return fmt::format("nan(0x{:x})", bits);
  }
  return fmt::format("{}", value);
}

}  // namespace

std::string name_text(std::string_view name) {
  const bool bare = !name.empty() && std::ranges::all_of(name, is_name) && name.front() != ':' &&
                    name.back() != ':';
  return bare ? std::string(name) : quoted(name);
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (c >= ' ' && c <= '~') {
      result += c;
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return result + '"';
}

std::string number_text(float value) { return float_text<std::uint32_t>(value); }
std::string number_text(double value) { return float_text<std::uint64_t>(value); }

bool Scanner::next_line() {
  while (position_ < text_.size()) {
    const char c = peek();
    if (c == '#') {
      skip_line();
    } else if (c == '\n') {
      ++position_;
      ++line_;
    } else {
      return c != '\0' || position_ < text_.size();
    }
  }
  return false;
}

void Scanner::expect_end_of_line() {
  if (peek() == '#') skip_line();
  if (position_ < text_.size() && peek() != '\n') fail_here("the end of the line");
}

char Scanner::peek() {
  skip_spaces();
  return position_ < text_.size() ? text_[position_] : '\0';
}

bool Scanner::accept(std::string_view token) {
  skip_spaces();
  if (!rest().starts_with(token)) return false;
  position_ += token.size();
  return true;
}

void Scanner::expect(std::string_view token) {
  if (!accept(token)) fail_here(fmt::format("'{}'", token));
}

std::string Scanner::word() {
  const std::string_view found = take_while(is_word);
  if (found.empty()) fail_here("a word");
  return std::string(found);
}

std::string Scanner::name() {
  if (peek() == '"') return quoted_string();
  std::string_view found = take_while(is_name);
  while (found.ends_with(':')) {
    found.remove_suffix(1);
    --position_;
  }
  if (found.empty()) fail_here("a name");
  return std::string(found);
}

std::string Scanner::quoted_string() {
  expect("\"");
  std::string result;
  while (!rest().empty() && rest().front() != '"' && rest().front() != '\n') {
    char c = text_[position_++];
    if (c == '\\' && accept("x")) {
      unsigned char byte = 0;
      const std::string_view digits = rest().substr(0, 2);
      const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
      if (digits.size() < 2 || parsed.ptr != digits.data() + 2) fail_here("two hexadecimal digits");
      position_ += 2;
      c = static_cast<char>(byte);
    } else if (c == '\\') {
      if (rest().empty()) fail_here("an escaped character");
      c = text_[position_++];
    }
    result += c;
  }
  if (!rest().starts_with('"')) fail_here("a closing quote");
  ++position_;
  return result;
}

void Scanner::fail_here(std::string_view expected) {
  skip_spaces();
  const std::string_view line = rest().substr(0, rest().find('\n'));
  const std::string found = line.empty() ? "the end of the line" : quoted(line.substr(0, 24));
  fail_line(fmt::format("found {}, expected {}", found, expected));
}

void Scanner::fail_line(std::string_view message) const {
  fail("{}:{}: {}", what_, line_, message);
}

void Scanner::skip_spaces() {
  while (position_ < text_.size() &&
         (text_[position_] == ' ' || text_[position_] == '\t' || text_[position_] == '\r')) {
    ++position_;
  }
}

void Scanner::skip_line() { position_ = std::min(text_.find('\n', position_), text_.size()); }

std::string_view Scanner::take_while(bool (*wanted)(char)) {
  skip_spaces();
  const std::size_t begin = position_;
  while (position_ < text_.size() && wanted(text_[position_])) ++position_;
  return text_.substr(begin, position_ - begin);
}

}  // namespace vernier
