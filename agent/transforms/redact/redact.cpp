#include "agent/transforms/redact/redact.hpp"

#include "agent/lines/secrets/finder.hpp"
#include "agent/transforms/fields.hpp"
#include "agent/transforms/redact/digest.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace outrider::transforms::redact {
namespace {

using lines::secrets::closing;
using lines::secrets::Finder;
using lines::secrets::Finding;

// At the seam of a line that was cut, this much at most is looked at for a token without a space.
constexpr std::size_t longest_seam = 16 * 1024;
// Of streams that ended in the midst of a line nothing comes any more.
constexpr std::size_t most_seams = 256;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// Two hexadecimal digits; -1: they are none.
int hex_of(std::string_view two) {
  int value = -1;
  const auto [end, problem] = std::from_chars(two.data(), two.data() + two.size(), value, 16);
  return problem == std::errc{} && two.size() == 2 && end == two.data() + 2 ? value : -1;
}

class RedactStep final : public Step {
 public:
  RedactStep(const Tools& tools, Settings settings)
      : settings_(std::move(settings)), finder_(settings_.rules) {
    auto& family = ::prometheus::BuildCounter()
                       .Name("outrider_redacted_total")
                       .Help("What was kept from leaving, by what it looked like.")
                       .Register(tools.registry);
    for (std::size_t i = 0; i < kind_names.size(); ++i)
      counters_[i] = &family.Add({{"kind", std::string(kind_names[i])}});
  }

  Onward edit(Event& event) override {
    count_.fill(0);
    if (telemetry::is_piece(event.record)) {
      edit_piece(event);
    } else if (event.named_elsewhere || suspicious(event.line)) {
      edit_whole(event);
    }
    tell(event);
    return Onward::yes;
  }

 private:
  // Where an escape is, a secret may be written in a way that only the text without escapes shows.
  bool suspicious(std::string_view line) {
    if (finder_.needs_parts() || line.find('\\') != std::string_view::npos) return true;
    finder_.find(line, found_);
    return !found_.empty();
  }

  void edit_whole(Event& event) {
    const int named = event.message_name.empty() ? -1 : finder_.field_rule(event.message_name);
    if (named >= 0) {
      std::string& out = event.scratch();
      replace(out, settings_.rules[static_cast<std::size_t>(named)],
              text_of({event.message_name, event.message}, buffer_));
      event.message = out;
      event.message_is_json = false;
    } else if (event.message_is_json) {
      event.message = string(event, event.message);
    } else {
      event.message = text(event, event.message);
    }
    std::size_t kept = 0;
    for (Member& member : event.own) {
      path_.clear();
      if (edit_as_once_named(event, member) && edit_member(event, member)) event.own[kept++] = member;
    }
    event.own.resize(kept);
  }

  // What the line calls a password is one, whatever a step calls it since.
  bool edit_as_once_named(Event& event, Member& member) {
    for (const Renamed& renamed : event.renamed) {
      if (renamed.now != member.key) continue;
      Member once{renamed.once, member.value};
      if (!edit_member(event, once)) return false;
      member.value = once.value;
    }
    return true;
  }

  // False: the member goes. `path_` is that of the object around it.
  bool edit_member(Event& event, Member& member) {
    const std::size_t before = path_.size();
    if (before > 0) path_ += '.';
    std::string plain;
    path_ += plain_key(member.key, plain);
    const int rule = finder_.names_fields() ? finder_.field_rule(path_) : -1;
    bool stays = true;
    if (rule >= 0) {
      const Rule& field = settings_.rules[static_cast<std::size_t>(rule)];
      stays = field.manner != Manner::drop;
      std::string& out = event.scratch();
      out += '"';
      replace(out, field, text_of(member, buffer_));
      out += '"';
      member.value = out;
    } else {
      member.key = key(event, member.key);
      member.value = value(event, member.value);
    }
    path_.resize(before);
    return stays;
  }

  std::string_view value(Event& event, std::string_view raw) {
    switch (raw.front()) {
      case '"': return string(event, raw);
      case '{':
      case '[': return container(event, raw);
      default: break;
    }
    if (!is_digit(raw.front()) && raw.front() != '-') return raw;
    finder_.find(raw, found_);
    if (found_.empty()) return raw;
    std::string& out = event.scratch();
    out += '"';
    put(out, raw, false);
    out += '"';
    return out;
  }

