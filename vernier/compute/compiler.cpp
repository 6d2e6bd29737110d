#include "vernier/compute/compiler.h"

#include <algorithm>
#include <utility>

#include "vernier/compute/forward.h"
#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

// A constant in another layout.
Tensor reordered(const Tensor& tensor, const Layout& from, const Layout& to,
                 const dnnl::engine& engine) {
  const auto floats = static_cast<std::int64_t>(to.get_size() / sizeof(float));
  Tensor result(DType::f32, {floats});
  const dnnl::memory source(from, engine, const_cast<std::byte*>(tensor.bytes().data()));
  const dnnl::memory target(to, engine, result.edit_bytes().data());
  dnnl::stream stream(engine);
  dnnl::reorder(source, target).execute(stream, {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}});
  stream.wait();
  return result;
}

}  // namespace

Compiler::Compiler(Graph graph, const SessionOptions& options, dnnl::engine engine)
    : graph_(std::move(graph)), options_(options), engine_(std::move(engine)) {
  program_.values.resize(graph_.values.size());
  for (const auto& readers : consumers(graph_)) {
    pending_.push_back(static_cast<std::int64_t>(readers.size()));
  }
  for (const ValueId output : graph_.outputs) ++pending_[index(output)];
}

Program Compiler::compile() {
  place_inputs();
  for (const Node& node : graph_.nodes) compile_node(node);
  node_ = "outputs";
  for (const ValueId output : graph_.outputs) {
    program_.outputs.push_back(read_dense(output));
  }
  for (const Location& output : program_.outputs) keep_until(output, next_step());
  if (options_.keep_values) {
    for (Memory& each : program_.buffers) {
      each.lifetime = {.bytes = each.lifetime.bytes, .first_step = 0, .last_step = next_step()};
    }
  }
  return std::move(program_);
}

void Compiler::place_inputs() {
  for (const ValueId input : graph_.inputs) {
    program_.inputs.push_back(write(input, dense_layout(shape(input))));
    finish_value(input);
  }
}

void Compiler::compile_node(const Node& node) {
  node_ = node.name;
  if (fold_constants(node)) return;
  for (const ValueId output : node.outputs) {
    if (graph_[output].dtype != DType::f32) {
      fail("node '{}': {} computes {} at run time, but the float executor computes f32 only",
           node.name, type_name(node.op), name(graph_[output].dtype));
    }
  }
  forward(node, *this);
  for (const ValueId input : node.inputs) --pending_[index(input)];
  for (const ValueId output : node.outputs) finish_value(output);
}

bool Compiler::fold_constants(const Node& node) {
  if (std::ranges::any_of(node.outputs, [&](ValueId id) { return is_tapped(id); })) return false;
  std::vector<Tensor> inputs;
  for (const ValueId input : node.inputs) {
    if (!graph_[input].constant) return false;
    inputs.push_back(*graph_[input].constant);
  }
  const std::vector<Tensor> outputs = evaluate(node.op, inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i) graph_[node.outputs[i]].constant = outputs[i];
  return true;
}

void Compiler::finish_value(ValueId id) {
  if (!is_tapped(id)) return;
  if (!channel_block(home(id).layout, shape(id))) {
    stand(id, copy(home(id), dense_layout(shape(id))));
  }
  forget_copies(home(id));
  keep_until(home(id), next_step() - 1);
  program_.taps.push_back({.step = next_step(), .value = id, .placement = home(id)});
}

Location Compiler::home(ValueId id) {
  std::optional<Location>& place = program_.values[index(id)];
  if (!place) place = add_constant(constant(graph_, id), dense_layout(shape(id)));
  return *place;
}

bool Compiler::may_overwrite(const Location& place, ValueId id) const {
  if (options_.keep_values || buffer(place).constant || pending_[index(id)] > 1) return false;
  // Another name for the value reads what stands there, or is read by this node as the same copy.
  const MemoryId source = program_.values[index(id)]->buffer;
  for (std::size_t i = 0; i < program_.values.size(); ++i) {
    const std::optional<Location>& other = program_.values[i];
    if (i == index(id) || !other || pending_[i] == 0) continue;
    if (other->buffer == place.buffer || other->buffer == source) return false;
  }
  return true;
}

