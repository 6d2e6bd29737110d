#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"

namespace vernier {

/// An empty folder for the running test.
inline std::filesystem::path test_folder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "vernier_data" /
                                       fmt::format("{}.{}", test->test_suite_name(), test->name());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

/// A file of the repository's tests/data.
inline std::filesystem::path test_data(std::string_view name) {
  return std::filesystem::path(VERNIER_SOURCE_DIR) / "tests" / "data" / name;
}

inline std::vector<std::uint8_t> from_hexadecimal(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

/// A PPM image of one colour.
inline std::string ppm(std::int64_t height, std::int64_t width, char value) {
  return fmt::format("P6\n{} {}\n255\n", width, height) +
         std::string(static_cast<std::size_t>(height * width * 3), value);
}

/// The message of the Error that `body` throws; fails the test if there is none.
inline std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error";
  return {};
}

/// As write_file, without waiting for the disk.
inline void overwrite(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

/// `body` with every shorter form of a file must throw Error with the path in it.
inline void expect_every_truncation_fails(const std::filesystem::path& path,
                                          const std::function<void()>& body) {
  const std::vector<std::byte> whole = read_file(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    overwrite(path, std::span(whole).first(size));
    EXPECT_NE(message_of(body).find(path.filename().string()), std::string::npos) << size;
  }
  overwrite(path, whole);
}

/// `body` with any one byte of a file changed must succeed or throw Error.
inline void expect_every_flip_is_survived(const std::filesystem::path& path,
                                          const std::function<void()>& body) {
  const std::vector<std::byte> whole = read_file(path);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned mask : {0x01U, 0x80U, 0xFFU}) {
      std::vector<std::byte> damaged = whole;
      damaged[at] ^= static_cast<std::byte>(mask);
      overwrite(path, damaged);
      try {
        body();
      } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()), "") << at;
      }
    }
  }
  overwrite(path, whole);
}

}  // namespace vernier
