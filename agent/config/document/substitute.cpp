#include "agent/config/document/substitute.hpp"

#include "agent/config/document/source.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::config {
namespace {

bool is_name(std::string_view text) {
  const auto may_follow = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), may_follow);
}

// What stands between the braces.
void fill_in(std::string_view inside, const std::string& reference,
             const std::function<std::optional<std::string>(const std::string&)>& variable,
             Substituted& result) {
  const std::size_t split = inside.find(":-");
  const std::string name(inside.substr(0, split));
  if (!is_name(name)) {
    result.troubles.push_back({reference, fmt::format("{} does not name a variable", reference),
                               "write ${NAME} or ${NAME:-default}; a plain $ is written $$"});
    return;
  }
  result.filled = true;
  auto value = variable(name);
  const bool has_default = split != std::string_view::npos;
  if (has_default && (!value || value->empty())) value = std::string(inside.substr(split + 2));
  if (!value) {
    result.troubles.push_back({reference, fmt::format("the variable {} is not set", name),
                               fmt::format("set it, or write ${{{}:-default}}", name)});
  } else if (!is_utf8(*value)) {
    result.troubles.push_back({reference, fmt::format("the variable {} is not UTF-8 text", name), ""});
  } else {
    result.text += *value;
  }
}

}  // namespace

Substituted substitute(std::string_view written,
                       const std::function<std::optional<std::string>(const std::string&)>& variable,
                       std::size_t most_bytes) {
  Substituted result;
  while (!written.empty()) {
    if (result.text.size() > most_bytes) {
      result.too_long = true;
      break;
    }
    const std::size_t dollar = std::min(written.find('$'), written.size());
    result.text += written.substr(0, dollar);
    written.remove_prefix(dollar);
    if (written.starts_with("$$")) {
      result.text += '$';
      written.remove_prefix(2);
    } else if (written.starts_with("${")) {
      const std::size_t end = written.find('}');
      if (end == std::string_view::npos) {
        result.troubles.push_back({"${", "${ is not closed", "write ${NAME}; a plain $ is written $$"});
        break;
      }
      fill_in(written.substr(2, end - 2), std::string(written.substr(0, end + 1)), variable, result);
      written.remove_prefix(end + 1);
    } else if (!written.empty()) {
      result.text += '$';
      written.remove_prefix(1);
    }
  }
  return result;
}

}  // namespace outrider::config
