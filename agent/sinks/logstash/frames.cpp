#include "agent/sinks/logstash/frames.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outrider::sinks::logstash {
namespace {

constexpr std::size_t ack_bytes = 6;

void append_number(std::string& out, std::size_t number) {
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(number >> shift & 0xff);
}

void put_number(std::string& out, std::size_t at, std::size_t number) {
  std::string bytes;
  append_number(bytes, number);
  out.replace(at, bytes.size(), bytes);
}

void append_frames(std::string& out, std::span<const telemetry::Record* const> records) {
  std::uint32_t number = 0;
  for (const telemetry::Record* record : records) {
    out += "2J";
    append_number(out, ++number);
    const std::size_t at = out.size();
    append_number(out, 0);
    append_event(out, *record);
    put_number(out, at, out.size() - at - 4);
  }
}

}  // namespace

bool is_document(const telemetry::Record& record) {
  return record.text.size() >= 2 && record.text.front() == '{' && record.text.back() == '}';
}

void append_event(std::string& out, const telemetry::Record& record) {
  out += record.text.substr(0, record.text.size() - 1);
  if (record.text.size() > 2) out += ',';
  out += R"("@metadata":{"beat":"outrider","type":"_doc","version":")" OUTRIDER_VERSION R"(","_id":")";
  telemetry::append_document_id(out, record.origin);
  out += "\"}}";
}

std::string make_window(std::span<const telemetry::Record* const> records, telemetry::Packer* packer) {
  std::string window = "2W";
  append_number(window, records.size());
  if (packer == nullptr) {
    append_frames(window, records);
    return window;
  }
  std::string frames;
  append_frames(frames, records);
  window += "2C";
  const std::size_t at = window.size();
  append_number(window, 0);
  packer->zlib(frames, window);
  put_number(window, at, window.size() - at - 4);
  return window;
}

void AckReader::expect(std::uint32_t window) {
  window_ = window;
  acknowledged_ = 0;
}

core::Outcome<> AckReader::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), ack_bytes - frame_.size());
    frame_ += bytes.substr(0, count);
    bytes.remove_prefix(count);
    // What it is shows in the first two bytes: who speaks something else may never send six.
    const bool is_ack = frame_[0] == '2' && (frame_.size() == 1 || frame_[1] == 'A');
    if (!is_ack) {
      return core::fail(core::Errc::corrupt,
                        fmt::format("what came is no acknowledgement of Lumberjack 2: {:02x}",
                                    fmt::join(frame_.begin(), frame_.end(), " ")),
                        "is it the port of Logstash's `beats` input, and both with TLS or both without?");
    }
    if (frame_.size() < ack_bytes) return {};
    if (auto taken = take_frame(); !taken) return taken;
    frame_.clear();
  }
  return {};
}

core::Outcome<> AckReader::take_frame() {
  std::uint32_t number = 0;
  for (std::size_t at = 2; at < ack_bytes; ++at)
    number = number << 8 | static_cast<unsigned char>(frame_[at]);
  if (number > window_) {
    return core::fail(core::Errc::corrupt,
                      fmt::format("{} records were acknowledged where {} had been sent", number, window_));
  }
  if (number > acknowledged_) {
    acknowledged_ = number;
  } else {
    ++keep_alives_;
  }
  return {};
}

}  // namespace outrider::sinks::logstash
