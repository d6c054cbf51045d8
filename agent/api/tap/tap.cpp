#include "agent/api/tap/tap.hpp"

#include "agent/api/answers.hpp"
#include "agent/api/guard.hpp"
#include "agent/api/json.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/core.h>

namespace outrider::api {
namespace {

namespace json = boost::json;
using core::Errc;
using core::Outcome;
using core::Task;
using net::Call;
using net::Response;

constexpr core::Duration longest_tap_wait = std::chrono::seconds(10);

core::Error nothing_to_see() {
  return {Errc::unsupported, "no logs are carried", "give the configuration a section `logs`"};
}

Outcome<json::object> read_object(const Call& call, std::initializer_list<std::string_view> keys) {
  if (call.body.size() > longest_body_bytes)
    return core::fail(Errc::invalid, "cannot read the request: it is too large",
                      fmt::format("at most {}", core::show_bytes(longest_body_bytes)));
  json::error_code problem;
  const json::value document = json::parse(call.body, problem);
  if (problem || !document.is_object())
    return core::fail(Errc::invalid, "cannot read the request: it is not a JSON object");
  for (const auto& member : document.get_object()) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const std::string_view meant = core::nearest(key, keys.begin(), keys.end());
    return core::fail(Errc::invalid,
                      fmt::format("cannot take the key \"{}\"", core::clean_utf8(key.substr(0, 64))),
                      meant.empty() ? std::string() : fmt::format("did you mean \"{}\"?", meant));
  }
  return document.get_object();
}

Outcome<std::string> text_of(const json::object& body, std::string_view key) {
  const auto* const value = body.if_contains(key);
  if (value == nullptr) return std::string();
  const auto* const text = value->if_string();
  if (text == nullptr) return core::fail(Errc::invalid, fmt::format("cannot take {}: it is not text", key));
  return std::string(text->data(), text->size());
}

Outcome<std::uint64_t> number_of(const json::object& body, std::string_view key) {
  const auto* const value = body.if_contains(key);
  if (value == nullptr) return std::uint64_t{0};
  json::error_code problem;
  const auto number = value->to_number<std::uint64_t>(problem);
  if (problem || value->is_double())
    return core::fail(Errc::invalid, fmt::format("cannot take {}: it is not a whole number", key));
  return number;
}

Outcome<core::TapQuestion> read_question(const json::object& body) {
  core::TapQuestion question;
  const auto* const points = body.if_contains("points");
  if (points == nullptr || !points->is_array())
    return core::fail(Errc::invalid, "cannot tell where to look: points is no list",
                      R"(send {"points": ["parked"]}; GET /api/v1/tap lists them)");
  for (const auto& point : points->get_array()) {
    const auto* const word = point.if_string();
    if (word == nullptr) return core::fail(Errc::invalid, "cannot take points: one of them is not text");
    question.points.emplace_back(word->data(), word->size());
  }
  auto match = text_of(body, "match");
  if (!match) return core::fail(match.error());
  question.match = std::move(*match);
  const auto where = text_of(body, "where");
  if (!where) return core::fail(where.error());
  const auto equals = where->find('=');
  if (!where->empty() && (equals == std::string::npos || equals == 0))
    return core::fail(Errc::invalid, "cannot take where: it is not FIELD=VALUE", "log.level=error");
  if (!where->empty()) {
    question.field = where->substr(0, equals);
    question.value = where->substr(equals + 1);
  }
  return question;
}

Outcome<core::Duration> read_wait(const json::object& body) {
  const auto text = text_of(body, "wait");
  if (!text) return core::fail(text.error());
  if (text->empty()) return core::Duration::zero();
  const auto wait = core::read_duration(*text);
  if (!wait || *wait < core::Duration::zero() || *wait > longest_tap_wait)
    return core::fail(Errc::invalid, "cannot wait that long",
                      fmt::format("wait is a duration from 0s to {}", core::show_duration(longest_tap_wait)));
  return *wait;
}

}  // namespace

Task<Response> tap_points(core::Commands& commands) {
  if (commands.taps() == nullptr) co_return error_answer(nothing_to_see());
  const auto points = co_await commands.taps()->points();
  if (!points) co_return error_answer(points.error());
  json::array list;
  for (const core::TapPoint& point : *points)
    list.push_back(json::object{{"point", core::clean_utf8(point.name)}, {"help", point.help}});
  co_return json_answer(200, {{"schema", schema_version}, {"points", std::move(list)}});
}

Task<Response> open_tap(core::Commands& commands, std::string who, const Call& call) {
  const auto body = read_object(call, {"points", "match", "where"});
  if (!body) co_return error_answer(body.error());
  auto question = read_question(*body);
  if (!question) co_return error_answer(question.error());
  if (commands.taps() == nullptr) co_return error_answer(nothing_to_see());
  const auto opened = co_await commands.taps()->open(std::move(who), std::move(*question));
  if (!opened) co_return error_answer(opened.error());
  json::array points;
  for (const std::string& point : opened->points) points.push_back(json::string(core::clean_utf8(point)));
  co_return json_answer(200,
                        {{"schema", schema_version}, {"tap", opened->id}, {"points", std::move(points)}});
}

Task<Response> next_of_tap(core::Commands& commands, const Call& call) {
  const auto body = read_object(call, {"tap", "after", "wait"});
  if (!body) co_return error_answer(body.error());
  const auto id = number_of(*body, "tap");
  const auto after = number_of(*body, "after");
  const auto wait = read_wait(*body);
  if (!id || !after) co_return error_answer(id ? after.error() : id.error());
  if (!wait) co_return error_answer(wait.error());
  if (commands.taps() == nullptr) co_return error_answer(nothing_to_see());
  const auto news = co_await commands.taps()->next(*id, *after, *wait);
  if (!news) co_return error_answer(news.error());
  Response response;
  response.headers = {{"Content-Type", "application/x-ndjson"}};
  for (const std::string& record : news->records) {
    response.body += record;
    response.body += '\n';
  }
  response.body += fmt::format("{{\"last\":{},\"unseen\":{}}}\n", news->last, news->unseen);
  co_return response;
}

Task<Response> end_tap(core::Commands& commands, const Call& call) {
  const auto body = read_object(call, {"tap"});
  if (!body) co_return error_answer(body.error());
  const auto id = number_of(*body, "tap");
  if (!id) co_return error_answer(id.error());
  if (commands.taps() == nullptr) co_return error_answer(nothing_to_see());
  const auto ended = co_await commands.taps()->end(*id);
  if (!ended) co_return error_answer(ended.error());
  co_return json_answer(200, {{"schema", schema_version}, {"done", "it has ended"}});
}

}  // namespace outrider::api
