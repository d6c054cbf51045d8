#include "agent/recovery/drill/record.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/seconds.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/fingerprint/finding_json.hpp"

#include <array>
#include <chrono>

#include <boost/json.hpp>

namespace outrider::recovery {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> finding_words = {"proven", "disproved", "could not verify"};
constexpr std::array<std::string_view, 3> standing_words = {"unknown", "ok", "not ok"};

json::value optional_text(const std::string& text) {
  return text.empty() ? json::value() : json::value(text);
}

json::value time_or_null(core::WallTime time) {
  return time == core::WallTime{} ? json::value() : json::value(core::show_time(time));
}

json::array texts(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

json::object canary_object(const CanaryFinding& canary) {
  json::object object{{"last_acknowledged", canary.last_acknowledged},
                      {"last_found", canary.last_found},
                      {"last_found_time", time_or_null(canary.last_found_time)},
                      {"loss_seconds", core::to_seconds(canary.loss)}};
  if (canary.first_lost) object["first_lost"] = *canary.first_lost;
  if (canary.first_lost_time) object["first_lost_time"] = core::show_time(*canary.first_lost_time);
  return object;
}

void put_findings(const DrillRecord& record, json::object& object) {
  if (record.system_id)
    object["system_id"] = std::to_string(*record.system_id);  // 64 bits are too many for JSON
  if (record.wanted) object["wanted"] = record.wanted->text();
  if (record.reached) object["reached"] = record.reached->text();
  if (record.reached_time) object["reached_time"] = core::show_time(*record.reached_time);
  if (record.canary) object["canary"] = canary_object(*record.canary);
  if (record.proven_rpo) object["proven_rpo_seconds"] = core::to_seconds(*record.proven_rpo);
  if (record.lost_commits) object["lost_commits"] = *record.lost_commits;
  if (const auto& commit = record.first_lost_commit) {
    object["first_lost_commit"] = json::object{
        {"xid", commit->xid}, {"time", core::show_time(commit->time)}, {"lsn", commit->lsn.text()}};
  }
  if (const auto& point = record.restore_point)
    object["restore_point"] = json::object{{"name", point->name}, {"lsn", point->lsn.text()}};
  if (record.isolation) {
    object["isolated"] = record.isolation->cut;
    if (!record.isolation->cut) object["not_isolated_because"] = record.isolation->why_not;
  }
  if (record.contents) object["contents"] = to_json(*record.contents);
  json::array phases;
  for (const auto& phase : record.phases) {
    phases.push_back(json::object{{"name", phase.name}, {"seconds", core::to_seconds(phase.took)}});
  }
  json::array witnesses;
  for (const auto& witness : record.witnesses) {
    witnesses.push_back(json::object{{"name", witness.name},
                                     {"standing", standing_words[static_cast<std::size_t>(witness.standing)]},
                                     {"detail", witness.detail},
                                     {"seconds", core::to_seconds(witness.took)}});
  }
  object["phases"] = std::move(phases);
  object["witnesses"] = std::move(witnesses);
}

// Reads what is there and leaves the rest as it is: a record written by an older outrider is still a record.
class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  void text(std::string_view key, std::string& into) const {
    if (const auto* value = object_.if_contains(key); value && value->is_string()) into = value->as_string();
  }
  std::optional<bool> truth(std::string_view key) const {
    const auto* value = object_.if_contains(key);
    return value && value->is_bool() ? std::optional(value->as_bool()) : std::nullopt;
  }
  template <class Number>
  void number(std::string_view key, Number& into) const {
    if (const auto* value = object_.if_contains(key); value && value->is_number()) {
      if constexpr (std::is_floating_point_v<Number>) {
        into = value->to_number<Number>();
      } else {
        boost::system::error_code trouble;
        const auto read = value->to_number<Number>(trouble);
        if (!trouble) into = read;
      }
    }
  }
  template <class Number>
  void number(std::string_view key, std::optional<Number>& into) const {
    if (!object_.contains(key)) return;
    Number read{};
    number(key, read);
    into = read;
  }
  void length(std::string_view key, core::Duration& into) const {
    double read = core::to_seconds(into);
    number(key, read);
    into = core::from_seconds(read);
  }
  void time(std::string_view key, core::WallTime& into) const {
    std::string read;
    text(key, read);
    into = core::read_time(read).value_or(into);
  }
  void lsn(std::string_view key, std::optional<wal::Lsn>& into) const {
    std::string read;
    text(key, read);
    if (!read.empty()) into = wal::parse_lsn(read);
  }
  void list(std::string_view key, std::vector<std::string>& into) const {
    each(key, [&](const json::value& value) {
      if (value.is_string()) into.emplace_back(value.as_string());
    });
  }
  template <class Take>
  void each(std::string_view key, Take take) const {
    if (const auto* value = object_.if_contains(key); value && value->is_array()) {
      for (const auto& one : value->as_array()) take(one);
    }
  }
  const json::object* object(std::string_view key) const {
    const auto* value = object_.if_contains(key);
    return value ? value->if_object() : nullptr;
  }

 private:
  const json::object& object_;
};

template <std::size_t Count>
std::optional<std::size_t> index_of(const std::array<std::string_view, Count>& words, std::string_view word) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (words[i] == word) return i;
  }
  return std::nullopt;
}

