#include "agent/cli/selftest/selftest.hpp"

#include "agent/async/race.hpp"

#include <array>
#include <csignal>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::cli {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::uint64_t lines_a_second = 1000;
constexpr std::uint64_t most_lines_at_once = 2000;
constexpr std::uint64_t bytes_a_line = 1100;  // as it was written, and what the agent makes of it
constexpr std::uint64_t state_bytes = 32u << 20;
constexpr std::uint64_t most_out_bytes = 64u << 20;
constexpr core::Duration tick = 20ms, look_every = 2s, patience = 60s;
constexpr std::size_t most_said = 20;

// What the agent says, so that its pipe never fills; what sounds like trouble is kept.
core::Task<void> listen(std::unique_ptr<os::ByteSource> source, std::deque<std::string>& said) {
  if (!source) co_return;
  std::array<char, 4096> bytes;
  std::string rest;
  for (;;) {
    const auto count = co_await source->read(bytes);
    if (!count || *count == 0) co_return;
    rest.append(bytes.data(), *count);
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      std::string line = rest.substr(0, end);
      rest.erase(0, end + 1);
      if (line.find(R"("level":"info")") != std::string::npos) continue;
      said.push_back(std::move(line));
      if (said.size() > most_said) said.pop_front();
    }
  }
}

}  // namespace

std::uint64_t most_bytes_of(const SelftestPlan& plan) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(plan.time).count();
  return (static_cast<std::uint64_t>(seconds) + 1) * lines_a_second * bytes_a_line + state_bytes;
}

Selftest::Selftest(SelftestTools tools, SelftestPlan plan)
    : tools_(tools), plan_(std::move(plan)), writer_(tools.files, plan_.directory + "/logs", plan_.seed) {}

core::Task<core::Outcome<SelftestFindings>> Selftest::live(async::Executor river) {
  if (auto done = prepare(); !done) co_return core::fail(done.error());
  const DiskTools disk_tools{tools_.files, tools_.watched, tools_.clock};
  auto looking = look_at_disk(disk_tools, river, *this / "disk");
  auto disk = co_await std::move(looking);
  if (!disk) co_return core::fail(disk.error());
  findings_.disk = *disk;
  async::Nursery nursery(river);
  nursery_ = &nursery;
  auto living = story();
  core::Outcome<> lived = co_await std::move(living);
  agent_.reset();
  nursery.cancel();
  co_await nursery.join();
  if (!lived) co_return core::fail(lived.error());
  const auto tally = look();
  if (!tally) co_return core::fail(tally.error());
  findings_.lines = tally->judge(writer_.written());
  findings_.written = writer_.written();
  findings_.rotations = writer_.rotations();
  findings_.deleted = writer_.deleted();
  co_return findings_;
}

core::Outcome<> Selftest::prepare() {
  for (const char* name : {"logs", "out", "disk"}) {
    if (auto made = tools_.files.make_directories(*this / name); !made) return made;
  }
  const json::object out{{"path", *this / "out/out.log"}, {"rotate_at", "2MiB"}, {"keep", 1000}};
  const json::object logs{
      {"read", json::array{json::object{{"file", *this / "logs/*.log"}, {"format", "text"}}}},
      {"send_to", json::array{json::object{{"file", out}}}}};
  const json::object nothing{{"listen", "none"}, {"socket", "none"}};
  const json::object all{{"service", json::object{{"name", "selftest"}}},
                         {"state", *this / "state"},
                         {"logs", logs},
                         {"api", nothing},
                         {"metrics", json::object{{"listen", "none"}}}};
  return tools_.files.replace(*this / "outrider.yaml", json::serialize(all) + "\n");
}

core::Task<core::Outcome<>> Selftest::story() {
  const std::array steps{&Selftest::start_agent, &Selftest::carry_on, &Selftest::wait_for_all,
                         &Selftest::stop_agent};
  for (const auto step : steps) {
    auto doing = (this->*step)();
    core::Outcome<> done = co_await std::move(doing);
    if (!done) co_return done;
  }
  co_return core::Outcome<>();
}

core::Task<core::Outcome<>> Selftest::start_agent() {
  os::Command command;
  command.argv = {plan_.program, "run", "-c", *this / "outrider.yaml"};
  command.die_with_agent = true;
  auto starting = tools_.processes.start(std::move(command));
  auto started = co_await std::move(starting);
  if (!started) co_return core::fail(started.error());
  agent_ = std::move(*started);
  nursery_->start(listen(agent_->take_output(), findings_.said));
  nursery_->start(listen(agent_->take_errors(), findings_.said));
  co_return core::Outcome<>();
}

