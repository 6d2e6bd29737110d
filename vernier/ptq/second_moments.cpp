#include "vernier/ptq/second_moments.h"

#include <algorithm>

#include "vernier/ptq/add_rows.h"

namespace vernier {
namespace {

constexpr std::size_t rows_of_a_lock = 64;

}  // namespace

SecondMoments::SecondMoments(std::size_t groups, std::size_t depth)
    : groups_(groups),
      depth_(depth),
      sums_(groups * depth * depth),
      means_(groups * depth),
      locks_((groups * depth + rows_of_a_lock - 1) / rows_of_a_lock) {}

// `samples` of the group, one after the other.
void SecondMoments::add(std::span<const double> samples, std::size_t group, std::size_t row) {
  const std::size_t count = samples.size() / depth_;
  add_rows({.rows = samples.data(),
            .row_stride = depth_,
            .factors = samples.data() + row,
            .factor_stride = depth_,
            .count = count},
           of(group).subspan(row * depth_, row + 1));
  for (std::size_t sample = 0; sample < count; ++sample)
    means_[group * depth_ + row] += samples[sample * depth_ + row];
}

void SecondMoments::see(const Tensor& columns) {
  const auto images = static_cast<std::size_t>(columns.shape()[0]);
  const auto places = static_cast<std::size_t>(columns.shape()[2]);
  const auto integers = columns.view<std::int32_t>();
  std::vector<double> samples(images * places * depth_);
  for (std::size_t group = 0; group < groups_; ++group) {
    for (std::size_t image = 0; image < images; ++image) {
      const std::int32_t* integer = &integers[(image * groups_ + group) * depth_ * places];
      double* sample = &samples[image * places * depth_];
      for (std::size_t row = 0; row < depth_; ++row) {
        for (std::size_t place = 0; place < places; ++place)
          sample[place * depth_ + row] = *integer++;
      }
    }
    for (std::size_t row = 0; row < depth_;) {
      const std::size_t lock = (group * depth_ + row) / rows_of_a_lock;
      const std::lock_guard guard(locks_[lock]);
      const std::size_t end = std::min((lock + 1) * rows_of_a_lock - group * depth_, depth_);
      for (; row < end; ++row) add(samples, group, row);
    }
  }
  const std::lock_guard guard(locks_[0]);
  count_ += static_cast<double>(images * places);
}

void SecondMoments::finish() {
  for (double& mean : means_) mean /= count_;
  for (std::size_t row = 0; row < means_.size(); ++row) {
    const std::size_t first = row / depth_ * depth_;
    for (std::size_t i = first; i <= row; ++i) {
      double& sum = sums_[row * depth_ + i - first];
      sum = sum / count_ - means_[row] * means_[i];
    }
  }
}

}  // namespace vernier
