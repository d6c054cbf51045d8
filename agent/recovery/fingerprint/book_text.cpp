// The book as lines of words: <state>/recovery/hashes.
#include "agent/core/lines.hpp"
#include "agent/core/number.hpp"
#include "agent/core/text.hpp"
#include "agent/recovery/fingerprint/book.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::recovery {
namespace {

constexpr std::string_view head = "hashes 1\n";
constexpr std::string_view tail = "end\n";  // without it the file was torn
constexpr std::string_view none = "-";

std::string time_word(core::WallTime time) {
  return time == core::WallTime{} ? std::string(none) : core::show_time(time);
}

// The words of one line, taken one after the other. Whatever does not fit makes all of it bad.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const std::string_view word = core::take_until(rest_, ' ');
    good_ = good_ && !word.empty();
    return word;
  }
  template <class Number>
  void number(Number& into) {
    const auto read = core::read_number<Number>(word());
    good_ = read && good_;
    into = read.value_or(Number{});
  }
  wal::Lsn lsn() {
    const auto lsn = wal::parse_lsn(word());
    good_ = good_ && lsn.has_value();
    return lsn.value_or(wal::Lsn{});
  }
  core::WallTime time() {
    const std::string_view text = word();
    if (text == none) return {};
    const auto time = core::read_time(text);
    good_ = good_ && time.has_value();
    return time.value_or(core::WallTime{});
  }
  std::set<std::uint64_t> numbers() {
    std::set<std::uint64_t> list;
    std::string_view text = word();
    if (text == none) return list;
    while (!text.empty()) {
      const auto number = core::read_number<std::uint64_t>(core::take_until(text, ','));
      good_ = number && good_;
      list.insert(number.value_or(0));
    }
    return list;
  }
  bool done() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

bool read_chunk(Words& words, Book& book) {
  ChunkId id;
  Entry entry;
  words.number(id.database);
  words.number(id.table);
  words.number(id.first);
  words.number(id.blocks);
  words.number(entry.bytes);
  words.number(entry.run.timeline);
  entry.run.from = words.lsn();
  const wal::Lsn to = words.lsn();
  words.number(entry.run.digest.rows);
  entry.run.digest.sum = std::string(words.word());
  entry.hashed = words.time();
  entry.tried = words.time();
  entry.compared = words.time();
  if (to >= entry.run.from) entry.run.to = to;
  const bool good = words.done() && entry.hashed != core::WallTime{};
  if (good) book.entries[id] = std::move(entry);
  return good;
}

bool read_line_into(std::string_view line, Book& book) {
  Words words(line);
  const std::string_view kind = words.word();
  if (kind == "chunk") return read_chunk(words, book);
  if (kind == "under_way") {
    UnderWay& under_way = book.under_way[words.lsn()];
    words.number(under_way.from);
    under_way.ids = words.numbers();
    return words.done();
  }
  if (kind != "system") return false;
  words.number(book.system.emplace());
  return words.done();
}

}  // namespace

std::string write_book(const Book& book) {
  std::string text(head);
  if (book.system) text += fmt::format("system {}\n", *book.system);
  for (const auto& [at, one] : book.under_way) {
    const std::string ids = one.ids.empty() ? std::string(none) : fmt::format("{}", fmt::join(one.ids, ","));
    text += fmt::format("under_way {} {} {}\n", at.text(), one.from, ids);
  }
  for (const auto& [id, entry] : book.entries) {
    text += fmt::format("chunk {} {} {} {} {} {} {} {} {} {} {} {} {}\n", id.database, id.table, id.first,
                        id.blocks, entry.bytes, entry.run.timeline, entry.run.from.text(),
                        entry.run.to.value_or(wal::Lsn{}).text(), entry.run.digest.rows, entry.run.digest.sum,
                        time_word(entry.hashed), time_word(entry.tried), time_word(entry.compared));
  }
  return text + std::string(tail);
}

Book read_book(std::string_view text) {
  Book book;
  if (!text.starts_with(head) || !text.ends_with(tail)) return book;
  text.remove_prefix(head.size());
  text.remove_suffix(tail.size());
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (!read_line_into(text.substr(0, end), book)) return {};
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return book.system ? book : Book{};
}

}  // namespace outrider::recovery