CanaryFinding read_canary(const json::object& object) {
  CanaryFinding canary;
  const Reader reader(object);
  reader.number("last_acknowledged", canary.last_acknowledged);
  reader.number("last_found", canary.last_found);
  reader.time("last_found_time", canary.last_found_time);
  reader.length("loss_seconds", canary.loss);
  reader.number("first_lost", canary.first_lost);
  core::WallTime lost{};
  reader.time("first_lost_time", lost);
  if (lost != core::WallTime{}) canary.first_lost_time = lost;
  return canary;
}

void read_findings(const Reader& reader, DrillRecord& record) {
  std::string system_id;
  reader.text("system_id", system_id);
  if (!system_id.empty()) record.system_id = std::strtoull(system_id.c_str(), nullptr, 10);
  reader.lsn("wanted", record.wanted);
  reader.lsn("reached", record.reached);
  core::WallTime reached{};
  reader.time("reached_time", reached);
  if (reached != core::WallTime{}) record.reached_time = reached;
  if (const auto* canary = reader.object("canary")) record.canary = read_canary(*canary);
  std::optional<double> proven;
  reader.number("proven_rpo_seconds", proven);
  if (proven) record.proven_rpo = core::from_seconds(*proven);
  reader.number("lost_commits", record.lost_commits);
  if (const auto* commit = reader.object("first_lost_commit")) {
    const Reader one(*commit);
    std::optional<wal::Lsn> lsn;
    record.first_lost_commit.emplace();
    one.number("xid", record.first_lost_commit->xid);
    one.time("time", record.first_lost_commit->time);
    one.lsn("lsn", lsn);
    record.first_lost_commit->lsn = lsn.value_or(wal::Lsn{});
  }
  if (const auto* point = reader.object("restore_point")) {
    std::optional<wal::Lsn> lsn;
    record.restore_point.emplace();
    Reader(*point).text("name", record.restore_point->name);
    Reader(*point).lsn("lsn", lsn);
    record.restore_point->lsn = lsn.value_or(wal::Lsn{});
  }
  if (const auto isolated = reader.truth("isolated")) {
    record.isolation = Isolation{*isolated, {}};
    reader.text("not_isolated_because", record.isolation->why_not);
  }
  if (const auto* contents = reader.object("contents")) {
    record.contents = read_finding(*contents);
  }
  reader.each("phases", [&](const json::value& value) {
    if (!value.is_object()) return;
    Phase phase;
    Reader(value.as_object()).text("name", phase.name);
    Reader(value.as_object()).length("seconds", phase.took);
    record.phases.push_back(std::move(phase));
  });
  reader.each("witnesses", [&](const json::value& value) {
    if (!value.is_object()) return;
    Witness witness;
    std::string standing;
    const Reader one(value.as_object());
    one.text("name", witness.name);
    one.text("standing", standing);
    one.text("detail", witness.detail);
    one.length("seconds", witness.took);
    witness.standing = static_cast<core::Standing>(index_of(standing_words, standing).value_or(0));
    record.witnesses.push_back(std::move(witness));
  });
}

}  // namespace

