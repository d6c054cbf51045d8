#include "agent/pipeline/tap/tap.hpp"

#include "agent/lines/field.hpp"
#include "agent/lines/json.hpp"

#include <algorithm>
#include <array>

namespace outrider::pipeline {
namespace {

struct Named {
  std::string_view name;
  std::string_view help;
};

constexpr std::array<Named, stage_count> stages{{
    {"source", "each record once all steps are done, before it waits for a destination"},
    {"left_out", "records that a step lets go no further"},
    {"offered", "what the destination is handed, each time it is"},
    {"answered", "the same, with what became of it: taken, duplicate, refused, failed"},
    {"parked", "what the destination refuses for good, and its answer"},
    {"dropped", "what is given up for want of room or time"},
}};

void append_member(std::string& out, std::string_view key, std::string_view text) {
  out += ",\"";
  out += key;
  out += "\":\"";
  lines::append_escaped(out, text);
  out += '"';
}

// The document comes last: a reader need not take it apart.
std::string written(const Sight& sight) {
  std::string out;
  out.reserve(sight.record.text.size() + 256);
  out += R"({"point":")";
  out += name_of(sight.stage);
  out += ':';
  lines::append_escaped(out, sight.of);
  out += '"';
  append_member(out, "stream", sight.stream);
  out += R"(,"id":")";
  telemetry::append_document_id(out, sight.record.origin);
  out += '"';
  if (!sight.fate.empty()) append_member(out, "fate", sight.fate);
  if (!sight.why.empty()) append_member(out, "why", sight.why);
  if (!sight.steps.empty()) {
    out += R"(,"steps":[)";
    for (const transforms::Note& note : sight.steps) {
      out += out.ends_with('[') ? "" : ",";
      out += R"({"by":")";
      lines::append_escaped(out, note.by);
      out += '"';
      append_member(out, "what", note.what);
      out += '}';
    }
    out += ']';
  }
  out += R"(,"document":)";
  out += sight.record.text.empty() ? "null" : sight.record.text;
  out += '}';
  return out;
}

}  // namespace

std::string_view name_of(Stage stage) { return stages[static_cast<std::size_t>(stage)].name; }
std::string_view help_of(Stage stage) { return stages[static_cast<std::size_t>(stage)].help; }

std::optional<Stage> read_stage(std::string_view word) {
  for (std::size_t i = 0; i < stage_count; ++i) {
    if (stages[i].name == word) return static_cast<Stage>(i);
  }
  return std::nullopt;
}

Tap::Tap(std::uint64_t id, std::vector<Point> points, core::TapQuestion question)
    : id_(id), points_(std::move(points)), question_(std::move(question)) {}

bool Tap::looks_at(Stage stage) const {
  return std::any_of(points_.begin(), points_.end(),
                     [stage](const Point& point) { return point.stage == stage; });
}

bool Tap::looks_at(Stage stage, std::string_view of) const {
  return std::any_of(points_.begin(), points_.end(), [&](const Point& point) {
    return point.stage == stage && of.find(point.part) != std::string_view::npos;
  });
}

void Tap::saw(const Sight& sight, core::Instant now) {
  const bool filtered = !question_.match.empty() || !question_.field.empty();
  if (full() || (filtered && !may_read(sight.record.text.size(), now))) {
    ++unseen_;
    return;
  }
  if (filtered && !wanted(sight.record.text)) return;
  std::string text = written(sight);
  if (bytes_ + text.size() > most_bytes) {
    ++unseen_;
    return;
  }
  bytes_ += text.size();
  records_.push_back(std::move(text));
}

bool Tap::may_read(std::uint64_t bytes, core::Instant now) {
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    read_bytes_ = 0;
  }
  read_bytes_ += bytes;
  return read_bytes_ <= most_read_bytes;
}

bool Tap::wanted(std::string_view document) {
  if (document.find(question_.match) == std::string_view::npos) return false;
  if (question_.field.empty()) return true;
  return lines::says(lines::find_field(document, question_.field), question_.value);
}

core::TapNews Tap::next(std::uint64_t after) {
  for (; !records_.empty() && first_ <= after; ++first_) {
    bytes_ -= records_.front().size();
    records_.pop_front();
  }
  core::TapNews news;
  news.records.assign(records_.begin(), records_.end());
  news.last = first_ + records_.size() - 1;
  news.unseen = unseen_;
  return news;
}

}  // namespace outrider::pipeline
