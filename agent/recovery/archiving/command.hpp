// What an archive_command is, by its own text, and whether it may be run once more by hand. Pure.
// A second run must never stand in the way of PostgreSQL's own: only tools that take a segment which is there
// with the same content for stored are run, or those that can be told to store nothing. All else is
// explained.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::recovery {

enum class ByHand {
  explain,  // it is not run
  push,     // it is run for a copy of the segment
  test,     // it is run with an option by which it stores nothing
};

struct ArchiveCommand {
  ByHand by_hand = ByHand::explain;
  std::string tool;                      // "pgbackrest"; empty: not known
  std::vector<std::string> argv;         // as it is run by hand, with %p and %f still in it
  std::vector<std::string> environment;  // "NAME=value"
  std::string why_not;                   // why it is only explained
};

ArchiveCommand read_archive_command(std::string_view command);

// As PostgreSQL 15 does it: %p is the path, %f the file's name, %% a %; any other % stays as it is.
std::string filled_in(std::string_view text, std::string_view path, std::string_view file);

// The same text with the values of passwords, keys, tokens and the like left out.
std::string without_secrets(std::string_view text);

// The last lines of what a program said, from its last error on, as one line that can be shown anywhere:
// bounded, clean, no secrets.
std::string shown_words(std::string_view said);

// What a server's log says of the last failure of its archive command: the command's own words, which come
// before, and its exit code. Empty when it says nothing.
std::string words_in_log(std::string_view tail);

}  // namespace outrider::recovery
