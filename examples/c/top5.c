/* Runs a network on one input and prints its five largest outputs.
 *
 *   cc -std=c99 -I. examples/c/top5.c build/release/libvernier.a -lm -lpthread -o top5
 *   ./top5 model.plan input.f32
 *
 * input.f32 holds the floats of the input as they lie in memory, an image as [C, H, W]. */
#include <stdio.h>
#include <stdlib.h>

#include "vernier/engine/vernier.h"

static int failed(const char* why) {
  fprintf(stderr, "top5: %s\n", why);
  return 1;
}

static void print_largest(float* outputs, size_t count) {
  for (int rank = 0; rank < 5 && (size_t)rank < count; ++rank) {
    size_t best = 0;
    for (size_t i = 1; i < count; ++i) {
      if (outputs[i] > outputs[best]) best = i;
    }
    printf("%zu %g\n", best, outputs[best]);
    outputs[best] = -1e30f;
  }
}

int main(int count, char** arguments) {
  if (count != 3) return failed("usage: top5 PLAN INPUT");

  vernier_plan* plan = vernier_load_plan(arguments[1]);
  if (plan == NULL) return failed(vernier_last_error());
  vernier_port in, out;
  if (vernier_input(plan, 0, &in) != 0 || vernier_output(plan, 0, &out) != 0) {
    return failed(vernier_last_error());
  }

  float* input = malloc(in.size * sizeof(float));
  float* output = malloc(out.size * sizeof(float));
  FILE* file = fopen(arguments[2], "rb");
  if (file == NULL || fread(input, sizeof(float), in.size, file) != in.size) {
    return failed("the input has too few floats");
  }
  fclose(file);

  vernier_engine* engine = vernier_new_engine(plan);
  const float* inputs[] = {input};
  float* outputs[] = {output};
  if (engine == NULL || vernier_run(engine, inputs, outputs, 1) != 0) {
    return failed(vernier_last_error());
  }
  print_largest(output, out.size);

  vernier_free_engine(engine);
  vernier_free_plan(plan);
  free(input);
  free(output);
  return 0;
}
