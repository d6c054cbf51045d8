// What the recorder holds becomes evidence. Pure.
#pragma once

#include "agent/incident/kept/incident.hpp"
#include "agent/incident/recorder/recorder.hpp"

#include <string>
#include <vector>

namespace outrider::incident {

struct Gathered {
  std::vector<Line> lines;
  std::vector<Sample> samples;
  std::vector<Remark> answers;
  std::string last_words;
};

inline constexpr std::size_t most_lines = 2000;
inline constexpr std::size_t most_line_bytes = 512 * 1024;

// What was recorded at or after `from`, the newest where it is too much.
Gathered gather(const Recall& recall, core::WallTime from);

// Adds what is not in it yet. Of what is too much the middle goes.
void add(Incident& incident, Gathered gathered);
void add(Incident& incident, Death death);
void add_to_timeline(Incident& incident, Remark remark);
// One with this name is replaced.
void add(Incident& incident, Finding finding);

// A sample as the recorder keeps it.
std::string write_sample(const Sample& sample);

// How the agent before us went; `last` is when it wrote last.
struct Before {
  bool was = false;  // there was one
  bool ended = false;
  std::string boot;
  core::WallTime last{};
};
Before look_back(const std::vector<Entry>& facts);

}  // namespace outrider::incident
