#include "agent/tail/parts/parts.hpp"

#include <algorithm>
#include <utility>

namespace outrider::tail {
namespace {

const std::string first_time_key = "begun";

}  // namespace

void Parts::open(Notes& notebook, std::vector<Reader*> readers) {
  notebook_ = &notebook;
  readers_ = std::move(readers);
  const std::map<std::string, std::string> notes = notebook.all();
  first_time_ = !notes.contains(first_time_key);
  for (const auto& [key, text] : notes) {
    if (key.starts_with(path_prefix)) {
      past_paths_.push_back(key.substr(path_prefix.size()));
      std::uint32_t& last = generations_[past_paths_.back()];
      last = std::max(last, static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 10)));
    }
    if (key.starts_with(file_prefix)) before_[key] = read_beginnings(text).value_or(Beginnings());
    if (!key.starts_with(part_prefix)) continue;
    auto part = read_note(key.substr(part_prefix.size()), text);
    if (!part) {
      tools_.log.warn("sources", "Cannot read what was noted of a file", {{"note", key}});
      notebook.forget(key);
      continue;
    }
    const auto shared = std::make_shared<Part>(std::move(*part));
    place_cursors(*shared);
    shared->sought = true;
    keys_.insert(shared->key);
    know_beginning(shared);
    std::uint32_t& last = generations_[shared->path];
    last = std::max(last, shared->origin.generation);
    noted_.emplace(std::pair(shared->identity.inode, shared->identity.born), shared);
  }
}

void Parts::seen_all() {
  if (first_time_) notebook_->note(first_time_key, "1");
  first_time_ = false;
  // What was not seen again went while we were away.
  for (const auto& [key, beginnings] : std::exchange(before_, {})) notebook_->forget(key);
  for (const auto& [identity, part] : std::exchange(noted_, {})) {
    part->quiet_since = tools_.clock.now();
    away_.push_back(part);
  }
}

void Parts::apply(const Survey& survey, const std::set<std::string>* looked) {
  std::unordered_map<std::string_view, const Sighting*> seen;
  for (const Sighting& sighting : survey.files) seen.emplace(sighting.path, &sighting);
  // First what is no longer there, so that a file is found again under its new name.
  std::vector<std::string> gone;
  const auto judge = [&](const std::string& path, const PartPointer& part) {
    const auto found = seen.find(path);
    if (found == seen.end() && survey.hides(path)) return;
    if (found == seen.end() || Identity::of(found->second->facts) != part->identity) gone.push_back(path);
  };
  if (looked == nullptr) {
    for (const auto& [path, part] : by_path_) judge(path, part);
  } else {
    for (const std::string& path : *looked) {
      if (const auto known = by_path_.find(path); known != by_path_.end()) judge(path, known->second);
    }
  }
  for (const std::string& path : gone) detach(path);
  for (const Sighting& sighting : survey.files) see(sighting);
  std::erase_if(away_, [](const PartPointer& part) { return !part->found_at.empty(); });
  tools_.meters.watched(by_path_.size());
}

void Parts::detach(const std::string& path) {
  const auto known = by_path_.find(path);
  const PartPointer part = known->second;
  by_path_.erase(known);
  std::erase_if(targets_, [&path](const auto& target) { return target.second == path; });
  part->found_at.clear();
  part->quiet_since = tools_.clock.now();
  if (!part->bytes) part->sought = true;  // it was not open: where is it now?
  note(*part);
  away_.push_back(part);
}

void Parts::see(const Sighting& sighting) {
  const auto at = by_path_.find(sighting.path);
  if (at != by_path_.end()) {
    const PartPointer part = at->second;
    // Smaller means that it was truncated: the follower sees to it.
    if (part->bytes && !part->packed && sighting.facts.size < part->size) {
      // Truncated, it seems. Lanes that stand still would not see it, so it is opened and compared anew.
      part->bytes.reset();
      want_open(part);
    } else if (sighting.facts.size != part->size && !part->packed) {
      if (part->bytes) part->size = std::max(part->size, sighting.facts.size);
      unlooked_.insert(part);
      wake(part);
    }
    if (!part->bytes && !part->closed) want_open(part);
    return;
  }
  const Identity identity = Identity::of(sighting.facts);
  PartPointer part = known_as(identity);
  if (part && !part->found_at.empty()) return;  // another name of the same file
  if (!part) {
    part = std::make_shared<Part>();
    part->path = sighting.path;
    part->cursors.resize(readers_.size());
    if (const auto before = before_.extract(file_key(identity))) part->beginnings = before.mapped();
  }
  part->identity = identity;
  part->found_at = sighting.path;
  part->finished = false;
  part->sought = false;
  by_identity_[identity] = part;
  by_path_[sighting.path] = part;
  if (!sighting.target.empty()) targets_[sighting.target] = sighting.path;
  if (part->bytes) {
    wake(part);
  } else {
    want_open(part);
  }
}

