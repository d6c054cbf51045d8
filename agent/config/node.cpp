#include "agent/config/node.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

namespace outrider::config {
namespace {

constexpr std::size_t most_shown_bytes = 60;

const std::shared_ptr<const Node::Body>& nothing() {
  static const auto body = std::make_shared<const Node::Body>();
  return body;
}

// A length in bytes, then the bytes: no text can be mistaken for another's end.
void put_text(std::string_view text, std::string& out) { out += fmt::format("{}:{}", text.size(), text); }

void put_canonical(const Node& node, std::string& out) {
  switch (node.shape()) {
    case Shape::nothing: out += '~'; return;
    case Shape::scalar: put_text(node.text(), out); return;
    case Shape::list:
      out += '[';
      for (const Node& item : node.items()) put_canonical(item, out);
      out += ']';
      return;
    case Shape::mapping: break;
  }
  std::vector<const Entry*> sorted;
  for (const Entry& entry : node.entries()) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) { return a->key < b->key; });
  out += '{';
  for (const Entry* entry : sorted) {
    put_text(entry->key, out);
    put_canonical(entry->value, out);
  }
  out += '}';
}

std::uint64_t hash(std::string_view text, std::uint64_t state) {  // FNV-1a, with a last stir
  for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  state ^= state >> 32;
  state *= 0xd6e8feb86659fd93ULL;
  return state ^ (state >> 32);
}

}  // namespace

Node::Node() : body_(nothing()) {}

Node::Node(std::shared_ptr<const Body> body, std::string name, Place place)
    : body_(std::move(body)), name_(std::move(name)), place_(place) {}

Shape Node::shape() const { return body_->shape; }
const std::string& Node::text() const { return body_->text; }
Style Node::style() const { return body_->style; }
const std::vector<Entry>& Node::entries() const { return body_->entries; }
const std::vector<Node>& Node::items() const { return body_->items; }
std::uint32_t Node::depth() const { return body_->depth; }
std::uint64_t Node::weight() const { return body_->weight; }

std::string Node::title() const {
  if (name_.empty()) return "the configuration";
  return name_.find(' ') != std::string::npos ? name_ : '`' + name_ + '`';
}

std::string Node::written() const {
  switch (shape()) {
    case Shape::nothing: return "nothing";
    case Shape::list: return "a list";
    case Shape::mapping: return "a mapping";
    case Shape::scalar: break;
  }
  std::string shown = "\"";
  for (const char c : text()) {
    if (shown.size() > most_shown_bytes && (static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      return shown + "…\"";
    }
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      shown += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  return shown + '"';
}

const Entry* Node::find(std::string_view key) const {
  for (const Entry& entry : entries()) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

const Node* Node::at(std::string_view path) const {
  const Node* node = this;
  while (!path.empty()) {
    // A last key may hold dots of its own: a probe called "api.v2".
    if (const Entry* last = node->find(path)) return &last->value;
    const std::size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (node->is_list()) {
      std::size_t index = 0;
      const auto read = std::from_chars(step.data(), step.data() + step.size(), index);
      if (read.ec != std::errc() || index >= node->items().size()) return nullptr;
      node = &node->items()[index];
    } else {
      const Entry* entry = node->find(step);
      if (entry == nullptr) return nullptr;
      node = &entry->value;
    }
  }
  return node;
}

std::string canonical(const Node& node) {
  std::string out;
  put_canonical(node, out);
  return out;
}

std::string fingerprint(const Node& node) {
  const std::string text = canonical(node);
  return fmt::format("{:016x}{:016x}", hash(text, 0xcbf29ce484222325ULL), hash(text, 0x9e3779b97f4a7c15ULL));
}

}  // namespace outrider::config
