// The way back from a statement to its facts.
#include "agent/core/text.hpp"
#include "agent/recovery/bundle/statement.hpp"
#include "agent/recovery/settings.hpp"
#include "agent/seal/digest.hpp"

#include <cmath>

#include <boost/json/array.hpp>

namespace outrider::recovery {
namespace {

namespace json = boost::json;
using core::Errc;

// Walks into a document and remembers the first thing that was not as it must be.
class Reader {
 public:
  std::string trouble;

  const json::value* find(const json::object& in, std::string_view name) {
    const auto* value = in.if_contains(name);
    if (value == nullptr) miss(name);
    return value;
  }
  json::object object(const json::object& in, std::string_view name) {
    const auto* value = find(in, name);
    if (value != nullptr && value->is_object()) return value->as_object();
    miss(name);
    return {};
  }
  json::array list(const json::object& in, std::string_view name) {
    const auto* value = find(in, name);
    if (value != nullptr && value->is_array()) return value->as_array();
    miss(name);
    return {};
  }
  std::string text(const json::object& in, std::string_view name) {
    const auto* value = find(in, name);
    if (value != nullptr && value->is_string()) return std::string(value->as_string());
    miss(name);
    return {};
  }
  // Empty for null.
  std::string text_or_null(const json::object& in, std::string_view name) {
    const auto* value = find(in, name);
    return value != nullptr && value->is_null() ? std::string() : text(in, name);
  }
  core::WallTime time(const json::object& in, std::string_view name) {
    const auto read = core::read_time(text(in, name));
    if (!read) miss(name);
    return read.value_or(core::WallTime{});
  }
  core::Duration length(const json::object& in, std::string_view name) {
    constexpr double longest = 1e9;
    const auto* value = find(in, name);
    const double seconds = value != nullptr && value->is_double() ? value->as_double() : -1;
    if (seconds >= 0 && seconds <= longest) return std::chrono::milliseconds(std::llround(seconds * 1000));
    miss(name);
    return {};
  }
  std::uint64_t count(const json::object& in, std::string_view name) {
    const auto* value = find(in, name);
    if (value != nullptr && value->is_int64() && value->as_int64() >= 0)
      return static_cast<std::uint64_t>(value->as_int64());
    miss(name);
    return 0;
  }
  void miss(std::string_view name) {
    if (trouble.empty()) trouble = "its `" + std::string(name) + "` is missing, or not what it must be";
  }
};

std::optional<JournalMark> read_mark(Reader& reader, const json::object& in, std::string_view name) {
  const auto* value = reader.find(in, name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const json::object mark = reader.object(in, name);
  return JournalMark{reader.count(mark, "sequence"), reader.time(mark, "time"), reader.text(mark, "hash")};
}

JournalPart read_journal(Reader& reader, const json::object& in) {
  JournalPart part;
  const auto* intact = reader.find(in, "intact");
  if (intact != nullptr && intact->is_bool())
    part.intact = intact->as_bool() ? core::Standing::ok : core::Standing::not_ok;
  part.sentence = reader.text(in, "sentence");
  part.entries = reader.count(in, "entries");
  part.first = read_mark(reader, in, "first");
  part.head = read_mark(reader, in, "head");
  for (const auto& line : reader.list(in, "lines")) {
    if (line.is_string())
      part.lines.emplace_back(line.as_string());
    else
      reader.miss("lines");
  }
  return part;
}

void read_lines(Reader& reader, const json::object& predicate, BundleFacts& facts) {
  for (const auto& drill : reader.list(predicate, "drills")) {
    if (drill.is_object())
      facts.lines.push_back(reader.text(drill.as_object(), "line"));
    else
      reader.miss("drills");
  }
  for (const auto& line : reader.list(predicate, "unreadable")) {
    if (!line.is_object()) {
      reader.miss("unreadable");
      continue;
    }
    const json::object& of = line.as_object();
    facts.unreadable.push_back(
        {reader.count(of, "line"), reader.count(of, "bytes"), reader.text(of, "sha256")});
  }
}

}  // namespace

core::Outcome<BundleFacts> read_facts(const json::object& statement) {
  Reader reader;
  BundleFacts facts;
  const json::object predicate = reader.object(statement, "predicate");
  const json::object made = reader.object(predicate, "made");
  facts.made = reader.time(made, "time");
  facts.maker = reader.text(made, "by");
  facts.cluster = reader.text(made, "cluster");
  facts.instance = reader.text(made, "instance");
  facts.key_name = reader.text(made, "key");
  const json::object period = reader.object(predicate, "period");
  facts.since = reader.time(period, "since");
  facts.until = reader.time(period, "until");
  facts.drill = reader.text_or_null(period, "drill");
  const json::object objectives = reader.object(predicate, "objectives");
  facts.rpo = reader.length(objectives, "rpo_seconds");
  facts.rto = reader.length(objectives, "rto_seconds");
  facts.fresh_for = reader.length(objectives, "proof_fresh_for_seconds");
  const json::object schedule = reader.object(predicate, "schedule");
  const std::string at = reader.text_or_null(schedule, "daily_at");
  if (!at.empty()) {
    facts.daily_at = read_time_of_day(at);
    if (!facts.daily_at) reader.miss("daily_at");
  }
  facts.after_backup = reader.text_or_null(schedule, "after_backup");
  if (!reader.text_or_null(schedule, "known_since").empty())
    facts.known_since = reader.time(schedule, "known_since");
  read_lines(reader, predicate, facts);
  facts.journal = read_journal(reader, reader.object(predicate, "journal"));
  if (facts.until - facts.since > longest_period) reader.miss("period");
  if (facts.lines.size() > most_bundle_drills) reader.miss("drills");
  if (!reader.trouble.empty()) return core::fail(Errc::corrupt, reader.trouble);
  return facts;
}

std::string page_digest(const json::object& statement) {
  const auto* subjects = statement.if_contains("subject");
  if (subjects == nullptr || !subjects->is_array()) return {};
  for (const auto& one : subjects->as_array()) {
    const auto* subject = one.if_object();
    const auto* name = subject == nullptr ? nullptr : subject->if_contains("name");
    if (name == nullptr || !name->is_string() || name->as_string() != page_name) continue;
    const auto* digest = subject->if_contains("digest");
    const auto* sum =
        digest == nullptr || !digest->is_object() ? nullptr : digest->as_object().if_contains("sha256");
    if (sum == nullptr || !sum->is_string() || !seal::is_sha256(sum->as_string())) return {};
    return std::string(sum->as_string());
  }
  return {};
}

}  // namespace outrider::recovery