PartPointer Parts::known_as(const Identity& identity) {
  if (const auto known = by_identity_.find(identity); known != by_identity_.end()) return known->second;
  // What a truncated file held before is noted as the same file; the last of these is what it holds now.
  const auto [first, last] = noted_.equal_range({identity.inode, identity.born});
  const auto noted = std::max_element(first, last, [](const auto& one, const auto& other) {
    return one.second->origin.generation < other.second->origin.generation;
  });
  if (noted == last) return nullptr;
  PartPointer part = noted->second;
  noted_.erase(noted);
  return part;
}

void Parts::written(const std::string& path) {
  const auto target = targets_.find(path);
  const auto known = by_path_.find(target == targets_.end() ? path : target->second);
  if (known == by_path_.end()) return;
  unlooked_.insert(known->second);
  wake(known->second);
}

void Parts::wake(const PartPointer& part) {
  for (Reader* reader : readers_) reader->enqueue(part);
}

bool Parts::want_open(const PartPointer& part) {
  if (part->sought || part->wanted || part->found_at.empty()) return false;
  part->wanted = true;
  unopened_.push_back(part);
  tools_.news();
  return false;
}

std::vector<PartPointer> Parts::take_unopened() {
  for (const PartPointer& part : unopened_) part->wanted = false;
  return std::exchange(unopened_, {});
}

void Parts::admit(const PartPointer& part, core::Outcome<Opened> opened) {
  if (part->found_at.empty() || part->bytes) return;
  if (!opened) {
    const core::Errc code = opened.error().code;
    if (code != core::Errc::not_found && code != core::Errc::busy)
      complain(*part, "Cannot open a log file", opened.error());
    return;
  }
  if (Identity::of(opened->facts) != part->identity) {
    relook_.insert(part->found_at);  // another file has come in its place meanwhile
    return;
  }
  if (part->told) {
    tools_.log.info("sources", "The log file can be read again", {{"path", part->found_at}});
    part->told = false;
  }
  resume(part, *opened);
}

// Whether it is new, or was open before, or was known from a note.
void Parts::resume(const PartPointer& part, const Opened& opened) {
  if (adopted(part, opened)) return;
  part->bytes = opened.bytes;
  part->packed = opened.packed;
  part->modified = opened.facts.modified;
  part->closed = false;
  const bool shrunk =
      opened.facts.size < part->size ||
      std::ranges::any_of(
          part->cursors, [&](const Cursor& each) { return !part->copied && opened.facts.size < each.at; });
  if (shrunk || !part->head.begins(opened.beginning)) {
    content_gone(part, opened.beginning, opened.facts);
    return;
  }
  if (!part->begun() && part->head.bytes == 0) {
    part->since = opened.facts.modified;
    if (settings_.start == Start::end && first_time_) part->start = opened.last_line;
  }
  part->size = opened.facts.size;
  beginning_seen(part, opened.beginning);
  wake(part);
}

void Parts::content_gone(const PartPointer& part, std::string_view beginning, const os::FileFacts& facts) {
  if (!part->bytes) return;  // another lane has seen it, too
  tools_.meters.rotated(Rotation::truncated);
  const auto next = std::make_shared<Part>();
  next->path = part->found_at.empty() ? part->path : part->found_at;
  next->found_at = std::exchange(part->found_at, {});
  next->identity = part->identity;
  next->beginnings = part->beginnings;
  next->since = facts.modified;
  next->size = facts.size;
  next->bytes = std::exchange(part->bytes, nullptr);
  next->cursors.resize(readers_.size());
  next->modified = facts.modified;
  next->cleared = true;
  by_identity_[next->identity] = next;
  if (next->found_at.empty()) {
    next->quiet_since = tools_.clock.now();
    away_.push_back(next);
  } else {
    by_path_[next->found_at] = next;
  }
  if (!next->beginnings.empty()) notebook_->note(file_key(next->identity), tail::written(next->beginnings));
  part->counted = true;
  part->sought = true;
  part->quiet_since = tools_.clock.now();
  note(*part);
  if (std::ranges::find(away_, part) == away_.end()) away_.push_back(part);
  beginning_seen(next, beginning);
  wake(next);
  tools_.news();
}

