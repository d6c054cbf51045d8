// Reads the journal for one lane, and notes up to where its sink has everything.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/core/log.hpp"
#include "agent/sources/journald/following/meters.hpp"
#include "agent/sources/journald/following/news.hpp"
#include "agent/sources/journald/reading/reader.hpp"
#include "agent/sources/replay.hpp"

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace prometheus {
class Registry;
}

namespace outrider::sources::journald {

struct FollowerTools {
  core::Clock& clock;
  async::Pool& pool;
  core::Log& log;
  ::prometheus::Registry& registry;
  Journals& journals;
  const Settings& settings;
  std::string installation;
};

class Follower {
 public:
  Follower(const async::Executor& river, const FollowerTools& tools, Notebook& notebook, Lane& lane);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Until cancelled, or until the lane wants no more.
  core::Task<void> run();

 private:
  // What must have arrived at the sink before reading may go on from `cursor` in a next life.
  struct Checkpoint {
    std::vector<std::pair<std::string, std::uint64_t>> places;  // by sequence of numbers
    std::string cursor;
  };

  core::Task<bool> hand_on(Look look);  // false: nothing more is wanted
  core::Task<void> wait_for_news(bool was_trouble);
  void expect(const Look& look);
  void note_settled();
  void tell(const Look& look);
  void tell_trouble(const core::Error& error);
  std::string key() const { return "at " + lane_.sink(); }

  FollowerTools tools_;
  Notebook& notebook_;
  Lane& lane_;
  LaneMeters meters_;
  Reader reader_;
  News news_;
  std::uint64_t listened_ = 0;                    // to which opening
  std::map<std::string, std::uint64_t> read_to_;  // the highest number so far, by sequence
  std::deque<Checkpoint> checkpoints_;
  core::Instant at_the_end_{};  // when the place was last moved there
  std::string trouble_;
};

}  // namespace outrider::sources::journald
