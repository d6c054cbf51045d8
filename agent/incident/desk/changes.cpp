#include "agent/incident/desk/changes.hpp"

#include "agent/core/text.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace outrider::incident {
namespace {

namespace json = boost::json;

constexpr std::size_t most_changes = 50;

std::string text_in(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  const auto* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

const json::array* list_in(const json::object& of, std::string_view key) {
  const auto* const value = of.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

}  // namespace

void Changes::add(Remark change) {
  changes_.push_back(std::move(change));
  if (changes_.size() > most_changes) changes_.pop_front();
}

std::vector<Remark> Changes::before(core::WallTime when) const {
  std::vector<Remark> some;
  std::ranges::copy_if(changes_, std::back_inserter(some),
                       [when](const Remark& change) { return when - change.at <= counts_for; });
  return some;
}

bool Changes::now(const std::string& what, const std::string& value, core::WallTime when) {
  const auto same = std::ranges::find(known_, what, &std::pair<std::string, std::string>::first);
  if (same == known_.end()) {
    known_.emplace_back(what, value);
    return true;
  }
  if (same->second == value) return false;
  const auto shown = [](const std::string& text) { return text.empty() ? std::string("none") : text; };
  add({when, what, fmt::format("the {} is {}; it was {}", what, shown(value), shown(same->second))});
  same->second = value;
  return true;
}

std::string Changes::to_json() const {
  json::array changes;
  for (const Remark& change : changes_) {
    changes.push_back(json::object{{"time", core::show_time(change.at)},
                                   {"kind", core::clean_utf8(change.kind)},
                                   {"sentence", core::clean_utf8(change.sentence)}});
  }
  json::object known;
  for (const auto& [what, value] : known_) known[what] = core::clean_utf8(value);
  return json::serialize(json::object{{"known", std::move(known)}, {"changes", std::move(changes)}});
}

void Changes::read(std::string_view text) {
  boost::system::error_code trouble;
  const json::value document = json::parse(text, trouble);
  const auto* const from = trouble ? nullptr : document.if_object();
  if (from == nullptr) return;
  if (const auto* const known = from->if_contains("known"); known != nullptr && known->is_object()) {
    for (const auto& member : known->get_object()) {
      if (member.value().is_string())
        known_.emplace_back(std::string(member.key()), std::string(member.value().get_string()));
    }
  }
  const auto* const changes = list_in(*from, "changes");
  if (changes == nullptr) return;
  for (const auto& item : *changes) {
    const auto* const change = item.if_object();
    const auto at = change == nullptr ? std::nullopt : core::read_time(text_in(*change, "time"));
    if (at) add({*at, text_in(*change, "kind"), text_in(*change, "sentence")});
  }
}

}  // namespace outrider::incident