  // Valid JSON in, valid JSON out.
  std::string_view container(Event& event, std::string_view raw) {
    const bool keyed = raw.front() == '{';
    std::vector<Member> members;
    if (!(keyed ? scan_object(raw, members) : scan_list(raw, members))) return raw;
    std::string& out = event.scratch();
    out += keyed ? '{' : '[';
    for (Member& member : members) {
      if (keyed && !edit_member(event, member)) continue;
      if (!keyed) member.value = value(event, member.value);
      if (out.size() > 1) out += ',';
      if (keyed) out.append("\"").append(member.key).append("\":");
      out += member.value;
    }
    out += keyed ? '}' : ']';
    return out;
  }

  std::string_view key(Event& event, std::string_view name) {
    std::string plain;
    const std::string_view shown = plain_key(name, plain);
    finder_.find(shown, found_);
    if (found_.empty()) return name;
    std::string& out = event.scratch();
    put(out, shown, true);
    return out;
  }

  // A name without its escapes.
  static std::string_view plain_key(std::string_view name, std::string& plain) {
    if (name.find('\\') == std::string_view::npos) return name;
    const std::string quoted = '"' + std::string(name) + '"';
    std::string text;
    plain = string_value(quoted, text);
    return plain;
  }

  // A JSON string with its quotes.
  std::string_view string(Event& event, std::string_view raw) {
    const bool escaped = raw.find('\\') != std::string_view::npos;
    const std::string_view plain =
        escaped ? shown(string_value(raw, buffer_)) : raw.substr(1, raw.size() - 2);
    finder_.find(plain, found_);
    if (found_.empty()) return raw;
    std::string& out = event.scratch();
    out += '"';
    put(out, plain, escaped);
    out += '"';
    return out;
  }

  std::string_view text(Event& event, std::string_view plain) {
    const std::string_view readable = shown(plain);
    finder_.find(readable, found_);
    if (found_.empty()) return plain;
    std::string& out = event.scratch();
    put(out, readable, false);
    return out;
  }

  // JSON within a text has escapes of its own, and so has JSON that could not be read: bob\u0040example.com.
  std::string_view shown(std::string_view plain) {
    if (plain.find("u00") == std::string_view::npos || plain.find('\\') == std::string_view::npos)
      return plain;
    readable_.clear();
    for (std::size_t at = 0; at < plain.size();) {
      const std::size_t slash = std::min(plain.find('\\', at), plain.size());
      readable_.append(plain.substr(at, slash - at));
      at = slash;
      while (at < plain.size() && plain[at] == '\\') ++at;
      const int code = plain.substr(at, 3) == "u00" ? hex_of(plain.substr(at + 3, 2)) : -1;
      if (at > slash && code >= 0x20 && code < 0x7F) {
        readable_ += static_cast<char>(code);
        at += 5;
      } else {
        readable_.append(plain.substr(slash, at - slash));
      }
    }
    return readable_;
  }

  // `plain` with what was found in it replaced.
  void put(std::string& out, std::string_view plain, bool escape) {
    std::size_t from = 0;
    const auto copy = [&](std::size_t to) {
      const std::string_view piece = plain.substr(from, to - from);
      if (escape) {
        append_escaped(out, piece);
      } else {
        out += piece;
      }
    };
    for (const Finding& finding : found_) {
      copy(finding.from);
      replace(out, settings_.rules[finding.rule], plain.substr(finding.from, finding.to - finding.from));
      from = finding.to;
    }
    copy(plain.size());
  }

  void replace(std::string& out, const Rule& rule, std::string_view secret) {
    ++count_[static_cast<std::size_t>(rule.kind)];
    const std::string_view name =
        rule.name.empty() ? kind_names[static_cast<std::size_t>(rule.kind)] : std::string_view(rule.name);
    switch (rule.manner) {
      case Manner::mask: out.append("[redacted:").append(name).append("]"); break;
      case Manner::hash:
        out.append("[").append(name).append(":").append(digest(settings_.salt.reveal(), secret)).append("]");
        break;
      case Manner::drop: break;
    }
  }

