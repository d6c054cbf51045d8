// The part of an Object that does not depend on the struct it reads: its keys, and what is said when one is
// unknown, missing or one too many. Only object.hpp needs it.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/config/node.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::config {

// What a rule has to say, and the key it is reported at; may be a path: "api.listen".
struct Complaint {
  std::string key;
  std::string message;
};

namespace detail {

// Where in its struct a member is. g++ and clang both hold a pointer to a data member as this distance.
template <class M, class T>
std::ptrdiff_t distance_of(M T::* member) {
  static_assert(sizeof(member) == sizeof(std::ptrdiff_t));
  return std::bit_cast<std::ptrdiff_t>(member);
}

template <class M>
M& member_at(void* object, std::ptrdiff_t distance) {
  return *reinterpret_cast<M*>(static_cast<std::byte*>(object) + distance);
}

struct Member {
  std::string key;
  std::string help;
  bool required = false;
  std::optional<std::size_t> group;  // of keys of which only one may be written
  std::shared_ptr<const Body> kind;
  std::ptrdiff_t distance = 0;
  std::optional<std::ptrdiff_t> chosen;  // of the text that is told which key was written
  bool (*read)(const Member& self, const Node& node, Report& report, void* object) = nullptr;
};

struct Members {
  std::vector<Member> list;
  std::vector<bool> groups;  // one a group: must one of its keys be written?
  std::vector<std::function<std::optional<Complaint>(const void* object)>> rules;

  bool read(const Node& node, Report& report, void* object) const;
  Schema describe() const;
};

std::function<Schema()> describer(std::shared_ptr<const Members> members);

void complain_too_large(const Node& node, Report& report);

template <class M>
struct IsOptional : std::false_type {};
template <class M>
struct IsOptional<std::optional<M>> : std::true_type {};

template <class M, class V>
bool put(M& target, V&& value) {
  using Value = std::remove_cvref_t<V>;
  if constexpr (IsOptional<M>::value && !std::same_as<M, Value>) {
    return put(target.emplace(), std::forward<V>(value));
  } else if constexpr (std::integral<M> && std::integral<Value> && !std::same_as<M, Value>) {
    if (!std::in_range<M>(value)) return false;
    target = static_cast<M>(value);
  } else {
    target = std::forward<V>(value);
  }
  return true;
}

// A key whose value goes into a member as it is.
template <class M, class V>
bool read_one(const Member& self, const Node& node, Report& report, void* object) {
  std::optional<V> value;
  self.kind->read(node, report, &value);
  if (!value) return false;
  if (self.chosen) member_at<std::string>(object, *self.chosen) = self.key;
  if (put(member_at<M>(object, self.distance), std::move(*value))) return true;
  complain_too_large(node, report);
  return false;
}

// A key whose values are put to those that are there.
template <class M>
bool read_more(const Member& self, const Node& node, Report& report, void* object) {
  std::optional<std::vector<M>> values;
  self.kind->read(node, report, &values);
  if (!values) return false;
  auto& target = member_at<std::vector<M>>(object, self.distance);
  for (M& value : *values) target.push_back(std::move(value));
  return true;
}

}  // namespace detail

}  // namespace outrider::config
