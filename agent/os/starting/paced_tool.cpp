#include "agent/os/paced_tool.hpp"

#include "agent/async/race.hpp"
#include "agent/core/seconds.hpp"
#include "agent/os/proc.hpp"

#include <csignal>
#include <map>
#include <utility>

namespace outrider::os {
namespace {

using core::Errc;
using core::Outcome;
using core::Task;

constexpr core::Duration between_looks = std::chrono::milliseconds(20);

constexpr int most_unseen = 10;

// The tool while it lives: null before and after, so that no signal can go to whoever has its number later.
struct Running {
  Process* process = nullptr;
};

class Seen final : public Process {
 public:
  Seen(std::unique_ptr<Process> real, Running& running) : real_(std::move(real)), running_(running) {
    running_.process = real_.get();
  }
  ~Seen() override { running_.process = nullptr; }
  pid_t pid() const override { return real_->pid(); }
  Outcome<> signal(int number) override { return real_->signal(number); }
  Outcome<> signal_group(int number) override { return real_->signal_group(number); }
  Task<Exit> wait() override { return real_->wait(); }
  std::unique_ptr<ByteSource> take_output() override { return real_->take_output(); }
  std::unique_ptr<ByteSource> take_errors() override { return real_->take_errors(); }

 private:
  std::unique_ptr<Process> real_;
  Running& running_;
};

class Seeing final : public Processes {
 public:
  Seeing(Processes& real, Running& running) : real_(real), running_(running) {}
  Task<Outcome<std::unique_ptr<Process>>> start(Command command) override {
    auto started = co_await real_.start(std::move(command));
    if (!started) co_return core::fail(started.error());
    co_return std::make_unique<Seen>(std::move(*started), running_);
  }
  Task<void> reap_orphans() override { return real_.reap_orphans(); }
  std::uint64_t orphans_reaped() const override { return real_.orphans_reaped(); }

 private:
  Processes& real_;
  Running& running_;
};

// What each of them has written so far. Blocks, shortly. An Error is of the first only.
using Written = std::map<pid_t, std::uint64_t>;

Outcome<> count(const Proc& proc, pid_t pid, Written& written) {
  const auto bytes = proc.written_bytes(pid);
  if (bytes) written[pid] = *bytes;
  for (const pid_t child : proc.children(pid)) (void)count(proc, child, written);
  return bytes ? Outcome<>() : core::fail(bytes.error());
}

class Stopped {
 public:
  explicit Stopped(Running& running) : running_(running) { (void)running_.process->signal_group(SIGSTOP); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  ~Stopped() {
    if (running_.process != nullptr) (void)running_.process->signal_group(SIGCONT);
  }

 private:
  Running& running_;
};

// Ends only when it cannot be done.
Task<core::Error> hold(core::Clock& clock, async::Pool& pool, Running& running, std::uint64_t rate) {
  const Proc proc;
  Written before;
  double written = 0;
  int unseen = 0;
  const core::Instant began = clock.now();
  for (;;) {
    co_await clock.sleep(between_looks);
    if (running.process == nullptr) continue;
    const pid_t pid = running.process->pid();
    Written now;
    auto job = [&] { return count(proc, pid, now); };
    const auto counted = co_await async::offload(pool, job);
    // One that has just ended, or has not begun yet, is denied as well: only what stays so is trouble.
    const bool denied = !counted && counted.error().code == Errc::denied && now.empty();
    unseen = denied ? unseen + 1 : 0;
    if (unseen == most_unseen) co_return counted.error().during("its rate cannot be held");
    for (const auto& [who, bytes] : now) {
      std::uint64_t& last = before[who];
      if (bytes > last) written += static_cast<double>(bytes - last);
      last = bytes;
    }
    const core::Instant due = began + core::from_seconds(written / static_cast<double>(rate));
    if (due <= clock.now() || running.process == nullptr) continue;
    const Stopped stopped(running);
    co_await clock.sleep_until(due);
  }
}

}  // namespace

Task<Outcome<ToolResult>> run_paced_tool(Processes& processes, core::Clock& clock, async::Pool& pool,
                                         Command command, core::Duration limit,
                                         std::uint64_t kept_output_bytes,
                                         std::uint64_t most_bytes_per_second) {
  const LineListener nobody = [](std::string_view, bool) {};
  if (most_bytes_per_second == 0) {
    auto plain = run_tool(processes, clock, std::move(command), limit, kept_output_bytes, nobody);
    co_return co_await std::move(plain);
  }
  Running running;
  Seeing seeing(processes, running);
  auto work = run_tool(seeing, clock, std::move(command), limit, kept_output_bytes, nobody);
  auto holding = hold(clock, pool, running, most_bytes_per_second);
  auto ended = co_await async::race(std::move(work), std::move(holding));
  if (auto* const trouble = std::get_if<1>(&ended)) co_return core::fail(std::move(*trouble));
  co_return std::get<0>(std::move(ended));
}

}  // namespace outrider::os
