// What a look at a real PostgreSQL finds, as JSON, one line a look: test_evidence.py hands it servers.
//   evidence_lens <dsn> [looks] [pause in ms]
#include "agent/async/pool.hpp"
#include "agent/async/river.hpp"
#include "agent/os/clock.hpp"
#include "agent/recovery/evidence/judge.hpp"
#include "agent/recovery/evidence/look.hpp"
#include "agent/recovery/gate/snapshot.hpp"
#include "agent/sql/sql.hpp"

#include <cstdio>
#include <string>

#include <boost/json/serialize.hpp>

using namespace outrider;
using namespace outrider::recovery;
using namespace std::chrono_literals;

namespace {

struct Request {
  std::string dsn;
  int looks = 1;
  int pause_ms = 1000;
  int code = 1;
};

void show(const Evidence& evidence, Judgements& judgements, const Track& track) {
  boost::json::object line = to_json(evidence);
  boost::json::array judged;
  for (const Judgement& judgement : judgements) judged.push_back(to_json(judgement));
  line["judgements"] = std::move(judged);
  line["quiet_at"] =
      track.quiet_at ? boost::json::value(track.quiet_at->text()) : boost::json::value(nullptr);
  line["took_ms"] = std::chrono::duration<double, std::milli>(evidence.took).count();
  std::puts(boost::json::serialize(line).c_str());
  std::fflush(stdout);
}

core::Task<void> run(Request& request) {
  const auto clock = os::make_clock();
  const auto pool = async::make_thread_pool(1);
  const auto driver = sql::make_driver(*clock, *pool);
  std::string name = "outrider evidence";
  std::string dsn = request.dsn;
  auto connection = co_await driver->connect(std::move(dsn), std::move(name), 10s);
  if (!connection) {
    std::fprintf(stderr, "%s\n", connection.error().what.c_str());
    co_return;
  }
  Track track;
  for (int i = 0; i < request.looks; ++i) {
    if (i > 0) co_await clock->sleep(std::chrono::milliseconds(request.pause_ms));
    const auto evidence = co_await look(**connection, *clock, 10s, i == 0);
    if (!evidence) {
      std::fprintf(stderr, "%s\n", evidence.error().what.c_str());
      co_return;
    }
    remember(track, *evidence);
    WatchPolicy policy;
    policy.stall_after = 3s;
    Judgements judgements = judge({*evidence, track, policy});
    settle(track, judgements, evidence->taken);
    show(*evidence, judgements, track);
  }
  request.code = 0;
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) return 2;
  Request request;
  request.dsn = words[1];
  if (count > 2) request.looks = std::stoi(words[2]);
  if (count > 3) request.pause_ms = std::stoi(words[3]);
  async::run_here([&request](async::Executor) { return run(request); });
  return request.code;
}
