#include "agent/durable/damage/pages.hpp"

#include "agent/durable/damage/page.hpp"
#include "agent/durable/sealed_value.hpp"

#include <bit>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace outrider::durable {
namespace {

constexpr std::uint32_t magic = 0xBEEFC0DE;
constexpr std::uint64_t most_map_bytes = 1ull << 46;
constexpr std::uint16_t most_depth = 32;
constexpr std::size_t most_sentences = 16;

Tree tree_at(std::string_view bytes, std::size_t at) {
  Tree tree;
  tree.flags = number_at<std::uint16_t>(bytes, at + 4);
  tree.depth = number_at<std::uint16_t>(bytes, at + 6);
  tree.branch_pages = number_at<std::uint64_t>(bytes, at + 8);
  tree.leaf_pages = number_at<std::uint64_t>(bytes, at + 16);
  tree.overflow_pages = number_at<std::uint64_t>(bytes, at + 24);
  tree.entries = number_at<std::uint64_t>(bytes, at + 32);
  tree.root = number_at<std::uint64_t>(bytes, at + 40);
  return tree;
}

std::optional<std::uint64_t> commit_of(std::string_view value) {
  if (value.size() != sizeof(std::uint64_t)) return std::nullopt;
  return number_at<std::uint64_t>(value, 0);
}

core::Outcome<Head> read_head(int file, std::uint64_t at, std::uint64_t number) {
  const auto bytes = read_page(file, 512, at / 512);
  if (!bytes) return core::fail(core::Errc::corrupt, "it ends before its heads do");
  const std::string_view text(*bytes);
  const auto kind = number_at<std::uint16_t>(text, 10);
  if (number_at<std::uint64_t>(text, 0) != number || kind != static_cast<std::uint16_t>(PageKind::head) ||
      number_at<std::uint32_t>(text, 16) != magic) {
    return core::fail(core::Errc::corrupt, "one of its heads is none");
  }
  if (number_at<std::uint32_t>(text, 20) != 1) {
    return core::fail(core::Errc::corrupt, "it says to be of an unknown version");
  }
  Head head;
  const auto address = number_at<std::uint64_t>(text, 24);
  head.map_bytes = number_at<std::uint64_t>(text, 32);
  head.page_bytes = number_at<std::uint32_t>(text, 40);
  head.free = tree_at(text, 40);
  head.entries = tree_at(text, 88);
  head.last_page = number_at<std::uint64_t>(text, 136);
  head.commit = number_at<std::uint64_t>(text, 144);
  constexpr std::uint16_t integer_keys = 8;
  const bool likely = address == 0 && std::has_single_bit(head.page_bytes) && head.page_bytes >= 512 &&
                      head.page_bytes <= 65536 && head.map_bytes <= most_map_bytes &&
                      head.map_bytes % head.page_bytes == 0 && head.last_page >= 1 &&
                      head.last_page < head.map_bytes / head.page_bytes && head.free.flags == integer_keys &&
                      head.entries.flags == 0 && head.free.depth <= most_depth &&
                      head.entries.depth <= most_depth;
  if (!likely) return core::fail(core::Errc::corrupt, "one of its heads has impossible values");
  return head;
}

}  // namespace

core::Outcome<std::vector<Head>> read_heads(int file) {
  const auto first = read_head(file, 0, 0);
  if (!first) return core::fail(first.error());
  const auto second = read_head(file, first->page_bytes, 1);
  if (!second) return core::fail(second.error());
  if (first->page_bytes != second->page_bytes) {
    return core::fail(core::Errc::corrupt, "its heads do not agree on the size of a page");
  }
  return std::vector<Head>{*first, *second};
}

std::vector<Head> readable_heads(int file) {
  std::vector<Head> found;
  if (const auto first = read_head(file, 0, 0)) found.push_back(*first);
  for (std::uint64_t page_bytes = 4096; page_bytes <= 65536; page_bytes *= 2) {
    const auto second = read_head(file, page_bytes, 1);
    if (second && second->page_bytes == page_bytes) found.push_back(*second);
  }
  return found;
}

