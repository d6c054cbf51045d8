#include "agent/kube/json.hpp"

#include "agent/core/text.hpp"

#include <utility>

#include <boost/json/parse.hpp>

namespace outrider::kube {

namespace json = boost::json;

const json::object& object_in(const json::object& of, std::string_view key) {
  static const json::object nothing;
  const json::value* const value = of.if_contains(key);
  const json::object* const object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? nothing : *object;
}

const json::array& list_in(const json::object& of, std::string_view key) {
  static const json::array nothing;
  const json::value* const value = of.if_contains(key);
  const json::array* const list = value == nullptr ? nullptr : value->if_array();
  return list == nullptr ? nothing : *list;
}

std::string text_in(const json::object& of, std::string_view key) {
  const json::value* const value = of.if_contains(key);
  const json::string* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : core::clean_utf8(std::string_view(*text));
}

std::int64_t number_in(const json::object& of, std::string_view key) {
  const json::value* const value = of.if_contains(key);
  const std::int64_t* const number = value == nullptr ? nullptr : value->if_int64();
  return number == nullptr ? 0 : *number;
}

bool truth_in(const json::object& of, std::string_view key) {
  const json::value* const value = of.if_contains(key);
  const bool* const truth = value == nullptr ? nullptr : value->if_bool();
  return truth != nullptr && *truth;
}

std::optional<json::object> read_object(std::string_view text) {
  boost::system::error_code trouble;
  json::value value = json::parse(text, trouble);
  if (trouble || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

}  // namespace outrider::kube
