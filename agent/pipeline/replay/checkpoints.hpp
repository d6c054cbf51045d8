// How far each sink has got in what can be read again, and what its sources noted. It lives in memory and is
// written to the Book once a second, and after each 16 MiB that sinks took, all of it in one step: what came
// after the last step is read, and sent, once more after a crash, and known by its id or its place. So that a
// sink need not look back further than its last 64 MiB, lanes stand still while a slow disk lags behind.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/core/log.hpp"
#include "agent/durable/book.hpp"
#include "agent/sources/replay.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace outrider::pipeline {

class Checkpoints {
 public:
  struct Tools {
    core::Clock& clock;
    async::Pool& pool;
    core::Log& log;
    durable::Book& book;
    ::prometheus::Registry& registry;
  };

  Checkpoints(const async::Executor& carry, Tools tools);
  ~Checkpoints();

  // What was saved by an earlier run. Before everything else.
  async::Task<core::Outcome<>> load();

  sources::Notebook& notebook(const std::string& source);

  std::uint64_t settled(const std::string& lane, const std::string& part) const;
  void settle(const std::string& lane, const std::string& part, std::uint64_t place);
  void forget(const std::string& lane, const std::string& part);
  // A sink has so many bytes more.
  void taken(std::uint64_t bytes);
  // Whether too much was taken since the last time that it could be saved. Not while saving fails: to stand
  // still for ever would be worse than to send again.
  bool lags() const;
  async::Task<void> wait_until_saved() { return saved_.wait(); }
  // Under which a sink's places in a source are kept.
  static std::string lane_of(const std::string& source, const std::string& sink);

  async::Task<void> run();   // saves now and then, until cancelled
  async::Task<void> save();  // what has changed, now

 private:
  class Notes;
  using Table = std::map<std::string, std::string>;

  core::Outcome<> read_tables();
  async::Task<void> write_changes();
  void put(const std::string& table, std::string key, std::optional<std::string> value);

  Tools tools_;
  async::Bell enough_;  // has been settled since the last time
  async::Bell saved_;
  std::uint64_t unsaved_bytes_ = 0, saving_bytes_ = 0;
  std::map<std::string, std::map<std::string, std::uint64_t>> places_;  // by lane, by part
  std::map<std::string, std::unique_ptr<Notes>> notebooks_;             // by source
  using Changes = std::map<std::pair<std::string, std::string>, std::optional<std::string>>;
  Changes changed_;  // by table and key
  Changes saving_;   // being written, or it is not known whether they were
  std::string trouble_;
  ::prometheus::Counter* failures_;
};

}  // namespace outrider::pipeline
