// One JSON object, looked at without building anything: is the whole of it valid, and where are its top-level
// members? Values stay as their writer wrote them, so that copying them on loses no digit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::lines {

struct Member {
  std::string_view key;    // between the quotes, escapes as written
  std::string_view value;  // raw: a string with its quotes, 12.50, {…}
};

// True when `text` is one valid JSON object (RFC 8259) of at most 64 levels, white space around it allowed.
// `members` holds its top-level members then, in order.
bool scan_object(std::string_view text, std::vector<Member>& members);
// The same; `escaped` says whether there is a backslash in it.
bool scan_object(std::string_view text, std::vector<Member>& members, bool& escaped);

// The same of one valid JSON array: its items, as members without keys.
bool scan_list(std::string_view text, std::vector<Member>& items);

// The text of a raw string value ("…"); escapes undone, lone surrogates replaced. `raw` must be valid.
std::string_view string_value(std::string_view raw, std::string& buffer);

// Appends valid JSON as it is, but for escaped halves of surrogate pairs ("\ud83d" where a logger cut a text
// in the middle of a character): RFC 8259 allows them, and most readers refuse the whole document. They
// become \ufffd.
void append_json(std::string& out, std::string_view raw);

// Appends `text` as the inside of a JSON string.
void append_escaped(std::string& out, std::string_view text);

}  // namespace outrider::lines
