#include "agent/durable/damage/page.hpp"

#include <cstring>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

namespace outrider::durable {
namespace {

constexpr std::size_t kind_at = 10, lower_at = 12, upper_at = 14;
constexpr std::size_t node_header_bytes = 8;
constexpr std::uint16_t large_flag = 1;

}  // namespace

template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number = 0;
  if (at + sizeof number <= bytes.size()) std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}
template std::uint16_t number_at<std::uint16_t>(std::string_view, std::size_t);
template std::uint32_t number_at<std::uint32_t>(std::string_view, std::size_t);
template std::uint64_t number_at<std::uint64_t>(std::string_view, std::size_t);

std::optional<std::string> read_page(int file, std::uint64_t page_bytes, std::uint64_t number,
                                     std::uint64_t count) {
  std::string bytes(page_bytes * count, '\0');
  for (std::size_t have = 0; have < bytes.size();) {
    const ssize_t got = ::pread(file, bytes.data() + have, bytes.size() - have,
                                static_cast<off_t>(number * page_bytes + have));
    if (got <= 0) return std::nullopt;
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string Page::read(PageKind wanted) {
  if (number_at<std::uint64_t>(bytes_, 0) != number_) return "another page lies in its place";
  if (number_at<std::uint16_t>(bytes_, kind_at) != static_cast<std::uint16_t>(wanted))
    return "it is of another kind";
  if (wanted == PageKind::overflow) return {};
  return read_nodes(wanted == PageKind::leaf);
}

std::uint32_t Page::overflow_count() const { return number_at<std::uint32_t>(bytes_, lower_at); }

// The places of the nodes grow from the front, the nodes lie at the back, without a gap between them.
std::string Page::read_nodes(bool leaf) {
  const std::string_view bytes(bytes_);
  const std::size_t lower = number_at<std::uint16_t>(bytes, lower_at);
  const std::size_t upper = number_at<std::uint16_t>(bytes, upper_at);
  if (lower < page_header_bytes || lower % 2 != 0 || lower > upper || upper > bytes.size())
    return "its bounds are wrong";
  const std::size_t count = (lower - page_header_bytes) / 2;
  if (count == 0) return "it is empty";
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = number_at<std::uint16_t>(bytes, page_header_bytes + 2 * i);
    if (at < upper || at % 2 != 0 || at + node_header_bytes > bytes.size())
      return "a node lies outside of it";
    const std::uint64_t low = number_at<std::uint16_t>(bytes, at);
    const std::uint64_t high = number_at<std::uint16_t>(bytes, at + 2);
    const std::uint64_t flags = number_at<std::uint16_t>(bytes, at + 4);
    const std::size_t key_bytes = number_at<std::uint16_t>(bytes, at + 6);
    const std::size_t key_at = at + node_header_bytes;
    Node node;
    std::size_t value_bytes = 0;
    if (leaf) {
      if (flags > large_flag) return "a node has unknown marks";
      node.large = flags == large_flag;
      node.length = low | high << 16;
      value_bytes = node.large ? sizeof node.page : node.length;
    } else {
      node.page = low | high << 16 | flags << 32;
    }
    const std::size_t size = node_header_bytes + key_bytes + value_bytes;
    if (at + size > bytes.size()) return "a node goes beyond its end";
    taken += (size + 1) / 2 * 2;
    node.key = bytes.substr(key_at, key_bytes);
    node.value = bytes.substr(key_at + key_bytes, value_bytes);
    if (node.large) node.page = number_at<std::uint64_t>(node.value, 0);
    nodes_.push_back(node);
  }
  return taken == bytes.size() - upper ? std::string() : "its nodes do not fill it";
}

}  // namespace outrider::durable
