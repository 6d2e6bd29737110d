#include "vernier/data/image.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "vernier/data/test_folder.h"

namespace vernier {
namespace {

// Decoders of JPEG may differ by a rounding, those of its CMYK by two.
int largest_difference(const Picture& a, const std::vector<std::uint8_t>& b) {
  int largest = 0;
  for (std::size_t i = 0; i < b.size(); ++i)
    largest = std::max(largest, std::abs(a.pixels[i] - b[i]));
  return largest;
}

TEST(DecodeImage, EveryColourModelBecomesRgbAsInPil) {
  std::ifstream lines(test_data("decode/pixels.txt"));
  std::string file;
  std::string pixels;
  std::int64_t height = 0;
  std::int64_t width = 0;
  int files = 0;
  for (; lines >> file >> height >> width >> pixels; ++files) {
    const Picture image = decode_image(test_data("decode/" + file));
    EXPECT_EQ(image.size(), (ImageSize{height, width})) << file;
    EXPECT_EQ(image.channels, 3) << file;
    ASSERT_EQ(image.pixels.size(), pixels.size() / 2) << file;
    const int allowed = file.ends_with("png") ? 0 : file.starts_with("cmyk") ? 3 : 1;
    EXPECT_LE(largest_difference(image, from_hexadecimal(pixels)), allowed) << file;
  }
  EXPECT_EQ(files, 9);
}

TEST(DecodeImage, AJpegMayNotAnnounceMorePixelsThanItCanHold) {
  const auto folder = test_folder();
  std::string bytes = read_text(test_data("decode/rgb.jpg"));
  const std::size_t frame = bytes.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  bytes.replace(frame + 5, 4, "\x70\x70\x70\x70");
  put(folder / "huge.jpg", bytes);
  EXPECT_NE(message_of([&] { decode_image(folder / "huge.jpg"); }).find("28784x28784"),
            std::string::npos);
}

TEST(DecodeImage, SaysWhatIsNoImage) {
  const auto folder = test_folder();
  put(folder / "notes.jpg", "not an image");
  put(folder / "empty.jpg", "");
  for (const char* name : {"notes.jpg", "empty.jpg", "missing.jpg"})
    EXPECT_NE(message_of([&] { decode_image(folder / name); }).find(name), std::string::npos);
}

TEST(BlankImage, RefusesSizesThatAreNone) {
  EXPECT_EQ(blank_image({2, 3}, 3, 7).pixels, std::vector<std::uint8_t>(18, 7));
  for (const ImageSize size : {ImageSize{0, 1}, {1, -1}, {std::int64_t{1} << 40, 1 << 30}})
    EXPECT_THROW(blank_image(size, 3), Error) << size.height << 'x' << size.width;
}

}  // namespace
}  // namespace vernier
