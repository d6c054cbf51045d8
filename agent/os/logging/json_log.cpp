#include "agent/os/json_log.hpp"

#include "agent/core/text.hpp"
#include "agent/os/logging/json_text.hpp"
#include "agent/os/logging/line_writer.hpp"
#include "agent/os/logging/repeats.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace outrider::os {
namespace {

using core::Field;
using core::Level;

struct Entry {
  Level level;
  std::string_view room;
  std::string_view what;
  std::span<const Field> fields;
};

void append_number(std::string& to, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(to), "{}", value);
  } else {
    fmt::format_to(std::back_inserter(to), "\"{}\"", value);  // JSON has no word for it
  }
}

void append_value(std::string& to, const Field::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    append_json_string(to, *text);
  } else if (const auto* number = std::get_if<double>(&value)) {
    append_number(to, *number);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    to += *flag ? "true" : "false";
  } else {
    fmt::format_to(std::back_inserter(to), "{}", std::get<std::int64_t>(value));
  }
}

bool is_fixed_key(std::string_view key) {
  static constexpr std::array<std::string_view, 6> fixed{"time", "level", "room", "what", "repeated", "last"};
  return std::ranges::find(fixed, key) != fixed.end();
}

// ,"key":value …
std::string json_fields(std::span<const Field> fields) {
  std::string text;
  for (const Field& field : fields) {
    text += ',';
    append_json_string(text, is_fixed_key(field.key) ? std::string(field.key) + "_" : std::string(field.key));
    text += ':';
    append_value(text, field.value);
  }
  return text;
}

// key=value …, quoted where needed
std::string plain_fields(std::span<const Field> fields) {
  std::string text;
  for (const Field& field : fields) {
    text += fmt::format(" {}=", field.key);
    append_value(text, field.value);
  }
  return text;
}

std::string_view colour_of(Level level) {
  switch (level) {
    case Level::debug: return "\033[2m";
    case Level::info: return "\033[32m";
    case Level::warn: return "\033[33m";
    case Level::error: return "\033[31m";
  }
  return {};
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

Level from_spdlog(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return Level::error;
  if (level == spdlog::level::warn) return Level::warn;
  return level == spdlog::level::info ? Level::info : Level::debug;
}

// spdlog's sink gives the lock; all below sink_it_ and write runs under it.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  LineSink(core::Clock& clock, const LogOptions& options)
      : clock_(clock),
        options_(options),
        writer_(options.descriptor),
        repeats_(options.repeat_period,
                 [this](const Said& last, std::uint64_t times) { write_line(last, times); }) {}

  void write(const Entry& entry) {
    const std::lock_guard lock(mutex_);
    write_entry(entry);
  }

  using base_sink::flush;
  void flush(bool ending) {
    const std::lock_guard lock(mutex_);
    repeats_.flush(clock_.now(), ending);
    writer_.flush();
    tell_of_dropped();
  }

  LogCounts counts() {
    const std::lock_guard lock(mutex_);
    return {.written = written_, .held_back = repeats_.held_back(), .dropped = dropped()};
  }

 protected:
  // What a library says through spdlog itself.
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    write_entry({from_spdlog(message.level), "library", text, {}});
  }

  void flush_() override { writer_.flush(); }

 private:
  void write_entry(const Entry& entry) {
    Said said{
        .level = entry.level,
        .room = std::string(entry.room),
        .what = std::string(entry.what),
        .fields = options_.style == LogStyle::json ? json_fields(entry.fields) : plain_fields(entry.fields),
        .at = clock_.wall()};
    std::string identity;
    for (const Field& field : entry.fields) {
      if (const auto* text = std::get_if<std::string_view>(&field.value)) (identity += *text) += '\0';
    }
    Said to_write = said;
    if (repeats_.hear(std::move(said), identity, clock_.now())) write_line(to_write, 0);
  }

  void write_line(const Said& said, std::uint64_t repeated) {
    std::string line =
        options_.style == LogStyle::json ? json_line(said, repeated) : plain_line(said, repeated);
    line += '\n';
    tell_of_dropped();
    ++written_;
    writer_.write(line);
  }

  std::string json_line(const Said& said, std::uint64_t repeated) const {
    std::string line = fmt::format(R"({{"time":"{}","level":"{}","room":)", core::show_time(clock_.wall()),
                                   core::name_of(said.level));
    append_json_string(line, said.room);
    line += ",\"what\":";
    append_json_string(line, said.what);
    line += said.fields;
    if (repeated > 0)
      line += fmt::format(R"(,"repeated":{},"last":"{}")", repeated, core::show_time(said.at));
    return line + "}";
  }

  std::string plain_line(const Said& said, std::uint64_t repeated) const {
    const std::string_view colour = options_.colours ? colour_of(said.level) : std::string_view();
    std::string line = fmt::format("{} {}{:5}{} {}: {}{}", core::show_clock(clock_.wall()), colour,
                                   core::name_of(said.level), options_.colours ? "\033[0m" : "", said.room,
                                   said.what, said.fields);
    if (repeated > 0)
      line += fmt::format(" (repeated {} times, last at {})", repeated, core::show_clock(said.at));
    std::ranges::replace(line, '\n', ' ');
    return line;
  }

  // Once there is room again, that lines are missing is said before the next one.
  void tell_of_dropped() {
    const std::uint64_t news = dropped() - told_dropped_;
    if (news == 0 || writer_.is_behind()) return;
    const Field count("dropped", news);
    const std::span<const Field> fields(&count, 1);
    const Said said{.level = Level::warn,
                    .room = "log",
                    .what = "Log lines were dropped, since nobody read them",
                    .fields = options_.style == LogStyle::json ? json_fields(fields) : plain_fields(fields),
                    .at = clock_.wall()};
    const std::uint64_t before = writer_.dropped();
    writer_.write((options_.style == LogStyle::json ? json_line(said, 0) : plain_line(said, 0)) + "\n");
    const bool was_heard = writer_.dropped() == before;
    if (was_heard) {
      told_dropped_ += news;
    } else {
      ++lost_notices_;
    }
  }

  std::uint64_t dropped() const { return writer_.dropped() - lost_notices_; }

  core::Clock& clock_;
  LogOptions options_;
  LineWriter writer_;
  Repeats repeats_;
  std::uint64_t written_ = 0;
  std::uint64_t told_dropped_ = 0;
  std::uint64_t lost_notices_ = 0;  // about dropped lines, themselves dropped: not lines of anybody
};

class JsonLog final : public AgentLog {
 public:
  JsonLog(core::Clock& clock, const LogOptions& options)
      : clock_(clock), sink_(std::make_shared<LineSink>(clock, options)), logger_("outrider", sink_) {
    set_level(options.level);
  }

  ~JsonLog() override { sink_->flush(true); }

  void write(Level level, std::string_view room, std::string_view what,
             std::span<const Field> fields) override {
    if (logger_.should_log(to_spdlog(level))) sink_->write({level, room, what, fields});
  }

  void set_level(Level level) override { logger_.set_level(to_spdlog(level)); }
  Level level() const override { return from_spdlog(logger_.level()); }
  LogCounts counts() const override { return sink_->counts(); }
  void flush(bool ending) override { sink_->flush(ending); }

  core::Task<void> tend() override {
    for (;;) {
      co_await clock_.sleep_until(core::second_after(clock_.now()));
      flush(false);
    }
  }

 private:
  core::Clock& clock_;
  std::shared_ptr<LineSink> sink_;
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<AgentLog> make_json_log(core::Clock& clock, LogOptions options) {
  return std::make_unique<JsonLog>(clock, options);
}

}  // namespace outrider::os
