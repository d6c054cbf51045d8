#include "reference/notation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

namespace notation {
namespace {

constexpr std::array<const char*, 12> names{"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};

std::optional<Note> read_note(std::string_view text) {
  constexpr std::array<int, 7> letters{9, 11, 0, 2, 4, 5, 7};  // A to G, above C
  if (text.size() < 2 || text.size() > 3 || text[0] < 'A' || text[0] > 'G') return std::nullopt;
  int semitone = letters[static_cast<std::size_t>(text[0] - 'A')];
  if (text.size() == 3) {
    if (text[1] != '#' && text[1] != 'b') return std::nullopt;
    semitone += text[1] == '#' ? 1 : -1;
  }
  const char octave = text.back();
  if (octave < '0' || octave > '9') return std::nullopt;
  semitone += 12 * (octave - '0');
  constexpr int a4 = 57;
  return Note{std::string(text), semitone, 440.0 * std::pow(2.0, (semitone - a4) / 12.0)};
}

}  // namespace

std::vector<Note> read_notes(std::string_view text, std::string& wrong) {
  std::vector<Note> notes;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const auto note = read_note(one);
    if (!note) {
      wrong = one;
      return {};
    }
    notes.push_back(*note);
  }
  return notes;
}

std::string chord_of(const std::vector<Note>& notes) {
  std::set<int> heard;
  for (const Note& note : notes) heard.insert(((note.semitone % 12) + 12) % 12);
  if (heard.size() != 3) return {};
  for (const int root : heard) {
    const bool fifth = heard.contains((root + 7) % 12);
    const std::string name = names[static_cast<std::size_t>(root)];
    if (fifth && heard.contains((root + 4) % 12)) return name + " major";
    if (fifth && heard.contains((root + 3) % 12)) return name + " minor";
  }
  return {};
}

}  // namespace notation
