// A folder of .npy files, one for each sample, sorted by name or in the order of a list file.

#include <algorithm>
#include <array>

#include "vernier/base/error.h"
#include "vernier/data/dataset.h"
#include "vernier/data/folder.h"
#include "vernier/data/npy.h"

namespace vernier {
namespace {

constexpr std::array<std::string_view, 1> extensions = {".npy"};

template <typename T>
void convert(const Tensor& from, std::span<float> to) {
  std::ranges::transform(from.view<T>(), to.begin(), [](T x) { return static_cast<float>(x); });
}

Tensor to_float(const Tensor& tensor) {
  Tensor result(DType::f32, tensor.shape());
  const std::span<float> to = result.edit<float>();
  switch (tensor.dtype()) {
    case DType::f32:
      return tensor;
    case DType::f64:
      convert<double>(tensor, to);
      break;
    case DType::i64:
      convert<std::int64_t>(tensor, to);
      break;
    case DType::i32:
      convert<std::int32_t>(tensor, to);
      break;
    case DType::i16:
      convert<std::int16_t>(tensor, to);
      break;
    case DType::u16:
      convert<std::uint16_t>(tensor, to);
      break;
    case DType::i8:
      convert<std::int8_t>(tensor, to);
      break;
    case DType::u8:
      convert<std::uint8_t>(tensor, to);
      break;
  }
  return result;
}

Content read_tensor(const Source& source, std::int64_t entry) {
  return to_float(read_npy(source.entries[static_cast<std::size_t>(entry)].name));
}

std::vector<Entry> unlisted_tensors(const std::filesystem::path& folder) {
  std::vector<Entry> entries;
  for (const auto& file : files_in(folder, extensions))
    entries.push_back({file.string(), std::nullopt});
  return entries;
}

}  // namespace

Source open_tensors(const DatasetOptions& options) {
  return {.entries = options.list.empty() ? unlisted_tensors(options.path)
                                          : listed_files(options.path, options.list),
          .read = read_tensor};
}

}  // namespace vernier
