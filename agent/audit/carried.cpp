#include "agent/audit/carried.hpp"

#include "agent/audit/line.hpp"
#include "agent/audit/trail.hpp"
#include "agent/core/text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace outrider::audit {
namespace {

namespace json = boost::json;

constexpr std::size_t most_told = 20;

struct Named {
  std::uint64_t sequence = 0;
  std::string hash;
};

std::optional<Named> read_named(std::string_view line) {
  json::error_code problem;
  const json::value document = json::parse({line.data(), line.size()}, problem);
  const json::object* object = problem ? nullptr : document.if_object();
  if (object == nullptr) return std::nullopt;
  if (const auto* const source = object->if_contains("_source"); source != nullptr && source->is_object())
    object = &source->get_object();
  const auto* const sequence = object->if_contains("seq");
  const auto* const hash = object->if_contains("hash");
  if (sequence == nullptr || hash == nullptr || !hash->is_string()) return std::nullopt;
  const auto number = sequence->to_number<std::uint64_t>(problem);
  if (problem || number == 0) return std::nullopt;
  return Named{number, std::string(hash->get_string())};
}

std::map<std::uint64_t, std::set<std::string>> read_carried(std::string_view text, Comparison& found) {
  std::map<std::uint64_t, std::set<std::string>> carried;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    auto named = read_named(line);
    if (!named) {
      ++found.others;
      continue;
    }
    ++found.compared;
    carried[named->sequence].insert(std::move(named->hash));
  }
  return carried;
}

}  // namespace

core::Outcome<Comparison> compare(os::Files& files, const std::string& directory, std::string_view text) {
  Comparison found;
  auto carried = read_carried(text, found);
  if (carried.empty()) return found;
  found.newest = carried.rbegin()->first;
  std::set<std::uint64_t> differ;
  const auto strike = [&](std::string_view line) {
    const auto link = read_line(line);
    if (!link) return;
    const auto there = carried.find(link->sequence);
    if (there == carried.end()) return;
    const bool same = link->hash_fits && there->second.size() == 1 && there->second.contains(link->hash);
    if (!same) differ.insert(link->sequence);
    carried.erase(there);
  };
  if (auto read = each_line(files, directory, strike); !read) return core::fail(read.error());
  for (const std::uint64_t sequence : differ) {
    if (found.faults.size() == most_told) break;
    found.faults.push_back(
        {"", 0, fmt::format("entry {} is another one than what was carried away", sequence)});
  }
  if (!carried.empty()) {
    found.faults.push_back({"", 0,
                            fmt::format("{} of the entries that were carried away are not here: {} to {}",
                                        carried.size(), carried.begin()->first, carried.rbegin()->first)});
  }
  return found;
}

}  // namespace outrider::audit