std::string_view name_of(Finding finding) { return finding_words.at(static_cast<std::size_t>(finding)); }

core::Duration DrillRecord::phase(std::string_view name) const {
  core::Duration sum{};
  for (const auto& one : phases) {
    if (one.name == name) sum += one.took;
  }
  return sum;
}

std::string to_json_line(const DrillRecord& record) {
  json::object object{{"id", record.id},
                      {"finding", name_of(record.finding)},
                      {"level", name_of(record.level)},
                      {"sentence", record.sentence},
                      {"broken", optional_text(record.broken)},
                      {"started", time_or_null(record.started)},
                      {"ended", time_or_null(record.ended)},
                      {"cut", time_or_null(record.cut)},
                      {"catalog", record.catalog},
                      {"set", record.set},
                      {"set_stopped", time_or_null(record.set_stopped)},
                      {"target", record.target},
                      {"timeline", record.timeline}};
  put_findings(record, object);
  object["total_seconds"] = core::to_seconds(record.total);
  object["restored_bytes"] = record.restored_bytes;
  object["replayed_bytes"] = record.replayed_bytes;
  object["replayed_segments"] = record.replayed_segments;
  object["tools"] = texts(record.tools);
  object["commands"] = texts(record.commands);
  object["notes"] = texts(record.notes);
  return json::serialize(object);
}

core::Outcome<DrillRecord> read_json_line(std::string_view line) {
  boost::system::error_code trouble;
  const json::value value = json::parse(json::string_view(line.data(), line.size()), trouble);
  if (trouble || !value.is_object())
    return core::fail(core::Errc::corrupt, "cannot read the record of a drill");
  DrillRecord record;
  const Reader reader(value.as_object());
  std::string finding, level;
  reader.text("finding", finding);
  reader.text("level", level);
  const auto found = index_of(finding_words, finding);
  reader.text("id", record.id);
  if (!found || record.id.empty()) return core::fail(core::Errc::corrupt, "cannot tell what a drill found");
  record.finding = static_cast<Finding>(*found);
  if (const auto space = level.find(' '); space != std::string::npos) level.resize(space);
  record.level = parse_level(level).value_or(Level::unknown);
  reader.text("sentence", record.sentence);
  reader.text("broken", record.broken);
  reader.time("started", record.started);
  reader.time("ended", record.ended);
  reader.time("cut", record.cut);
  reader.text("catalog", record.catalog);
  reader.text("set", record.set);
  reader.time("set_stopped", record.set_stopped);
  reader.text("target", record.target);
  reader.number("timeline", record.timeline);
  read_findings(reader, record);
  reader.length("total_seconds", record.total);
  reader.number("restored_bytes", record.restored_bytes);
  reader.number("replayed_bytes", record.replayed_bytes);
  reader.number("replayed_segments", record.replayed_segments);
  reader.list("tools", record.tools);
  reader.list("commands", record.commands);
  reader.list("notes", record.notes);
  return record;
}

DrillHistory read_history_lines(std::string_view text) {
  DrillHistory history;
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    if (line.empty()) continue;
    if (auto record = read_json_line(line)) {
      history.records.push_back(std::move(*record));
    } else {
      ++history.unreadable;
    }
  }
  return history;
}

}  // namespace outrider::recovery
