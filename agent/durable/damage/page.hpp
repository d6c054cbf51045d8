// One page of LMDB's file as it lies there (version 1 of the format, as all of 0.9 write it on 64-bit
// machines).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrider::durable {

inline constexpr std::uint64_t no_page = ~std::uint64_t{0};
inline constexpr std::size_t page_header_bytes = 16;

enum class PageKind : std::uint16_t { branch = 1, leaf = 2, overflow = 4, head = 8 };

template <class Number>
Number number_at(std::string_view bytes, std::size_t at);

struct Node {
  std::string_view key;
  std::string_view value;    // in a leaf, when it lies in the page itself
  std::uint64_t page = 0;    // in a branch: where it leads; in a leaf: where a large value lies
  std::uint64_t length = 0;  // of a large value
  bool large = false;
};

class Page {
 public:
  Page(std::string bytes, std::uint64_t number) : bytes_(std::move(bytes)), number_(number) {}

  // Empty when its header and its nodes are as they must be; else what is wrong. Then nodes() are there.
  std::string read(PageKind wanted);
  const std::vector<Node>& nodes() const { return nodes_; }
  std::uint32_t overflow_count() const;

 private:
  std::string read_nodes(bool leaf);

  std::string bytes_;
  std::uint64_t number_;
  std::vector<Node> nodes_;
};

// A page that cannot be read whole is nothing.
std::optional<std::string> read_page(int file, std::uint64_t page_bytes, std::uint64_t number,
                                     std::uint64_t count = 1);

}  // namespace outrider::durable
