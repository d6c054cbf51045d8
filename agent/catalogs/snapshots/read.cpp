#include "agent/catalogs/fields.hpp"
#include "agent/catalogs/snapshots/snapshots.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace outrider::catalogs::snapshots {
namespace {

namespace json = boost::json;
using core::Errc;

// Where a provider keeps what we ask for: a member, or a member in a member.
struct Place {
  const char* key;
  const char* in_it = nullptr;
};

constexpr std::array<const char*, 4> lists{"DBSnapshots", "DBClusterSnapshots", "Snapshots", "items"};
constexpr std::array<Place, 5> names{{{"DBSnapshotIdentifier"},
                                      {"DBClusterSnapshotIdentifier"},
                                      {"SnapshotId"},
                                      {"metadata", "name"},
                                      {"name"}}};
// A copy's own time is that of the copying: what it holds is as old as its original.
constexpr std::array<Place, 8> times{{{"OriginalSnapshotCreateTime"},
                                      {"SnapshotCreateTime"},
                                      {"StartTime"},
                                      {"status", "creationTime"},
                                      {"metadata", "creationTimestamp"},
                                      {"creationTimestamp"},
                                      {"timeCreated"},
                                      {"time"}}};
constexpr std::array<Place, 7> states{{{"Status"},
                                       {"State"},
                                       {"status", "readyToUse"},
                                       {"status"},
                                       {"properties", "provisioningState"},
                                       {"provisioningState"},
                                       {"complete"}}};
constexpr std::array<const char*, 5> whole_states{"available", "completed", "READY", "Succeeded", "true"};

const json::value* at(const json::value& item, const Place& place) {
  return place.in_it == nullptr ? member(item, place.key) : member(item, place.key, place.in_it);
}

template <std::size_t N>
std::string first_text(const json::value& item, const std::array<Place, N>& places) {
  for (const Place& place : places) {
    const json::value* const value = at(item, place);
    if (const auto yes = yes_of(value)) return *yes ? "true" : "false";
    if (std::string text = text_of(value); !text.empty()) return text;
  }
  return {};
}

const json::value* list_in(const json::value& document) {
  if (document.is_array()) return &document;
  for (const char* key : lists) {
    const json::value* const list = member(document, key);
    if (list != nullptr && list->is_array()) return list;
  }
  return nullptr;
}

core::Outcome<BackupSet> read_one(const json::value& item) {
  BackupSet set;
  set.kind = BackupKind::snapshot;
  set.label = first_line(first_text(item, names));
  if (set.label.empty()) return core::fail(Errc::corrupt, "one of the snapshots has no name");
  const auto time = time_with_offset(first_text(item, times));
  if (!time)
    return core::fail(Errc::corrupt, "when snapshot " + set.label + " was taken cannot be read",
                      "a time is like 2026-11-21T15:25:09Z or 2026-11-21T15:25:09+01:00");
  set.started = set.stopped = *time;
  const std::string state = first_text(item, states);
  set.complete = std::find(whole_states.begin(), whole_states.end(), state) != whole_states.end();
  if (!set.complete)
    set.trouble = state.empty() ? "whether it is whole is not said" : "its state is " + first_line(state);
  return set;
}

}  // namespace

core::Outcome<std::vector<BackupSet>> read_snapshots(std::string_view text) {
  const core::Outcome<json::value> document = read_json(text, "the list of snapshots");
  if (!document) return core::fail(document.error());
  const json::value* const list = list_in(*document);
  if (list == nullptr)
    return core::fail(
        Errc::corrupt, "what the command printed is no list of snapshots",
        "it must print JSON: what `aws rds describe-db-snapshots`, `aws ec2 describe-snapshots`, "
        "`gcloud compute snapshots list`, `az snapshot list` or `kubectl get volumesnapshots` "
        "print, or [{\"name\": …, \"time\": …, \"complete\": true}]");
  std::vector<BackupSet> sets;
  for (const json::value* const item : items(list)) {
    core::Outcome<BackupSet> set = read_one(*item);
    if (!set) return core::fail(set.error());
    sets.push_back(std::move(*set));
  }
  std::stable_sort(sets.begin(), sets.end(),
                   [](const BackupSet& a, const BackupSet& b) { return a.started < b.started; });
  return sets;
}

}  // namespace outrider::catalogs::snapshots
