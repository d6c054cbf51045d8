#include "agent/transforms/logfmt/logfmt.hpp"

#include "agent/transforms/fields.hpp"

#include <string>
#include <vector>

namespace outrider::transforms::logfmt {
namespace {

constexpr std::size_t most_pairs = 1024;

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool ends_key(char c) { return is_space(c) || c == '=' || c == '"' || static_cast<unsigned char>(c) < 0x20; }

struct Place {
  std::size_t key, key_size, value, value_size;
};

// One pass over the line. Keys and values are written as JSON into one text; until it is complete only their
// places are known.
class Reader {
 public:
  Reader(std::string_view line, std::string& text, std::vector<Place>& places)
      : line_(line), text_(text), places_(places) {
    places_.clear();
  }

  // What is wrong with the line; empty: nothing.
  std::string_view run() {
    for (skip_space(); at_ < line_.size(); skip_space()) {
      if (places_.size() == most_pairs) return "it has more than 1024 keys";
      const std::size_t start = at_;
      while (at_ < line_.size() && !ends_key(line_[at_])) ++at_;
      const std::string_view key = line_.substr(start, at_ - start);
      const bool has_value = at_ < line_.size() && line_[at_] == '=';
      if (key.empty() || (at_ < line_.size() && !has_value && !is_space(line_[at_])))
        return "it is not written as key=value";
      if (!has_value && pairs_ == 0) {
        words_end_ = at_;  // words before the first key are the message
        continue;
      }
      if (!has_value) {
        add(key, "true");
        continue;
      }
      ++at_;
      ++pairs_;
      if (!value(key)) return "a quote is not closed in it";
    }
    return pairs_ == 0 ? "it has no key=value" : "";
  }

  // The pairs, once run() has found nothing wrong.
  void hand_over(std::vector<Member>& own) const {
    const std::string_view text(text_);
    for (const Place& place : places_)
      own.push_back({text.substr(place.key, place.key_size), text.substr(place.value, place.value_size)});
  }

  std::string_view words() const {
    const std::size_t from = line_.find_first_not_of(" \t");
    return words_end_ == 0 ? std::string_view() : line_.substr(from, words_end_ - from);
  }

 private:
  void skip_space() {
    while (at_ < line_.size() && is_space(line_[at_])) ++at_;
  }

  bool value(std::string_view key) {
    if (at_ == line_.size() || line_[at_] != '"') {
      const std::size_t start = at_;
      while (at_ < line_.size() && !is_space(line_[at_])) ++at_;
      add(key, line_.substr(start, at_ - start));
      return true;
    }
    const std::size_t start = ++at_;
    bool escaped = false;
    for (; at_ < line_.size() && line_[at_] != '"'; ++at_) {
      if (line_[at_] != '\\') continue;
      escaped = true;
      if (++at_ == line_.size()) return false;
    }
    if (at_ == line_.size()) return false;
    const std::string_view inside = line_.substr(start, at_ - start);
    ++at_;
    add(key, escaped ? unescaped(inside) : inside);
    return true;
  }

  std::string_view unescaped(std::string_view inside) {
    plain_.clear();
    for (std::size_t at = 0; at < inside.size(); ++at) {
      if (inside[at] != '\\' || at + 1 == inside.size()) {
        plain_ += inside[at];
        continue;
      }
      switch (inside[++at]) {
        case 'n': plain_ += '\n'; break;
        case 'r': plain_ += '\r'; break;
        case 't': plain_ += '\t'; break;
        case '"':
        case '\\': plain_ += inside[at]; break;
        default:  // not one of ours: as it was written
          plain_ += '\\';
          plain_ += inside[at];
      }
    }
    return plain_;
  }

  void add(std::string_view key, std::string_view value) {
    Place place{text_.size(), 0, 0, 0};
    append_escaped(text_, key);
    place.key_size = text_.size() - place.key;
    place.value = text_.size();
    text_ += '"';
    append_escaped(text_, value);
    text_ += '"';
    place.value_size = text_.size() - place.value;
    places_.push_back(place);
  }

  std::string_view line_;
  std::string& text_;
  std::size_t at_ = 0;
  std::size_t pairs_ = 0;
  std::size_t words_end_ = 0;
  std::vector<Place>& places_;
  std::string plain_;
};

class LogfmtFormat final : public Format {
 public:
  void read(Event& event) override {
    if (telemetry::is_piece(event.record)) return event.take_as_text(too_long);
    Reader reader(event.line, event.scratch(), places_);
    const std::string_view problem = reader.run();
    if (!problem.empty()) return event.take_as_text(problem);
    reader.hand_over(event.own);
    if (event.notes != nullptr) event.note("logfmt", std::to_string(event.own.size()) + " fields");
    settle_fields(event);
    if (!event.message_is_json) event.message = reader.words();
  }

 private:
  std::vector<Place> places_;
};

}  // namespace

std::unique_ptr<Format> make() { return std::make_unique<LogfmtFormat>(); }

}  // namespace outrider::transforms::logfmt
