// Members of what the API server says; what is missing, or something else, is empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace outrider::kube {

const boost::json::object& object_in(const boost::json::object& of, std::string_view key);
const boost::json::array& list_in(const boost::json::object& of, std::string_view key);
std::string text_in(const boost::json::object& of, std::string_view key);  // always UTF-8
std::int64_t number_in(const boost::json::object& of, std::string_view key);
bool truth_in(const boost::json::object& of, std::string_view key);

std::optional<boost::json::object> read_object(std::string_view text);

}  // namespace outrider::kube
