#include "agent/os/proc.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <string_view>

#include <unistd.h>

#include <fmt/core.h>

namespace outrider::os {
namespace {

core::Duration ticks(std::uint64_t count) {
  static const auto per_second = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
  return std::chrono::nanoseconds(count * (1'000'000'000 / per_second));
}

// Names of the entries that are numbers, smallest first; none when the directory cannot be read.
std::vector<pid_t> numbers_in(const std::string& directory) {
  std::vector<pid_t> numbers;
  std::error_code trouble;
  std::filesystem::directory_iterator entry(directory, trouble);
  while (!trouble && entry != std::filesystem::directory_iterator()) {
    const std::string name = entry->path().filename();
    if (const auto number = whole_number(name)) numbers.push_back(static_cast<pid_t>(*number));
    entry.increment(trouble);
  }
  std::ranges::sort(numbers);
  return numbers;
}

core::Error unreadable(const std::string& path) {
  return {core::Errc::corrupt, "cannot read " + path + ": not what the kernel writes there"};
}

// "pid (name) S parent group …": the name may hold spaces and brackets, so the last bracket counts.
std::optional<ProcessFacts> parse_stat(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  const auto words = split(text.substr(close + 1), ' ');
  if (words.size() < 22) return std::nullopt;
  const auto number = [&](std::size_t field) { return whole_number(words[field - 3]).value_or(0); };
  ProcessFacts facts;
  facts.pid = static_cast<pid_t>(whole_number(text.substr(0, open)).value_or(0));
  facts.name = text.substr(open + 1, close - open - 1);
  facts.state = words[0].front();
  facts.parent = static_cast<pid_t>(number(4));
  facts.group = static_cast<pid_t>(number(5));
  facts.cpu_used = ticks(number(14) + number(15));
  facts.threads = number(20);
  facts.started_after_boot = ticks(number(22));
  facts.resident_bytes = number(24) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return facts;
}

core::Outcome<ProcessFacts> read_stat(const std::string& path) {
  const core::Outcome<std::string> text = read_virtual(path);
  if (!text) return core::fail(text.error());
  const auto facts = parse_stat(*text);
  if (!facts) return core::fail(unreadable(path));
  return *facts;
}

// The inodes of sockets listening on `port`, from /proc/net/tcp or tcp6.
void add_listeners(const std::string& path, std::uint16_t port, std::set<std::string>& links) {
  const core::Outcome<std::string> table = read_virtual(path);
  if (!table) return;
  const std::string wanted = fmt::format(":{:04X}", port);
  for (const std::string_view line : split(*table, '\n')) {
    const auto words = split(line, ' ');
    constexpr std::string_view listening = "0A";
    if (words.size() > 9 && words[1].ends_with(wanted) && words[3] == listening) {
      links.insert(fmt::format("socket:[{}]", words[9]));
    }
  }
}

}  // namespace

Proc::Proc(std::string root) : root_(std::move(root)) {
  if (!root_.ends_with('/')) root_ += '/';
}

core::Outcome<ProcessFacts> Proc::facts(pid_t pid) const {
  return read_stat(fmt::format("{}proc/{}/stat", root_, pid == 0 ? "self" : std::to_string(pid)));
}

std::optional<ProcessFacts> Proc::facts_in(std::string_view stat) { return parse_stat(stat); }

std::vector<pid_t> Proc::all() const { return numbers_in(root_ + "proc"); }

core::Outcome<std::uint64_t> Proc::proportional_bytes(pid_t pid) const {
  const std::string path =
      fmt::format("{}proc/{}/smaps_rollup", root_, pid == 0 ? "self" : std::to_string(pid));
  const core::Outcome<std::string> text = read_virtual(path);
  if (!text) return core::fail(text.error());
  const auto kibibytes = number_after(*text, "Pss");
  if (!kibibytes) return core::fail(unreadable(path));
  return *kibibytes * 1024;
}

core::Outcome<std::uint64_t> Proc::open_descriptors(pid_t pid) const {
  const std::string path = fmt::format("{}proc/{}/fd", root_, pid == 0 ? "self" : std::to_string(pid));
  std::error_code trouble;
  std::filesystem::directory_iterator entry(path, trouble);
  if (trouble) return core::fail(core::system_error("cannot list " + path, trouble.value()));
  const auto count = static_cast<std::uint64_t>(std::distance(begin(entry), end(entry)));
  const bool counted_our_own_listing = (pid == 0 || pid == ::getpid()) && root_ == "/";
  return counted_our_own_listing ? count - 1 : count;
}

core::Outcome<std::uint64_t> Proc::written_bytes(pid_t pid) const {
  const std::string path = fmt::format("{}proc/{}/io", root_, pid == 0 ? "self" : std::to_string(pid));
  const core::Outcome<std::string> text = read_virtual(path);
  if (!text) return core::fail(text.error());
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = core::take_line(rest);
    constexpr std::string_view key = "wchar: ";
    const auto bytes =
        line.starts_with(key) ? core::read_number<std::uint64_t>(line.substr(key.size())) : std::nullopt;
    if (bytes) return *bytes;
  }
  return core::fail(core::Errc::corrupt, "cannot find what was written in " + path);
}

core::Outcome<std::string> Proc::command_line(pid_t pid) const {
  core::Outcome<std::string> text =
      read_virtual(fmt::format("{}proc/{}/cmdline", root_, pid == 0 ? "self" : std::to_string(pid)));
  if (!text) return text;
  while (!text->empty() && text->back() == '\0') text->pop_back();
  std::ranges::replace(*text, '\0', ' ');
  return text;
}

core::Outcome<std::string> Proc::boot_id() const {
  core::Outcome<std::string> text = read_virtual(root_ + "proc/sys/kernel/random/boot_id");
  if (text) text->erase(text->find_last_not_of('\n') + 1);
  return text;
}

core::Outcome<core::WallTime> Proc::boot_time() const {
  const std::string path = root_ + "proc/stat";
  const core::Outcome<std::string> text = read_virtual(path);
  if (!text) return core::fail(text.error());
  const auto seconds = number_after(*text, "btime");
  if (!seconds) return core::fail(unreadable(path));
  return core::WallTime(std::chrono::seconds(*seconds));
}

std::vector<pid_t> Proc::children(pid_t parent) const {
  std::vector<pid_t> children;
  const std::string tasks = fmt::format("{}proc/{}/task/", root_, parent);
  for (const pid_t task : numbers_in(tasks)) {
    const core::Outcome<std::string> text = read_virtual(fmt::format("{}{}/children", tasks, task));
    if (!text) continue;
    for (const std::string_view word : split(*text, ' ')) {
      if (const auto pid = whole_number(word)) children.push_back(static_cast<pid_t>(*pid));
    }
  }
  return children;
}

std::vector<pid_t> Proc::group_members(pid_t group) const {
  std::vector<pid_t> members;
  for (const pid_t pid : numbers_in(root_ + "proc")) {
    const core::Outcome<ProcessFacts> facts = this->facts(pid);
    if (facts && facts->group == group && facts->state != 'Z') members.push_back(pid);
  }
  return members;
}

std::optional<std::string> Proc::listener_on(std::uint16_t port) const {
  std::set<std::string> links;
  add_listeners(root_ + "proc/net/tcp", port, links);
  add_listeners(root_ + "proc/net/tcp6", port, links);
  if (links.empty()) return std::nullopt;
  for (const pid_t pid : numbers_in(root_ + "proc")) {
    const std::string directory = fmt::format("{}proc/{}/fd", root_, pid);
    for (const pid_t descriptor : numbers_in(directory)) {
      std::error_code trouble;
      const auto target = std::filesystem::read_symlink(fmt::format("{}/{}", directory, descriptor), trouble);
      if (trouble || !links.contains(target.string())) continue;
      const core::Outcome<ProcessFacts> facts = this->facts(pid);
      return fmt::format("pid {} ({})", pid, facts ? facts->name : "?");
    }
  }
  return std::nullopt;
}

}  // namespace outrider::os
