#include "agent/cli/selftest/disk.hpp"

#include "agent/async/race.hpp"

#include <array>
#include <utility>
#include <vector>

namespace outrider::cli {
namespace {

constexpr core::Duration news_limit = std::chrono::seconds(3);
constexpr std::uint64_t most_mounts_bytes = 4u << 20;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end + 1));
  }
  return words;
}

core::Outcome<> write(os::Files& files, const std::string& path) {
  auto file = files.open_append(path);
  if (!file) return core::fail(file.error());
  return (*file)->append("a line\n");
}

core::Task<void> hear(os::DirectoryWatch& watch, const std::string& name, bool& heard) {
  while (!heard) {
    const os::Changes changes = co_await watch.next();
    for (const os::Change& change : changes.list) heard = heard || change.name == name;
  }
}

bool is_same(const os::FileFacts& one, const os::FileFacts& other) {
  return one.inode == other.inode && one.born == other.born;
}

}  // namespace

std::string file_system_of(std::string_view mountinfo, std::string_view path) {
  std::string_view best, type;
  while (!mountinfo.empty()) {
    const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    const auto words = words_of(mountinfo.substr(0, end));
    mountinfo.remove_prefix(std::min(mountinfo.size(), end + 1));
    std::size_t dash = 0;
    while (dash < words.size() && words[dash] != "-") ++dash;
    if (words.size() < 6 || dash + 1 >= words.size()) continue;
    const std::string_view mount = words[4];
    const bool holds = mount == "/" || (path.starts_with(mount) &&
                                        (path.size() == mount.size() || path[mount.size()] == '/'));
    if (!holds || mount.size() < best.size()) continue;  // of two at one place the later one is seen
    best = mount;
    type = words[dash + 1];
  }
  return std::string(type);
}

core::Task<core::Outcome<DiskFacts>> look_at_disk(DiskTools tools, async::Executor river,
                                                  std::string directory) {
  DiskFacts facts;
  const auto mounts = tools.files.read_all("/proc/self/mountinfo", most_mounts_bytes);
  const auto real = tools.watched.real_path(directory);
  if (mounts && real) facts.type = file_system_of(*mounts, *real);
  const std::string name = "a.log", path = directory + "/" + name, moved = directory + "/b.log";
  if (auto done = write(tools.files, path); !done) co_return core::fail(done.error());
  const auto before = tools.watched.facts(path);
  if (!before) co_return core::fail(before.error());
  facts.knows_births = before->born != 0;
  if (const auto watch = tools.watched.watch(river); watch && (*watch)->add(directory, true)) {
    if (auto done = write(tools.files, path); !done) co_return core::fail(done.error());
    core::Task<void> hearing = hear(**watch, name, facts.tells_news);
    (void)co_await async::finish_within(tools.clock, news_limit, std::move(hearing));
  }
  if (auto done = tools.files.rename(path, moved); !done) co_return core::fail(done.error());
  const auto after = tools.watched.facts(moved);
  facts.keeps_identity = after && is_same(*before, *after);
  const auto open = tools.watched.open(moved);
  if (!open) co_return core::fail(open.error());
  if (auto done = tools.files.remove(moved); !done) co_return core::fail(done.error());
  std::array<char, 7> bytes{};
  const auto count = (*open)->read_at(bytes, 0);
  facts.keeps_deleted = count && *count == bytes.size();
  co_return facts;
}

}  // namespace outrider::cli
