/* A plugin for QEMU: prints how many instructions of the guest a program took. Only what is used of QEMU's interface for
 * plugins (version 1, QEMU 4.2 to 8.2) is declared here, because Debian installs no header.
 *
 *   cc -shared -fPIC tools/count_instructions.c -o count.so
 *   qemu-aarch64 -plugin ./count.so -L /usr/aarch64-linux-gnu PROGRAM */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t plugin_id;
typedef struct qemu_plugin_tb block;

size_t qemu_plugin_tb_n_insns(const block* translated);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*call)(plugin_id, block*));
void qemu_plugin_register_vcpu_tb_exec_inline(block* translated, int operation, void* counter, uint64_t operand);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*call)(plugin_id, void*), void* data);

enum { ADD = 0 };

EXPORTED int qemu_plugin_version = 1;
static uint64_t instructions;

static void translated(plugin_id id, block* of_program) {
  (void)id;
  qemu_plugin_register_vcpu_tb_exec_inline(of_program, ADD, &instructions, qemu_plugin_tb_n_insns(of_program));
}

static void ended(plugin_id id, void* data) {
  (void)id;
  (void)data;
  fprintf(stderr, "%" PRIu64 "\n", instructions);
}

EXPORTED int qemu_plugin_install(plugin_id id, const void* info, int count, char** arguments) {
  (void)info;
  (void)count;
  (void)arguments;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