void Parts::beginning_seen(const PartPointer& part, std::string_view beginning) {
  beginning = beginning.substr(0, Head::most);
  const bool grown = beginning.size() > part->head.bytes;
  if (grown) part->head = Head::of(beginning);
  if (part->line_end.empty() && beginning.size() > 1) part->line_end = line_end_of(beginning);
  if (part->begun()) {
    if (grown) note(*part);
    return;
  }
  auto line = first_line(beginning);
  if (!line && part->finished && !beginning.empty()) line = beginning;
  if (!line || is_suspect(part, *line)) return;
  begin_part(*part, *line);
  know_beginning(part);
}

void Parts::begin_part(Part& part, std::string_view line) {
  std::uint32_t& last = generations_[part.path];
  ++last;
  std::erase(past_paths_, part.path);
  notebook_->forget(note_key(path_prefix, part.path));
  do {
    begin(part, tools_.installation, line, last);
  } while (!keys_.insert(part.key).second);
  place_cursors(part);
  note(part);
  notebook_->forget(file_key(part.identity));
}

void Parts::place_cursors(Part& part) {
  part.cursors.resize(readers_.size());
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    Cursor& cursor = part.cursors[i];
    cursor.began = part.start;
    cursor.at = std::max(part.start, readers_[i]->settled(part.key));
    cursor.placed = cursor.at == 0;
  }
}

void Parts::note(const Part& part) {
  if (part.begun()) notebook_->note(note_key(part_prefix, part.key), tail::written(part));
}

void Parts::complain(Part& part, std::string_view what, const core::Error& why) {
  const bool lack = why.code == core::Errc::exhausted;  // of descriptors: it is told once, not of each file
  if (!part.told && !(lack && tools_.clock.now() < silent_until_)) {
    const std::string& path = part.found_at.empty() ? part.path : part.found_at;
    tools_.log.warn("sources", what, {{"path", path}, {"why", why.what}, {"hint", why.hint}});
  }
  part.told = part.told || !lack;
  if (lack && tools_.clock.now() >= silent_until_)
    silent_until_ = tools_.clock.now() + std::chrono::minutes(10);
}

void Parts::unreadable(Part& part, const core::Error& why) { complain(part, "Cannot read a log file", why); }

std::size_t Parts::open_files() const {
  const auto is_open = [](const PartPointer& part) { return part->bytes != nullptr; };
  const auto leads_to_open = [&](const auto& each) { return is_open(each.second); };
  return static_cast<std::size_t>(std::ranges::count_if(by_path_, leads_to_open) +
                                  std::ranges::count_if(away_, is_open));
}

void Parts::spare_descriptors(std::size_t most) {
  std::size_t open = open_files();
  for (const auto& [path, part] : by_path_) {
    if (open <= most) return;
    const auto rests = [](const Cursor& cursor) { return !cursor.queued && !cursor.busy; };
    if (!part->bytes || part->suspect || !std::ranges::all_of(part->cursors, rests)) continue;
    part->bytes.reset();
    part->closed = true;
    --open;
  }
}

std::uint64_t Parts::unread(std::size_t lane) const {
  std::uint64_t bytes = 0;
  const auto add = [&](const Part& part) {
    const std::uint64_t at = part.cursors[lane].at;
    if (part.size > at) bytes += part.size - at;
  };
  for (const auto& [path, part] : by_path_) add(*part);
  for (const PartPointer& part : away_) {
    if (!part->sought || !part->finished) add(*part);
  }
  return bytes;
}

void Parts::note_sizes() {
  const auto note_unread = [this](const Part& part) {
    const auto unread = [&part](const Cursor& each) { return each.at < part.size; };
    if (std::ranges::any_of(part.cursors, unread)) note(part);
  };
  for (const auto& [path, part] : by_path_) note_unread(*part);
  for (const PartPointer& part : away_) note_unread(*part);
}

}  // namespace outrider::tail
