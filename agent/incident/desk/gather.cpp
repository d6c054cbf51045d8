#include "agent/incident/desk/gather.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace outrider::incident {
namespace {

namespace json = boost::json;

constexpr std::size_t most_samples = 600;
constexpr std::size_t most_answers = 400;
constexpr std::size_t most_events = 200;
constexpr std::size_t most_deaths = 20;
constexpr std::size_t most_finding_bytes = 128 * 1024;
constexpr std::size_t most_findings = 16;

std::string text_in(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

// The document that sinks get; one that was cut is shown as it is.
void read_document(std::string_view document, Line& line) {
  boost::system::error_code trouble;
  const json::value value = json::parse(document, trouble);
  const auto* const object = trouble ? nullptr : value.if_object();
  if (object == nullptr || !object->contains("message")) {
    line.text = document;
    return;
  }
  line.text = text_in(*object, "message");
  line.level = text_in(*object, "log.level");
  if (const auto stack = text_in(*object, "error.stack_trace"); !stack.empty()) line.text += "\n" + stack;
}

std::optional<double> share(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::optional<std::uint64_t> count(const json::object& of, std::string_view key) {
  const auto number = share(of, key);
  if (!number || *number < 0 || *number > 1e18) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<Sample> read_sample(const Entry& entry) {
  boost::system::error_code trouble;
  const json::value value = json::parse(entry.text, trouble);
  const auto* const of = trouble ? nullptr : value.if_object();
  if (of == nullptr) return std::nullopt;
  Sample sample;
  sample.at = entry.wall;
  sample.cpu = share(*of, "cpu");
  sample.resident_bytes = count(*of, "rss");
  sample.descriptors = count(*of, "fds");
  sample.threads = count(*of, "threads");
  sample.cpu_pressure = share(*of, "psi_cpu");
  sample.memory_pressure = share(*of, "psi_memory");
  sample.io_pressure = share(*of, "psi_io");
  return sample;
}

template <class Item>
void keep_newest(std::vector<Item>& items, std::size_t most) {
  if (items.size() > most) items.erase(items.begin(), items.end() - static_cast<std::ptrdiff_t>(most));
}

// A quarter of the room is for how it began, the rest for how it ended.
template <class Item>
std::size_t drop_middle(std::vector<Item>& items, std::size_t most) {
  if (items.size() <= most) return 0;
  const std::size_t too_many = items.size() - most;
  const auto from = items.begin() + static_cast<std::ptrdiff_t>(most / 4);
  items.erase(from, from + static_cast<std::ptrdiff_t>(too_many));
  return too_many;
}

void limit_bytes(Incident& incident) {
  std::size_t bytes = 0;
  for (const Line& line : incident.lines) bytes += line.text.size();
  const std::size_t begun = incident.lines.size() / 4;
  std::size_t upto = begun;
  for (; bytes > most_line_bytes && upto < incident.lines.size(); ++upto)
    bytes -= incident.lines[upto].text.size();
  incident.lines.erase(incident.lines.begin() + static_cast<std::ptrdiff_t>(begun),
                       incident.lines.begin() + static_cast<std::ptrdiff_t>(upto));
  incident.lines_left_out += upto - begun;
}

}  // namespace

Gathered gather(const Recall& recall, core::WallTime from) {
  Gathered gathered;
  std::size_t bytes = 0;
  for (auto entry = recall.lines.rbegin(); entry != recall.lines.rend(); ++entry) {
    bytes += entry->text.size();
    if (entry->wall < from || bytes > 2 * most_line_bytes || gathered.lines.size() == most_lines) break;
    Line line;
    line.sequence = entry->sequence;
    line.at = entry->wall;
    line.stream = entry->subject;
    line.unterminated = (entry->flags & flag_unterminated) != 0;
    line.cut = (entry->flags & flag_cut) != 0;
    read_document(entry->text, line);
    if (line.unterminated && gathered.last_words.empty()) gathered.last_words = line.text;
    gathered.lines.push_back(std::move(line));
  }
  std::ranges::reverse(gathered.lines);
  for (const Entry& entry : recall.facts) {
    if (entry.wall < from) continue;
    if (entry.kind == EntryKind::answer)
      gathered.answers.push_back({entry.wall, std::string(entry.subject), std::string(entry.text)});
    if (entry.kind != EntryKind::sample) continue;
    if (auto sample = read_sample(entry)) gathered.samples.push_back(*sample);
  }
  keep_newest(gathered.answers, most_answers);
  keep_newest(gathered.samples, most_samples);
  return gathered;
}

void add(Incident& incident, Gathered gathered) {
  const auto newer = [](const auto& known, auto& found) {
    if (!known.empty())
      std::erase_if(found, [last = known.back().at](const auto& item) { return item.at <= last; });
  };
  if (!incident.lines.empty()) {
    const Line& last = incident.lines.back();
    std::erase_if(gathered.lines, [sequence = last.sequence, at = last.at](const Line& line) {
      return line.sequence <= sequence && line.at <= at;
    });
  }
  newer(incident.samples, gathered.samples);
  newer(incident.answers, gathered.answers);
  std::ranges::move(gathered.lines, std::back_inserter(incident.lines));
  std::ranges::move(gathered.samples, std::back_inserter(incident.samples));
  std::ranges::move(gathered.answers, std::back_inserter(incident.answers));
  incident.lines_left_out += drop_middle(incident.lines, most_lines);
  limit_bytes(incident);
  drop_middle(incident.samples, most_samples);
  drop_middle(incident.answers, most_answers);
  if (!gathered.last_words.empty()) incident.last_words = std::move(gathered.last_words);
  incident.gathered = true;
}

void add(Incident& incident, Death death) {
  ++incident.deaths_total;
  incident.deaths.push_back(std::move(death));
  drop_middle(incident.deaths, most_deaths);
}

void add_to_timeline(Incident& incident, Remark remark) {
  incident.timeline.push_back(std::move(remark));
  drop_middle(incident.timeline, most_events);
}

void add(Incident& incident, Finding finding) {
  if (finding.text.size() > most_finding_bytes) {
    finding.text.resize(most_finding_bytes);
    finding.text += "\n…";
  }
  const auto same = std::ranges::find(incident.findings, finding.name, &Finding::name);
  if (same != incident.findings.end()) {
    *same = std::move(finding);
  } else if (incident.findings.size() < most_findings) {
    incident.findings.push_back(std::move(finding));
  }
}

std::string write_sample(const Sample& sample) {
  json::object object;
  const auto put = [&object](std::string_view key, const auto& value) {
    if (value) object[key] = *value;
  };
  put("cpu", sample.cpu);
  put("rss", sample.resident_bytes);
  put("fds", sample.descriptors);
  put("threads", sample.threads);
  put("psi_cpu", sample.cpu_pressure);
  put("psi_memory", sample.memory_pressure);
  put("psi_io", sample.io_pressure);
  return json::serialize(object);
}

Before look_back(const std::vector<Entry>& facts) {
  Before before;
  for (const Entry& entry : facts) {
    before.last = std::max(before.last, entry.wall);
    if (entry.kind != EntryKind::session) continue;
    before.was = true;
    before.ended = entry.subject == "end";
    if (!before.ended) before.boot = entry.text;
  }
  return before;
}

}  // namespace outrider::incident
