#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/transforms/pattern_kind.hpp"
#include "agent/transforms/redact/redact.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrider::transforms::redact {

void enter(Shelf& shelf);

namespace {

// A rule as it is written; what to do with what is found may be left to the whole section.
struct Written {
  Rule rule;
  std::optional<Manner> by;
  std::string name;
};

struct Section {
  std::vector<Written> what;
  Manner by = Manner::mask;
  config::Secret salt;
};

config::Kind<Manner> manner_kind() {
  return config::choice<Manner>({{"mask", Manner::mask}, {"hash", Manner::hash}, {"drop", Manner::drop}});
}

config::Kind<Rule> word_kind() {
  std::vector<std::pair<std::string, Rule>> words;
  for (const Kind kind :
       {Kind::email, Kind::bearer_token, Kind::jwt, Kind::card_number, Kind::iban, Kind::phone})
    words.emplace_back(kind_names[static_cast<std::size_t>(kind)], Rule{kind, Manner::mask, "", ""});
  return config::choice<Rule>(std::move(words));
}

// What stands in the mask is a plain word.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

config::Kind<std::string> name_kind() {
  const std::function<std::optional<std::string>(const std::string&)> judge =
      [](const std::string& name) -> std::optional<std::string> {
    if (is_plain(name)) return std::nullopt;
    return "must be made of letters, digits, - _ and ., 32 at most";
  };
  return config::text_matching(1, 64).check(judge);
}

config::Kind<Written> mapping_kind() {
  const std::function<Rule(std::string)> field = [](std::string name) -> Rule {
    return {Kind::field, Manner::mask, std::move(name), ""};
  };
  const std::function<Rule(std::string)> custom = [](std::string pattern) -> Rule {
    return {Kind::custom, Manner::mask, "", std::move(pattern)};
  };
  return config::Object<Written>()
      .one_of(&Written::rule, {{"kind", word_kind(), "what it looks like"},
                               {"field", name_kind().as<Rule>(field),
                                "a field of this name, whatever it holds, at any depth"},
                               {"regex", pattern_kind(false).as<Rule>(custom), "an RE2 expression"}})
      .optional("by", &Written::by, manner_kind(), "mask, hash or drop")
      .optional("name", &Written::name, name_kind(), "what a `regex` is called in the mask")
      .rule([](const Written& written) -> std::optional<config::Complaint> {
        if (written.name.empty() || written.rule.kind == Kind::custom) return std::nullopt;
        return config::Complaint{"name", "`name` is for `regex`: everything else has a name"};
      });
}

config::Kind<std::vector<Written>> list_kind() {
  const std::function<Written(Rule)> bare = [](Rule rule) -> Written {
    return {std::move(rule), std::nullopt, ""};
  };
  return config::list_of(config::either(word_kind().as<Written>(bare), mapping_kind()), 1, 100);
}

bool hashes(const Section& section) {
  return std::any_of(section.what.begin(), section.what.end(),
                     [&](const Written& written) { return written.by.value_or(section.by) == Manner::hash; });
}

config::Kind<Section> section_kind() {
  return config::Object<Section>()
      .required("what", &Section::what, list_kind(), "what is looked for")
      .optional("by", &Section::by, manner_kind(), "mask, hash or drop, where nothing else is said")
      .optional("salt", &Section::salt, config::secret(),
                "the secret that `hash` needs: {file: …} or {env: …}");
}

Settings to_settings(const Section& section) {
  Settings settings;
  settings.salt = section.salt;
  for (const Written& written : section.what) {
    Rule rule = written.rule;
    rule.manner = written.by.value_or(section.by);
    if (rule.kind == Kind::custom) rule.name = written.name;
    settings.rules.push_back(std::move(rule));
  }
  return settings;
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Section(std::vector<Written>)> bare = [](std::vector<Written> what) {
    Section section;
    section.what = std::move(what);
    return section;
  };
  const std::function<std::optional<std::string>(const Section&)> judge =
      [](const Section& section) -> std::optional<std::string> {
    if (!hashes(section) || section.salt.is_set()) return std::nullopt;
    return "`hash` without `salt`: whoever guesses a secret could see that he is right";
  };
  const std::function<StepMaker(Section)> out = [](const Section& section) -> StepMaker {
    return [settings = to_settings(section)](const Tools& tools) { return make(tools, settings); };
  };
  const auto kind = config::list_or(list_kind().as<Section>(bare), section_kind()).check(judge);
  shelf.put(StepEntry{"redact", "what must not leave this machine", kind.as<StepMaker>(out)});
}

}  // namespace outrider::transforms::redact
