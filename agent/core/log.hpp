// The agent's own log, as an interface: one sentence of constant text, values in fields.
// error: a human must act; warn: degraded but handled; info: a decision or a lifecycle step; debug: the rest.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <variant>

namespace outrider::core {

enum class Level { debug, info, warn, error };

std::string_view name_of(Level level);

struct Field {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  Field(std::string_view key, std::string_view value) : key(key), value(value) {}
  Field(std::string_view key, const char* value) : key(key), value(std::string_view(value)) {}
  Field(std::string_view key, bool value) : key(key), value(value) {}
  Field(std::string_view key, double value) : key(key), value(value) {}
  template <class Integer>
    requires std::integral<Integer>
  Field(std::string_view key, Integer value) : key(key), value(static_cast<std::int64_t>(value)) {}

  std::string_view key;
  Value value;
};

class Log {
 public:
  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  virtual ~Log() = default;

  // Never blocks for long and never throws; safe from any thread.
  virtual void write(Level level, std::string_view room, std::string_view what,
                     std::span<const Field> fields) = 0;

  void debug(std::string_view room, std::string_view what, std::initializer_list<Field> fields = {}) {
    write(Level::debug, room, what, {fields.begin(), fields.size()});
  }
  void info(std::string_view room, std::string_view what, std::initializer_list<Field> fields = {}) {
    write(Level::info, room, what, {fields.begin(), fields.size()});
  }
  void warn(std::string_view room, std::string_view what, std::initializer_list<Field> fields = {}) {
    write(Level::warn, room, what, {fields.begin(), fields.size()});
  }
  void error(std::string_view room, std::string_view what, std::initializer_list<Field> fields = {}) {
    write(Level::error, room, what, {fields.begin(), fields.size()});
  }
};

}  // namespace outrider::core
