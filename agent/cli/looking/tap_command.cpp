// outrider tap: the logs as they go by in the running agent, until the reader has had enough.
#include "agent/cli/agent_link.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/exit_code.hpp"
#include "agent/cli/show/columns.hpp"
#include "agent/core/clock.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <optional>
#include <ostream>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::cli {
namespace {

namespace json = boost::json;
using core::Errc;
using core::Outcome;
using core::Task;
using namespace std::chrono_literals;

constexpr core::Duration short_limit = 5s;
constexpr core::Duration poll_wait = 5s;

struct Wanted {
  std::optional<std::uint64_t> records;
  std::optional<core::Duration> time;
  bool as_json = false;
};

Outcome<std::optional<std::uint64_t>> number_in(const Line& line, const char* name) {
  const auto word = line.value(name);
  if (!word) return std::optional<std::uint64_t>();
  const auto number = core::read_number<std::uint64_t>(*word);
  if (!number || *number == 0 || *number > 1'000'000'000)
    return core::fail(Errc::invalid, fmt::format("cannot take --{} {}", name, *word),
                      "it is a whole number from 1");
  return number;
}

Outcome<Wanted> read_wanted(const Line& line) {
  const auto records = number_in(line, "limit");
  if (!records) return core::fail(records.error());
  const auto seconds = number_in(line, "seconds");
  if (!seconds) return core::fail(seconds.error());
  const auto where = line.value("where");
  if (where && where->find('=') == std::string::npos)
    return core::fail(Errc::invalid, "cannot take --where " + *where,
                      "write FIELD=VALUE: --where log.level=error");
  Wanted wanted;
  wanted.records = *records;
  if (*seconds) wanted.time = std::chrono::seconds(**seconds);
  wanted.as_json = line.json() || line.value("format") == "json";
  return wanted;
}

std::string member(const json::object& object, std::string_view key) {
  const auto* const value = object.if_contains(key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

Paint paint_of(std::string_view fate) {
  if (fate == "refused" || fate == "failed" || fate == "parked" || fate == "dropped") return Paint::bad;
  return fate == "taken" ? Paint::good : Paint::doubtful;
}

Task<void> list_points(const Setting& setting, AgentLink& link, int& code) {
  const auto answer = co_await link.get("/api/v1/tap", short_limit);
  if (!answer) {
    code = report(setting, answer.error(), exit_unknown);
    co_return;
  }
  code = exit_ok;
  if (setting.line.json() || setting.line.value("format") == "json") {
    setting.terminal.out() << json::serialize(*answer) << "\n" << std::flush;
    co_return;
  }
  std::vector<std::vector<Cell>> rows;
  const auto* const points = answer->if_contains("points");
  if (points == nullptr || !points->is_array()) co_return;
  for (const auto& item : points->get_array()) {
    const auto* const point = item.if_object();
    if (point == nullptr) continue;
    rows.push_back({printable(member(*point, "point")), {printable(member(*point, "help")), Paint::faint}});
  }
  setting.terminal.out() << columns(rows, setting.terminal) << std::flush;
}

class Tapper {
 public:
  Tapper(const Setting& setting, AgentLink& link, Wanted wanted)
      : setting_(setting), link_(link), wanted_(wanted), began_(setting.actions.clock->now()) {}

  // Until there has been enough, or the reader goes away.
  Task<void> run(int& code) {
    const Outcome<> opened = co_await open();
    if (!opened) {
      code =
          report(setting_, opened.error(), opened.error().code == Errc::invalid ? exit_usage : exit_unknown);
      co_return;
    }
    code = exit_ok;
    while (!enough()) {
      const auto news = co_await ask("next", next_question());
      if (news) {
        tell(*news);
      } else {
        co_await open_again(news.error());
      }
    }
    (void)co_await ask("end", tap_alone());  // else it ends when nobody asks for some time
  }

 private:
  json::object tap_alone() const { return {{"tap", id_}}; }
  json::object next_question() const {
    return {{"tap", id_}, {"after", last_}, {"wait", fmt::format("{}ms", wait().count())}};
  }

  Task<Outcome<std::string>> ask(std::string what, json::object body) {
    auto asking = link_.post_for_text("/api/v1/tap/" + what, std::move(body),
                                      operator_name(setting_.terminal), poll_wait + short_limit);
    co_return co_await std::move(asking);
  }

  Task<Outcome<>> open() {
    json::array points;
    for (const std::string& word : setting_.line.words) points.push_back(json::string(word));
    json::object body{{"points", std::move(points)},
                      {"match", setting_.line.value("match").value_or("")},
                      {"where", setting_.line.value("where").value_or("")}};
    const auto answer = co_await ask("open", std::move(body));
    if (!answer) co_return core::fail(answer.error());
    json::error_code problem;
    const auto document = json::parse(*answer, problem);
    const auto* const opened = problem ? nullptr : document.if_object();
    const auto* const id = opened == nullptr ? nullptr : opened->if_contains("tap");
    if (id == nullptr || !id->is_number())
      co_return core::fail(Errc::unsupported, "cannot read the answer: it names no tap");
    id_ = id->to_number<std::uint64_t>(problem);
    last_ = 0;
    unseen_ = 0;
    std::string names;
    if (const auto* const points_of = opened->if_contains("points"); points_of && points_of->is_array()) {
      for (const auto& name : points_of->get_array()) {
        if (name.is_string()) names += (names.empty() ? "" : ", ") + std::string(name.get_string());
      }
    }
    remark("looking at " + names);
    co_return Outcome<>();
  }

  Task<void> open_again(core::Error trouble) {
    remark(trouble.what + "; trying again every second");
    for (;;) {
      co_await setting_.actions.clock->sleep(1s);
      if (enough()) co_return;
      const Outcome<> opened = co_await open();
      if (opened) co_return;
    }
  }

  bool enough() {
    return !setting_.terminal.out() || (wanted_.records && shown_ >= *wanted_.records) ||
           wait() <= core::Duration::zero();
  }

  // How long the next answer may be waited for.
  std::chrono::milliseconds wait() const {
    core::Duration left = poll_wait;
    if (wanted_.time) left = std::min(left, began_ + *wanted_.time - setting_.actions.clock->now());
    return std::chrono::duration_cast<std::chrono::milliseconds>(left);
  }

  // Lines of JSON; the last one says how far it went.
  void tell(std::string_view news) {
    std::vector<std::string_view> lines;
    for (std::size_t end = news.find('\n'); end != std::string_view::npos; end = news.find('\n')) {
      lines.push_back(news.substr(0, end));
      news.remove_prefix(end + 1);
    }
    if (lines.empty()) return;
    json::error_code problem;
    const auto summary = json::parse(lines.back(), problem);
    lines.pop_back();
    for (const std::string_view record : lines) {
      if (wanted_.records && shown_ >= *wanted_.records) break;
      show(record);
      ++shown_;
    }
    setting_.terminal.out() << std::flush;
    if (problem || !summary.is_object()) return;
    last_ = count_in(summary.get_object(), "last");
    const std::uint64_t unseen = count_in(summary.get_object(), "unseen");
    if (unseen > unseen_)
      remark(fmt::format("{} records not shown: they went by too fast", unseen - unseen_));
    unseen_ = std::max(unseen, unseen_);
  }

  static std::uint64_t count_in(const json::object& object, const char* key) {
    json::error_code problem;
    const auto* const value = object.if_contains(key);
    return value == nullptr ? 0 : value->to_number<std::uint64_t>(problem);
  }

  void show(std::string_view record) {
    std::ostream& out = setting_.terminal.out();
    if (wanted_.as_json) {
      out << record << "\n";
      return;
    }
    // The document comes last, and stays as it was written.
    constexpr std::string_view mark = R"(,"document":)";
    const auto at = record.find(mark);
    json::error_code problem;
    const auto head = json::parse(std::string(record.substr(0, at)) + "}", problem);
    if (at == std::string_view::npos || problem || !head.is_object()) {
      out << printable(record) << "\n";
      return;
    }
    show(head.get_object(), record.substr(at + mark.size(), record.size() - at - mark.size() - 1));
  }

  void show(const json::object& head, std::string_view document) {
    std::ostream& out = setting_.terminal.out();
    const std::string fate = member(head, "fate");
    const std::string why = member(head, "why");
    out << setting_.terminal.paint(Paint::faint, member(head, "point"));
    if (!fate.empty())
      out << " " << setting_.terminal.paint(paint_of(fate), why.empty() ? fate : fate + ": " + why);
    out << " " << setting_.terminal.paint(Paint::plain, document) << "\n";
    const auto* const steps = head.if_contains("steps");
    if (!setting_.line.flag("steps") || steps == nullptr || !steps->is_array()) return;
    for (const auto& item : steps->get_array()) {
      const auto* const step = item.if_object();
      if (step == nullptr) continue;
      out << fmt::format("    {:<12} ", printable(member(*step, "by")))
          << setting_.terminal.paint(Paint::faint, member(*step, "what")) << "\n";
    }
  }

  void remark(const std::string& sentence) {
    setting_.terminal.err() << setting_.terminal.paint(Paint::faint, "-- " + sentence) << "\n" << std::flush;
  }

  const Setting& setting_;
  AgentLink& link_;
  Wanted wanted_;
  core::Instant began_;
  std::uint64_t id_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t unseen_ = 0;
  std::uint64_t shown_ = 0;
};

Task<void> look(const Setting& setting, AgentLink& link, Wanted wanted, int& code) {
  Tapper tapper(setting, link, wanted);
  co_await tapper.run(code);
}

}  // namespace

int tap(const Setting& setting) {
  if (setting.line.words.empty())
    return talk(setting, [&](AgentLink& link, int& code) { return list_points(setting, link, code); });
  const auto wanted = read_wanted(setting.line);
  if (!wanted) return report(setting, wanted.error(), exit_usage);
  return talk(setting, [&](AgentLink& link, int& code) { return look(setting, link, *wanted, code); });
}

}  // namespace outrider::cli
