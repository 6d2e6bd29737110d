#include "vernier/export/export.h"

#include <array>

#include "vernier/export/onnx.h"

namespace vernier {
namespace {

void write_onnx(const Exported& network, const std::filesystem::path& folder) {
  export_onnx(network.float_graph, folder / "model_float.onnx");
}

constexpr std::array table = {
    Exporter{"onnx", "the float network, simplified: model_float.onnx", write_onnx},
};

}  // namespace

std::span<const Exporter> exporters() { return table; }

}  // namespace vernier