core::Task<core::Outcome<>> Selftest::kill_agent() {
  ++findings_.kills;
  if (auto sent = agent_->signal(SIGKILL); !sent) co_return sent;
  auto waiting = agent_->wait();
  (void)co_await std::move(waiting);
  auto starting = start_agent();
  co_return co_await std::move(starting);
}

core::Task<core::Outcome<>> Selftest::stop_agent() {
  if (auto sent = agent_->signal(SIGTERM); !sent) co_return sent;
  auto waiting = async::with_deadline(tools_.clock, patience, agent_->wait());
  const std::optional<os::Exit> exit = co_await std::move(waiting);
  if (exit && exit->succeeded()) co_return core::Outcome<>();
  co_return core::fail(core::Errc::internal,
                       "cannot end the agent: " + (exit ? exit->sentence() : "it does not end by itself"));
}

core::Task<core::Outcome<>> Selftest::expect_alive(core::Duration limit) {
  auto waiting = async::with_deadline(tools_.clock, limit, agent_->wait());
  const std::optional<os::Exit> exit = co_await std::move(waiting);
  if (!exit) co_return core::Outcome<>();
  const std::string last = findings_.said.empty() ? "" : "; it said last: " + findings_.said.back();
  co_return core::fail(core::Errc::internal,
                       "cannot go on: the agent ended by itself, it " + exit->sentence() + last);
}

core::Duration Selftest::between(core::Duration least, core::Duration most) {
  return least + core::Duration(static_cast<core::Duration::rep>(
                     tools_.random.below(static_cast<std::uint64_t>((most - least).count()))));
}

core::Task<core::Outcome<>> Selftest::carry_on() {
  began_ = tools_.clock.now();
  next_rotation_ = began_ + between(500ms, 2s);
  next_kill_ = began_ + between(1s, 4s);
  next_look_ = began_ + look_every;
  for (core::Instant now = began_; now - began_ < plan_.time; now = tools_.clock.now()) {
    if (auto turned = turn(now); !turned) co_return turned;
    if (now >= next_kill_) {
      next_kill_ = now + between(1s, 4s);
      auto killing = kill_agent();
      core::Outcome<> killed = co_await std::move(killing);
      if (!killed) co_return killed;
    }
    auto waiting = expect_alive(tick);
    core::Outcome<> alive = co_await std::move(waiting);
    if (!alive) co_return alive;
  }
  co_return core::Outcome<>();
}

// The lines that are due, and a rotation now and then.
core::Outcome<> Selftest::turn(core::Instant now) {
  const auto ran = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_).count();
  const std::uint64_t due = static_cast<std::uint64_t>(ran) * lines_a_second / 1000;
  if (auto done = writer_.write_until(std::min(due, writer_.written() + most_lines_at_once)); !done)
    return done;
  if (now >= next_rotation_) {
    next_rotation_ = now + between(500ms, 2s);
    constexpr std::array ways{Rotating::by_renaming, Rotating::by_packing, Rotating::by_copying};
    if (auto done = writer_.rotate(ways[tools_.random.below(ways.size())]); !done) return done;
  }
  if (now < next_look_) return {};
  next_look_ = now + look_every;
  const auto tally = look();
  return tally ? writer_.tidy(tally->complete_until()) : core::fail(tally.error());
}

core::Task<core::Outcome<>> Selftest::wait_for_all() {
  std::uint64_t arrived = 0;
  core::Instant since = tools_.clock.now();
  for (;;) {
    const auto tally = look();
    if (!tally) co_return core::fail(tally.error());
    const core::Instant now = tools_.clock.now();
    if (tally->complete_until() > arrived) since = now;
    arrived = tally->complete_until();
    if (arrived >= writer_.written() || now - since > patience) co_return core::Outcome<>();
    auto waiting = expect_alive(200ms);
    core::Outcome<> alive = co_await std::move(waiting);
    if (!alive) co_return alive;
  }
}

// While the agent runs, a file may be moved on under our eyes: then it is counted the next time.
core::Outcome<Tally> Selftest::look() const {
  const auto names = tools_.files.list(*this / "out");
  if (!names) return core::fail(names.error());
  Tally tally(plan_.seed);
  for (const std::string& name : *names) {
    const auto text = tools_.files.read_all(*this / ("out/" + name), most_out_bytes);
    if (text) {
      tally.count(*text);
    } else if (text.error().code != core::Errc::not_found) {
      return core::fail(text.error());
    }
  }
  return tally;
}

}  // namespace outrider::cli
