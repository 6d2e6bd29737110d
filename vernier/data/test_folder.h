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
#include <zlib.h>

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

/// Writes a file as write_text does, without waiting for the disk.
inline void put(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << text;
}

/// A file of the repository's tests/data.
inline std::filesystem::path test_data(std::string_view name) {
  return std::filesystem::path(VERNIER_SOURCE_DIR) / "tests" / "data" / name;
}

inline std::vector<std::uint8_t> from_hexadecimal(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

/// A PPM image of one colour.
inline std::string ppm(std::int64_t height, std::int64_t width, char value) {
  return fmt::format("P6\n{} {}\n255\n", width, height) +
         std::string(static_cast<std::size_t>(height * width * 3), value);
}

/// The file of some CIFAR-10 images. Each pixel of row r is r + 1 (red), r + 2 (green), r + 3
/// (blue); its label is r.
inline std::string cifar_rows(char first, char count) {
  std::string rows;
  for (char row = first; row < first + count; ++row) {
    rows += row;
    for (int channel = 1; channel <= 3; ++channel)
      rows += std::string(1024, static_cast<char>(row + channel));
  }
  return rows;
}

inline void write_gzip(const std::filesystem::path& path, const std::string& text) {
  const gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
            static_cast<int>(text.size()));
  ASSERT_EQ(gzclose(file), Z_OK);
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

/// `body` with every shorter form of a file must throw Error with the name of the file in it.
inline void expect_every_truncation_fails(const std::filesystem::path& path,
                                          const std::function<void()>& body) {
  const std::string whole = read_text(path);
  for (std::size_t size = whole.size(); size-- > 0;) {
    std::filesystem::resize_file(path, size);
    EXPECT_NE(message_of(body).find(path.filename().string()), std::string::npos) << size;
  }
  put(path, whole);
}

/// `body` with any one byte of a file changed must succeed or throw Error.
inline void expect_every_flip_is_survived(const std::filesystem::path& path,
                                          const std::function<void()>& body) {
  const std::string bytes = read_text(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto set = [&](std::size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at)).put(byte).flush();
  };
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xFF}) {
      set(at, static_cast<char>(bytes[at] ^ mask));
      try {
        body();
      } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()), "") << at;
      }
    }
    set(at, bytes[at]);
  }
}

}  // namespace vernier
