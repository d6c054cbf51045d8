#include "agent/recovery/ground/fetching.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/seconds.hpp"
#include "agent/os/tool.hpp"
#include "agent/recovery/ground/desk/desk.hpp"
#include "agent/wal/check/segment.hpp"
#include "agent/wal/names.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace outrider::recovery {
namespace {

namespace json = boost::json;

constexpr std::size_t timeline_digits = 8;
constexpr std::uint64_t kept_words_bytes = 8 * 1024;

std::vector<std::string> texts(const json::object& object, std::string_view key) {
  std::vector<std::string> list;
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return list;
  for (const auto& one : value->as_array()) {
    if (one.is_string()) list.emplace_back(one.as_string());
  }
  return list;
}

void read_following(const json::object& object, FetchOrder& order) {
  const auto whole = [&](std::string_view key) -> std::optional<std::int64_t> {
    const auto* found = object.if_contains(key);
    return found && found->is_int64() ? std::optional(found->as_int64()) : std::nullopt;
  };
  if (const auto limit = whole("limit_seconds")) order.limit = std::chrono::seconds(*limit);
  if (const auto patience = whole("patience_seconds")) order.patience = std::chrono::seconds(*patience);
  order.most_bytes_per_second = static_cast<std::uint64_t>(whole("most_bytes_per_second").value_or(0));
  const auto* follows = object.if_contains("follows");
  order.follows = follows && follows->is_bool() && follows->as_bool();
}

bool is_segment(std::string_view name) {
  const auto read = wal::read_name(name);
  return read && read->kind == wal::NameKind::segment;
}

void note_served(std::string_view name, Fetches& into) {
  ++into.served;
  if (into.last_served == name) {
    ++into.times_in_a_row;
    return;
  }
  into.last_served = name;
  into.times_in_a_row = 1;
  into.absent.clear();
  into.absent_in_a_row = 0;
  into.absent_times.clear();
}

void note_absent(std::string_view name, Fetches& into) {
  ++into.in_vain;
  into.times_in_a_row = 0;
  const std::uint32_t times = ++into.absent_times[std::string(name)];
  if (times <= into.absent_in_a_row) return;
  into.absent = name;
  into.absent_in_a_row = times;
}

}  // namespace

std::string to_json(const FetchOrder& order) {
  json::object last;
  for (const auto& [timeline, name] : order.last) last[timeline] = name;
  const auto limit = std::chrono::duration_cast<std::chrono::seconds>(order.limit).count();
  return json::serialize(json::object{
      {"argv", json::array(order.plan.argv.begin(), order.plan.argv.end())},
      {"environment", json::array(order.plan.environment.begin(), order.plan.environment.end())},
      {"absent_codes", json::array(order.plan.absent_codes.begin(), order.plan.absent_codes.end())},
      {"last", std::move(last)},
      {"ahead", order.ahead},
      {"log", order.log},
      {"desk", order.desk},
      {"limit_seconds", limit},
      {"follows", order.follows},
      {"most_bytes_per_second", order.most_bytes_per_second},
      {"patience_seconds", std::chrono::duration_cast<std::chrono::seconds>(order.patience).count()}});
}

core::Outcome<FetchOrder> read_fetch_order(std::string_view text) {
  boost::system::error_code trouble;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), trouble);
  const auto* object = trouble ? nullptr : value.if_object();
  if (object == nullptr)
    return core::fail(core::Errc::corrupt, "cannot understand the drill's order for fetching");
  FetchOrder order;
  order.plan.argv = texts(*object, "argv");
  order.plan.environment = texts(*object, "environment");
  if (const auto* codes = object->if_contains("absent_codes"); codes && codes->is_array()) {
    for (const auto& code : codes->as_array()) {
      if (code.is_int64()) order.plan.absent_codes.push_back(static_cast<int>(code.as_int64()));
    }
  }
  if (const auto* last = object->if_contains("last"); last && last->is_object()) {
    for (const auto& [timeline, name] : last->as_object()) {
      if (name.is_string()) order.last[std::string(timeline)] = std::string(name.as_string());
    }
  }
  auto text_of = [&](std::string_view key) {
    const auto* found = object->if_contains(key);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
  };
  order.ahead = text_of("ahead");
  order.log = text_of("log");
  order.desk = text_of("desk");
  read_following(*object, order);
  if (order.plan.argv.empty()) return core::fail(core::Errc::corrupt, "the drill's order names no command");
  return order;
}

std::map<std::string, std::string> last_of_timelines(const std::vector<std::string>& archive) {
  std::map<std::string, std::string> last;
  for (const auto& name : archive) {
    if (!is_segment(name)) continue;
    std::string& newest = last[name.substr(0, timeline_digits)];
    newest = std::max(newest, name);
  }
  return last;
}

bool was_there(const FetchOrder& order, std::string_view name) {
  if (order.follows || !is_segment(name)) return true;
  const auto last = order.last.find(std::string(name.substr(0, timeline_digits)));
  return last != order.last.end() && name <= last->second;
}

