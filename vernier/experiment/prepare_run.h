#pragma once

#include "vernier/experiment/config.h"
#include "vernier/ir/quant_graph.h"

namespace vernier {

/// Imports the experiment's model. Operators that nobody can run are an Error that names each
/// place.
Graph import_runnable(const Experiment& experiment);

/// The preprocessing for a network input of this shape when the configuration says nothing: images
/// of three channels are resized to 8/7 of the input (256 for 224), cropped and normalized as
/// torchvision does for ImageNet; images of one channel are divided by 255.
Preprocess default_preprocess(const Shape& input);

/// What to open: the set's own preprocessing, else the experiment's.
DatasetOptions dataset_options(const DataConfig& data, const Experiment& experiment);

/// prepare(), and then the exceptions of `layers`. A pattern that matches no layer is an Error.
QuantGraph prepare_experiment(const Graph& graph, const Profile& profile,
                              const Experiment& experiment);

}  // namespace vernier
