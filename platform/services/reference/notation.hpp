// The work the service is here for: written notes to names, frequencies and the chord they make. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace notation {

struct Note {
  std::string name;  // as written: "F#4"
  int semitone = 0;  // above C0
  double hertz = 0;  // equal temperament, A4 = 440 Hz
};

// Nothing when a note is not one; `wrong` is then the text that was not.
std::vector<Note> read_notes(std::string_view text, std::string& wrong);

// "C major", "A minor" …, or empty.
std::string chord_of(const std::vector<Note>& notes);

}  // namespace notation
