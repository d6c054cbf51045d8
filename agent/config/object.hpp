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
#include "agent/config/members.hpp"
#include "agent/config/node.hpp"

#include <cstddef>
#include <functional>
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
      auto read = [kind, members](const Node& node, Report& report, void* object) {
        auto values = kind.read(node, report);
        if (!values) return false;
        for (M& value : *values) (static_cast<T*>(object)->*members).push_back(std::move(value));
        return true;
      };
      auto describe = [kind] { return kind.describe(); };
      members_.list.push_back({key, help, false, std::nullopt, std::move(read), std::move(describe)});
    }
    return *this;
  }

  // What no single key can say. Asked only when every key could be read.
  Object& rule(std::function<std::optional<Complaint>(const T&)> judge) {
    rules_.push_back(std::move(judge));
    return *this;
  }

  Kind<T> kind() const {
    const Object self = *this;
    return Kind<T>(
        [self](const Node& node, Report& report) -> std::optional<T> {
          T value{};
          if (!self.members_.read(node, report, &value)) return std::nullopt;
          bool fine = true;
          for (const auto& judge : self.rules_) {
            if (auto complaint = judge(value)) {
              detail::complain_at_key(node, report, *complaint);
              fine = false;
            }
          }
          if (!fine) return std::nullopt;
          return value;
        },
        [self] { return self.members_.describe(); });
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
  Object& add(std::string key, M T::* member, Kind<V> kind, std::string help, bool required,
              std::optional<std::size_t> group, std::string T::* chosen = nullptr) {
    auto read = [kind, member, chosen, key](const Node& node, Report& report, void* object) {
      auto value = kind.read(node, report);
      if (!value) return false;
      if (chosen != nullptr) static_cast<T*>(object)->*chosen = key;
      if (detail::put(static_cast<T*>(object)->*member, std::move(*value))) return true;
      detail::complain_too_large(node, report);
      return false;
    };
    auto describe = [kind] { return kind.describe(); };
    members_.list.push_back(
        {std::move(key), std::move(help), required, group, std::move(read), std::move(describe)});
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
  std::vector<std::function<std::optional<Complaint>(const T&)>> rules_;
};

}  // namespace outrider::config
