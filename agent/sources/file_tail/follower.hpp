// Reads for one lane: one batch of each file that has more, in turn, at the lane's own pace.
#pragma once

#include "agent/async/bell.hpp"
#include "agent/async/pool.hpp"
#include "agent/core/log.hpp"
#include "agent/sources/file_tail/chunks.hpp"
#include "agent/sources/lines.hpp"
#include "agent/sources/replay.hpp"
#include "agent/tail/files/look.hpp"
#include "agent/tail/files/part.hpp"
#include "agent/tail/parts/meters.hpp"
#include "agent/tail/parts/parts.hpp"

#include <cstddef>
#include <deque>
#include <memory>

namespace outrider::sources::file_tail {

using tail::Cursor;
using tail::Meters;
using tail::Part;
using tail::PartPointer;
using tail::Parts;

struct FollowerTools {
  core::Clock& clock;
  async::Pool& pool;
  core::Log& log;
  Meters& meters;
  Parts& parts;
};

class Follower final : public tail::Reader {
 public:
  Follower(const async::Executor& river, FollowerTools tools, Lane& lane, std::size_t index)
      : tools_(tools), lane_(lane), index_(index), news_(river) {}

  Lane& lane() const { return lane_; }

  void enqueue(const PartPointer& part) override;
  std::uint64_t settled(const std::string& key) const override { return lane_.settled(key); }
  void forget(const std::string& key) override { lane_.forget(key); }

  // Until cancelled, or until the lane wants no more.
  core::Task<void> run();

 private:
  core::Task<bool> step(PartPointer part);  // whether there is more of it
  core::Task<core::Outcome<>> look_from(std::shared_ptr<os::ReadableFile> file, std::span<char> into,
                                        std::uint64_t offset);
  core::Task<core::Outcome<>> place(PartPointer part, std::shared_ptr<os::ReadableFile> file);
  bool hand_on(const PartPointer& part, Lines& lines, telemetry::Batch batch);

  FollowerTools tools_;
  Lane& lane_;
  std::size_t index_;
  async::Bell news_;
  std::deque<PartPointer> ready_;
  Chunks chunks_;
  tail::Look look_;
};

}  // namespace outrider::sources::file_tail
