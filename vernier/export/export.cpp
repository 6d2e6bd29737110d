#include "vernier/export/export.h"

#include <array>

#include "vernier/base/error.h"
#include "vernier/engine/plan.h"
#include "vernier/export/engine_plan.h"
#include "vernier/export/onnx.h"
#include "vernier/export/onnx_fake_quantize.h"
#include "vernier/export/onnx_qdq.h"
#include "vernier/export/onnx_qlinear.h"
#include "vernier/export/ranges.h"
#include "vernier/export/read_back.h"

namespace vernier {
namespace {

void write_float(const Exported& network, const std::filesystem::path& file) {
  write_checked(network.float_graph, OnnxOptions{}, file);
}

void write_qdq(const Exported& network, const std::filesystem::path& file) {
  write_checked(qdq_graph(network.model, network.integers, {}), OnnxOptions{}, file);
}

void write_qdq21(const Exported& network, const std::filesystem::path& file) {
  write_checked(qdq_graph(network.model, network.integers, {}), {.least_opset = 21}, file);
}

void write_qlinear(const Exported& network, const std::filesystem::path& file) {
  const Graph qdq = qdq_graph(network.model, network.integers, {});
  write_checked(qlinear_graph(qdq), qdq, file);
}

void write_fake_quantize(const Exported& network, const std::filesystem::path& file) {
  const Graph qdq =
      qdq_graph(network.model, network.integers, {.clamp = ClampPlace::before_quantizer});
  write_checked(fake_quantize_graph(qdq), qdq, file);
}

// TensorRT's explicit quantization: zero points of 0, clamps in front of quantizers, float biases.
// Source: TensorRT developer guide, working with quantized types.
void write_tensorrt(const Exported& network, const std::filesystem::path& file) {
  for (std::size_t i = 0; i < network.integers.formats.size(); ++i) {
    const auto& format = network.integers.formats[i];
    if (!format || (format->params.zero_point == 0 && format->range.lo < 0)) continue;
    fail(
        "'{}' has integers {}..{} and the zero point {}; TensorRT takes signed integers around 0: "
        "quantize with --profile tensorrt",
        network.integers.graph.values[i].name, format->range.lo, format->range.hi,
        format->params.zero_point);
  }
  const QdqOptions options = {.clamp = ClampPlace::before_quantizer,
                              .integer_biases = false,
                              .unsigned_activations = false};
  write_checked(qdq_graph(network.model, network.integers, options), OnnxOptions{}, file);
}

void write_plan(const Exported& network, const std::filesystem::path& file) {
  save_plan(compile_plan(network.integers), file);
}

constexpr std::array table = {
    Exporter{"plan", "model.plan", "what our own engine runs", write_plan},
    Exporter{"onnx", "model_float.onnx", "the float network, simplified", write_float},
    Exporter{"onnx-qdq", "model.onnx",
             "QuantizeLinear and DequantizeLinear, opset 13: for ONNX Runtime and OpenVINO",
             write_qdq},
    Exporter{"onnx-qdq21", "model_opset21.onnx",
             "the same in opset 21, which has integers of 4 and 16 bits", write_qdq21},
    Exporter{"onnx-qlinear", "model_qlinear.onnx",
             "QLinearConv and ONNX Runtime's QLinear operators: for TVM and older runtimes",
             write_qlinear},
    Exporter{"openvino", "model_openvino.onnx", "OpenVINO's FakeQuantize, weights as floats",
             write_fake_quantize},
    Exporter{"tensorrt", "model_tensorrt.onnx", "the same as TensorRT's explicit quantization",
             write_tensorrt},
    Exporter{"tensorrt-ranges", "tensorrt_ranges.json", "TensorRT's dynamic ranges, beside 'onnx'",
             write_tensorrt_ranges},
    Exporter{"snpe-encodings", "snpe_encodings.json",
             "SNPE's quantization overrides, beside 'onnx'", write_snpe_encodings},
    Exporter{"acl-record", "acl_record.txt", "the record file of Ascend's AMCT, beside 'onnx'",
             write_acl_record},
    Exporter{"ppl-ranges", "ppl_ranges.json", "steps and ranges for PPL, beside 'onnx'",
             write_ppl_ranges},
    Exporter{"vitis-scales", "vitis_scales.json", "power-of-two scales for Vitis, beside 'onnx'",
             write_vitis_scales},
};

}  // namespace

std::span<const Exporter> exporters() { return table; }

}  // namespace vernier
