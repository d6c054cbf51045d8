#include "agent/incident/kept/store.hpp"

#include <algorithm>

namespace outrider::incident {
namespace {

constexpr std::uint64_t longest_file = 4U << 20U;
constexpr std::string_view ending = ".json";

}  // namespace

void Store::note(const std::string& id, std::uint64_t bytes, bool open) {
  const auto at = std::ranges::lower_bound(known_, id, {}, &File::id);
  if (at != known_.end() && at->id == id) {
    *at = {id, bytes, open};
  } else {
    known_.insert(at, {id, bytes, open});
  }
}

core::Outcome<Stored> Store::load() {
  if (auto made = files_.make_directories(directory_); !made) return core::fail(made.error());
  const auto names = files_.list(directory_);
  if (!names) return core::fail(names.error());
  Stored stored;
  known_.clear();
  for (const std::string& name : *names) {
    const std::string id = name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : "";
    if (!is_id(id)) continue;
    const auto text = files_.read_all(path_of(id), longest_file);
    auto incident = text ? read_incident(*text) : core::Outcome<Incident>(core::fail(text.error()));
    if (!incident || incident->id != id) {
      // It stays until it is its turn to go: somebody may still want to look.
      stored.unreadable.push_back(name);
      note(id, files_.size_of(path_of(id)).value_or(0), false);
      continue;
    }
    stored.bytes += text->size();
    stored.briefs.push_back(brief_of(*incident));
    note(id, text->size(), !incident->closed);
    if (!incident->closed) stored.open.push_back(std::move(*incident));
  }
  return stored;
}

// The one that is being written stays in any case.
void Store::make_room(const std::string& keep) {
  for (;;) {
    std::uint64_t bytes = 0;
    for (const File& file : known_) bytes += file.bytes;
    if (known_.size() <= bounds_.most && bytes <= bounds_.most_bytes) return;
    const auto may_go = [&keep](const File& file) { return file.id != keep; };
    auto victim = std::ranges::find_if(known_, [&](const File& file) { return may_go(file) && !file.open; });
    if (victim == known_.end()) victim = std::ranges::find_if(known_, may_go);
    if (victim == known_.end()) return;
    // One that cannot be removed is not looked at again until the next start.
    (void)files_.remove(path_of(victim->id));
    removed_.push_back(victim->id);
    known_.erase(victim);
  }
}

core::Outcome<> Store::save(const Incident& incident) {
  const std::string text = to_json(incident);
  note(incident.id, text.size(), !incident.closed);
  make_room(incident.id);
  return files_.replace(path_of(incident.id), text);
}

core::Outcome<std::string> Store::read(const std::string& id) const {
  if (!is_id(id))
    return core::fail(core::Errc::invalid, "cannot show that incident: it is no incident's id",
                      "`outrider incident list` has them");
  auto text = files_.read_all(path_of(id), longest_file);
  if (!text && text.error().code == core::Errc::not_found)
    return core::fail(core::Errc::not_found, "cannot find incident " + id,
                      "`outrider incident list` has those that are kept");
  return text;
}

}  // namespace outrider::incident
