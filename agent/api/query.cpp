#include "agent/api/query.hpp"

#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/url/params_view.hpp>
#include <boost/url/parse_query.hpp>
#include <fmt/core.h>

namespace outrider::api {
namespace {

using core::Errc;
using core::fail;

std::optional<core::Duration> wait_of(std::string_view text) {
  if (const auto seconds = core::read_number<std::uint64_t>(text); seconds && *seconds < 100'000)
    return std::chrono::seconds(*seconds);
  return core::read_duration(text);
}

tl::unexpected<core::Error> unknown(std::string_view key) {
  const std::array<std::string_view, 2> keys{"after", "wait"};
  const std::string_view meant = core::nearest(key, keys.begin(), keys.end());
  return fail(Errc::invalid,
              fmt::format("cannot take \"{}\" in the query", core::clean_utf8(key.substr(0, 64))),
              meant.empty() ? "the keys are after and wait" : fmt::format("did you mean \"{}\"?", meant));
}

core::Outcome<> take(TimelineQuery& query, std::string_view key, std::string_view value) {
  if (key == "after") {
    const auto number = core::read_number<std::uint64_t>(value);
    if (!number) {
      return fail(Errc::invalid, "cannot take after: it is not a whole number",
                  "send the last event's sequence");
    }
    query.after = *number;
  } else if (key == "wait") {
    const auto wait = wait_of(value);
    if (!wait || *wait < core::Duration::zero() || *wait > longest_wait) {
      return fail(Errc::invalid, "cannot wait that long",
                  fmt::format("wait is a duration from 0s to {}", core::show_duration(longest_wait)));
    }
    query.wait = *wait;
  } else {
    return unknown(key);
  }
  return {};
}

}  // namespace

core::Outcome<TimelineQuery> read_timeline_query(std::string_view query) {
  TimelineQuery read;
  std::string_view seen;
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const std::string_view key = pair.substr(0, equals);
    if (key == seen) return fail(Errc::invalid, fmt::format("cannot take {} twice in the query", key));
    auto taken =
        take(read, key, equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!taken) return fail(taken.error());
    seen = key;
  }
  return read;
}

core::Outcome<core::GateQuestion> read_gate_query(std::string_view query) {
  const auto read = boost::urls::parse_query({query.data(), query.size()});
  if (!read)
    return fail(Errc::invalid, "cannot understand the query", "write it as check=rpo&require=level>=L3");
  core::GateQuestion question;
  const auto& keys = core::gate_question_keys;
  for (const auto& given : boost::urls::params_view(*read)) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const auto& one) { return one.first == given.key; });
    if (key == keys.end()) {
      return fail(Errc::invalid, fmt::format("cannot take \"{}\" in the query", core::clean_utf8(given.key)),
                  "the keys are check, require, expect_wal, nonce, audience, override_by, override_reason, "
                  "override_until");
    }
    std::string& part = question.*(key->second);
    if (!part.empty()) return fail(Errc::invalid, fmt::format("cannot take {} twice", key->first));
    part = given.value;
  }
  if (question.check.empty()) question.check = "all";
  return question;
}

core::Outcome<core::AlarmQuestion> read_alarm_query(std::string_view query) {
  const auto read = boost::urls::parse_query({query.data(), query.size()});
  if (!read) return fail(Errc::invalid, "cannot understand the query", "write it as without=notifier");
  core::AlarmQuestion question;
  for (const auto& given : boost::urls::params_view(*read)) {
    if (given.key == "catalog") {
      question.catalog = given.value;
    } else if (given.key == "without" && given.value == "restore") {
      question.restore = false;
    } else if (given.key == "without" && given.value == "notifier") {
      question.notifier = false;
    } else {
      return fail(Errc::invalid,
                  fmt::format("cannot take \"{}={}\" in the query", core::clean_utf8(given.key),
                              core::clean_utf8(given.value)),
                  "there are catalog=WORDS, without=restore and without=notifier");
    }
  }
  return question;
}

core::Outcome<core::ParkedQuestion> read_parked_query(std::string_view query) {
  const auto read = boost::urls::parse_query({query.data(), query.size()});
  if (!read) return fail(Errc::invalid, "cannot understand the query", "write it as sink=NAME");
  core::ParkedQuestion question;
  for (const auto& given : boost::urls::params_view(*read)) {
    if (given.key == "sink") {
      question.sink = given.value;
    } else if (given.key == "id") {
      question.id = given.value;
    } else {
      return fail(Errc::invalid, fmt::format("cannot take \"{}\" in the query", core::clean_utf8(given.key)),
                  "there are sink=NAME and id=ID");
    }
  }
  return question;
}

core::Outcome<core::MaintenanceQuestion> read_maintenance_query(std::string_view query, bool begin) {
  core::MaintenanceQuestion question;
  question.begin = begin;
  if (!begin) {
    if (query.empty()) return question;
    return fail(Errc::invalid, "cannot take a query: an end is now");
  }
  constexpr std::string_view key = "for=";
  constexpr core::Duration longest = std::chrono::hours(24 * 14);
  const auto length = query.starts_with(key) ? core::read_duration(query.substr(key.size()))
                                             : std::optional<core::Duration>();
  if (!length || *length <= core::Duration::zero() || *length > longest)
    return fail(Errc::invalid, "cannot tell how long the maintenance is to last",
                "write it as for=1h; two weeks at most");
  question.length = *length;
  return question;
}

}  // namespace outrider::api