const Head& newest(const std::vector<Head>& heads) {
  return heads.front().commit > heads.back().commit ? heads.front() : heads.back();
}

namespace {

// The number that the first entry of the tree keeps; nothing: there is none, or it cannot be reached.
std::optional<std::uint64_t> commit_in_tree(int file, const Head& head) {
  std::uint64_t at = head.entries.root;
  for (std::uint16_t depth = head.entries.depth; depth > 0; --depth) {
    const auto bytes = read_page(file, head.page_bytes, at);
    if (!bytes) return std::nullopt;
    Page page(*bytes, at);
    if (!page.read(depth == 1 ? PageKind::leaf : PageKind::branch).empty()) return std::nullopt;
    const Node& first = page.nodes().front();
    if (depth > 1) {
      at = first.page;
      continue;
    }
    const auto value = first.large ? std::nullopt : unsealed(first.key, first.value);
    return first.key == commit_key && value ? commit_of(*value) : std::nullopt;
  }
  return 0;  // nothing was ever written
}

}  // namespace

std::string trouble_of_heads(int file, const std::vector<Head>& heads) {
  const std::uint64_t first = heads.front().commit, second = heads.back().commit;
  const bool fresh = first == 0 && second == 0;
  const bool in_turn = first % 2 == 0 && second % 2 == 1 && (first + 1 == second || second + 1 == first);
  if (!fresh && !in_turn) return "its heads are not of two commits, one after the other";
  // A book that was just made has one that leads nowhere yet.
  for (const Head& head : heads) {
    if (commit_in_tree(file, head) != head.commit)
      return "one of its heads leads to another state than it says";
  }
  return {};
}

namespace {

class PageWalk {
 public:
  PageWalk(int file, const Head& head, const VisitEntry& visit)
      : file_(file), head_(head), visit_(visit), seen_(head.last_page + 1) {
    seen_[0] = seen_[1] = true;
  }

  Walked walked() {
    const bool free_is_sound = walk_tree(head_.free, true);
    const bool sound = walk_tree(head_.entries, false);
    if (!sound && free_is_sound) look_for_the_rest();
    if (sound && head_.entries.root != no_page && result_.commit != head_.commit) {
      damaged("its head leads to another state than it says");
    }
    return std::move(result_);
  }

 private:
  struct Bounds {
    std::optional<std::string> from, to;
  };

  void damaged(std::string how) {
    ++result_.damaged_pages;
    if (result_.damage.size() < most_sentences) result_.damage.push_back(std::move(how));
  }

  bool walk_tree(const Tree& tree, bool free) {
    free_ = free;
    counted_ = {};
    last_key_.reset();
    if (tree.root == no_page) return tree.depth == 0 && tree.entries == 0;
    const std::uint64_t before = result_.damaged_pages;
    walk_page(tree.root, tree.depth, {});
    if (result_.damaged_pages > before) return false;
    const bool agrees = counted_.branch_pages == tree.branch_pages &&
                        counted_.leaf_pages == tree.leaf_pages &&
                        counted_.overflow_pages == tree.overflow_pages && counted_.entries == tree.entries;
    if (!agrees) damaged("a head counts otherwise than there is");
    return agrees;
  }

  bool claim(std::uint64_t number) {
    if (number < 2 || number > head_.last_page || seen_[number]) return false;
    return seen_[number] = true;
  }

  void walk_page(std::uint64_t number, std::uint16_t depth, Bounds bounds) {
    if (depth == 0 || !claim(number))
      return damaged(fmt::format("page {} is not where it is looked for", number));
    const auto bytes = read_page(file_, head_.page_bytes, number);
    if (!bytes) return damaged(fmt::format("page {} lies beyond the end of the file", number));
    Page page(*bytes, number);
    const bool leaf = depth == 1;
    if (const std::string trouble = page.read(leaf ? PageKind::leaf : PageKind::branch); !trouble.empty()) {
      return damaged(fmt::format("page {}: {}", number, trouble));
    }
    ++(leaf ? counted_.leaf_pages : counted_.branch_pages);
    if (leaf) return walk_leaf(number, page, bounds);
    const auto& nodes = page.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      Bounds inner = bounds;
      if (i > 0) inner.from = std::string(nodes[i].key);
      if (i + 1 < nodes.size()) inner.to = std::string(nodes[i + 1].key);
      walk_page(nodes[i].page, depth - 1, std::move(inner));
    }
  }

