// outrider alert: which there are, and what is done about them. outrider notify --test: do messages arrive?
#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/columns.hpp"
#include "agent/core/text.hpp"

#include <ostream>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;
using core::Task;

constexpr core::Duration list_limit = std::chrono::seconds(10);

std::string text_in(const json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

template <class Each>
void for_each(const json::object& object, std::string_view key, Each each) {
  const auto* const value = object.if_contains(key);
  const auto* const list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return;
  for (const json::value& one : *list) {
    if (const auto* const item = one.if_object()) each(*item);
  }
}

std::string printable_lines(std::string_view text) {
  std::string lines;
  for (;;) {
    const std::size_t end = text.find('\n');
    lines += printable(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    lines += '\n';
    text.remove_prefix(end + 1);
  }
}

Paint paint_of(const std::string& severity) { return severity == "critical" ? Paint::bad : Paint::doubtful; }

// The worst that fires decides the code: what is acknowledged or silenced is still there.
void show_list(const Setting& setting, const json::object& answer, int& code) {
  std::vector<std::vector<Cell>> rows;
  code = exit_ok;
  for_each(answer, "alerts", [&](const json::object& alert) {
    const std::string severity = text_in(alert, "severity");
    const std::string state = text_in(alert, "state");
    const std::string note = text_in(alert, "note");
    std::string what = printable(text_in(alert, "sentence"));
    if (!note.empty()) what += " (" + printable(note) + ")";
    rows.push_back(
        {{severity, paint_of(severity)}, state, printable(text_in(alert, "key")), std::move(what)});
    if (state == "pending") return;
    const int own = severity == "critical"  ? exit_critical
                    : severity == "unknown" ? exit_unknown
                                            : exit_warning;
    if (code != exit_critical && (own == exit_critical || own > code)) code = own;
  });
  if (setting.line.json()) {
    setting.terminal.out() << json::serialize(answer) << "\n" << std::flush;
    return;
  }
  std::ostream& out = setting.terminal.out();
  out << (rows.empty() ? "no alerts\n" : columns(rows, setting.terminal));
  for_each(answer, "silences", [&](const json::object& silence) {
    out << fmt::format("silence {} of {} until {} by {}: {}\n", text_in(silence, "id"),
                       printable(text_in(silence, "what")), text_in(silence, "until"),
                       printable(text_in(silence, "who")), printable(text_in(silence, "reason")));
  });
  for_each(answer, "notifiers", [&](const json::object& notifier) {
    const std::string trouble = text_in(notifier, "trouble");
    if (trouble.empty()) return;
    out << setting.terminal.paint(
               Paint::bad, fmt::format("✗ {} does not reach people: {}", printable(text_in(notifier, "name")),
                                       printable(trouble)))
        << "\n";
  });
  out << std::flush;
}

Task<void> list(const Setting& setting, AgentLink& link, int& code) {
  const auto answer = co_await link.get("/api/v1/alerts", list_limit);
  if (!answer) {
    code = report(setting, answer.error(), exit_unknown);
    co_return;
  }
  show_list(setting, *answer, code);
}

std::string target_of(std::string_view what, const std::string& target, const Line& line) {
  boost::urls::url url((what == "test" ? "/api/v1/notify/" : "/api/v1/alerts/") + std::string(what));
  if (!target.empty()) url.params().append({"target", target});
  if (const auto length = line.value("for"); length && what == "silence")
    url.params().append({"for", *length});
  return std::string(url.buffer());
}

core::Error without(std::string_view what, std::string_view hint) {
  return {core::Errc::invalid, fmt::format("cannot do that without {}", what), std::string(hint)};
}

Task<void> ask_for_test(const Setting& setting, const std::string& name, AgentLink& link, int& code) {
  json::object body{{"reason", "outrider notify --test"}};
  std::string target = target_of("test", name, setting.line);
  const auto answer = co_await link.post(std::move(target), std::move(body), operator_name(setting.terminal));
  if (!answer) {
    const bool was_told = answer.error().code == core::Errc::refused;
    code = report(setting, answer.error(), was_told ? exit_critical : exit_unknown);
    co_return;
  }
  code = exit_ok;
  setting.terminal.out() << (setting.line.json() ? json::serialize(*answer)
                                                 : printable_lines(text_in(*answer, "done")))
                         << "\n"
                         << std::flush;
}

int test_by_agent(const Setting& setting, const std::string& name) {
  return talk(setting, [&](AgentLink& link, int& code) { return ask_for_test(setting, name, link, code); });
}

int test_here(const Setting& setting, const std::string& name) {
  const std::string path = config_path_of(setting.line, setting.terminal);
  std::string who = operator_name(setting.terminal);
  const auto done = setting.actions.test_notifiers(path, name, who.empty() ? "somebody" : who);
  if (!done) {
    const bool is_bad = done.error().code == core::Errc::invalid;
    return report(setting, done.error(), is_bad ? exit_bad_config : exit_critical);
  }
  if (setting.line.json()) {
    const json::object body{{"schema", 1}, {"done", core::clean_utf8(*done)}};
    setting.terminal.out() << json::serialize(body) << "\n" << std::flush;
  } else {
    setting.terminal.out() << printable_lines(*done) << "\n" << std::flush;
  }
  return exit_ok;
}

}  // namespace

int alert(const Setting& setting) {
  const std::string& what = setting.line.argument;
  if (what == "list") {
    return talk(setting, [&](AgentLink& link, int& code) { return list(setting, link, code); });
  }
  if (setting.line.file.empty())
    return report(setting,
                  without("naming an alert", "outrider alert list shows their keys; * stands for anything"),
                  exit_usage);
  if (setting.line.value("reason").value_or("").empty())
    return report(setting, without("--reason", "it goes into the audit journal, and to those who were told"),
                  exit_usage);
  if (what == "silence" && !setting.line.value("for"))
    return report(setting, without("--for", "--for 2h: a silence ends"), exit_usage);
  return command_agent(setting, target_of(what, setting.line.file, setting.line));
}

int notify(const Setting& setting) {
  if (!setting.line.flag("test"))
    return report(setting,
                  without("--test", "outrider notify --test sends one message through each notifier"),
                  exit_usage);
  if (setting.line.words.size() > 1)
    return report(setting, without("one name", "outrider notify --test NAME, or none for all"), exit_usage);
  const std::string name = setting.line.words.empty() ? "" : setting.line.words.front();
  return setting.line.flag("here") ? test_here(setting, name) : test_by_agent(setting, name);
}

}  // namespace outrider::cli
