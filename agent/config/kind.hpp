// How a value is written in the configuration: a Kind<T> reads it from YAML into a T, and describes itself as
// JSON Schema, from one declaration. Kinds are small values; they are built by the functions in kinds.hpp and
// object.hpp:
//
//   struct Http { std::string url; int status = 200; core::Duration every = 5s; };
//   Kind<Http> http_kind() {
//     return Object<Http>()
//         .required("url", &Http::url, url({"http", "https"}), "what to ask")
//         .optional("status", &Http::status, whole(100, 599), "the answer that counts as ok")
//         .optional("every", &Http::every, duration(100ms, 1h), "how often");
//   }
//
// Defaults are what a default-made T holds. Reading never stops at the first error: each goes to the Report.
#pragma once

#include "agent/config/schema.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace outrider::config {

class Node;    // a place in the document: node.hpp
class Report;  // where errors are collected: report.hpp

// Puts `message` into the report at the node's place.
void complain(const Node& node, Report& report, std::string message);

namespace detail {

// What reads and describes a value of any type. There are hundreds of kinds in one program: all that does not
// depend on the type is here, once.
struct Body {
  std::function<void(const Node&, Report&, void* into)> read;  // into an empty std::optional of the type
  std::function<Schema()> describe;
};

std::shared_ptr<const Body> body(std::function<void(const Node&, Report&, void*)> read,
                                 std::function<Schema()> describe);

}  // namespace detail

template <class T>
class Kind {
 public:
  using Value = T;
  using Describe = std::function<Schema()>;

  // `read` gives a std::optional<T>.
  template <class Read>
  Kind(Read read, Describe describe)
      : body_(detail::body(
            [read = std::move(read)](const Node& node, Report& report, void* into) {
              *static_cast<std::optional<T>*>(into) = read(node, report);
            },
            std::move(describe))) {}

  // Nothing when it was wrong; what was wrong is then in the report.
  std::optional<T> read(const Node& node, Report& report) const {
    std::optional<T> value;
    body_->read(node, report, &value);
    return value;
  }

  // Its JSON Schema.
  Schema describe() const { return body_->describe(); }
  const std::shared_ptr<const detail::Body>& body() const { return body_; }

  // The same text in the file, another type in the program: `turn` makes that of a T.
  template <class Other, class Turn>
  Kind<Other> as(Turn turn) const {
    const Kind<T> self = *this;
    return Kind<Other>(
        [self, turn](const Node& node, Report& report) -> std::optional<Other> {
          auto value = self.read(node, report);
          if (!value) return std::nullopt;
          return turn(std::move(*value));
        },
        body_->describe);
  }

  // A further condition: `judge` says what is wrong with a value, or nothing. "must be …" reads best.
  Kind<T> check(std::function<std::optional<std::string>(const T&)> judge) const {
    const Kind<T> self = *this;
    return Kind<T>(
        [self, judge](const Node& node, Report& report) -> std::optional<T> {
          auto value = self.read(node, report);
          if (!value) return std::nullopt;
          if (auto complaint = judge(*value)) {
            complain(node, report, std::move(*complaint));
            return std::nullopt;
          }
          return value;
        },
        body_->describe);
  }

 private:
  std::shared_ptr<const detail::Body> body_;
};

}  // namespace outrider::config
