#include "agent/os/keeping/kept.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/os/proc.hpp"
#include "agent/os/reading/virtual_file.hpp"

#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fmt/core.h>

namespace outrider::os {
namespace {

constexpr int wanted_pipe_bytes = 256 * 1024;
constexpr int kill_patience_milliseconds = 100;
constexpr const char* output_suffix = "-output";
constexpr const char* errors_suffix = "-errors";
constexpr std::string_view first_words = "outrider-process 1";

std::string record_of(const std::string& folder) { return folder + "/process"; }
std::string output_of(const std::string& folder) { return folder + "/output"; }
std::string errors_of(const std::string& folder) { return folder + "/errors"; }

core::Outcome<std::string> make_mark() {
  std::uint64_t bits[2] = {};
  if (::getrandom(bits, sizeof bits, 0) != sizeof bits)
    return core::fail(core::system_error("cannot draw a random number"));
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

// Always a new one: who still holds the last keeps writing to that.
core::Outcome<Pipe> make_named_pipe(const std::string& path) {
  const std::string cannot = "cannot make the named pipe " + path;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return core::fail(core::system_error(cannot));
  if (::mkfifo(path.c_str(), 0600) != 0) return core::fail(core::system_error(cannot));
  Pipe pipe{.read_end = above_standard(Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC))),
            .write_end = above_standard(Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC)))};
  if (!pipe.read_end || !pipe.write_end) return core::fail(core::system_error(cannot));
  ::fcntl(pipe.write_end.number(), F_SETPIPE_SZ, wanted_pipe_bytes);  // the usual size will do, too
  return pipe;
}

Descriptor open_to_read(const std::string& path) {
  struct stat found{};
  Descriptor opened = above_standard(Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)));
  if (opened && (::fstat(opened.number(), &found) != 0 || !S_ISFIFO(found.st_mode))) return Descriptor();
  return opened;
}

std::string_view value_of(std::string_view line, std::string_view key) {
  if (!line.starts_with(key) || line.size() <= key.size()) return {};
  return line.substr(key.size() + 1);
}

bool carries(pid_t pid, const std::string& mark) {
  const auto environment = read_virtual(fmt::format("/proc/{}/environ", pid));
  if (!environment) return false;
  const std::string wanted = fmt::format("{}={}", mark_variable, mark);
  std::string_view rest = *environment;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    if (rest.substr(0, end) == wanted) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace

core::Outcome<Keeping> prepare_keeping(const std::string& folder, const std::string& root) {
  const std::string cannot = "cannot keep a process in " + folder;
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return core::fail(core::system_error(cannot));
  const auto boot = Proc(root).boot_id();
  if (!boot) return core::fail(cannot, boot.error());
  auto mark = make_mark();
  if (!mark) return core::fail(cannot, mark.error());
  Keeping keeping;
  keeping.mark = std::move(*mark);
  for (const auto& [pipe, path] :
       {std::pair(&keeping.output, output_of(folder)), std::pair(&keeping.errors, errors_of(folder))}) {
    auto made = make_named_pipe(path);
    if (!made) return core::fail(cannot, made.error());
    *pipe = std::move(*made);
  }
  keeping.record = above_standard(Descriptor(
      ::open(record_of(folder).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)));
  if (!keeping.record) return core::fail(core::system_error(cannot));
  const std::string head =
      fmt::format("{}\nboot {}\nmark {}\nagent {}\n", first_words, *boot, keeping.mark, ::getpid());
  const ssize_t written = ::write(keeping.record.number(), head.data(), head.size());
  if (written != static_cast<ssize_t>(head.size())) return core::fail(core::system_error(cannot));
  return keeping;
}

core::Outcome<Kept> read_kept(const std::string& folder) {
  const auto text = read_virtual(record_of(folder));
  const auto nothing = [&](const char* why) {
    return core::fail(core::Errc::not_found, fmt::format("nothing is kept in {}: {}", folder, why));
  };
  if (!text) return nothing("there is no record");
  std::string_view rest = *text;
  if (core::take_line(rest) != first_words) return nothing("its record was not written by outrider");
  Kept kept;
  kept.boot = value_of(core::take_line(rest), "boot");
  kept.mark = value_of(core::take_line(rest), "mark");
  kept.agent = core::read_number<pid_t>(value_of(core::take_line(rest), "agent")).value_or(0);
  if (kept.boot.empty() || kept.mark.empty()) return nothing("its record is cut short");
  const auto facts = Proc::facts_in(rest);
  if (!facts) return nothing("nothing was executed");
  kept.pid = facts->pid;
  kept.started_after_boot = facts->started_after_boot;
  return kept;
}

core::Outcome<Descriptor> open_kept(const Kept& kept, const std::string& root) {
  const auto gone = [&](const char* why) {
    return core::fail(core::Errc::not_found, fmt::format("process {} is no more: {}", kept.pid, why));
  };
  const Proc proc(root);
  const auto boot = proc.boot_id();
  if (!boot) return core::fail(boot.error());
  if (*boot != kept.boot) return gone("the machine was started anew");
  Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, kept.pid, 0)));
  if (!pidfd && errno == ESRCH) return gone("it has ended");
  if (!pidfd) return core::fail(core::system_error(fmt::format("cannot watch process {}", kept.pid)));
  // Asked after it is held: from here on the number cannot become another one's unnoticed.
  const auto facts = proc.facts(kept.pid);
  if (!facts) return gone("it has ended");
  if (facts->started_after_boot != kept.started_after_boot) return gone("another one has its number");
  if (facts->state == 'Z' && facts->parent != ::getpid()) return gone("it has ended");
  return above_standard(std::move(pidfd));
}

Written read_and_keep(const std::string& folder, const std::string& mark, Descriptor output,
                      Descriptor errors) {
  const auto room = make_room_for_bytes(folder);
  const auto source_of = [&](Descriptor pipe, const char* stream) -> std::unique_ptr<ByteSource> {
    if (!pipe) return nullptr;
    if (!room) return make_pipe_source(std::move(pipe));
    return make_kept_stream(std::move(pipe), *room, mark + stream);
  };
  return {source_of(std::move(output), output_suffix), source_of(std::move(errors), errors_suffix)};
}

Written open_kept_output(const std::string& folder, const std::string& mark) {
  return read_and_keep(folder, mark, open_to_read(output_of(folder)), open_to_read(errors_of(folder)));
}

std::vector<Written> open_unread(const std::string& folder, const std::string& but_of) {
  std::vector<Written> found;
  const auto room = find_room_for_bytes(folder);
  if (!room) return found;
  for (const std::string& name : kept_streams(*room)) {
    if (!but_of.empty() && name.starts_with(but_of)) continue;
    auto& one = found.emplace_back();
    (name.ends_with(errors_suffix) ? one.errors : one.output) = make_kept_stream({}, *room, name);
  }
  return found;
}

std::vector<std::string> kill_marked(const std::string& mark, const std::vector<pid_t>& candidates) {
  std::vector<std::string> killed;
  for (const pid_t pid : candidates) {
    const Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd || !carries(pid, mark)) continue;
    const auto facts = Proc("/").facts(pid);
    if (!facts || facts->state == 'Z') continue;
    if (::syscall(SYS_pidfd_send_signal, pidfd.number(), SIGKILL, nullptr, 0) != 0) continue;
    pollfd ended{.fd = pidfd.number(), .events = POLLIN, .revents = 0};
    ::poll(&ended, 1, kill_patience_milliseconds);
    killed.push_back(fmt::format("process {} ({})", pid, facts->name));
  }
  return killed;
}

}  // namespace outrider::os
