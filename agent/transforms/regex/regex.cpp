#include "agent/transforms/regex/regex.hpp"

#include "agent/lines/pattern.hpp"
#include "agent/transforms/fields.hpp"

#include <vector>

namespace outrider::transforms::regex {
namespace {

class RegexFormat final : public Format {
 public:
  explicit RegexFormat(const std::string& pattern) : pattern_(pattern) {}

  void read(Event& event) override {
    if (telemetry::is_piece(event.record)) return event.take_as_text(too_long);
    if (!pattern_.take_apart(event.line, groups_)) return event.take_as_text("the expression does not match");
    event.named_elsewhere = true;
    std::string& text = event.scratch();
    ends_.clear();
    for (const std::string_view group : groups_) {
      if (group.data() != nullptr) {
        text += '"';
        append_escaped(text, group);
        text += '"';
      }
      ends_.push_back(text.size());
    }
    std::size_t from = 0;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      if (groups_[i].data() != nullptr)
        event.own.push_back({pattern_.names()[i], std::string_view(text).substr(from, ends_[i] - from)});
      from = ends_[i];
    }
    if (event.notes != nullptr) event.note("regex", std::to_string(event.own.size()) + " groups");
    settle_fields(event);
    if (!event.message_is_json && !has_message()) event.message = event.line;
  }

 private:
  // Without a group for it, the whole line stays the message: nothing of it is lost.
  bool has_message() const {
    for (const std::string& name : pattern_.names()) {
      if (meaning_of(name).role == Role::message) return true;
    }
    return false;
  }

  lines::Pattern pattern_;
  std::vector<std::string_view> groups_;
  std::vector<std::size_t> ends_;
};

}  // namespace

std::unique_ptr<Format> make(const std::string& pattern) { return std::make_unique<RegexFormat>(pattern); }

}  // namespace outrider::transforms::regex
