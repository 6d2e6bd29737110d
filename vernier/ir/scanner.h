#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace vernier {

/// A name as the text form writes it: bare if it consists of [A-Za-z0-9_./:-] with no colon at
/// either end, else quoted.
std::string name_text(std::string_view name);
/// In quotes, with \" \\ and \xNN for what is not printable ASCII.
std::string quoted(std::string_view text);
/// The fewest digits that read back to the same bits; a NaN other than the usual one with its bits:
/// nan(0xffc00000).
std::string number_text(float value);
std::string number_text(double value);

/// Reads the words of a text, line by line. Every Error begins with `what`:line.
class Scanner {
 public:
  Scanner(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  /// Goes to the next line that holds more than spaces and a comment; false at the end.
  bool next_line();
  /// Nothing but spaces and a comment may follow on this line.
  void expect_end_of_line();

  /// The next character behind spaces; a zero at the end of the text.
  char peek();
  /// Skips spaces; if the text goes on with `token`, skips it too.
  bool accept(std::string_view token);
  void expect(std::string_view token);

  /// Letters, digits and underscores.
  std::string word();
  /// What name_text wrote.
  std::string name();
  /// What `quoted` wrote.
  std::string quoted_string();
  template <typename Number>
  Number number();

  /// An Error with the place, what was found there and what was expected.
  [[noreturn]] void fail_here(std::string_view expected);
  /// An Error with the place.
  [[noreturn]] void fail_line(std::string_view message) const;

 private:
  void skip_spaces();
  void skip_line();
  std::string_view rest() const { return text_.substr(position_); }
  std::string_view take_while(bool (*wanted)(char));
  template <typename Number>
  Number convert(auto base_or_format);

  std::string_view text_;
  std::string_view what_;
  std::size_t position_ = 0;
  std::int64_t line_ = 1;
};

template <typename Number>
Number Scanner::number() {
  if constexpr (std::is_integral_v<Number>) {
    return convert<Number>(10);
  } else {
    if (!accept("nan(0x")) return convert<Number>(std::chars_format::general);
    using Bits = std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>;
    const auto bits = convert<Bits>(16);
    expect(")");
    return std::bit_cast<Number>(bits);
  }
}

template <typename Number>
Number Scanner::convert(auto base_or_format) {
  skip_spaces();
  const std::string_view from = rest();
  Number value{};
  const auto [end, error] =
      std::from_chars(from.data(), from.data() + from.size(), value, base_or_format);
  if (error == std::errc::result_out_of_range) fail_here("a number of the right range");
  if (error != std::errc()) fail_here("a number");
  position_ += static_cast<std::size_t>(end - from.data());
  return value;
}

}  // namespace vernier
