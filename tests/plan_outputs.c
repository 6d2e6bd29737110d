/* plan_outputs PLAN THREADS: runs two images of fixed noise and writes the bytes of all outputs. */
#include <stdio.h>
#include <stdlib.h>

#include "vernier/engine/vernier.h"

enum { MOST_PORTS = 64 };

static int failed(const char* why) {
  fprintf(stderr, "plan_outputs: %s\n", why);
  return 1;
}

/* Between -2 and 2, the same everywhere (Knuth, TAOCP 3.3.4: MMIX's generator). */
static void fill(float* values, size_t count) {
  uint64_t state = 1;
  size_t i;
  for (i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    values[i] = (float)(state >> 40) / (float)(1 << 22) - 2.0f;
  }
}

int main(int count, char** arguments) {
  const float* inputs[MOST_PORTS];
  float* outputs[MOST_PORTS];
  size_t sizes[MOST_PORTS];
  vernier_plan* plan = count == 3 ? vernier_load_plan(arguments[1]) : NULL;
  vernier_engine* engine;
  vernier_port port;
  size_t images, i;

  if (plan == NULL) return failed(count == 3 ? vernier_last_error() : "PLAN THREADS");
  if (vernier_input_count(plan) > MOST_PORTS || vernier_output_count(plan) > MOST_PORTS) {
    return failed("too many ports");
  }
  images = vernier_takes_any_batch(plan) ? 2 : 1;
  for (i = 0; vernier_input(plan, i, &port) == 0; ++i) {
    float* values = malloc(images * port.size * sizeof(float));
    fill(values, images * port.size);
    inputs[i] = values;
  }
  for (i = 0; vernier_output(plan, i, &port) == 0; ++i) {
    sizes[i] = images * port.size;
    outputs[i] = malloc(sizes[i] * sizeof(float));
  }
  engine = vernier_new_threaded_engine(plan, atoi(arguments[2]));
  if (engine == NULL || vernier_run(engine, inputs, outputs, images) != 0) {
    return failed(vernier_last_error());
  }
  for (i = 0; i < vernier_output_count(plan); ++i) {
    fwrite(outputs[i], sizeof(float), sizes[i], stdout);
    free(outputs[i]);
  }
  for (i = 0; i < vernier_input_count(plan); ++i) free((void*)inputs[i]);
  vernier_free_engine(engine);
  vernier_free_plan(plan);
  return 0;
}