  // What a piece of a cut line leaves for the next one.
  struct Seam {
    Finder::Open open;  // of a named field's value
    std::string tail;   // the token at the end
  };

  // A piece of a line that was cut passed as text. What touches a seam may be half a secret, so it goes; and
  // what is found across the seam goes on both sides of it.
  void edit_piece(Event& event) {
    const std::string_view plain = shown(event.message);
    const bool cut = event.record.marks & telemetry::mark_cut;
    const std::string stream = std::string(event.stream) + '\n' + std::string(event.channel);
    Seam before;
    bool still_open = false;
    if (event.record.marks & telemetry::mark_continued) before = std::move(seams_[stream]);
    seams_.erase(stream);
    std::size_t from = event.record.marks & telemetry::mark_continued ? end_of_seam(plain) : 0;
    if (before.open.quote != 0) {
      const std::size_t closed = closing(plain, 0, before.open);
      still_open = closed == std::string_view::npos;
      from = still_open ? plain.size() : std::max(from, closed);
    }
    const std::size_t to = cut ? std::max(from, begin_of_seam(plain)) : plain.size();
    Seam after;
    const std::size_t shift = before.tail.size();
    finder_.find(before.tail + std::string(plain), found_, &after.open);
    std::erase_if(found_,
                  [&](const Finding& one) { return one.to <= shift + from || one.from >= shift + to; });
    for (Finding& one : found_)
      one = {std::max(one.from, shift + from) - shift - from, std::min(one.to, shift + to) - shift - from,
             one.rule};
    std::string& out = event.scratch();
    if (from > 0) seam(out);
    put(out, plain.substr(from, to - from), false);
    if (to < plain.size()) seam(out);
    if (cut) {
      if (still_open) after.open = before.open;
      after.tail = plain.substr(begin_of_seam(plain));
      if (seams_.size() >= most_seams) seams_.clear();
      seams_[stream] = std::move(after);
    }
    event.message = out;
  }

  void seam(std::string& out) {
    out += "[redacted:cut]";
    ++count_[static_cast<std::size_t>(Kind::cut)];
  }

  // The token that touches the seam; numbers may have spaces within.
  static std::size_t end_of_seam(std::string_view text) {
    const std::size_t most = std::min(text.size(), longest_seam);
    std::size_t at = 0;
    const auto within_number = [&] {
      return at > 0 && at + 1 < text.size() && is_digit(text[at - 1]) && is_digit(text[at + 1]);
    };
    while (at < most && (!is_space(text[at]) || within_number())) ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    return at;
  }
  static std::size_t begin_of_seam(std::string_view text) {
    const std::size_t least = text.size() > longest_seam ? text.size() - longest_seam : 0;
    std::size_t at = text.size();
    while (at > least && is_space(text[at - 1])) --at;
    const auto within_number = [&] {
      return at >= 2 && at < text.size() && is_digit(text[at - 2]) && is_digit(text[at]);
    };
    while (at > least && (!is_space(text[at - 1]) || within_number())) --at;
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
    return at;
  }

  void tell(const Event& event) {
    std::string said;
    for (std::size_t i = 0; i < count_.size(); ++i) {
      if (count_[i] == 0) continue;
      counters_[i]->Increment(static_cast<double>(count_[i]));
      if (event.notes == nullptr) continue;
      said += said.empty() ? "" : ", ";
      said += std::to_string(count_[i]) + " " + std::string(kind_names[i]);
    }
    if (!said.empty()) event.note("redact", said);
  }

  Settings settings_;
  Finder finder_;
  std::array<::prometheus::Counter*, kind_names.size()> counters_{};
  std::array<std::size_t, kind_names.size()> count_{};  // of the line at hand
  std::map<std::string, Seam> seams_;                   // of streams whose line at hand was cut
  std::vector<Finding> found_;
  std::string path_;
  std::string buffer_;
  std::string readable_;
};

}  // namespace

std::unique_ptr<Step> make(const Tools& tools, const Settings& settings) {
  return std::make_unique<RedactStep>(tools, settings);
}

}  // namespace outrider::transforms::redact
