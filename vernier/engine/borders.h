#pragma once

// Private to engine/.

#include <vector>

#include "vernier/engine/plan.h"

namespace vernier {

/// Whether nobody has to wait between a step and the one before it: that fills the border around
/// what this one computes.
bool follows_its_border(const Plan& plan, std::size_t step);

/// For each step, whether it fills a border that is there already, since the memory of the arena
/// was an image of the same form before, and nothing but what lies inside of it was written since.
/// So it is where blocks of one form follow each other. Holds while buffers lie where the plan
/// says.
std::vector<bool> standing_borders(const Plan& plan);

}  // namespace vernier
