// What a server says to _bulk. Most items of most answers say only "created": those cost a comparison each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::sinks::elasticsearch {

// One item that is more than "created".
struct Item {
  std::size_t place = 0;  // its number in the request
  int status = 0;
  std::string type;           // "document_parsing_exception"
  std::string reason;         // with what caused it
  std::string failure_store;  // "used", "failed", "not_enabled"; empty: not told
};

struct Answer {
  std::size_t items = 0;
  std::vector<Item> notable;  // in their order
};

// Nothing when it is not the whole answer to a _bulk: cut off, a proxy's page, JSON of another kind.
std::optional<Answer> read_answer(std::string_view body);

// Why a request as a whole was not taken.
struct Refusal {
  std::string type;
  std::string reason;

  std::string text() const;  // "type: reason"
};

// From an error's body; where that is not JSON, its first words.
Refusal read_refusal(std::string_view body);

}  // namespace outrider::sinks::elasticsearch