  bool before(std::string_view left, std::string_view right) const {
    if (!free_) return left < right;
    return number_at<std::uint64_t>(left, 0) < number_at<std::uint64_t>(right, 0);
  }

  void walk_leaf(std::uint64_t number, const Page& page, const Bounds& bounds) {
    for (const Node& node : page.nodes()) {
      const bool in_order = !(last_key_ && !before(*last_key_, node.key)) &&
                            !(bounds.from && before(node.key, *bounds.from)) &&
                            !(bounds.to && !before(node.key, *bounds.to));
      std::string large;
      const auto stored = value_of(node, large);
      const bool good =
          in_order && stored && (free_ ? take_free(node.key, *stored) : take_entry(node.key, *stored));
      if (!good) {
        damaged(fmt::format("page {}: an entry is not what was written", number));
        continue;
      }
      ++counted_.entries;
      last_key_ = std::string(node.key);
    }
  }

  std::optional<std::string_view> value_of(const Node& node, std::string& large) {
    if (!node.large) return node.value;
    const std::uint64_t count = (page_header_bytes - 1 + node.length) / head_.page_bytes + 1;
    if (node.page > head_.last_page || count > head_.last_page - node.page + 1) return std::nullopt;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!claim(node.page + i)) return std::nullopt;
    }
    auto bytes = read_page(file_, head_.page_bytes, node.page, count);
    if (!bytes) return std::nullopt;
    large = std::move(*bytes);
    Page page(large.substr(0, head_.page_bytes), node.page);
    if (!page.read(PageKind::overflow).empty() || page.overflow_count() != count) return std::nullopt;
    counted_.overflow_pages += count;
    return std::string_view(large).substr(page_header_bytes, node.length);
  }

  // Which pages are free: how many, and their numbers, the highest first.
  bool take_free(std::string_view key, std::string_view value) {
    const std::uint64_t count = number_at<std::uint64_t>(value, 0);
    if (key.size() != 8 || value.size() < 8 || count > value.size() / 8 - 1) return false;
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    for (std::uint64_t i = 1; i <= count; ++i) {
      const std::uint64_t page = number_at<std::uint64_t>(value, 8 * i);
      if (page >= last || !claim(page)) return false;
      last = page;
    }
    return true;
  }

  bool take_entry(std::string_view key, std::string_view stored) {
    const auto value = unsealed(key, stored);
    if (!value) return false;
    if (key == commit_key) result_.commit = commit_of(*value).value_or(0);
    ++result_.good_entries;
    visit_(key, *value);
    return true;
  }

  // A branch that is lost takes its leaves along. Each page is in a tree, free, or one of those.
  void look_for_the_rest() {
    free_ = false;
    for (std::uint64_t number = 2; number <= head_.last_page; ++number) {
      if (seen_[number]) continue;
      const auto bytes = read_page(file_, head_.page_bytes, number);
      if (!bytes) return;
      Page page(*bytes, number);
      if (!page.read(PageKind::leaf).empty()) continue;
      seen_[number] = true;
      for (const Node& node : page.nodes()) {
        std::string large;
        if (const auto stored = value_of(node, large)) take_entry(node.key, *stored);
      }
    }
  }

  int file_;
  const Head& head_;
  const VisitEntry& visit_;
  std::vector<bool> seen_;
  bool free_ = false;
  Tree counted_;
  std::optional<std::string> last_key_;
  Walked result_;
};

}  // namespace

Walked walk_pages(int file, const Head& head, const VisitEntry& visit) {
  return PageWalk(file, head, visit).walked();
}

}  // namespace outrider::durable
