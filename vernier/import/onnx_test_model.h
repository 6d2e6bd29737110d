#pragma once

// For tests: models in ONNX's own textual syntax (docs/Syntax.md of ONNX).

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <onnx/defs/parser.h>
#include <unistd.h>

#include "vernier/import/import.h"

namespace vernier {

/// A file that goes away with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view name)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("vernier_{}_{}", ::getpid(), name)) {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// `graph` is "(float[N,3] x) => (float[N,3] y) { y = Relu(x) }".
inline onnx::ModelProto parse_model(std::int64_t opset, std::string_view graph) {
  const std::string text = fmt::format(
      "<ir_version: 8, opset_import: [\"\" : {}, \"com.example\" : 1]> test {}", opset, graph);
  onnx::ModelProto model;
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  return model;
}

inline void write_plainly(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::ssize(bytes));
}

inline Graph import_bytes(std::string_view bytes, const ImportOptions& options = {}) {
  const TemporaryFile file("model.onnx");
  write_plainly(file.path(), bytes);
  return import_model(file.path(), options);
}

inline Graph import_proto(const onnx::ModelProto& model, const ImportOptions& options = {}) {
  return import_bytes(model.SerializeAsString(), options);
}

/// What import says about a model that it refuses, without the path; empty if it takes it.
inline std::string import_error(const onnx::ModelProto& model, const ImportOptions& options = {}) {
  try {
    import_proto(model, options);
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.substr(text.find(": ") + 2);
  }
  return "";
}

}  // namespace vernier