Location Compiler::reorder(const Location& from, const Layout& wanted) {
  if (from.layout == wanted) return from;
  for (const Reordered& each : reordered_) {
    if (each.from.buffer == from.buffer && each.from.layout == from.layout &&
        each.to.layout == wanted) {
      return each.to;
    }
  }
  const Location to =
      buffer(from).constant
          ? add_constant(reordered(*buffer(from).constant, from.layout, wanted, engine_), wanted)
          : copy(from, wanted);
  reordered_.push_back({from, to});
  return to;
}

Location Compiler::copy(const Location& from, const Layout& wanted) {
  const Location to = add_buffer(wanted);
  const dnnl::reorder::primitive_desc description(engine_, from.layout, engine_, wanted,
                                                  attributes());
  add_primitive(description, dnnl::reorder(description),
                {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  return to;
}

Location Compiler::write(ValueId id, const Layout& layout) { return stand(id, add_buffer(layout)); }

Location Compiler::write_over(const Location& place, ValueId id, const Layout& layout) {
  forget_copies(place);
  return stand(id, {place.buffer, layout});
}

void Compiler::forget_copies(const Location& place) {
  std::erase_if(reordered_, [&](const Reordered& each) {
    return each.from.buffer == place.buffer || each.to.buffer == place.buffer;
  });
}

Location Compiler::write_like(const Location& source, ValueId input, ValueId output) {
  return may_overwrite(source, input) ? write_over(source, output, source.layout)
                                      : write(output, source.layout);
}

Location Compiler::stand(ValueId id, const Location& place) {
  program_.values[index(id)] = place;
  return place;
}

void Compiler::add_primitive(const dnnl::primitive_desc_base& description,
                             dnnl::primitive primitive, std::vector<Argument> arguments) {
  const Layout scratch = description.scratchpad_desc();
  if (scratch.get_size() > 0) arguments.push_back({DNNL_ARG_SCRATCHPAD, add_buffer(scratch)});
  add_step({.node = node_,
            .implementation = vernier::implementation(description),
            .primitive = std::move(primitive),
            .loop = {},
            .arguments = std::move(arguments)});
}

void Compiler::add_loop(std::string implementation, Loop loop, std::vector<Location> places) {
  std::vector<Argument> arguments;
  for (Location& place : places) arguments.push_back({.role = 0, .placement = std::move(place)});
  add_step({.node = node_,
            .implementation = std::move(implementation),
            .primitive = {},
            .loop = std::move(loop),
            .arguments = std::move(arguments)});
}

Location Compiler::add_constant(Tensor tensor, const Layout& layout) {
  program_.buffers.push_back({.lifetime = {}, .constant = std::move(tensor)});
  return {static_cast<MemoryId>(program_.buffers.size() - 1), layout};
}

Location Compiler::add_buffer(const Layout& layout) {
  const Lifetime lifetime = {.bytes = static_cast<std::int64_t>(layout.get_size()),
                             .first_step = next_step(),
                             .last_step = next_step()};
  program_.buffers.push_back({.lifetime = lifetime, .constant = {}});
  return {static_cast<MemoryId>(program_.buffers.size() - 1), layout};
}

void Compiler::add_step(Call step) {
  for (const Argument& argument : step.arguments) keep_until(argument.placement, next_step());
  program_.steps.push_back(std::move(step));
}

void Compiler::keep_until(const Location& place, std::int64_t step) {
  Lifetime& lifetime = buffer(place).lifetime;
  lifetime.last_step = std::max(lifetime.last_step, step);
}

bool Compiler::is_tapped(ValueId id) const {
  return std::ranges::find(options_.tapped, id) != options_.tapped.end();
}

Memory& Compiler::buffer(const Location& place) {
  return program_.buffers[static_cast<std::size_t>(place.buffer)];
}

const Memory& Compiler::buffer(const Location& place) const {
  return program_.buffers[static_cast<std::size_t>(place.buffer)];
}

}  // namespace vernier
