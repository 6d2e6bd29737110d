// vernier list: prints the constant tables, and one profile as YAML.

#include <array>

#include <fmt/format.h>

#include "vernier/base/error.h"
#include "vernier/base/table.h"
#include "vernier/calib/calibrator.h"
#include "vernier/cli/options.h"
#include "vernier/data/dataset.h"
#include "vernier/engine/kernels.h"
#include "vernier/experiment/config.h"
#include "vernier/experiment/runtime.h"
#include "vernier/export/export.h"
#include "vernier/metrics/metric.h"
#include "vernier/passes/pass.h"
#include "vernier/ptq/method.h"
#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

template <typename Table>
void print_rows(const Table& rows) {
  for (const auto& row : rows) fmt::print("  {:<20} {}\n", row.name, row.help);
}

void print_instruction_sets() {
  for (const Kernels* each : supported_kernels())
    fmt::print("  {}{}\n", each->isa, each == &kernels() ? "  (in use)" : "");
}

struct Listed {
  std::string_view name;
  void (*print)();
};

constexpr std::array tables = {
    Listed{"calibrators", [] { print_rows(calibrators()); }},
    Listed{"methods", [] { print_rows(methods()); }},
    Listed{"profiles", [] { print_rows(profiles()); }},
    Listed{"passes", [] { print_rows(passes()); }},
    Listed{"exporters", [] { print_rows(exporters()); }},
    Listed{"runtimes", [] { print_rows(runtimes()); }},
    Listed{"metrics", [] { print_rows(metrics()); }},
    Listed{"datasets", [] { print_rows(dataset_kinds()); }},
    Listed{"architectures", [] { print_rows(architectures()); }},
    Listed{"instruction-sets", print_instruction_sets},
};

}  // namespace

int run_list_command(const Arguments& given) {
  std::string table;
  std::string name;
  parse({"vernier list",
         "Shows what there is by name.",
         {
             {"table", &table,
              "calibrators, methods, profiles, passes, exporters, runtimes, metrics, datasets, "
              "architectures, "
              "instruction-sets, or 'profile'"},
             {"name", &name,
              "behind 'profile': the profile to print as YAML, which --profile FILE.yaml reads "
              "back"},
         },
         "examples:\n"
         "  vernier list profiles\n"
         "  vernier list profile openvino > mine.yaml"},
        given);

  if (table == "profile" && !name.empty()) {
    fmt::print("{}", to_yaml(find(profiles(), name, "profile")));
    return status_done;
  }
  if (!name.empty()) fail("list {} {}: only 'profile' takes a name", table, name);
  if (!table.empty()) {
    find(std::span<const Listed>(tables), table, "table").print();
    return status_done;
  }
  for (const Listed& each : tables) {
    fmt::print("{}\n", each.name);
    each.print();
  }
  return status_done;
}

}  // namespace vernier
