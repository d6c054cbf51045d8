#include "agent/sources/journald/journald.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/sources/journald/following/follower.hpp"

#include <set>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <prometheus/gauge.h>

namespace outrider::sources::journald {
namespace {

constexpr core::Duration look_at_files_every = std::chrono::minutes(1);

class Journald final : public ReplaySource {
 public:
  Journald(const Tools& tools, Settings settings, std::unique_ptr<Journals> journals)
      : tools_(tools),
        settings_(std::move(settings)),
        journals_(std::move(journals)),
        unreadable_files_(unreadable_files_meter(tools.registry, settings_.name)) {}

  std::string name() const override { return settings_.name; }

  core::Task<void> run(Notebook& notebook, std::vector<Lane*> lanes) override {
    const async::Executor river = co_await boost::asio::this_coro::executor;
    const FollowerTools tools{tools_.clock, tools_.pool, tools_.log,         tools_.registry,
                              *journals_,   settings_,   tools_.installation};
    for (Lane* lane : lanes) followers_.push_back(std::make_unique<Follower>(river, tools, notebook, *lane));
    std::vector<core::Task<void>> work;
    work.push_back(follow_all(river, followers_));
    work.push_back(look_at_files());
    co_await async::race_all(std::move(work));
  }

 private:
  static core::Task<void> follow_all(async::Executor river,
                                     std::vector<std::unique_ptr<Follower>>& followers) {
    async::Nursery nursery(river);
    for (const auto& follower : followers) nursery.start(follower->run());
    co_await nursery.join();
  }

  core::Task<void> look_at_files() {
    std::set<std::string> told;
    for (;;) {
      auto job = [this] { return journals_->bad_files(settings_); };
      const std::vector<BadFile> bad = co_await async::offload(tools_.pool, job);
      unreadable_files_.Set(static_cast<double>(bad.size()));
      std::set<std::string> known;
      for (const BadFile& file : bad) {
        known.insert(file.path);
        if (told.contains(file.path)) continue;
        tools_.log.warn("sources", "A file of the journal cannot be read, and is passed over",
                        {{"source", settings_.name}, {"file", file.path}, {"why", file.why}});
      }
      told = std::move(known);
      co_await tools_.clock.sleep(look_at_files_every);
    }
  }

  Tools tools_;
  Settings settings_;
  std::unique_ptr<Journals> journals_;
  ::prometheus::Gauge& unreadable_files_;
  // Beyond run(): what is delivered after the last look is still noted, or it would be read again.
  std::vector<std::unique_ptr<Follower>> followers_;
};

}  // namespace

std::unique_ptr<ReplaySource> make(const Tools& tools, Settings settings,
                                   std::unique_ptr<Journals> journals) {
  return std::make_unique<Journald>(tools, std::move(settings), std::move(journals));
}

}  // namespace outrider::sources::journald