std::optional<std::string> dangerous(const std::string& name, const std::string& path) {
  const auto read = wal::read_name(name);
  if (!read || read->kind != wal::NameKind::segment) return std::nullopt;
  std::error_code trouble;
  const auto size = std::filesystem::file_size(path, trouble);
  const auto id = trouble ? std::nullopt : wal::place(*read, size);
  if (!id) return std::nullopt;  // not a whole segment: the server itself will refuse it
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) return std::nullopt;
  wal::Expected expected;
  expected.id = *id;
  expected.segment_bytes = bytes.size();
  if (!wal::check_segment(bytes, expected).creates_tablespace) return std::nullopt;
  return "it creates a tablespace, and replaying that would clear the tablespace's directory on this machine";
}

core::Task<Fetched> fetch_file(os::Processes& processes, core::Clock& clock, async::Pool& pool,
                               catalogs::FetchPlan plan, std::string name, std::string path,
                               core::Duration limit) {
  os::Command command;
  for (const auto& word : plan.argv)
    command.argv.push_back(core::replaced(core::replaced(word, "%f", name), "%p", path));
  command.environment = plan.environment;
  auto ran = co_await os::run_tool(processes, clock, std::move(command), limit, kept_words_bytes);
  if (!ran) co_return Fetched{fetch_trouble, ran.error().what};
  if (ran->exit.succeeded()) {
    auto job = [&] { return dangerous(name, path); };
    auto danger = co_await async::offload(pool, job);
    if (!danger) co_return Fetched{fetch_found, {}};
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    co_return Fetched{fetch_trouble, std::move(*danger)};
  }
  const auto& absent = plan.absent_codes;
  const bool truly_absent =
      ran->exit.exited && std::find(absent.begin(), absent.end(), ran->exit.code) != absent.end();
  if (truly_absent) co_return Fetched{fetch_absent, {}};
  co_return Fetched{fetch_trouble, fmt::format("{}: {}", ran->exit.sentence(), ran->last_words())};
}

namespace {

void note(const FetchOrder& order, const std::string& name, const Fetched& fetched) {
  std::ofstream(order.log, std::ios::app) << fetch_line(name, fetched.code, fetched.why);
}

// The ceiling: a segment is handed over no sooner than its share of the time is over.
core::Duration share_of_time(const FetchOrder& order, const std::string& path) {
  std::error_code trouble;
  const auto bytes = std::filesystem::file_size(path, trouble);
  if (trouble || order.most_bytes_per_second == 0) return {};
  return core::from_seconds(static_cast<double>(bytes) / static_cast<double>(order.most_bytes_per_second));
}

}  // namespace

core::Task<Fetched> answer_fetch(os::Processes& processes, core::Clock& clock, async::Pool& pool,
                                 FetchOrder order, std::string name, std::string path) {
  constexpr core::Duration first_rest = std::chrono::seconds(5), longest_rest = std::chrono::minutes(1);
  Fetched fetched{fetch_absent, {}};
  if (!was_there(order, name)) {
    note(order, name, fetched);
    co_return fetched;
  }
  const core::Instant began = clock.now();
  for (core::Duration rest = first_rest;; rest = std::min(2 * rest, longest_rest)) {
    const core::Instant asked = clock.now();
    if (order.desk.empty())
      fetched = co_await fetch_file(processes, clock, pool, order.plan, name, path, order.limit);
    else
      fetched = co_await ask_desk(clock, pool, order, name, path);
    if (fetched.code == fetch_found && is_segment(name)) {
      const core::Instant due = asked + share_of_time(order, path);
      co_await clock.sleep_until(due);
    }
    note(order, name, fetched);
    const bool again = order.follows && fetched.code == fetch_trouble && clock.now() - began < order.patience;
    if (!again) co_return fetched;
    co_await clock.sleep(rest);
  }
}

std::string restore_command(const FetchOrder& order, const std::string& program,
                            const std::string& order_path) {
  return fmt::format(
      "mv '{}/%f' '%p' 2>/dev/null && echo '%f 0' >> '{}' || exec '{}' fetch-wal --order '{}' --file '%f' "
      "--to '%p'",
      order.ahead, order.log, program, order_path);
}

std::string fetch_line(std::string_view name, int code, std::string_view why) {
  std::string words(why);
  std::replace(words.begin(), words.end(), '\n', ' ');
  return fmt::format("{} {}{}{}\n", name, code, words.empty() ? "" : " ", words);
}

void read_fetch_lines(std::string_view lines, Fetches& into) {
  while (!lines.empty()) {
    const std::string_view line = core::take_line(lines);
    const auto space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, space);
    std::string_view rest = line.substr(space + 1);
    int code = fetch_trouble;
    const auto [stop, trouble] = std::from_chars(rest.begin(), rest.end(), code);
    if (trouble != std::errc{}) continue;
    rest.remove_prefix(std::min<std::size_t>(rest.size(), static_cast<std::size_t>(stop - rest.begin()) + 1));
    into.troubled = code == fetch_trouble;
    if (into.troubled) {
      into.trouble = fmt::format("{} could not be fetched: {}", name, rest);
    } else if (!is_segment(name)) {
      continue;  // a timeline that does not exist is asked for again and again
    } else if (code == fetch_found) {
      note_served(name, into);
    } else {
      note_absent(name, into);
    }
  }
}

}  // namespace outrider::recovery
