#include "agent/sinks/elasticsearch/doubt/generations.hpp"

#include "agent/core/number.hpp"
#include "agent/lines/json.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace outrider::sinks::elasticsearch {
namespace {

// The number at its end; a server that was asked to shrink or mount an index leaves that as it is.
std::uint64_t number_of(std::string_view index) {
  return core::read_number<std::uint64_t>(index.substr(index.rfind('-') + 1)).value_or(0);
}

// {"settings":{"index.creation_date":"1700000000000"}}
std::optional<core::WallTime> read_began(std::string_view raw) {
  std::vector<lines::Member> outer, inner;
  if (!lines::scan_object(raw, outer)) return std::nullopt;
  const auto settings = std::ranges::find(outer, "settings", &lines::Member::key);
  if (settings == outer.end() || !lines::scan_object(settings->value, inner)) return std::nullopt;
  const auto date = std::ranges::find(inner, "index.creation_date", &lines::Member::key);
  if (date == inner.end() || date->value.size() < 2) return std::nullopt;
  const auto ms = core::read_number<std::int64_t>(date->value.substr(1, date->value.size() - 2));
  constexpr std::int64_t year_2200_ms = 7'258'118'400'000;
  if (!ms || *ms < 0 || *ms > year_2200_ms) return std::nullopt;
  return core::WallTime(std::chrono::milliseconds(*ms));
}

}  // namespace

std::string generations_path(const std::string& data_stream) {
  return "/" + data_stream + "/_settings/index.creation_date?flat_settings=true&expand_wildcards=all";
}

std::optional<std::vector<Generation>> read_generations(std::string_view body) {
  std::vector<lines::Member> members;
  if (!lines::scan_object(body, members)) return std::nullopt;
  std::vector<Generation> generations;
  for (const lines::Member& member : members) {
    const auto began = read_began(member.value);
    if (!began) return std::nullopt;
    generations.push_back({std::string(member.key), *began});
  }
  std::ranges::sort(generations, {}, [](const Generation& one) {
    return std::tuple(number_of(one.index), one.began, one.index);
  });
  return generations;
}

std::vector<std::string> may_hold(const std::vector<Generation>& generations, core::WallTime since,
                                  core::Duration margin) {
  std::vector<std::string> held;
  for (std::size_t i = generations.size(); i-- > 1;) {
    // An index is written to until the next one begins.
    if (generations[i].began + margin < since) break;
    held.push_back(generations[i - 1].index);
  }
  return held;
}

}  // namespace outrider::sinks::elasticsearch
