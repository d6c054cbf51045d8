#include "agent/tail/files/survey.hpp"

#include <algorithm>
#include <utility>

namespace outrider::tail {
namespace {

using Kind = os::FileFacts::Kind;

// A link that leads back up must not lead us round for ever.
constexpr std::size_t deepest = 64;

class Surveyor {
 public:
  Surveyor(os::WatchedFiles& files, const Choice& choice) : files_(files), choice_(choice) {}

  void walk(const Glob& glob) { descend("/", glob.names(), 0, 0); }

  void look_at(const std::string& path, bool may_be_link) {
    if (!choice_.includes(path) || !seen_.insert(path).second) return;
    const auto facts = files_.facts(path);
    if (!facts) return complain(path, facts.error());
    if (facts->kind != Kind::file) return;
    Sighting sighting{path, *facts, {}};
    if (const auto real = may_be_link ? files_.real_path(path) : path; real && *real != path) {
      sighting.target = *real;
      survey_.directories.insert(directory_of(*real));
    }
    survey_.files.push_back(std::move(sighting));
  }

  Survey take() { return std::move(survey_); }

 private:
  void descend(const std::string& directory, const std::vector<std::string>& names, std::size_t at,
               std::size_t depth) {
    if (at == names.size() || depth > deepest) return;
    const bool last = at + 1 == names.size();
    const std::string& name = names[at];
    if (!is_pattern(name)) {
      const std::string path = joined(directory, unescaped(name));
      if (last) {
        survey_.directories.insert(directory);
        look_at(path, true);
      } else if (is_directory(path)) {
        descend(path, names, at + 1, depth + 1);
      } else {
        survey_.ways.insert(directory);
      }
      return;
    }
    const auto items = files_.list(directory);
    if (!items) return complain(directory, items.error());
    const bool any_depth = name == "**";
    (last || any_depth ? survey_.directories : survey_.ways).insert(directory);
    if (any_depth && !last) descend(directory, names, at + 1, depth + 1);
    for (const os::DirectoryItem& item : *items) {
      if (!name_matches(any_depth ? "*" : name, item.name)) continue;
      const std::string path = joined(directory, item.name);
      if (last && item.kind != Kind::directory) look_at(path, item.kind == Kind::other);
      if (any_depth) {
        if (item.kind == Kind::directory) descend(path, names, at, depth + 1);  // links are not followed
      } else if (!last && item.kind != Kind::file && is_directory(path)) {
        descend(path, names, at + 1, depth + 1);
      }
    }
  }

  bool is_directory(const std::string& path) {
    const auto facts = files_.facts(path);
    if (!facts) complain(path, facts.error());
    return facts && facts->kind == Kind::directory;
  }

  // What is not there may come.
  void complain(const std::string& path, const core::Error& error) {
    if (error.code == core::Errc::not_found) return;
    survey_.unknown.insert(path);
    survey_.troubles.push_back(error);
  }

  os::WatchedFiles& files_;
  const Choice& choice_;
  Survey survey_;
  std::set<std::string> seen_;
};

}  // namespace

bool Survey::hides(std::string_view path) const {
  return std::ranges::any_of(unknown, [path](const std::string& each) {
    return path.starts_with(each) && (path.size() == each.size() || each == "/" || path[each.size()] == '/');
  });
}

bool Choice::includes(std::string_view path) const {
  const auto meets = [path](const Glob& glob) { return glob.matches(path); };
  return std::ranges::any_of(files, meets) && std::ranges::none_of(exclude, meets);
}

Survey survey(os::WatchedFiles& files, const Choice& choice) {
  Surveyor surveyor(files, choice);
  for (const Glob& glob : choice.files) surveyor.walk(glob);
  return surveyor.take();
}

Survey survey(os::WatchedFiles& files, const Choice& choice, const std::set<std::string>& paths) {
  Surveyor surveyor(files, choice);
  for (const std::string& path : paths) surveyor.look_at(path, true);
  return surveyor.take();
}

}  // namespace outrider::tail
