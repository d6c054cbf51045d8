// What children write is kept in memory until the spool has it (os::Keeper): an agent that is killed loses
// none of it, and the next one repeats none. Asks the book how far it has got, and lets go what lies before.
// On `carry`.
#pragma once

#include "agent/app/carry/lease.hpp"
#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/durable/book.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace outrider::app {

class KeptOutput {
 public:
  KeptOutput(const async::Executor& river, async::Pool& pool) : pool_(pool), news_(river) {}

  // The key of a stream that is kept, by which the spool knows it.
  static std::uint64_t key_of(const std::string& installation, const os::Keeper& keeper);

  // Before its first read: it goes on from where the spool ended. Null: there is no book that lasts.
  core::Task<void> take_up(durable::Book* book, std::uint64_t key, std::shared_ptr<LentStream> stream);

  core::Task<void> run(const std::unique_ptr<durable::Book>& book);  // until cancelled
  core::Task<void> let_go(durable::Book* book);

 private:
  async::Pool& pool_;
  async::Bell news_;
  std::map<std::uint64_t, std::shared_ptr<LentStream>> streams_;  // until all of it is safe
};

}  // namespace outrider::app
