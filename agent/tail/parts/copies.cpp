// A file's content that is no longer where it was, and files that may be copies of others.
#include "agent/tail/files/search.hpp"
#include "agent/tail/parts/parts.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace outrider::tail {

void Parts::found(const PartPointer& part, const std::vector<Opened>& opened) {
  if (!part->sought) return;
  for (const Opened& each : opened) {
    const auto known = by_identity_.find(Identity::of(each.facts));
    const bool taken = known != by_identity_.end() && known->second != part && known->second->begun();
    if (!taken) return take_over(part, each);
  }
  if (part->finished || tools_.clock.now() - part->quiet_since < settings_.quiet) return;
  part->finished = true;
  give_up(*part, part->counted ? Loss::truncated : Loss::vanished);
}

// From here on `part` is read from what was opened, be it itself under another name or a copy.
void Parts::take_over(const PartPointer& part, const Opened& opened) {
  const Identity identity = Identity::of(opened.facts);
  if (const auto known = by_identity_.find(identity); known != by_identity_.end() && known->second != part) {
    const PartPointer other = known->second;  // it was seen, and nothing of it was read
    part->found_at = std::exchange(other->found_at, {});
    if (!part->found_at.empty()) by_path_[part->found_at] = part;
    other->bytes.reset();  // a lane that stands still would come to it later
    std::erase(away_, other);
    std::erase(suspects_, other);
  }
  part->identity = identity;
  by_identity_[identity] = part;
  part->sought = false;
  part->bytes = opened.bytes;
  part->packed = opened.packed;
  part->size = std::max(part->size, opened.facts.size);
  part->quiet_since = tools_.clock.now();
  // A copy ends where it ends: what was written later, and perhaps read, went with the truncation.
  part->copied = part->counted;
  if (opened.facts.size < part->size) {
    give_up(*part, Loss::truncated, opened.facts.size);
    part->size = opened.facts.size;
  }
  if (opened.beginning.size() < part->head.bytes) part->head = Head::of(opened.beginning);
  beginning_seen(part, opened.beginning);
  note(*part);
  std::erase_if(away_, [](const PartPointer& each) { return !each->found_at.empty(); });
  wake(part);
}

// Whether a file that was just opened is one that we know, packed since or put in its place as a copy.
bool Parts::adopted(const PartPointer& part, const Opened& opened) {
  if (part->begun() || part->head.bytes > 0 || opened.beginning.empty()) return false;
  const core::WallTime now = tools_.clock.wall();
  const auto is_it = [&](const PartPointer& each) {
    const auto is_long_enough = [&](const Part& known) {
      return known.copied ||
             std::ranges::all_of(known.cursors, [&](const Cursor& at) { return at.at <= opened.facts.size; });
    };
    const bool whole = each->head.bytes == Head::most && each->path == part->found_at && each->sought;
    return each != part && each->begun() && (opened.packed || whole) && is_long_enough(*each) &&
           each->head.begins(opened.beginning) && since_of(*each, now) <= opened.facts.modified &&
           directory_of(each->path) == directory_of(part->found_at);
  };
  PartPointer known;
  if (const auto away = std::ranges::find_if(away_, is_it); away != away_.end()) known = *away;
  for (auto noted = noted_.begin(); !known && noted != noted_.end(); ++noted) {
    if (!is_it(noted->second)) continue;
    known = noted->second;
    away_.push_back(known);
    noted_.erase(noted);
    break;
  }
  if (!known) return false;
  if (known->sought) {
    take_over(known, opened);
    return true;
  }
  // It is open still, and read from there; under its new name it is not new.
  known->found_at = std::exchange(part->found_at, {});
  known->identity = part->identity;
  by_path_[known->found_at] = known;
  by_identity_[known->identity] = known;
  known->bytes = opened.bytes;
  known->packed = true;
  known->size = opened.facts.size;
  note(*known);
  std::erase(away_, known);
  wake(known);
  return true;
}

namespace {

std::uint64_t key_of(const std::string& directory, std::uint32_t line) {
  return std::hash<std::string>()(directory) ^ (std::uint64_t{line} << 16);
}

}  // namespace

std::uint64_t Parts::alike_key(const Part& part) {
  return key_of(directory_of(part.path), part.beginnings.back().first);
}

void Parts::know_beginning(const PartPointer& part) {
  if (!part->beginnings.empty()) alike_.emplace(alike_key(*part), part);
}

bool Parts::is_suspect(const PartPointer& part, std::string_view line) {
  part->suspect = false;
  if (part->cleared || part->finished || part->packed) return false;
  const std::uint32_t hash = short_hash(line);
  const core::WallTime now = tools_.clock.wall();
  const auto [first, last] = alike_.equal_range(key_of(directory_of(part->path), hash));
  const bool alike = std::any_of(first, last, [&](const auto& each) {
    const Part& other = *each.second;
    return other.beginnings.back().first == hash && since_of(other, now) <= part->modified &&
           may_be_copy(part->path, other.path);
  });
  if (!alike) return false;
  if (std::ranges::find(suspects_, part) == suspects_.end()) {
    part->quiet_since = tools_.clock.now();
    suspects_.push_back(part);
    tools_.news();
  }
  return part->suspect = true;
}

void Parts::judge_suspects() {
  for (const PartPointer& part : std::exchange(suspects_, {})) {
    if (part->begun() || !part->bytes) continue;
    part->cleared = tools_.clock.now() - part->quiet_since >= settings_.quiet;
    if (part->cleared) {
      wake(part);
    } else {
      suspects_.push_back(part);
    }
  }
}

}  // namespace outrider::tail
