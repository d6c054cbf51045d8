#include "agent/audit/excerpt.hpp"

#include "agent/audit/line.hpp"
#include "agent/audit/trail.hpp"
#include "agent/core/text.hpp"

#include <set>

#include <boost/json/parse.hpp>

namespace outrider::audit {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, json::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr || !value->is_string() ? std::string() : std::string(value->as_string());
}

}  // namespace

core::Outcome<Entry> read_entry(std::string_view line) {
  const auto link = read_line(line);
  if (!link) return core::fail(link.error());
  const json::value value = json::parse(json::string_view(line.data(), line.size()));
  const json::object& object = value.as_object();
  Entry entry;
  entry.sequence = link->sequence;
  entry.phase = link->phase;
  entry.intent = link->intent;
  const json::value* succeeded = object.if_contains("succeeded");
  entry.succeeded = succeeded != nullptr && succeeded->is_bool() && succeeded->as_bool();
  const auto time = core::read_time(text_of(object, "time"));
  if (!time) return core::fail(core::Errc::corrupt, "it has no time");
  entry.time = *time;
  entry.actor = text_of(object, "actor");
  entry.action = text_of(object, "action");
  entry.target = text_of(object, "target");
  entry.reason = text_of(object, "reason");
  entry.result = text_of(object, "result");
  entry.previous = link->previous;
  entry.hash = link->hash;
  entry.hash_fits = link->hash_fits;
  return entry;
}

core::Outcome<Excerpt> excerpt(os::Files& files, const std::string& directory, core::WallTime since,
                               core::WallTime until, const std::function<bool(const Entry&)>& wanted) {
  Excerpt found;
  std::set<std::uint64_t> open;
  const auto take = [&](std::string_view line) {
    const auto entry = read_entry(line);
    if (!entry) return;
    if (!found.began) found.began = entry->time;
    if (entry->time < since || entry->time >= until) return;
    ++found.entries;
    const Mark mark{entry->sequence, entry->time, entry->hash};
    if (!found.first) found.first = mark;
    found.head = mark;
    const bool answers = entry->phase == "result" && open.erase(entry->intent) > 0;
    const bool begins = entry->phase != "result" && wanted(*entry);
    if (begins && entry->phase == "intent") open.insert(entry->sequence);
    if (answers || begins) found.lines.emplace_back(line);
  };
  if (auto read = each_line(files, directory, take); !read) return core::fail(read.error());
  return found;
}

core::Outcome<std::optional<std::string>> missing(os::Files& files, const std::string& directory,
                                                  const std::vector<std::string>& lines,
                                                  const std::vector<std::string>& hashes) {
  std::set<std::string, std::less<>> wanted(lines.begin(), lines.end());
  wanted.insert(hashes.begin(), hashes.end());
  const auto strike = [&](std::string_view text) {
    if (const auto there = wanted.find(text); there != wanted.end()) wanted.erase(there);
  };
  const auto strike_line = [&](std::string_view line) {
    if (!read_line(line)) return;
    strike(line);
    strike(hash_of_line(line));
  };
  if (auto read = each_line(files, directory, strike_line); !read) return core::fail(read.error());
  for (const auto* list : {&lines, &hashes}) {
    for (const std::string& text : *list) {
      if (wanted.contains(text)) return std::optional<std::string>(text);
    }
  }
  return std::optional<std::string>();
}

}  // namespace outrider::audit
