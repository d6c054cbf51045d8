#include "agent/config/document/builder.hpp"

#include "agent/config/document/substitute.hpp"
#include "agent/config/load.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::config {
namespace {

constexpr std::string_view merge_key = "<<";
constexpr std::string_view extension_prefix = "x-";

}  // namespace

Place Builder::place_of(const YAML::Mark& mark) {
  ++events_;
  const auto positive = [](int value) { return static_cast<std::size_t>(std::max(value, 0)); };
  last_place_ = ruler_.place(positive(mark.line), positive(mark.column), positive(mark.pos));
  return last_place_;
}

void Builder::OnDocumentStart(const YAML::Mark& mark) {
  if (any_document_) {
    throw Stop{place_of(mark), "a second document begins here; a configuration is one document",
               "remove the --- above, or put it into a file of its own"};
  }
  any_document_ = true;
}

bool Builder::wants_key() const {
  return !open_.empty() && open_.back().body->shape == Shape::mapping && !open_.back().key;
}

void Builder::count_one(Place place) {
  if (++made_ > most_nodes) too_many(place);
}

void Builder::too_many(Place place) const {
  if (!any_alias_) throw Stop{place, fmt::format("it holds more than {} values", most_nodes), ""};
  throw Stop{place, fmt::format("it stands for more than {} values", most_nodes),
             "what an alias names counts as often as the alias is used"};
}

void Builder::refuse_tag(const std::string& tag, Place place) {
  if (tag.empty() || tag == "?" || tag == "!") return;
  constexpr std::string_view standard = "tag:yaml.org,2002:";
  const std::string shown = tag.starts_with(standard) ? "!!" + tag.substr(standard.size()) : tag;
  report_.settle(place, fmt::format("the tag {} has no meaning here", shown), "write the value without it");
}

void Builder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (wants_key()) throw Stop{place_of(mark), "a key may not be empty", ""};
  const auto body = std::make_shared<Node::Body>();
  if (anchor != 0) anchors_[anchor] = body;
  attach(body, place_of(dash_above(mark)));
}

// An item that is nothing has no place of its own: yaml-cpp tells where the next thing begins. Its dash is in
// the list's column, on the nearest line above.
YAML::Mark Builder::dash_above(const YAML::Mark& mark) const {
  if (open_.empty() || !open_.back().dash_column || mark.pos < 0) return mark;
  const std::string_view text = report_.source();
  const std::size_t column = *open_.back().dash_column;
  std::size_t end = std::min(static_cast<std::size_t>(mark.pos - mark.column), text.size());
  for (int line = mark.line - 1; line >= 0 && end > 0; --line) {
    const std::size_t start = end == 1 ? 0 : text.rfind('\n', end - 2) + 1;  // npos + 1 == 0
    if (start + column < end && text[start + column] == '-') {
      YAML::Mark dash = mark;
      dash.line = line;
      dash.column = static_cast<int>(column);
      dash.pos = static_cast<int>(start + column);
      return dash;
    }
    end = start;
  }
  return mark;
}

// yaml-cpp takes the end of the text for a closing quote.
void Builder::must_be_closed(const YAML::Mark& mark) {
  const std::string_view text = report_.source();
  auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {  // an anchor or tag in front
    at = text.find_first_not_of(" \n", std::min(text.find_first_of(" \n", at), text.size()));
  }
  if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return;
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote && quote == '\'' && at + 1 < text.size() && text[at + 1] == quote) {
      ++at;
    } else if (text[at] == quote) {
      return;
    }
  }
  throw Stop{place_of(mark), "the quotes that begin here are not closed", ""};
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const Place place = place_of(mark);
  if (wants_key()) throw Stop{place, "a key must be plain text, not an alias", ""};
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) throw Stop{place, "the alias stands inside what it refers to", ""};
  any_alias_ = true;
  attach(found->second, place);
}

void Builder::take_key(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
  const Place place = place_of(mark);
  refuse_tag(tag, place);
  Frame& frame = open_.back();
  Key key{text, place, tag == "?" && text == merge_key, false};
  const auto [before, is_new] = frame.seen.try_emplace(text, place);
  if (!is_new) {
    key.repeated = true;
    report_.add(place,
                fmt::format("`{}` is written twice; the first is on line {}", text, before->second.line));
  }
  frame.key = std::move(key);
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       const std::string& value) {
  if (tag != "?") must_be_closed(mark);
  if (wants_key()) return take_key(mark, tag, value);
  const Place place = place_of(mark);
  refuse_tag(tag, place);
  const auto body = std::make_shared<Node::Body>();
  body->shape = Shape::scalar;
  body->style = tag == "!" ? Style::quoted : Style::plain;
  fill(mark, value, place, *body);
  if (anchor != 0) anchors_[anchor] = body;
  attach(body, place);
}

