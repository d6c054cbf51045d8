// One log line between its source and its document: views into what was read, and what its format and the
// steps after it found out. One Event serves all lines of a chain in turn, so that a line costs no
// allocation.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/lines/json.hpp"
#include "agent/lines/time.hpp"
#include "agent/telemetry/record.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::transforms {

using lines::append_escaped;
using lines::append_json;
using lines::append_time;
using lines::Member;
using lines::read_time;
using lines::scan_list;
using lines::scan_object;
using lines::string_value;

inline constexpr std::string_view too_long = "it is longer than a line may be";

// For `outrider explain`: who did something to the line, and what.
struct Note {
  std::string by;
  std::string what;
};

// A field by the name that it has now, and the one that it had in the line.
struct Renamed {
  std::string_view now;
  std::string_view once;
};

class Event {
 public:
  telemetry::Record record;  // when, how severe, where from
  std::string_view stream;   // the source's name for it: "child output", or a path
  std::string_view channel;  // stdout, stderr; empty when nobody says
  std::string_view line;     // what the format reads: unwrapped and joined
  std::string_view message;  // text; or, as the line had it, a JSON string with its quotes
  bool message_is_json = false;
  std::string_view message_name;  // of the field that it was; empty: it was none
  std::vector<Member> own;        // the line's other fields, in order; values are valid JSON
  bool escaped = true;            // whether a key or value may hold a backslash
  bool special = true;            // whether a key may be one that the document gives a meaning to
  bool named_elsewhere = false;   // the fields' names are not written in the line
  std::vector<Renamed> renamed;   // which of them the line calls otherwise
  const std::vector<std::string>* to = nullptr;  // where it goes, by name; null: everywhere
  core::Instant now{};                           // when it came by here; not undone by begin()
  core::WallTime wall{};                         // the same; zero: nobody says
  std::string_view problem;                      // why the line could not be read as its format says
  std::vector<Note>* notes = nullptr;            // null: nobody asks
  bool whole_way = false;  // it is shown, not sent: all steps, though one has left it out

  // The next line: everything found out about the last one is gone.
  void begin(const telemetry::Record& next, std::string_view from, std::string_view said_on);

  // The line as it is, and why it is not more than that.
  void take_as_text(std::string_view why = {});

  // An empty text that lasts until the next begin().
  std::string& scratch();

  // Only worth a call where `notes` is not null: the words are made for it.
  void note(std::string_view by, std::string what) const;

 private:
  std::deque<std::string> scratches_;  // never moved, and their room is used again
  std::size_t used_ = 0;
};

}  // namespace outrider::transforms
