// How a message looks in Slack.
#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"
#include "agent/notifiers/slack/slack.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace outrider::notifiers::slack {
namespace {

namespace json = boost::json;

// Slack's own bounds.
constexpr std::size_t most_header = 150;
constexpr std::size_t most_section = 3000;
constexpr std::size_t most_links = 5;
constexpr std::size_t most_line = 400;
constexpr std::size_t most_list = 2900;

// What stands in a text must not become a mention or a link. No longer than `most` bytes as it is sent.
std::string escaped(std::string_view text, std::size_t most = most_line) {
  const std::string clean = core::clean_utf8(text);
  std::string out;
  for (std::size_t at = 0; at < clean.size();) {
    const std::size_t next = std::min(clean.find_first_of("&<>", at), clean.size());
    std::string_view piece = std::string_view(clean).substr(at, next - at);
    if (next == at) {
      piece = clean[at] == '&' ? "&amp;" : clean[at] == '<' ? "&lt;" : "&gt;";
      if (out.size() + piece.size() > most) return out + "…";
      ++at;
      out += piece;
      continue;
    }
    if (out.size() + piece.size() > most) return out + shortened(piece, most - out.size());
    out += piece;
    at = next;
  }
  return out;
}

struct Look {
  std::string_view sign;
  std::string_view colour;
};

Look look_of(const Message& message) {
  switch (message.stage) {
    case Stage::resolved: return {":large_green_circle:", "#17663a"};
    case Stage::acknowledged: return {":eyes:", "#2b6cb0"};
    case Stage::test: return {":bell:", "#2b6cb0"};
    case Stage::heartbeat: return {":heartbeat:", "#17663a"};
    case Stage::firing: break;
  }
  switch (message.severity) {
    case core::Severity::critical: return {":red_circle:", "#a3201a"};
    case core::Severity::unknown: return {":large_purple_circle:", "#544a78"};
    default: return {":large_yellow_circle:", "#d9a300"};
  }
}

json::object section(std::string text) {
  return {{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", std::move(text)}}}};
}

std::string listed(std::string_view title, const std::vector<std::string>& all) {
  std::string text = fmt::format("*{}*", title);
  for (const std::string& one : all) {
    const std::string line = fmt::format("\n• {}", escaped(one));
    if (text.size() + line.size() > most_list) return text + "\n…";
    text += line;
  }
  return text;
}

json::object buttons(const std::vector<Link>& links) {
  json::array elements;
  for (const Link& link : links) {
    if (elements.size() == most_links || link.url.size() > most_section) break;
    elements.push_back(json::object{
        {"type", "button"},
        {"text", {{"type", "plain_text"}, {"text", shortened(core::clean_utf8(link.title), 75)}}},
        {"url", core::clean_utf8(link.url)}});
  }
  return {{"type", "actions"}, {"elements", std::move(elements)}};
}

std::string label_of(const Message& message, std::string_view name) {
  for (const auto& [key, value] : message.labels) {
    if (key == name) return value;
  }
  return {};
}

json::object context(const Message& message) {
  std::string text = escaped(message.name);
  for (const char* name : {"service", "namespace", "environment", "instance"}) {
    const std::string value = label_of(message, name);
    if (!value.empty()) text += fmt::format(" · {} {}", name, escaped(value));
  }
  text += fmt::format(" · since {} · `{}`", core::show_time(message.began), escaped(message.id, 200));
  json::array elements{json::object{{"type", "mrkdwn"}, {"text", std::move(text)}}};
  return {{"type", "context"}, {"elements", std::move(elements)}};
}

json::array blocks_of(const Message& message, std::string_view sign) {
  json::array blocks;
  const std::string title =
      shortened(fmt::format("{} {}", sign, core::clean_utf8(headline(message))), most_header);
  blocks.push_back(json::object{{"type", "header"}, {"text", {{"type", "plain_text"}, {"text", title}}}});
  std::string what = fmt::format("*{}*", escaped(message.sentence));
  if (!message.why.empty()) what += "\n" + escaped(message.why, 1500);
  if (!message.note.empty()) what += fmt::format("\n_{}_", escaped(message.note));
  blocks.push_back(section(std::move(what)));
  if (!message.done.empty()) blocks.push_back(section(listed("What outrider did", message.done)));
  if (!message.explains.empty()) blocks.push_back(section(listed("What comes of it", message.explains)));
  if (!message.next.empty() && message.stage != Stage::resolved)
    blocks.push_back(section("*Next:* " + escaped(message.next, 1000)));
  if (!message.links.empty()) blocks.push_back(buttons(message.links));
  blocks.push_back(context(message));
  return blocks;
}

}  // namespace

json::object message_body(const Message& message, const std::string& mention) {
  const Look look = look_of(message);
  const bool calls = message.stage == Stage::firing && message.severity == core::Severity::critical;
  std::string text = calls && !mention.empty() ? mention + " " : "";
  text += escaped(headline(message), most_section);
  json::array attachments{json::object{{"color", look.colour}, {"blocks", blocks_of(message, look.sign)}}};
  return {{"text", std::move(text)}, {"attachments", std::move(attachments)}};
}

std::string thread_text(const Message& message) {
  std::string text = escaped(headline(message));
  if (!message.note.empty()) text += fmt::format("\n_{}_", escaped(message.note));
  if (!message.done.empty()) text += "\n" + listed("What outrider did", message.done);
  return text;
}

}  // namespace outrider::notifiers::slack
