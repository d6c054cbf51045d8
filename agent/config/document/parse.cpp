// yaml-cpp is asked for events only; what it says of broken syntax is put into plain words here.
#include "agent/config/document/builder.hpp"
#include "agent/config/document/source.hpp"
#include "agent/config/load.hpp"
#include "agent/core/text.hpp"

#include <array>
#include <istream>
#include <streambuf>

#include <fmt/core.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace outrider::config {
namespace {

// Hands the text out in small pieces, and looks what has come of them: yaml-cpp keeps all of a {…} or […] in
// memory before it tells of the first value in it, a hundred bytes and more for one.
class Feed : public std::streambuf {
 public:
  Feed(std::string_view text, const Builder& builder) : rest_(text), builder_(builder) {}

 protected:
  int_type underflow() override {
    if (builder_.events() != events_) {
      events_ = builder_.events();
      ahead_ = 0;
    }
    if (ahead_ > most_bytes_ahead) {
      throw Stop{builder_.last_place(),
                 fmt::format("from here on {} go by without a value", core::show_bytes(most_bytes_ahead)),
                 "long lists and mappings are better written as lines than inside […] and {…}"};
    }
    if (rest_.empty()) return traits_type::eof();
    const std::string_view piece = rest_.substr(0, piece_bytes);
    rest_.remove_prefix(piece.size());
    ahead_ += piece.size();
    char* begin = const_cast<char*>(piece.data());  // never written: the buffer is for reading only
    setg(begin, begin, begin + piece.size());
    return traits_type::to_int_type(*begin);
  }

 private:
  static constexpr std::size_t piece_bytes = 2048;

  std::string_view rest_;
  const Builder& builder_;
  std::uint64_t events_ = 0;
  std::uint64_t ahead_ = 0;
};

struct Wording {
  std::string_view theirs;
  std::string_view message;
  std::string_view hint;
};

constexpr std::array<Wording, 22> wordings{{
    {"end of map flow not found", "a { before this is not closed, or a comma is missing",
     "inside {…} and […], ${NAME} must be in quotes"},
    {"end of sequence flow not found", "a [ before this is not closed, or a comma is missing",
     "inside {…} and […], ${NAME} must be in quotes"},
    {"end of map not found", "this line does not fit what is above it",
     "look at the indentation, and at the colon after a key"},
    {"end of sequence not found", "this line does not fit the list above it",
     "look at the indentation, and at the - before each item"},
    {"illegal map value", "a colon may not stand here",
     "a text that holds \": \" needs quotes; else look at the indentation"},
    {"illegal map key", "a key may not stand here", "look at the indentation"},
    {"illegal block entry", "a list item may not stand here",
     "look at the indentation; a list begins on a line of its own"},
    {"illegal flow end", "this bracket closes nothing", ""},
    {"illegal EOF in scalar", "the quotes are not closed", ""},
    {"illegal document indicator in scalar", "the quotes are not closed before the document ends", ""},
    {"illegal tab when looking for indentation", "a tab may not indent", "use spaces"},
    {"unknown token", "no value can begin like this",
     "a text that begins with @, `, % or another sign of YAML needs quotes"},
    {"unknown escape character: ", "this \\ escape is not known in double quotes",
     "write \\\\ for a backslash, or use single quotes"},
    {"bad character found while scanning hex number",
     "the hexadecimal digits after \\x, \\u or \\U are not complete", ""},
    {"invalid unicode: ", "there is no such Unicode character", ""},
    {"the referenced anchor is not defined", "the alias refers to an anchor that is not defined above", ""},
    {"cannot assign multiple anchors", "a value may have only one anchor", ""},
    {"cannot assign multiple tags", "a value may have only one tag", ""},
    {"aliases can't have any content", "nothing may follow an alias", ""},
    {"alias not found after *", "a * must be followed by the name of an anchor",
     "a text that begins with * needs quotes"},
    {"anchor not found after &", "a & must be followed by the name of the anchor",
     "a text that begins with & needs quotes"},
    {"bad file", "it is nested too deep", ""},
}};

std::string_view line_at(std::string_view text, std::size_t offset) {
  const std::size_t start = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;  // npos + 1 == 0
  return text.substr(start, text.find('\n', start) - start);
}

bool is_indented_by_tab(std::string_view line) {
  const std::size_t tab = line.find('\t');
  return tab != std::string_view::npos && line.find_first_not_of(" \t") > tab;
}

void explain(const YAML::Exception& trouble, Builder& builder, Report& report) {
  const std::string_view text = report.source();
  const auto offset = std::min(static_cast<std::size_t>(std::max(trouble.mark.pos, 0)), text.size());
  const Place place = builder.place_of(trouble.mark);
  if (is_indented_by_tab(line_at(text, offset))) {
    const auto tab = static_cast<std::uint32_t>(line_at(text, offset).find('\t'));
    report.add({place.line, tab + 1}, "a tab may not indent", "use spaces");
    return;
  }
  for (const Wording& wording : wordings) {
    if (!std::string_view(trouble.msg).starts_with(wording.theirs)) continue;
    const bool of_variables = wording.hint.find("${NAME}") != std::string_view::npos;
    const bool fits = !of_variables || line_at(text, offset).find("${") != std::string_view::npos;
    report.add(place, std::string(wording.message), fits ? std::string(wording.hint) : "");
    return;
  }
  report.add(place, fmt::format("it is not YAML: {}", trouble.msg));
}

}  // namespace

std::optional<Node> parse(Report& report) {
  if (!check_source(report)) return std::nullopt;
  Builder builder(report);
  try {
    Feed feed(report.source(), builder);
    std::istream stream(&feed);
    YAML::Parser parser(stream);
    const bool any = parser.HandleNextDocument(builder);
    if (any) parser.HandleNextDocument(builder);  // stops at a second one
  } catch (const Stop& stop) {
    report.add(stop.place, stop.message, stop.hint);
    return std::nullopt;
  } catch (const YAML::Exception& trouble) {
    explain(trouble, builder, report);
    return std::nullopt;
  }
  auto root = builder.take_root();
  if (!root || root->shape() == Shape::nothing) {
    report.add_about_file("it is empty", "a configuration is a mapping of keys to values");
    return std::nullopt;
  }
  return root;
}

}  // namespace outrider::config
