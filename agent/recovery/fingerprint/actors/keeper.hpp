// The book of hashes over the drills: in <state>/recovery/hashes, so that what was hashed for one drill
// serves the next one, and, where the primary is gone, the last one.
#pragma once

#include "agent/async/pool.hpp"
#include "agent/os/files.hpp"
#include "agent/recovery/fingerprint/actors/source.hpp"

#include <optional>
#include <string>

namespace outrider::recovery {

struct KeeperTools {
  async::Pool& pool;
  os::Files& files;
  std::string path;
  SourceTools source;
};

class HashKeeper {
 public:
  HashKeeper(KeeperTools tools, HashSettings settings)
      : tools_(std::move(tools)), source_(tools_.source, std::move(settings)) {}

  // Before a drill: reads the book and hashes what is due, unless that was done just now. Trouble is told by
  // the witness, who then knows less.
  core::Task<void> prepare();
  // After it.
  core::Task<core::Outcome<>> save();

  Book& book() { return book_; }
  HashedSource& source() { return source_; }
  const std::optional<core::Error>& trouble() const { return trouble_; }  // with the source, the last time

 private:
  KeeperTools tools_;
  HashedSource source_;
  Book book_;
  std::optional<core::Error> trouble_;
  std::optional<core::Instant> prepared_;
};

}  // namespace outrider::recovery
