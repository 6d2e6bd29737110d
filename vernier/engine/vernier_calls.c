/* Part of engine_test: the header as a C compiler and a C program see it. */
#include <string.h>

#include "vernier/engine/vernier.h"

const char* vernier_run_in_c(const char* path, const float* x, float* y);

static const char* run_two_images(vernier_plan* plan, const float* x, float* y) {
  vernier_port port;
  const float* inputs[1];
  float* outputs[1];
  vernier_engine* engine;
  int status;

  if (vernier_input_count(plan) != 1 || vernier_output_count(plan) != 1) return "ports";
  if (vernier_takes_any_batch(plan) != 1) return "batch";
  if (vernier_input(plan, 0, &port) != 0) return vernier_last_error();
  if (strcmp(port.name, "x") != 0 || port.axes != 4 || port.size != 32) return "input";
  if (vernier_output(plan, 1, &port) == 0) return "an output too many";
  if (strcmp(vernier_last_error(), "port 1 of 1") != 0) return vernier_last_error();

  if (vernier_new_threaded_engine(plan, 0) != NULL) return "an engine without a thread";
  engine = vernier_new_threaded_engine(plan, 2);
  if (engine == NULL) return vernier_last_error();
  inputs[0] = x;
  outputs[0] = y;
  status = vernier_run(engine, inputs, outputs, 2);
  vernier_free_engine(engine);
  return status == 0 ? "" : vernier_last_error();
}

/* Empty if all went as it should, else what did not. */
const char* vernier_run_in_c(const char* path, const float* x, float* y) {
  vernier_plan* plan;
  const char* error;
  if (vernier_load_plan_bytes("VPLN", 4) != NULL) return "four bytes are no plan";
  if (strlen(vernier_last_error()) == 0) return "no error was left";
  plan = vernier_load_plan(path);
  if (plan == NULL) return vernier_last_error();
  error = run_two_images(plan, x, y);
  vernier_free_plan(plan);
  return error;
}
