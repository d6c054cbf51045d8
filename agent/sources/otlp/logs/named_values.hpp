// Members of a JSON object as they are put together: each name once, the first that was added counts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sources::otlp {

class NamedValues {
 public:
  static constexpr std::size_t most_names = 256;

  explicit NamedValues(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void clear();

  // `name` and what `write` appends are JSON already. False: there is no room for it.
  template <class Write>
  bool add(std::string_view name, const Write& write) {
    if (places_.size() >= most_names) return false;
    if (holds(name)) return true;
    const std::size_t before = text_.size();
    begin(name);
    write(text_);
    return end(before, name.size());
  }
  // All of others that it has not got, whatever room there is.
  void add_missing(const NamedValues& others);

  // "a":1,"b":2
  const std::string& text() const { return text_; }

 private:
  struct Place {
    std::size_t name, name_length, end;
  };

  bool holds(std::string_view name) const;
  std::string_view name_at(const Place& place) const;
  void begin(std::string_view name);
  bool end(std::size_t before, std::size_t name_length);

  std::size_t most_bytes_;
  std::string text_;
  std::vector<Place> places_;
};

}  // namespace outrider::sources::otlp
