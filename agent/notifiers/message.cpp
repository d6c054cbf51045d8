#include "agent/notifiers/message.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace outrider::notifiers {
namespace {

namespace json = boost::json;

constexpr std::array stages{Stage::firing, Stage::acknowledged, Stage::resolved, Stage::test,
                            Stage::heartbeat};
constexpr std::array severities{core::Severity::fine, core::Severity::warning, core::Severity::unknown,
                                core::Severity::critical};

json::string text(std::string_view words) { return json::string(core::clean_utf8(words)); }

json::array texts(const std::vector<std::string>& all) {
  json::array array;
  for (const std::string& one : all) array.push_back(text(one));
  return array;
}

std::string text_in(const json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  const auto* const words = value == nullptr ? nullptr : value->if_string();
  return words == nullptr ? std::string() : std::string(words->data(), words->size());
}

const json::array& list_in(const json::object& object, std::string_view key) {
  static const json::array none;
  const auto* const value = object.if_contains(key);
  const auto* const array = value == nullptr ? nullptr : value->if_array();
  return array == nullptr ? none : *array;
}

std::vector<std::string> texts_in(const json::object& object, std::string_view key) {
  std::vector<std::string> all;
  for (const json::value& one : list_in(object, key)) {
    if (const auto* const words = one.if_string()) all.emplace_back(words->data(), words->size());
  }
  return all;
}

Labels pairs_in(const json::object& object, std::string_view key) {
  Labels pairs;
  for (const json::value& one : list_in(object, key)) {
    const auto* const pair = one.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) continue;
    const json::string& first = (*pair)[0].get_string();
    const json::string& second = (*pair)[1].get_string();
    pairs.emplace_back(std::string(first.data(), first.size()), std::string(second.data(), second.size()));
  }
  return pairs;
}

template <class Enum, std::size_t Size>
Enum named(const std::array<Enum, Size>& all, std::string_view word, Enum otherwise) {
  for (const Enum one : all) {
    if (word == name_of(one)) return one;
  }
  return otherwise;
}

std::string lasted(const Message& message) {
  return core::show_age(std::max(core::Duration(0), message.at - message.began));
}

}  // namespace

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::firing: return "firing";
    case Stage::acknowledged: return "acknowledged";
    case Stage::resolved: return "resolved";
    case Stage::test: return "test";
    case Stage::heartbeat: return "heartbeat";
  }
  return "firing";
}

std::string headline(const Message& message) {
  switch (message.stage) {
    case Stage::resolved:
      return fmt::format("resolved after {}: {} ({})", lasted(message), message.subject, message.name);
    case Stage::acknowledged: return fmt::format("acknowledged: {} ({})", message.sentence, message.name);
    case Stage::test: return fmt::format("test: {}", message.sentence);
    case Stage::heartbeat: return fmt::format("alive: {}", message.sentence);
    case Stage::firing: break;
  }
  return fmt::format("{}: {} ({})", core::name_of(message.severity), message.sentence, message.name);
}

std::vector<std::string> lines_of(const Message& message) {
  std::vector<std::string> lines;
  if (message.stage == Stage::resolved) lines.push_back("It was: " + message.sentence);
  if (!message.why.empty()) lines.push_back("Why: " + message.why);
  for (const std::string& one : message.done) lines.push_back("Done: " + one);
  for (const std::string& one : message.explains) lines.push_back("Explains: " + one);
  if (!message.next.empty() && message.stage != Stage::resolved) lines.push_back("Next: " + message.next);
  if (!message.note.empty()) lines.push_back("Note: " + message.note);
  if (message.began != core::WallTime{} && message.stage != Stage::test)
    lines.push_back("Since: " + core::show_time(message.began));
  return lines;
}

std::string pack(const Message& message) {
  json::array links, labels;
  for (const Link& link : message.links) links.push_back(json::array{text(link.title), text(link.url)});
  for (const auto& [name, value] : message.labels) labels.push_back(json::array{text(name), text(value)});
  const json::object body{{"id", text(message.id)},
                          {"alert", text(message.alert)},
                          {"stage", name_of(message.stage)},
                          {"name", text(message.name)},
                          {"severity", core::name_of(message.severity)},
                          {"subject", text(message.subject)},
                          {"sentence", text(message.sentence)},
                          {"why", text(message.why)},
                          {"done", texts(message.done)},
                          {"explains", texts(message.explains)},
                          {"next", text(message.next)},
                          {"note", text(message.note)},
                          {"labels", std::move(labels)},
                          {"links", std::move(links)},
                          {"began", core::show_time(message.began)},
                          {"at", core::show_time(message.at)},
                          {"quiet", message.quiet}};
  return json::serialize(body);
}

std::optional<Message> unpack(std::string_view packed) {
  json::error_code problem;
  const json::value value = json::parse(json::string_view(packed.data(), packed.size()), problem);
  if (problem || !value.is_object()) return std::nullopt;
  const json::object& body = value.get_object();
  Message message;
  message.id = text_in(body, "id");
  message.alert = text_in(body, "alert");
  message.stage = named(stages, text_in(body, "stage"), Stage::firing);
  message.name = text_in(body, "name");
  message.severity = named(severities, text_in(body, "severity"), core::Severity::unknown);
  message.subject = text_in(body, "subject");
  message.sentence = text_in(body, "sentence");
  message.why = text_in(body, "why");
  message.done = texts_in(body, "done");
  message.explains = texts_in(body, "explains");
  message.next = text_in(body, "next");
  message.note = text_in(body, "note");
  message.labels = pairs_in(body, "labels");
  for (auto& [title, url] : pairs_in(body, "links")) message.links.push_back({title, url});
  message.began = core::read_time(text_in(body, "began")).value_or(core::WallTime{});
  message.at = core::read_time(text_in(body, "at")).value_or(core::WallTime{});
  const auto* const quiet = body.if_contains("quiet");
  message.quiet = quiet != nullptr && quiet->is_bool() && quiet->get_bool();
  if (message.id.empty() || message.alert.empty()) return std::nullopt;
  return message;
}

std::string shortened(std::string_view text, std::size_t most) {
  constexpr std::string_view mark = "…";
  if (text.size() <= most) return std::string(text);
  std::size_t end = most < mark.size() ? 0 : most - mark.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + std::string(mark);
}

}  // namespace outrider::notifiers
