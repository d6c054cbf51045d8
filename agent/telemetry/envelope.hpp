// What a source knows of a line beside its text goes with it, in front of it, until the chain takes both
// apart: who wrote it, fields as a JSON object, and whether its rest comes with the next line of the same
// writer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace outrider::telemetry {

struct Envelope {
  std::string_view writer;  // without line ends
  std::string_view fields;  // {"process.pid":42}, without line ends
  std::string_view text;
  bool partial = false;
};

void append_envelope(std::string& out, const Envelope& envelope);

// Nothing when `record` is a plain text. What is given looks into it.
std::optional<Envelope> open_envelope(std::string_view record);

}  // namespace outrider::telemetry
