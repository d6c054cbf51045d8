// The part of an Object that does not depend on the struct it reads: its keys, and what is said when one is
// unknown, missing or one too many. Only object.hpp needs it.
#pragma once

#include "agent/config/kind.hpp"
#include "agent/config/node.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
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

struct Member {
  std::string key;
  std::string help;
  bool required = false;
  std::optional<std::size_t> group;  // of keys of which only one may be written
  std::function<bool(const Node&, Report&, void* object)> read;
  std::function<Schema()> describe;
};

struct Members {
  std::vector<Member> list;
  std::vector<bool> groups;  // one a group: must one of its keys be written?

  bool read(const Node& node, Report& report, void* object) const;
  Schema describe() const;
};

void complain_at_key(const Node& node, Report& report, const Complaint& complaint);
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

}  // namespace detail

}  // namespace outrider::config
