// Patterns of paths, as shells have them: * ? [a-z] [!a] within one name, ** for any number of directories,
// \ before what is meant as it is. A name that begins with a dot is only met by a pattern that does, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outrider::tail {

class Glob {
 public:
  explicit Glob(std::string pattern);  // an absolute path

  bool matches(std::string_view path) const;

  const std::string& text() const { return text_; }
  const std::vector<std::string>& names() const { return names_; }  // between the slashes

 private:
  std::string text_;
  std::vector<std::string> names_;
};

bool is_pattern(std::string_view name);  // has any of * ? [
bool name_matches(std::string_view pattern, std::string_view name);
std::string unescaped(std::string_view name);

// Of a path: "/var/log" and "app.log" of "/var/log/app.log".
std::string directory_of(std::string_view path);
std::string_view name_of(std::string_view path);
std::string joined(std::string_view directory, std::string_view name);

}  // namespace outrider::tail
