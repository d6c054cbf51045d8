#include "agent/catalogs/fields.hpp"

#include "agent/core/number.hpp"
#include "agent/core/text.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>

namespace outrider::catalogs {

namespace json = boost::json;

core::Outcome<json::value> read_json(std::string_view text, std::string_view whose) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code trouble;
  json::value value = json::parse({text.data(), text.size()}, trouble, {}, options);
  if (!trouble) return value;
  // With a wrong passphrase pgbackrest quotes what it took for text: control signs as they are.
  const auto is_control = [](char sign) { return static_cast<unsigned char>(sign) < ' '; };
  std::string cleaned(text);
  std::replace_if(cleaned.begin(), cleaned.end(), is_control, ' ');
  value = json::parse(core::clean_utf8(cleaned), trouble, {}, options);
  if (!trouble) return value;
  const std::string shown = first_line(text.substr(0, 1000));
  return core::fail(core::Errc::corrupt,
                    "cannot understand " + std::string(whose) + ": it is not JSON" +
                        (shown.empty() ? ", it is empty" : ", it begins with: " + shown));
}

const json::value* member(const json::value& of, std::string_view key) {
  const json::object* object = of.if_object();
  if (object == nullptr) return nullptr;
  const json::value* found = object->if_contains({key.data(), key.size()});
  return found == nullptr || found->is_null() ? nullptr : found;
}

const json::value* member(const json::value& of, std::string_view key, std::string_view key_in_it) {
  const json::value* inner = member(of, key);
  return inner == nullptr ? nullptr : member(*inner, key_in_it);
}

std::vector<const json::value*> items(const json::value* list) {
  std::vector<const json::value*> made;
  const json::array* array = list == nullptr ? nullptr : list->if_array();
  if (array == nullptr) return made;
  for (const json::value& item : *array) made.push_back(&item);
  return made;
}

std::string text_of(const json::value* value) {
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::optional<std::uint64_t> whole_of(const json::value* value) {
  if (value == nullptr) return std::nullopt;
  if (const std::uint64_t* number = value->if_uint64()) return *number;
  if (const std::int64_t* number = value->if_int64()) {
    return *number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*number));
  }
  return core::read_number<std::uint64_t>(text_of(value));
}

std::optional<bool> yes_of(const json::value* value) {
  const bool* yes = value == nullptr ? nullptr : value->if_bool();
  return yes == nullptr ? std::nullopt : std::optional(*yes);
}

core::WallTime time_of_seconds(const json::value* value) {
  constexpr std::uint64_t most = 9'223'372'036;  // in April 2262 the nanoseconds end
  const std::optional<std::uint64_t> seconds = whole_of(value);
  if (!seconds || *seconds > most) return {};
  return core::WallTime(std::chrono::seconds(*seconds));
}

std::optional<core::WallTime> time_with_offset(std::string text) {
  constexpr std::size_t date_letters = 10, offset_letters = 6;
  if (text.size() <= date_letters + offset_letters) return std::nullopt;
  text[date_letters] = 'T';
  if (text.back() == 'Z') return core::read_time(text);
  const std::string offset = text.substr(text.size() - offset_letters);
  text.resize(text.size() - offset_letters);
  const auto time = core::read_time(text + "Z");
  const auto hours = core::read_number<int>(offset.substr(1, 2)),
             minutes = core::read_number<int>(offset.substr(4));
  if (!time || (offset[0] != '+' && offset[0] != '-') || offset[3] != ':' || !hours || !minutes)
    return std::nullopt;
  const core::Duration ahead = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return offset[0] == '-' ? *time + ahead : *time - ahead;
}

std::string first_line(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  text = text.substr(start);
  constexpr std::size_t longest = 300;
  return core::clean_utf8(text.substr(0, std::min(text.find_first_of("\r\n"), longest)));
}

bool looks_like(std::string_view name, std::string_view pattern) {
  if (name.size() != pattern.size()) return false;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const char sign = name[at];
    const bool digit = sign >= '0' && sign <= '9';
    if (pattern[at] == 'x') {
      if (!digit && !(sign >= 'A' && sign <= 'F')) return false;
    } else if (pattern[at] == 'h') {
      if (!digit && !(sign >= 'a' && sign <= 'f')) return false;
    } else if (sign != pattern[at]) {
      return false;
    }
  }
  return true;
}

}  // namespace outrider::catalogs
