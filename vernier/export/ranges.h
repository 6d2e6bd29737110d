#pragma once

#include <filesystem>

#include "vernier/export/export.h"

namespace vernier {

// Files of ranges: what a target needs beside the float network (`onnx`), whose values they name.
// One writer a format; the format stands above its function in ranges.cpp.

void write_tensorrt_ranges(const Exported& network, const std::filesystem::path& file);
void write_snpe_encodings(const Exported& network, const std::filesystem::path& file);
void write_acl_record(const Exported& network, const std::filesystem::path& file);
void write_ppl_ranges(const Exported& network, const std::filesystem::path& file);
void write_vitis_scales(const Exported& network, const std::filesystem::path& file);

}  // namespace vernier
