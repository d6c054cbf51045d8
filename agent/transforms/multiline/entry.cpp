#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/transforms/multiline/multiline.hpp"
#include "agent/transforms/pattern_kind.hpp"

#include <string>
#include <utility>
#include <vector>

namespace outrider::transforms::multiline {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

using Make = std::function<std::unique_ptr<Joiner>()>;

struct Written {
  Make make;
  std::uint64_t most_bytes = Joining().most_bytes;
  std::size_t most_lines = Joining().most_lines;
  core::Duration wait = Joining().wait;
};

Joining to_joining(Written written) {
  return {std::move(written.make), written.most_lines, static_cast<std::size_t>(written.most_bytes),
          written.wait};
}

config::Kind<Languages> language_kind() {
  const auto bit = [](Language language) { return static_cast<Languages>(language); };
  return config::choice<Languages>({{"java", bit(Language::java)},
                                    {"python", bit(Language::python)},
                                    {"go", bit(Language::go)},
                                    {"node", bit(Language::node)},
                                    {"cpp", bit(Language::cpp)},
                                    {"all", all_languages}});
}

Make traces_of(Languages languages) {
  return [languages] { return make_traces(languages); };
}

// `java`, or `[java, python]`.
config::Kind<Make> traces_kind() {
  const std::function<Make(Languages)> one = traces_of;
  const std::function<Make(std::vector<Languages>)> several = [](std::vector<Languages> list) {
    Languages together = 0;
    for (const Languages each : list) together = static_cast<Languages>(together | each);
    return traces_of(together);
  };
  return config::either(language_kind().as<Make>(one),
                        config::list_of(language_kind(), 1, 6).as<Make>(several));
}

config::Kind<Make> by_pattern(std::unique_ptr<Joiner> (*make)(const std::string&)) {
  const std::function<Make(std::string)> turn = [make](std::string pattern) -> Make {
    return [make, pattern = std::move(pattern)] { return make(pattern); };
  };
  return pattern_kind(false).as<Make>(turn);
}

config::Kind<Written> mapping_kind() {
  return config::Object<Written>()
      .one_of(&Written::make,
              {{"traces", traces_kind(), "the stack traces of these languages"},
               {"start", by_pattern(make_start), "an expression that is found in the first of several lines"},
               {"continue", by_pattern(make_continue),
                "an expression that is found in every line but the first"}})
      .optional("wait", &Written::wait, config::duration(100ms, 1min), "how long the next line is waited for")
      .optional("most_lines", &Written::most_lines, config::whole(2, 10'000),
                "how many lines at most are one")
      .optional("most_bytes", &Written::most_bytes, config::bytes(1024, 1 << 20),
                "how long they are at most");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Written(Make)> bare = [](Make make) {
    Written written;
    written.make = std::move(make);
    return written;
  };
  const std::function<Joining(Written)> out = to_joining;
  const config::Kind<Written> words = traces_kind().as<Written>(bare);
  // A word or a list of words, or a mapping with everything.
  const config::Kind<Written> kind = config::either(words, config::list_or(words, mapping_kind()));
  shelf.put(JoinerEntry{"multiline",
                        "which lines are one: java, python, go, node, cpp, all, a list of these, or "
                        "{start: …} or {continue: …} with an expression",
                        kind.as<Joining>(out)});
}

}  // namespace outrider::transforms::multiline
