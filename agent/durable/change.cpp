#include "agent/durable/book.hpp"

namespace outrider::durable {

std::size_t value_bytes(const Change& change) {
  std::size_t bytes = change.value ? change.value->size() : 0;
  for (const Change::Inserted& inserted : change.inserted) bytes += inserted.text.size();
  return bytes;
}

void for_each_piece(const Change& change, const std::function<void(std::string_view)>& take) {
  if (!change.value) return;
  const std::string_view value = *change.value;
  std::size_t taken = 0;
  for (const Change::Inserted& inserted : change.inserted) {
    take(value.substr(taken, inserted.at - taken));
    take(inserted.text);
    taken = inserted.at;
  }
  take(value.substr(taken));
}

std::string whole_value(const Change& change) {
  std::string whole;
  whole.reserve(value_bytes(change));
  for_each_piece(change, [&whole](std::string_view piece) { whole += piece; });
  return whole;
}

}  // namespace outrider::durable
