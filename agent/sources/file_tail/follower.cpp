#include "agent/sources/file_tail/follower.hpp"

#include <algorithm>
#include <utility>

namespace outrider::sources::file_tail {
namespace {

constexpr std::size_t usual_read = 256 * 1024;
constexpr std::size_t least_read = 4 * 1024;
constexpr std::size_t longest_read = Lines::longest_line + 64 * 1024;  // a whole line, or a piece of one

// Room for what is known to be there, and for some that came since.
std::size_t room_for(const Part& part, std::uint64_t at) {
  const std::uint64_t known = part.size > at ? part.size - at : 0;
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(known + 512, least_read, usual_read));
}

}  // namespace

void Follower::enqueue(const PartPointer& part) {
  Cursor& cursor = part->cursors[index_];
  if (cursor.queued) return;
  cursor.queued = true;
  ready_.push_back(part);
  news_.ring();
}

core::Task<void> Follower::run() {
  for (;;) {
    if (ready_.empty()) {
      chunks_.release();
      co_await news_.wait();
      continue;
    }
    core::Task<bool> room = lane_.room();
    const bool wanted = co_await std::move(room);
    if (!wanted) co_return;
    const PartPointer part = std::move(ready_.front());
    ready_.pop_front();
    Cursor& cursor = part->cursors[index_];
    cursor.queued = false;
    cursor.busy = true;
    core::Task<bool> reading = step(part);
    const bool more = co_await std::move(reading);
    cursor.busy = false;
    if (more) {
      enqueue(part);
    } else if (part->finished) {
      tools_.parts.look_after();
    }
    co_await async::yield_turn();
  }
}

core::Task<bool> Follower::step(PartPointer part) {
  Cursor& cursor = part->cursors[index_];
  const std::shared_ptr<os::ReadableFile> file = part->bytes;
  if (!file) co_return tools_.parts.want_open(part);
  if (part->copied && cursor.at >= part->size) co_return false;
  core::Task<core::Outcome<>> placing = place(part, file);
  core::Outcome<> done = co_await std::move(placing);
  for (std::size_t room = room_for(*part, cursor.at); done; room = std::min(room * 4, longest_read)) {
    const telemetry::ChunkPointer chunk = chunks_.take(room);
    const std::span<char> into(chunk->end(), room);
    const std::uint64_t size_before = part->size, at = cursor.at;
    core::Task<core::Outcome<>> looking = look_from(file, into, cursor.at);
    done = co_await std::move(looking);
    if (!done || part->bytes != file) break;
    if (!part->head.begins(look_.beginning()) || look_.facts.size < std::max(size_before, cursor.at)) {
      tools_.parts.content_gone(part, look_.beginning(), look_.facts);
      co_return false;
    }
    part->size = std::max(part->size, look_.facts.size);
    tools_.parts.beginning_seen(part, look_.beginning());
    if (!part->begun()) co_return false;
    if (cursor.at != at) co_return true;  // just begun, and not at its beginning
    const std::uint64_t end = at + look_.count;
    telemetry::Origin origin = part->origin;
    origin.offset = cursor.at;
    const auto encoding = at == 0 ? Lines::Encoding::unknown : Lines::encoding_of(look_.beginning());
    Lines lines(origin, encoding, cursor.continued, chunk);
    telemetry::Batch batch = lines.took(look_.count, tools_.clock.wall());
    if (batch.records.empty() && look_.count == room && room < longest_read) continue;
    const bool at_end = end >= part->size;
    if (batch.records.empty() && at_end && part->finished) batch = lines.ended(tools_.clock.wall());
    const bool progress = hand_on(part, lines, std::move(batch));
    co_return !at_end || (progress && part->finished && cursor.at < part->size);
  }
  if (!done) tools_.parts.unreadable(*part, done.error());
  co_return part->bytes && part->bytes != file;
}

core::Task<core::Outcome<>> Follower::look_from(std::shared_ptr<os::ReadableFile> file, std::span<char> into,
                                                std::uint64_t offset) {
  if (tail::look_cached(*file, into, offset, look_)) co_return core::Outcome<>();
  auto job = [&] { return tail::look(*file, into, offset, look_); };
  co_return co_await async::offload(tools_.pool, job);
}

// After a restart: does a line begin here, or was it cut before?
core::Task<core::Outcome<>> Follower::place(PartPointer part, std::shared_ptr<os::ReadableFile> file) {
  Cursor& cursor = part->cursors[index_];
  if (cursor.placed || !part->begun()) co_return core::Outcome<>();
  auto job = [&] { return tail::at_line_start(*file, cursor.at, part->line_end); };
  const core::Outcome<bool> whole = co_await async::offload(tools_.pool, job);
  if (!whole) co_return core::fail(whole.error());
  cursor.continued = !*whole;
  cursor.placed = true;
  co_return core::Outcome<>();
}

bool Follower::hand_on(const PartPointer& part, Lines& lines, telemetry::Batch batch) {
  Cursor& cursor = part->cursors[index_];
  if (batch.records.empty()) return false;
  Place place{part->key, part->origin.generation, cursor.at, lines.offset()};
  batch.stream = part->path;
  tools_.meters.read(lane_.sink(), place.to - place.from);
  cursor.at = place.to;
  cursor.continued = lines.continued();
  cursor.placed = true;
  lane_.take(std::move(batch), std::move(place));
  return true;
}

}  // namespace outrider::sources::file_tail
