#include "agent/os/machine.hpp"

#include "agent/os/descriptor.hpp"
#include "agent/os/kernel/sockets.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <filesystem>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <fmt/core.h>

namespace outrider::os {
namespace {

core::WallTime time_of(const timespec& time) {
  return core::WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

// A mount point is on another device than the directory it is in; "/" is its own.
core::Outcome<bool> is_mount_point(const std::string& path) {
  struct stat here{};
  struct stat above{};
  if (::stat(path.c_str(), &here) != 0) return core::fail(core::system_error("cannot look at " + path));
  if (::stat((path + "/..").c_str(), &above) != 0) return false;  // a file
  return here.st_dev != above.st_dev || here.st_ino == above.st_ino;
}

class RealMachine final : public Machine {
 public:
  explicit RealMachine(std::string root) : root_(std::move(root)), proc_(root_) {
    if (!root_.ends_with('/')) root_ += '/';
  }

  core::Outcome<SpaceFacts> space(const std::string& path) override {
    const core::Outcome<bool> mounted = is_mount_point(path);
    if (!mounted) return core::fail(mounted.error());
    struct statvfs about{};
    if (::statvfs(path.c_str(), &about) != 0) {
      return core::fail(core::system_error("cannot ask for the free space of " + path));
    }
    SpaceFacts facts;
    const std::uint64_t kept_for_root = about.f_bfree - about.f_bavail;
    facts.bytes = (about.f_blocks - kept_for_root) * about.f_frsize;
    facts.free_bytes = about.f_bavail * about.f_frsize;
    facts.inodes = about.f_files;
    facts.free_inodes = about.f_favail;
    facts.read_only = (about.f_flag & ST_RDONLY) != 0;
    facts.is_mount_point = *mounted;
    return facts;
  }

  core::Outcome<FileSight> file(const std::string& path) override {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) return core::fail(core::system_error("cannot look at " + path));
    return FileSight{time_of(about.st_mtim), static_cast<std::uint64_t>(about.st_size)};
  }

  core::Outcome<std::string> read(const std::string& path, std::uint64_t most_bytes) override {
    // Without waiting: a fifo that nobody writes to would keep us.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return core::fail(core::system_error("cannot open " + path));
    std::string text(most_bytes, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
      const ssize_t got = ::read(file.number(), text.data() + size, text.size() - size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return core::fail(core::system_error("cannot read " + path));
      if (got == 0) break;
      size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
  }

  core::Outcome<ProcessSight> process(pid_t pid) override {
    core::Outcome<ProcessFacts> facts = proc_.facts(pid);
    if (!facts) return core::fail(facts.error());
    ProcessSight sight{std::move(*facts), {}, {}};
    if (const auto count = proc_.open_descriptors(pid)) sight.descriptors = *count;
    if (const auto limits = read_virtual(fmt::format("{}proc/{}/limits", root_, pid))) {
      sight.most_descriptors = number_after(*limits, "Max open files");
    }
    return sight;
  }

  core::Outcome<std::vector<pid_t>> processes_named(const std::string& name) override {
    const core::Outcome<std::vector<pid_t>> all = all_processes();
    if (!all) return all;
    std::vector<pid_t> found;
    for (const pid_t pid : *all) {
      const core::Outcome<ProcessFacts> facts = proc_.facts(pid);
      if (facts && (facts->name == name || program_of(pid) == name)) found.push_back(pid);
    }
    return found;
  }

  core::Outcome<std::vector<PortOwner>> listeners(std::uint16_t port) override {
    core::Outcome<std::vector<ListeningSocket>> sockets = listening_sockets(root_, port);
    if (!sockets) return core::fail(sockets.error());
    std::vector<PortOwner> owners;
    if (sockets->empty()) return owners;
    const core::Outcome<std::vector<pid_t>> all = all_processes();
    if (!all) return core::fail(all.error());
    for (const ListeningSocket& socket : *sockets) {
      PortOwner owner{0, {}, socket.address};
      for (const pid_t pid : *all) {
        if (!holds_socket(root_, pid, socket.inode)) continue;
        owner.pid = pid;
        if (const auto facts = proc_.facts(pid)) owner.name = facts->name;
        break;
      }
      owners.push_back(std::move(owner));
    }
    return owners;
  }

 private:
  core::Outcome<std::vector<pid_t>> all_processes() const {
    std::error_code trouble;
    std::vector<pid_t> found;
    std::filesystem::directory_iterator entry(root_ + "proc", trouble);
    while (!trouble && entry != std::filesystem::directory_iterator()) {
      if (const auto pid = whole_number(entry->path().filename().string())) {
        found.push_back(static_cast<pid_t>(*pid));
      }
      entry.increment(trouble);
    }
    if (trouble) return core::fail(core::system_error("cannot list the processes", trouble.value()));
    return found;
  }

  // "nginx" of "/usr/sbin/nginx -g …"
  std::string program_of(pid_t pid) const {
    const core::Outcome<std::string> text = read_virtual(fmt::format("{}proc/{}/cmdline", root_, pid));
    if (!text) return {};
    const std::string first = text->substr(0, text->find('\0'));
    return first.substr(first.rfind('/') + 1);
  }

  std::string root_;
  Proc proc_;
};

}  // namespace

std::unique_ptr<Machine> make_machine(std::string root) {
  return std::make_unique<RealMachine>(std::move(root));
}

}  // namespace outrider::os
