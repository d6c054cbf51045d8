#include "agent/telemetry/envelope.hpp"

namespace outrider::telemetry {
namespace {

// Nobody begins a line with it.
constexpr std::string_view whole_mark = "\x1EW";
constexpr std::string_view partial_mark = "\x1EP";

}  // namespace

void append_envelope(std::string& out, const Envelope& envelope) {
  out += envelope.partial ? partial_mark : whole_mark;
  out += envelope.writer;
  out += '\n';
  out += envelope.fields;
  out += '\n';
  out += envelope.text;
}

std::optional<Envelope> open_envelope(std::string_view record) {
  const bool partial = record.starts_with(partial_mark);
  if (!partial && !record.starts_with(whole_mark)) return std::nullopt;
  record.remove_prefix(whole_mark.size());
  const std::size_t writer_end = record.find('\n');
  if (writer_end == std::string_view::npos) return std::nullopt;
  const std::size_t fields_end = record.find('\n', writer_end + 1);
  if (fields_end == std::string_view::npos) return std::nullopt;
  return Envelope{record.substr(0, writer_end), record.substr(writer_end + 1, fields_end - writer_end - 1),
                  record.substr(fields_end + 1), partial};
}

}  // namespace outrider::telemetry
