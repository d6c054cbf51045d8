// /proc and cgroup files. The kernel writes them, but the names in them are chosen by processes, and the
// folders by whoever runs containers.
#include "agent/os/cgroup.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/scratch.hpp"
#include "tests/fuzz/target.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace outrider::fuzz {
namespace {

void put(const std::string& path, std::string_view text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

void proc_text(std::string_view bytes) {
  static const os::Scratch scratch;
  const std::string root = scratch.path() + "/";
  put(root + "proc/7/cgroup", take_text(bytes));
  put(root + "proc/7/mountinfo", take_text(bytes));
  for (const auto* const name : {"stat", "smaps_rollup", "cmdline"}) put(root + "proc/7/" + name, bytes);
  for (const auto* const name :
       {"memory.events", "memory.max", "memory.current", "cpu.stat", "cpu.max", "pids.max"})
    put(root + "sys/fs/cgroup/g/" + name, bytes);
  put(root + "proc/net/tcp", bytes);
  put(root + "proc/stat", bytes);

  const os::Proc proc(root);
  const auto facts = proc.facts(7);
  if (facts) must(facts->name.size() <= bytes.size(), "a name comes from the file");
  (void)proc.proportional_bytes(7);
  (void)proc.command_line(7);
  (void)proc.boot_time();
  (void)proc.listener_on(8080);
  (void)proc.group_members(7);
  const auto group = os::Cgroup::of(7, root);
  if (group) (void)group->facts();
}

}  // namespace outrider::fuzz
