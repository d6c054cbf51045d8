#include "agent/sources/file_tail/file_tail.hpp"

#include "agent/async/nursery.hpp"
#include "agent/async/race.hpp"
#include "agent/sources/file_tail/follower.hpp"
#include "agent/tail/parts/scout.hpp"

#include <utility>

#include <boost/asio/this_coro.hpp>

namespace outrider::sources::file_tail {
namespace {

constexpr core::Duration show_every = std::chrono::seconds(5);

using tail::Parts;
using tail::Scout;
using tail::Settings;

class Notes final : public tail::Notes {
 public:
  explicit Notes(Notebook& notebook) : notebook_(notebook) {}
  std::map<std::string, std::string> all() const override { return notebook_.notes(); }
  void note(const std::string& key, std::string text) override { notebook_.note(key, std::move(text)); }
  void forget(const std::string& key) override { notebook_.forget(key); }

 private:
  Notebook& notebook_;
};

class FileTail final : public ReplaySource {
 public:
  FileTail(const Tools& tools, Settings settings)
      : tools_(tools), settings_(std::move(settings)), meters_(tools.registry, settings_.name) {}

  std::string name() const override { return settings_.name; }

  core::Task<void> run(Notebook& notebook, std::vector<Lane*> lanes) override {
    const async::Executor river = co_await boost::asio::this_coro::executor;
    os::WatchedFiles& files = tools_.watched_files;
    Scout* scout = nullptr;
    Parts parts({tools_.clock, tools_.log, meters_, tools_.installation, [&scout] { scout->ring(); }},
                settings_);
    Scout the_scout(river, {tools_.clock, tools_.pool, tools_.log, files}, settings_, parts);
    scout = &the_scout;
    std::vector<std::unique_ptr<Follower>> followers;
    std::vector<Follower*> pointers;
    std::vector<tail::Reader*> readers;
    for (Lane* lane : lanes) {
      const FollowerTools tools{tools_.clock, tools_.pool, tools_.log, meters_, parts};
      followers.push_back(std::make_unique<Follower>(river, tools, *lane, followers.size()));
      pointers.push_back(followers.back().get());
      readers.push_back(pointers.back());
      lane->when_settled([&] {
        if (!parts.away().empty()) the_scout.ring();
      });
    }
    Notes notes(notebook);
    const AtEnd at_end{parts, lanes};  // before the notes go
    parts.open(notes, readers);
    auto watch = files.watch(river);
    if (watch) {
      the_scout.listen_to(watch->get());
    } else {
      tools_.log.warn("sources", "Cannot hear of changes to log files, so they are looked at now and then",
                      {{"why", watch.error().what}, {"hint", watch.error().hint}});
    }
    std::vector<core::Task<void>> work;
    work.push_back(follow_all(river, pointers));
    work.push_back(the_scout.run());
    work.push_back(show(parts, pointers));
    if (watch) work.push_back(the_scout.listen());
    co_await async::race_all(std::move(work));
  }

 private:
  // However the run ends, nobody is told any more, and what was not read is written down.
  struct AtEnd {
    Parts& parts;
    std::vector<Lane*>& lanes;
    ~AtEnd() {
      for (Lane* lane : lanes) lane->when_settled([] {});
      parts.note_sizes();
    }
  };

  static core::Task<void> follow_all(async::Executor river, std::vector<Follower*> followers) {
    async::Nursery nursery(river);
    for (Follower* follower : followers) nursery.start(follower->run());
    co_await nursery.join();
  }

  core::Task<void> show(Parts& parts, std::vector<Follower*> followers) {
    for (;;) {
      for (std::size_t i = 0; i < followers.size(); ++i) {
        meters_.unread(followers[i]->lane().sink(), parts.unread(i));
      }
      co_await tools_.clock.sleep(show_every);
    }
  }

  Tools tools_;
  Settings settings_;
  tail::Meters meters_;
};

}  // namespace

std::unique_ptr<ReplaySource> make(const Tools& tools, tail::Settings settings) {
  return std::make_unique<FileTail>(tools, std::move(settings));
}

}  // namespace outrider::sources::file_tail
