// Stack traces, by what their lines look like. Most frames tell by themselves what they are; Python's and
// Go's do not, so the joiner remembers that a trace has begun.
#include "agent/transforms/multiline/multiline.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace outrider::transforms::multiline {
namespace {

using Belongs = Joiner::Belongs;

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '.';
}

std::string_view without_indent(std::string_view line) {
  const std::size_t from = line.find_first_not_of(" \t");
  return from == std::string_view::npos ? std::string_view() : line.substr(from);
}

bool begins(std::string_view line, std::initializer_list<std::string_view> with) {
  return std::any_of(with.begin(), with.end(), [&](std::string_view one) { return line.starts_with(one); });
}

// "12" of "12# main at …": how many digits begin it.
std::size_t digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// "    at com.example.A.b(A.java:12)", "    at async fn (file.js:1:2)", "    ... 23 more"
bool is_at_frame(std::string_view line) {
  if (!is_space(line.front())) return false;
  const std::string_view text = without_indent(line);
  if (text.starts_with("at ")) return true;
  if (!text.starts_with("... ")) return false;
  const std::string_view rest = text.substr(4 + digits(text.substr(4)));
  return rest.size() < text.size() - 4 && begins(rest, {" more", " common frames omitted"});
}

bool is_java_frame(std::string_view line) {
  if (is_at_frame(line)) return true;
  return begins(without_indent(line), {"Caused by: ", "Suppressed: ", "Wrapped by: "});
}

// "#0  0x00005581 in main ()", " 0# main at a.cpp:3", "    @     0x55 main", "./a(main+0x10) [0x5581]",
// "  what():  boom"
bool is_cpp_frame(std::string_view line) {
  const std::string_view text = without_indent(line);
  if (text.starts_with("what():")) return is_space(line.front());
  if (text.starts_with("@ ")) return without_indent(text.substr(1)).starts_with("0x");
  if (text.starts_with('#')) {
    const std::size_t count = digits(text.substr(1));
    return count > 0 && count + 1 < text.size() && (is_space(text[count + 1]) || text[count + 1] == ':');
  }
  const std::size_t count = digits(text);
  if (count > 0) return text.substr(count).starts_with("# ");
  return text.ends_with(']') && text.rfind(") [0x") != std::string_view::npos;
}

// "main.main()", "net/http.(*conn).serve(0xc0001, {0x1, 0x2})", "rax    0x0"
bool is_go_line(std::string_view line) {
  if (line.front() == '\t' ||
      begins(line, {"goroutine ", "[signal ", "created by ", "panic: ", "fatal error: ", "exit status ",
                    "...additional frames elided", "runtime stack:"})) {
    return true;
  }
  if (line.ends_with(')')) {
    const std::size_t open = line.find('(');
    return open != std::string_view::npos && open > 0 &&
           line.substr(0, open).find(' ') == std::string_view::npos;
  }
  const auto name_end = std::find_if_not(line.begin(), line.end(), is_word);
  const std::string_view rest = line.substr(static_cast<std::size_t>(name_end - line.begin()));
  return !rest.empty() && is_space(rest.front()) && without_indent(rest).starts_with("0x");
}

// "TypeError: x is not a function", "Uncaught Error [ERR_X]: …"
bool is_node_head(std::string_view line) {
  if (line.starts_with("Uncaught ")) line.remove_prefix(9);
  const auto end = std::find_if_not(line.begin(), line.end(), is_word);
  const std::string_view name = line.substr(0, static_cast<std::size_t>(end - line.begin()));
  const std::string_view rest = line.substr(name.size());
  return name.ends_with("Error") && (rest.empty() || rest.front() == ':' || rest.starts_with(" ["));
}

// "/srv/app/index.js:10", "file:///srv/app.mjs:3", "node:internal/process/promises:288"
bool is_node_source(std::string_view line) {
  if (!begins(line, {"/", "file:///", "node:"})) return false;
  const std::size_t colon = line.rfind(':');
  return colon + 1 < line.size() && digits(line.substr(colon + 1)) == line.size() - colon - 1;
}

class Traces final : public Joiner {
 public:
  explicit Traces(Languages languages) : languages_(languages) {}

  Belongs look(std::string_view line) override {
    if (without_indent(line).empty()) return in_ == Inside::nothing ? Belongs::no : Belongs::perhaps;
    const bool belongs = goes_on(line) || frame(line);
    if (!belongs) in_ = begun_by(line);
    return belongs ? Belongs::yes : Belongs::no;
  }

 private:
  enum class Inside {
    nothing,
    frames,
    python,
    python_end,
    python_chain,
    go,
    node,
    node_source,
    cpp,
    sanitizer
  };

  bool has(Language language) const { return languages_ & static_cast<Languages>(language); }

  // Lines that are part of a trace whatever stood before them.
  bool frame(std::string_view line) {
    if ((has(Language::java) && is_java_frame(line)) || (has(Language::cpp) && is_cpp_frame(line))) {
      in_ = Inside::frames;
      return true;
    }
    if (has(Language::node) && is_at_frame(line)) {
      in_ = Inside::node;
      return true;
    }
    // "goroutine 5 [running]:" after a server's own line about a panic.
    if (has(Language::go) && line.starts_with("goroutine ") && line.ends_with("]:")) {
      in_ = Inside::go;
      return true;
    }
    return false;
  }

  // Whether the line goes on with the trace that we are in.
  bool goes_on(std::string_view line) {
    switch (in_) {
      case Inside::nothing:
      case Inside::frames: return false;
      case Inside::python:
        if (!is_space(line.front()) && line.front() != '|') in_ = Inside::python_end;
        return true;
      case Inside::python_end:
        if (!begins(line,
                    {"During handling of the above exception", "The above exception was the direct cause"}))
          return false;
        in_ = Inside::python_chain;
        return true;
      case Inside::python_chain:
        if (!line.starts_with("Traceback (")) return false;
        in_ = Inside::python;
        return true;
      case Inside::go: return is_go_line(line);
      case Inside::node:
        return is_space(line.front()) || line == "}" || line == "{" || line.starts_with("Node.js v");
      case Inside::node_source:
        if (is_node_head(line)) in_ = Inside::node;
        return in_ == Inside::node || source_lines_++ < 3;
      case Inside::cpp: return is_space(line.front()) || begins(line, {"==", "*** "});
      case Inside::sanitizer:
        if (line.starts_with("SUMMARY: ")) in_ = Inside::cpp;
        return true;
    }
    return false;
  }

  Inside begun_by(std::string_view line) {
    source_lines_ = 0;
    if (has(Language::python) && begins(without_indent(line), {"Traceback (", "+ Exception Group Traceback"}))
      return Inside::python;
    if (has(Language::go) && begins(line, {"panic: ", "fatal error: ", "SIGABRT: ", "SIGQUIT: "}))
      return Inside::go;
    if (has(Language::node) && is_node_head(line)) return Inside::node;
    if (has(Language::node) && is_node_source(line)) return Inside::node_source;
    if (has(Language::cpp) && begins(line, {"terminate called ", "*** "})) return Inside::cpp;
    if (has(Language::cpp) && line.starts_with("==") && line.find("Sanitizer: ") != std::string_view::npos)
      return Inside::sanitizer;
    return Inside::nothing;
  }

  Languages languages_;
  Inside in_ = Inside::nothing;
  int source_lines_ = 0;
};

}  // namespace

std::unique_ptr<Joiner> make_traces(Languages languages) { return std::make_unique<Traces>(languages); }

}  // namespace outrider::transforms::multiline
