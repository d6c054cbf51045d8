#include "agent/os/waits.hpp"

#include "agent/core/number.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <algorithm>
#include <filesystem>

namespace outrider::os {
namespace {

std::string first_line(const std::string& path) {
  const auto text = read_virtual(path);
  if (!text) return {};
  return text->substr(0, text->find('\n'));
}

char state_of(const std::string& stat) {
  const std::size_t close = stat.rfind(')');
  return close == std::string::npos || close + 2 >= stat.size() ? '?' : stat[close + 2];
}

ThreadWait look(const std::string& folder, pid_t id) {
  ThreadWait wait;
  wait.id = id;
  wait.name = first_line(folder + "comm");
  wait.state = state_of(first_line(folder + "stat"));
  wait.waits = first_line(folder + "wchan");
  if (wait.waits == "0") wait.waits.clear();
  wait.call = first_line(folder + "syscall");
  if (const auto stack = read_virtual(folder + "stack")) wait.stack = *stack;
  return wait;
}

std::optional<double> waited_for(const std::string& path) {
  constexpr std::string_view before = "some avg10=";
  const std::string line = first_line(path);
  if (!line.starts_with(before)) return std::nullopt;
  const std::string_view rest = std::string_view(line).substr(before.size());
  return core::read_number<double>(rest.substr(0, rest.find(' ')));
}

}  // namespace

std::vector<ThreadWait> thread_waits(pid_t pid, std::size_t most, const std::string& root) {
  const std::string tasks = root + (root.ends_with('/') ? "" : "/") + "proc/" + std::to_string(pid) + "/task";
  std::vector<pid_t> threads;
  std::error_code trouble;
  for (std::filesystem::directory_iterator at(tasks, trouble);
       !trouble && at != std::filesystem::directory_iterator(); at.increment(trouble)) {
    if (const auto id = whole_number(at->path().filename().string()))
      threads.push_back(static_cast<pid_t>(*id));
  }
  std::ranges::sort(threads);
  if (threads.size() > most) threads.resize(most);
  std::vector<ThreadWait> waits;
  for (const pid_t id : threads) waits.push_back(look(tasks + "/" + std::to_string(id) + "/", id));
  return waits;
}

Pressure pressure(const std::string& root) {
  const std::string folder = root + (root.ends_with('/') ? "" : "/") + "proc/pressure/";
  return {waited_for(folder + "cpu"), waited_for(folder + "memory"), waited_for(folder + "io")};
}

}  // namespace outrider::os