void Builder::fill(const YAML::Mark& mark, const std::string& value, Place place, Node::Body& body) {
  body.text = value;
  if (value.find('$') == std::string::npos) return;
  Substituted result = substitute(value, report_.environment().variable, most_file_bytes);
  filled_bytes_ += result.text.size();
  if (filled_bytes_ > most_file_bytes)
    throw Stop{place, "its variables fill in more text than may be read", ""};
  for (const auto& [at, message, hint] : result.troubles) {
    const std::string_view source = report_.source();
    const std::size_t found = source.find(at, static_cast<std::size_t>(std::max(mark.pos, 0)));
    Place where = place;
    if (found != std::string_view::npos) {
      const std::size_t start = source.rfind('\n', found) + 1;  // npos + 1 == 0
      const auto lines =
          std::count(source.begin() + std::min<std::ptrdiff_t>(mark.pos, static_cast<std::ptrdiff_t>(found)),
                     source.begin() + static_cast<std::ptrdiff_t>(found), '\n');
      where = ruler_.place(static_cast<std::size_t>(mark.line + lines), found - start, found);
    }
    report_.add(where, message, hint);
  }
  if (!result.troubles.empty()) report_.settle(place);
  if (result.filled) body.style = Style::filled;
  body.text = std::move(result.text);
}

void Builder::open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Shape shape,
                   std::optional<std::size_t> dash_column) {
  const Place place = place_of(mark);
  if (wants_key()) {
    throw Stop{place,
               shape == Shape::list ? "a key must be plain text, not a list"
                                    : "a key must be plain text, not a mapping",
               "a value that begins with { or [ needs quotes"};
  }
  refuse_tag(tag, place);
  if (open_.size() >= most_depth)
    throw Stop{place, fmt::format("it is nested more than {} deep", most_depth), ""};
  Frame frame;
  frame.body = std::make_shared<Node::Body>();
  frame.body->shape = shape;
  frame.place = place;
  frame.anchor = anchor;
  frame.dash_column = dash_column;
  open_.push_back(std::move(frame));
}

void Builder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                              YAML::EmitterStyle::value style) {
  const bool dashes = style == YAML::EmitterStyle::Block && anchor == 0;
  open(mark, tag, anchor, Shape::list,
       dashes ? std::optional(static_cast<std::size_t>(std::max(mark.column, 0))) : std::nullopt);
}
void Builder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) {
  open(mark, tag, anchor, Shape::mapping);
}
void Builder::OnSequenceEnd() { close(); }
void Builder::OnMapEnd() {
  merge_into(open_.back());
  if (open_.size() == 1) {
    std::erase_if(open_.back().body->entries,
                  [](const Entry& entry) { return entry.key.starts_with(extension_prefix); });
  }
  close();
}

void Builder::close() {
  Frame frame = std::move(open_.back());
  open_.pop_back();
  if (frame.anchor != 0) anchors_[frame.anchor] = frame.body;
  attach(frame.body, frame.place);
}

// Puts a finished value where it belongs: under the waiting key, at the end of the list, or at the root.
void Builder::attach(std::shared_ptr<const Node::Body> body, Place place) {
  count_one(place);
  if (open_.empty()) {
    root_ = Node(std::move(body), "", place);
    return;
  }
  Frame& frame = open_.back();
  Node::Body& into = *frame.body;
  into.weight += body->weight;
  into.depth = std::max(into.depth, body->depth + 1);
  if (into.weight > most_nodes) too_many(place);
  if (into.depth > most_depth)
    throw Stop{place, fmt::format("it is nested more than {} deep", most_depth), ""};
  if (into.shape == Shape::list) {
    into.items.emplace_back(std::move(body), fmt::format("item {}", into.items.size() + 1), place);
    return;
  }
  const Key key = std::move(*frame.key);
  frame.key.reset();
  if (key.repeated) return;
  const bool scalar = body->shape == Shape::scalar;
  Node value(std::move(body), key.text, scalar ? place : key.place);
  if (key.merge) {
    frame.merges.emplace_back(std::move(value), key.place);
  } else {
    into.entries.push_back({key.text, key.place, std::move(value)});
  }
}

// What is written in the mapping itself wins over what is merged, the earlier merged over the later.
void Builder::merge_into(Frame& frame) {
  const auto merges = std::move(frame.merges);
  for (const auto& [from, place] : merges) {
    if (from.is_list()) {
      for (const Node& item : from.items()) merge_entries(frame, item, place);
    } else {
      merge_entries(frame, from, place);
    }
  }
}

void Builder::merge_entries(Frame& frame, const Node& from, Place place) {
  if (!from.is_mapping()) {
    report_.add(place, fmt::format("`<<` must refer to a mapping, not to {}", from.written()));
    return;
  }
  for (const Entry& entry : from.entries()) {
    if (!frame.seen.try_emplace(entry.key, entry.place).second) continue;
    count_one(place);
    frame.body->weight += entry.value.weight();
    frame.body->entries.push_back(entry);
  }
  if (frame.body->weight > most_nodes) too_many(place);
}

}  // namespace outrider::config
