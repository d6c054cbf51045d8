// When a file is over: nothing leads to it any more, nothing is written to it, and every lane has all of it.
#include "agent/tail/parts/parts.hpp"

#include <algorithm>

namespace outrider::tail {
namespace {

constexpr std::size_t most_past_paths = 1000;

std::string_view why(Loss reason) {
  switch (reason) {
    case Loss::truncated: return "it was truncated, and no copy of what it held is beside it";
    case Loss::vanished: return "it was deleted or moved away while nobody held it open";
    case Loss::held_too_much: return "deleted files took more disk than `hold` allows";
  }
  return {};
}

}  // namespace

void Parts::tended(const PartPointer& part, const core::Outcome<os::FileFacts>& facts) {
  if (!facts) return unreadable(*part, facts.error());
  if (!part->counted) {
    tools_.meters.rotated(facts->names == 0 ? Rotation::deleted : Rotation::renamed);
    part->counted = true;
  }
  part->deleted = facts->names == 0;
  const core::Instant now = tools_.clock.now();
  if (!part->packed && facts->size != part->size) {
    part->size = std::max(part->size, facts->size);  // smaller: the reader sees to it
    part->quiet_since = now;
    part->finished = false;
    unlooked_.insert(part);
    wake(part);
  } else if (!part->finished && now - part->quiet_since >= settings_.quiet) {
    part->finished = true;
    wake(part);
  }
}

void Parts::give_up(Part& part, Loss reason, std::uint64_t from) {
  std::uint64_t lost = 0;
  for (const Cursor& cursor : part.cursors) {
    const std::uint64_t at = std::max(cursor.at, from);
    if (part.size > at) lost = std::max(lost, part.size - at);
  }
  if (lost == 0) return;
  tools_.meters.lost(reason, lost);
  tools_.log.error("sources", "A log file went before all of it was read",
                   {{"path", part.path}, {"unread_bytes", lost}, {"why", why(reason)}});
}

bool Parts::over(const Part& part) const {
  if (!part.finished) return false;
  for (std::size_t i = 0; i < part.cursors.size(); ++i) {
    const Cursor& cursor = part.cursors[i];
    if (cursor.queued || cursor.busy || (part.bytes && cursor.at < part.size)) return false;
    if (cursor.at > cursor.began && readers_[i]->settled(part.key) < cursor.at) return false;
  }
  return true;
}

// Deleted files take room on the disk as long as we hold them: the oldest go when it is too much.
void Parts::bound_what_is_held() {
  std::uint64_t files = 0, bytes = 0;
  for (const PartPointer& part : away_) {
    if (!part->deleted || !part->bytes) continue;
    ++files;
    bytes += part->size;
  }
  for (const PartPointer& part : away_) {
    if (bytes <= settings_.hold_bytes) break;
    if (!part->deleted || !part->bytes) continue;
    --files;
    bytes -= part->size;
    part->finished = true;
    part->bytes.reset();
    give_up(*part, Loss::held_too_much);
  }
  tools_.meters.held(files, bytes);
}

void Parts::end_what_is_over() {
  bound_what_is_held();
  std::vector<PartPointer> ended;
  for (const PartPointer& part : away_) {
    if (over(*part)) ended.push_back(part);
  }
  for (const PartPointer& part : ended) end(part);
  std::erase_if(away_,
                [&](const PartPointer& part) { return std::ranges::find(ended, part) != ended.end(); });
}

void Parts::end(const PartPointer& part) {
  part->bytes.reset();
  const auto known = by_identity_.find(part->identity);
  if (known != by_identity_.end() && known->second == part) by_identity_.erase(known);
  if (!part->begun()) return notebook_->forget(file_key(part->identity));
  const auto alike = alike_.equal_range(alike_key(*part));
  for (auto each = alike.first; each != alike.second; ++each) {
    if (each->second != part) continue;
    alike_.erase(each);
    break;
  }
  for (Reader* reader : readers_) reader->forget(part->key);
  notebook_->forget(note_key(part_prefix, part->key));
  keys_.erase(part->key);
  const auto next = by_path_.find(part->path);
  if (next != by_path_.end() && next->second->begun()) return;
  if (generations_[part->path] != part->origin.generation) return;
  // The next file of that name counts on from here.
  notebook_->note(note_key(path_prefix, part->path), std::to_string(part->origin.generation));
  past_paths_.push_back(part->path);
  if (past_paths_.size() <= most_past_paths) return;
  notebook_->forget(note_key(path_prefix, past_paths_.front()));
  generations_.erase(past_paths_.front());
  past_paths_.pop_front();
}

}  // namespace outrider::tail
