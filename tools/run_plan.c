/* run_plan PLAN RUNS: runs a plan so often on the same noise and prints a number for the bytes of its outputs: the same on every machine. */
#include <stdio.h>
#include <stdlib.h>

#include "vernier/engine/vernier.h"

enum { MOST_PORTS = 16 };

static int failed(const char* why) {
  fprintf(stderr, "run_plan: %s\n", why);
  return 1;
}

/* Sums of twelve numbers of MMIX's generator (Knuth, TAOCP 3.3.4), each a multiple of 2^-20: near to
 * a normal distribution, and without rounding. */
static void fill(float* values, size_t count) {
  uint64_t state = 1;
  size_t i;
  int k;
  for (i = 0; i < count; ++i) {
    values[i] = -6.0f;
    for (k = 0; k < 12; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      values[i] += (float)(state >> 44) / (float)(1 << 20);
    }
  }
}

/* FNV-1a of 32 bits. */
static uint32_t mixed(uint32_t hash, const void* bytes, size_t size) {
  size_t i;
  for (i = 0; i < size; ++i) hash = (hash ^ ((const unsigned char*)bytes)[i]) * 16777619u;
  return hash;
}

int main(int count, char** arguments) {
  const float* inputs[MOST_PORTS];
  float* outputs[MOST_PORTS];
  vernier_plan* plan = count == 3 ? vernier_load_plan(arguments[1]) : NULL;
  vernier_engine* engine;
  vernier_port port;
  uint32_t hash = 2166136261u;
  size_t i;
  int run;

  if (plan == NULL) return failed(count == 3 ? vernier_last_error() : "usage: run_plan PLAN RUNS");
  if (vernier_input_count(plan) > MOST_PORTS || vernier_output_count(plan) > MOST_PORTS) {
    return failed("more than 16 inputs or outputs");
  }
  for (i = 0; vernier_input(plan, i, &port) == 0; ++i) {
    float* values = malloc(port.size * sizeof(float));
    fill(values, port.size);
    inputs[i] = values;
  }
  for (i = 0; vernier_output(plan, i, &port) == 0; ++i) outputs[i] = malloc(port.size * sizeof(float));
  engine = vernier_new_engine(plan);
  if (engine == NULL) return failed(vernier_last_error());
  for (run = 0; run < atoi(arguments[2]); ++run) {
    if (vernier_run(engine, inputs, outputs, 1) != 0) return failed(vernier_last_error());
  }
  for (i = 0; vernier_output(plan, i, &port) == 0; ++i) {
    hash = mixed(hash, outputs[i], port.size * sizeof(float));
    free(outputs[i]);
  }
  for (i = 0; i < vernier_input_count(plan); ++i) free((void*)inputs[i]);
  vernier_free_engine(engine);
  vernier_free_plan(plan);
  printf("%08x\n", hash);
  return 0;
}
