// A mapping with known keys, read into a struct. Unknown keys are refused, with the nearest known one named.
//
//   Object<Probe>()
//       .one_of(&Probe::ask, {{"http", http(), "ask over HTTP"}, {"tcp", tcp(), "open a connection"}},
//               "what to ask")
//       .optional("every", &Probe::every, duration(100ms, 1h), "how often")
//       .rule([](const Probe& probe) -> std::optional<Complaint> {
//         if (probe.timeout <= probe.every) return std::nullopt;
//         return Complaint{"timeout", "`timeout` must not be longer than `every`"};
//       });
#pragma once

#include "agent/config/kind.hpp"
#include "agent/config/node.hpp"
#include "agent/config/values/members.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::config {

template <class M>
struct Alternative {
  std::string key;
  Kind<M> kind;
  std::string help;
};

template <class T>
class Object {
 public:
  template <class M, class K>
  Object& required(std::string key, M T::* member, const K& kind, std::string help) {
    return add(std::move(key), member, kind_of(kind), std::move(help), true, {});
  }

  template <class M, class K>
  Object& optional(std::string key, M T::* member, const K& kind, std::string help) {
    return add(std::move(key), member, kind_of(kind), std::move(help), false, {});
  }

  // Exactly one of these keys. `chosen` is told which.
  template <class M>
  Object& one_of(M T::* member, std::vector<Alternative<M>> alternatives, std::string help = {},
                 std::string T::* chosen = nullptr) {
    return add_group(member, std::move(alternatives), std::move(help), chosen, true);
  }
  template <class M>
  Object& at_most_one_of(M T::* member, std::vector<Alternative<M>> alternatives, std::string help = {},
                         std::string T::* chosen = nullptr) {
    return add_group(member, std::move(alternatives), std::move(help), chosen, false);
  }

  // Any of these keys; what they hold is put together, in the order of the declaration.
  template <class M>
  Object& any_of(std::vector<M> T::* members, std::vector<Alternative<std::vector<M>>> alternatives) {
    for (auto& [key, kind, help] : alternatives) {
      members_.list.push_back({key, help, false, std::nullopt, kind.body(), detail::distance_of(members),
                               std::nullopt, &detail::read_more<M>});
    }
    return *this;
  }

  // What no single key can say. Asked only when every key could be read.
  template <class Judge>
  Object& rule(Judge judge) {
    members_.rules.push_back([judge = std::move(judge)](const void* object) -> std::optional<Complaint> {
      return judge(*static_cast<const T*>(object));
    });
    return *this;
  }

  Kind<T> kind() const {
    auto members = std::make_shared<const detail::Members>(members_);
    auto describe = detail::describer(members);
    return Kind<T>(
        [members = std::move(members)](const Node& node, Report& report) -> std::optional<T> {
          std::optional<T> value(std::in_place);
          if (!members->read(node, report, &*value)) value.reset();
          return value;
        },
        std::move(describe));
  }

  operator Kind<T>() const { return kind(); }

 private:
  template <class V>
  static Kind<V> kind_of(const Kind<V>& kind) {
    return kind;
  }
  template <class V>
  static Kind<V> kind_of(const Object<V>& object) {
    return object.kind();
  }

  template <class M, class V>
  Object& add(std::string key, M T::* member, const Kind<V>& kind, std::string help, bool required,
              std::optional<std::size_t> group, std::string T::* chosen = nullptr) {
    std::optional<std::ptrdiff_t> told;
    if (chosen != nullptr) told = detail::distance_of(chosen);
    members_.list.push_back({std::move(key), std::move(help), required, group, kind.body(),
                             detail::distance_of(member), told, &detail::read_one<M, V>});
    return *this;
  }

  template <class M>
  Object& add_group(M T::* member, std::vector<Alternative<M>> alternatives, std::string help,
                    std::string T::* chosen, bool required) {
    const std::size_t group = members_.groups.size();
    members_.groups.push_back(required);
    for (auto& [key, kind, own_help] : alternatives)
      add(key, member, kind, own_help.empty() ? help : own_help, false, group, chosen);
    return *this;
  }

  detail::Members members_;
};

}  // namespace outrider::config
