#include "vernier/base/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// A file without a name: unlike a pipe it never fills up.
File scratch_file() {
  File file(std::tmpfile());
  if (!file) fail("no temporary file: {}", std::strerror(errno));
  return file;
}

std::string content(std::FILE* file) {
  std::string text;
  if (std::fseek(file, 0, SEEK_SET) != 0) return text;
  std::array<char, 4096> part{};
  while (const std::size_t count = std::fread(part.data(), 1, part.size(), file))
    text.append(part.data(), count);
  return text;
}

int wait_for(pid_t process) {
  int state = 0;
  while (waitpid(process, &state, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result(words.size() + 1);  // the last one stays null
  std::ranges::transform(words, result.begin(), [](std::string& word) { return word.data(); });
  return result;
}

// Ours, but for what is set anew.
std::vector<std::string> environment_with(std::span<const std::string> settings) {
  std::vector<std::string> whole(settings.begin(), settings.end());
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view inherited = *each;
    const std::string_view name = inherited.substr(0, inherited.find('=') + 1);
    if (std::ranges::none_of(settings, [&](const auto& own) { return own.starts_with(name); }))
      whole.emplace_back(inherited);
  }
  return whole;
}

}  // namespace

ProcessResult run_process(std::span<const std::string> command,
                          std::span<const std::string> settings) {
  VERNIER_CHECK(!command.empty());
  std::vector<std::string> words(command.begin(), command.end());
  std::vector<std::string> environment = environment_with(settings);
  const File output = scratch_file();
  const File errors = scratch_file();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(output.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(errors.get()), STDERR_FILENO);
  pid_t process = 0;
  const int refused = posix_spawn(&process, words[0].c_str(), &actions, nullptr,
                                  pointers(words).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) fail("{} cannot be started: {}", command[0], std::strerror(refused));
  const int status = wait_for(process);
  return {.status = status, .output = content(output.get()), .errors = content(errors.get())};
}

std::string last_line(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text.substr(text.find_last_of('\n') + 1);
}

}  // namespace vernier
