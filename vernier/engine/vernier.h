/* The engine for C programs (C99): loads a plan, runs it.
 *
 *   vernier_plan* plan = vernier_load_plan("model.plan");
 *   vernier_engine* engine = vernier_new_engine(plan);
 *   if (vernier_run(engine, inputs, outputs, 1) != 0) puts(vernier_last_error());
 *
 * A plan is shared by any number of engines and threads; an engine serves one thread at a time.
 * What fails says so by NULL or by a status other than 0, and leaves a sentence for
 * vernier_last_error. Nothing here prints or ends the program. */
#ifndef VERNIER_ENGINE_VERNIER_H
#define VERNIER_ENGINE_VERNIER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(readability-identifier-naming): names of a C library */

typedef struct vernier_plan vernier_plan;
typedef struct vernier_engine vernier_engine;

/* A file, or its bytes, which may be freed afterwards. NULL: not a plan, or a damaged one. */
vernier_plan* vernier_load_plan(const char* path);
vernier_plan* vernier_load_plan_bytes(const void* bytes, size_t size);
/* Engines that were made of it go on. NULL is allowed. */
void vernier_free_plan(vernier_plan* plan);

/* 1 if a run takes any number of images, 0 if it takes just one array of the shape of the port. */
int vernier_takes_any_batch(const vernier_plan* plan);

enum { VERNIER_MOST_AXES = 8 };

/* An input or output: f32, dense, row-major, images as [N, C, H, W]. `shape` is for one image. */
typedef struct vernier_port {
  const char* name; /* lives as long as the plan */
  size_t axes;
  int64_t shape[VERNIER_MOST_AXES];
  size_t size; /* number of elements */
} vernier_port;

size_t vernier_input_count(const vernier_plan* plan);
size_t vernier_output_count(const vernier_plan* plan);
/* Status 1: there is no port of this number. */
int vernier_input(const vernier_plan* plan, size_t number, vernier_port* port);
int vernier_output(const vernier_plan* plan, size_t number, vernier_port* port);

/* With memory of its own for everything between inputs and outputs. A run uses `threads` threads, 1
 * or more, that live as long as the engine; the results do not depend on how many. It takes up to
 * 256 KiB of the stack of its caller. */
vernier_engine* vernier_new_engine(const vernier_plan* plan);
vernier_engine* vernier_new_threaded_engine(const vernier_plan* plan, int threads);
void vernier_free_engine(vernier_engine* engine);

/* One array for each input and output, each of `images` times the size of its port. Allocates
 * nothing. Status 0: done. */
int vernier_run(vernier_engine* engine, const float* const* inputs, float* const* outputs,
                size_t images);

/* Why the last call of this thread failed; empty if none did. */
const char* vernier_last_error(void);

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
}
#endif

#endif
