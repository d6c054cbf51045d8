#include "agent/core/text.hpp"
#include "agent/incident/kept/incident.hpp"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace outrider::incident {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<Kind, std::string_view>, 7> kinds{{{Kind::crash, "crash"},
                                                                  {Kind::killed, "killed"},
                                                                  {Kind::out_of_memory, "out_of_memory"},
                                                                  {Kind::hang, "hang"},
                                                                  {Kind::crash_loop, "crash_loop"},
                                                                  {Kind::cannot_start, "cannot_start"},
                                                                  {Kind::agent_died, "agent_died"}}};

json::string text(const std::string& from) { return json::string(core::clean_utf8(from)); }
json::string time(core::WallTime at) { return json::string(core::show_time(at)); }

template <class Value>
json::value maybe(const std::optional<Value>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

template <class Item, class Write>
json::array list(const std::vector<Item>& items, Write write) {
  json::array array;
  array.reserve(items.size());
  for (const Item& item : items) array.push_back(write(item));
  return array;
}

json::object write_remark(const Remark& remark) {
  return {{"time", time(remark.at)}, {"kind", text(remark.kind)}, {"sentence", text(remark.sentence)}};
}

json::object write_death(const Death& death) {
  return {{"time", time(death.at)},
          {"sentence", text(death.sentence)},
          {"code", maybe(death.code)},
          {"signal", maybe(death.signal)},
          {"core_dumped", death.core_dumped}};
}

json::object write_finding(const Finding& finding) {
  return {{"name", text(finding.name)}, {"text", text(finding.text)}};
}

json::object write_line(const Line& line) {
  json::object object{{"sequence", line.sequence},
                      {"time", time(line.at)},
                      {"stream", text(line.stream)},
                      {"level", text(line.level)},
                      {"text", text(line.text)}};
  if (line.unterminated) object["unterminated"] = true;
  if (line.cut) object["cut"] = true;
  return object;
}

json::object write_sample(const Sample& sample) {
  return {{"time", time(sample.at)},
          {"cpu", maybe(sample.cpu)},
          {"resident_bytes", maybe(sample.resident_bytes)},
          {"descriptors", maybe(sample.descriptors)},
          {"threads", maybe(sample.threads)},
          {"cpu_pressure", maybe(sample.cpu_pressure)},
          {"memory_pressure", maybe(sample.memory_pressure)},
          {"io_pressure", maybe(sample.io_pressure)}};
}

// ---- reading: what is not as it should be is not there

const json::value* find(const json::object& of, std::string_view key) { return of.if_contains(key); }

std::string read_text(const json::object& of, std::string_view key) {
  const auto* const value = find(of, key);
  const auto* const string = value == nullptr ? nullptr : value->if_string();
  return string == nullptr ? std::string() : std::string(string->data(), string->size());
}

std::optional<core::WallTime> read_moment(const json::object& of, std::string_view key) {
  return core::read_time(read_text(of, key));
}

core::WallTime moment(const json::object& of, std::string_view key = "time") {
  return read_moment(of, key).value_or(core::WallTime{});
}

std::optional<double> read_share(const json::object& of, std::string_view key) {
  const auto* const value = find(of, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

template <class Whole>
std::optional<Whole> read_whole(const json::object& of, std::string_view key) {
  const auto* const value = find(of, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code trouble;
  const auto number = value->to_number<Whole>(trouble);
  if (trouble) return std::nullopt;
  return number;
}

bool read_flag(const json::object& of, std::string_view key) {
  const auto* const value = find(of, key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

template <class Item, class Read>
std::vector<Item> read_list(const json::object& of, std::string_view key, Read read) {
  std::vector<Item> items;
  const auto* const value = find(of, key);
  const auto* const array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) return items;
  for (const auto& element : *array) {
    if (const auto* const object = element.if_object()) items.push_back(read(*object));
  }
  return items;
}

Remark read_remark(const json::object& from) {
  return {moment(from), read_text(from, "kind"), read_text(from, "sentence")};
}

Death read_death(const json::object& from) {
  return {moment(from), read_text(from, "sentence"), read_whole<int>(from, "code"),
          read_whole<int>(from, "signal"), read_flag(from, "core_dumped")};
}

Finding read_finding(const json::object& from) { return {read_text(from, "name"), read_text(from, "text")}; }

Line read_line(const json::object& from) {
  return {read_whole<std::uint64_t>(from, "sequence").value_or(0),
          moment(from),
          read_text(from, "stream"),
          read_text(from, "level"),
          read_text(from, "text"),
          read_flag(from, "unterminated"),
          read_flag(from, "cut")};
}

Sample read_sample(const json::object& from) {
  Sample sample;
  sample.at = moment(from);
  sample.cpu = read_share(from, "cpu");
  sample.cpu_pressure = read_share(from, "cpu_pressure");
  sample.memory_pressure = read_share(from, "memory_pressure");
  sample.io_pressure = read_share(from, "io_pressure");
  sample.resident_bytes = read_whole<std::uint64_t>(from, "resident_bytes");
  sample.descriptors = read_whole<std::uint64_t>(from, "descriptors");
  sample.threads = read_whole<std::uint64_t>(from, "threads");
  return sample;
}

json::value closed_of(const std::optional<core::WallTime>& closed) {
  return closed ? json::value(time(*closed)) : json::value(nullptr);
}

}  // namespace

std::string_view name_of(Kind kind) {
  return std::ranges::find(kinds, kind, &std::pair<Kind, std::string_view>::first)->second;
}

bool is_id(std::string_view text) {
  const auto fits = [](char sign) {
    return (sign >= '0' && sign <= '9') || (sign >= 'a' && sign <= 'z') || sign == '-';
  };
  return text.size() >= 15 && text.size() <= 32 && std::ranges::all_of(text, fits);
}

Brief brief_of(const Incident& of) {
  return {of.id, of.kind, of.title, of.opened, of.closed, of.conclusion, of.deaths_total};
}

std::string to_json(const Incident& of) {
  const json::object object{{"schema", incident_schema},
                            {"id", of.id},
                            {"service", text(of.service)},
                            {"version", text(of.version)},
                            {"instance", text(of.instance)},
                            {"kind", name_of(of.kind)},
                            {"title", text(of.title)},
                            {"verdict", text(of.verdict)},
                            {"root_cause", text(of.root_cause)},
                            {"opened", time(of.opened)},
                            {"closed", closed_of(of.closed)},
                            {"conclusion", text(of.conclusion)},
                            {"deaths_total", of.deaths_total},
                            {"deaths", list(of.deaths, write_death)},
                            {"last_words", text(of.last_words)},
                            {"changes", list(of.changes, write_remark)},
                            {"findings", list(of.findings, write_finding)},
                            {"timeline", list(of.timeline, write_remark)},
                            {"samples", list(of.samples, write_sample)},
                            {"answers", list(of.answers, write_remark)},
                            {"lines", list(of.lines, write_line)},
                            {"lines_left_out", of.lines_left_out},
                            {"gathered", of.gathered}};
  return json::serialize(object);
}

core::Outcome<Incident> read_incident(std::string_view text) {
  boost::system::error_code trouble;
  const json::value document = json::parse(text, trouble);
  const auto* const from = trouble ? nullptr : document.if_object();
  const auto no_incident = [](const std::string& why) {
    return core::fail(core::Errc::corrupt, "cannot read an incident: " + why);
  };
  if (from == nullptr) return no_incident("it is no JSON object");
  if (read_whole<int>(*from, "schema") != incident_schema) return no_incident("its schema is not known here");
  Incident to;
  to.id = read_text(*from, "id");
  const auto opened = read_moment(*from, "opened");
  const std::string kind = read_text(*from, "kind");
  const auto known = std::ranges::find(kinds, kind, &std::pair<Kind, std::string_view>::second);
  if (!is_id(to.id) || !opened || known == kinds.end()) return no_incident("it does not say which it is");
  to.kind = known->first;
  to.opened = *opened;
  to.closed = read_moment(*from, "closed");
  to.service = read_text(*from, "service");
  to.version = read_text(*from, "version");
  to.instance = read_text(*from, "instance");
  to.title = read_text(*from, "title");
  to.verdict = read_text(*from, "verdict");
  to.root_cause = read_text(*from, "root_cause");
  to.conclusion = read_text(*from, "conclusion");
  to.deaths_total = read_whole<std::uint64_t>(*from, "deaths_total").value_or(0);
  to.deaths = read_list<Death>(*from, "deaths", read_death);
  to.last_words = read_text(*from, "last_words");
  to.changes = read_list<Remark>(*from, "changes", read_remark);
  to.findings = read_list<Finding>(*from, "findings", read_finding);
  to.timeline = read_list<Remark>(*from, "timeline", read_remark);
  to.samples = read_list<Sample>(*from, "samples", read_sample);
  to.answers = read_list<Remark>(*from, "answers", read_remark);
  to.lines = read_list<Line>(*from, "lines", read_line);
  to.lines_left_out = read_whole<std::uint64_t>(*from, "lines_left_out").value_or(0);
  to.gathered = read_flag(*from, "gathered");
  to.withheld = read_flag(*from, "withheld");
  return to;
}

core::Outcome<std::vector<Brief>> read_briefs(std::string_view text) {
  boost::system::error_code trouble;
  const json::value document = json::parse(text, trouble);
  const auto* const from = trouble ? nullptr : document.if_object();
  if (from == nullptr || read_whole<int>(*from, "schema") != incident_schema)
    return core::fail(core::Errc::corrupt, "cannot read a list of incidents: its schema is not known here");
  return read_list<Brief>(*from, "incidents", [](const json::object& one) {
    Brief brief;
    const auto known =
        std::ranges::find(kinds, read_text(one, "kind"), &std::pair<Kind, std::string_view>::second);
    if (known != kinds.end()) brief.kind = known->first;
    brief.id = read_text(one, "id");
    brief.title = read_text(one, "title");
    brief.opened = moment(one, "opened");
    brief.closed = read_moment(one, "closed");
    brief.conclusion = read_text(one, "conclusion");
    brief.deaths = read_whole<std::uint64_t>(one, "deaths").value_or(0);
    return brief;
  });
}

std::string without_its_words(std::string_view text) {
  boost::system::error_code trouble;
  json::value document = json::parse(text, trouble);
  auto* const object = trouble ? nullptr : document.if_object();
  if (object == nullptr) return "{}";
  (*object)["lines"] = json::array();
  (*object)["findings"] = json::array();
  (*object)["last_words"] = "";
  (*object)["withheld"] = true;
  return json::serialize(*object);
}

std::string to_json(const std::vector<Brief>& incidents) {
  const auto write = [](const Brief& of) {
    return json::object{{"id", of.id},
                        {"kind", name_of(of.kind)},
                        {"title", text(of.title)},
                        {"opened", time(of.opened)},
                        {"closed", closed_of(of.closed)},
                        {"conclusion", text(of.conclusion)},
                        {"deaths", of.deaths}};
  };
  return json::serialize(json::object{{"schema", incident_schema}, {"incidents", list(incidents, write)}});
}

}  // namespace outrider::incident
