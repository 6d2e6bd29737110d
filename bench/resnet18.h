#pragma once

#include "vernier/ir/graph.h"

namespace vernier {

/// The network that the float benchmarks run: ResNet-18 (He et al., CVPR 2016, table 1), 224x224,
/// batch norms folded, random weights. Activations and residual additions are nodes of their own,
/// as in a file.
Graph resnet18();

}  // namespace vernier
