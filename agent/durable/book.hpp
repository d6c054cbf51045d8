// What must outlive the agent, in tables of keys and values: how far each sink has got, what waits for sinks
// that cannot take it, what was parked. One write() happens whole or not at all, also at a power cut, and is
// on the disk when it returns. Calls block: from a river they go through async::offload. Writers take turns;
// readers never wait for them, and other processes may read while the agent runs.
#pragma once

#include "agent/core/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::durable {

struct Change {
  std::string table;
  std::string key;                   // 1 to 500 bytes; tables are in the order of their keys' bytes
  std::optional<std::string> value;  // nothing: the key goes
  // Texts that stand in the value before its byte `at`, by their place: what is large is copied once, to
  // where it will lie. They must be there until write() returns.
  struct Inserted {
    std::size_t at = 0;
    std::string_view text;
  };
  std::vector<Inserted> inserted{};
};

// Of the value and what stands in it.
std::size_t value_bytes(const Change& change);
void for_each_piece(const Change& change, const std::function<void(std::string_view)>& take);
std::string whole_value(const Change& change);

struct Volume {
  std::uint64_t used_bytes = 0;  // of its file, what is really in use
  std::uint64_t most_bytes = 0;  // beyond which write() says `exhausted`
};

class Book {
 public:
  Book() = default;
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;
  virtual ~Book() = default;

  // `exhausted` when the disk or the book's own bound is full: then nothing has changed, and what is there
  // stays readable; removing always works.
  virtual core::Outcome<> write(std::span<const Change> changes) = 0;

  virtual core::Outcome<std::optional<std::string>> read(std::string_view table,
                                                         std::string_view key) const = 0;

  // From the first key that is not before `from`, in order, until `visit` says false.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  virtual core::Outcome<> walk(std::string_view table, std::string_view from, const Visit& visit) const = 0;

  // The same, of the beginnings of values alone, which are not looked at for damage: to see many large ones
  // without having read them.
  using Glance = std::function<bool(std::string_view key, std::string_view beginning, std::size_t bytes)>;
  virtual core::Outcome<> skim(std::string_view table, std::string_view from, std::size_t most_bytes,
                               const Glance& glance) const = 0;

  virtual Volume volume() const = 0;

  // Whether what is written is still there when the agent starts again.
  virtual bool outlives_the_agent() const { return false; }
};

struct BookOptions {
  std::uint64_t most_bytes = 1ull << 30;
  bool read_only = false;  // for looking into a running agent's book
};

// `path` is a folder of its own; it is made when missing. A book that cannot be read is `corrupt`.
core::Outcome<std::unique_ptr<Book>> open_book(const std::string& path, BookOptions options = {});

// The same in memory: for the simulation, and where there is no state directory.
std::unique_ptr<Book> make_memory_book();

}  // namespace outrider::durable
