// /proc/stat: one line a core, "cpu3 user nice system idle iowait irq softirq steal ...", in ticks.

#include "vernier/latency/cores.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace vernier {
namespace {

CoreTimes times_of_line(std::istringstream& line) {
  std::array<double, 8> ticks = {};
  for (double& each : ticks) line >> each;
  const auto& [user, nice, system, idle, wait, interrupts, soft_interrupts, stolen] = ticks;
  const auto second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {.busy = (user + nice + system + interrupts + soft_interrupts) / second,
          .stolen = stolen / second};
}

std::map<int, CoreTimes> all_times() {
  std::map<int, CoreTimes> times;
  std::ifstream file("/proc/stat");
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string name;
    line >> name;
    if (name.size() > 3 && name.starts_with("cpu"))
      times[std::stoi(name.substr(3))] = times_of_line(line);
  }
  return times;
}

double seconds_of(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

CoreTimes core_times(std::span<const int> cores) {
  const std::map<int, CoreTimes> times = all_times();
  CoreTimes sum;
  for (const int core : cores) {
    const auto found = times.find(core);
    if (found == times.end()) continue;
    sum.busy += found->second.busy;
    sum.stolen += found->second.stolen;
  }
  return sum;
}

double own_seconds() { return seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN); }

std::vector<int> usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return {0};
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

QuietCores quiet_cores(std::span<const int> cores, std::size_t count) {
  constexpr double seconds = 0.1;
  auto before = all_times();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  auto after = all_times();
  const auto busy = [&](int core) {
    return after[core].busy + after[core].stolen - before[core].busy - before[core].stolen;
  };
  std::vector<int> order(cores.begin(), cores.end());
  std::ranges::stable_sort(order, {}, busy);
  order.resize(std::min(order.size(), count));
  return {order, busy(order.back()) / seconds};
}

void stay_on(std::span<const int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  sched_setaffinity(0, sizeof(set), &set);  // where it is refused, the probe tells what it costs
}

}  // namespace vernier
