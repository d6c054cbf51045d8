#include "agent/config/kinds.hpp"
#include "agent/config/node.hpp"
#include "agent/config/object.hpp"
#include "agent/config/report.hpp"
#include "agent/core/text.hpp"
#include "agent/probes/process/process_probe.hpp"

#include <fmt/format.h>

namespace outrider::probes::process {
namespace {

using namespace std::chrono_literals;

std::optional<Growth> read_growth(std::string_view text) {
  constexpr std::string_view between = " per ";
  const std::size_t at = text.find(between);
  if (at == std::string_view::npos) return std::nullopt;
  const auto units = core::read_bytes(text.substr(0, at));
  const auto per = core::read_duration(text.substr(at + between.size()));
  if (!units || !per || *per < 1s) return std::nullopt;
  return Growth{*units, *per};
}

config::Kind<Growth> growth(std::string example) {
  return config::Kind<Growth>(
      [example](const config::Node& node, config::Report& report) -> std::optional<Growth> {
        const auto read = node.is_scalar() ? read_growth(node.text()) : std::nullopt;
        if (!read) {
          report.add(node.place(), fmt::format("{} must be a growth such as \"{}\", not {}", node.title(),
                                               example, node.written()));
        }
        return read;
      },
      [] { return config::text_schema({}, {}, "^[0-9.]+.* per [0-9]"); });
}

config::Kind<Busy> busy() {
  return config::Object<Busy>()
      .optional("above", &Busy::above, config::number(0.01, 4096), "cores: 0.95 is nearly all of one")
      .optional("for", &Busy::during, config::duration(1s, 24h), "without a pause");
}

template <class T>
config::Kind<Where> at(const config::Kind<T>& kind, Where (*make)(T)) {
  const std::function<Where(T)> turn = make;
  return kind.template as<Where>(turn);
}

config::Kind<bool> only_true() {
  const std::function<std::optional<std::string>(const bool&)> judge =
      [](const bool& wanted) -> std::optional<std::string> {
    if (wanted) return std::nullopt;
    return std::string("must be true, or be left out");
  };
  return config::yes_or_no().check(judge);
}

config::Kind<Settings> mapping() {
  return config::Object<Settings>()
      .one_of(
          &Settings::where,
          {{"child", at<bool>(only_true(), [](bool) { return Where{}; }), "true: the supervised process"},
           {"pid_file", at<std::string>(config::path(), [](std::string path) { return Where{path, {}}; }),
            "a file that holds its pid"},
           {"name",
            at<std::string>(config::text_matching(1, 255), [](std::string name) { return Where{{}, name}; }),
            "what its program is called; all of that name are looked at"}})
      .optional("busy", &Settings::busy, busy(), "not ok when it uses so much of the processor for so long")
      .optional("memory", &Settings::memory_bytes, config::bytes(1, 1ULL << 50),
                "resident memory that it may hold")
      .optional("memory_growth", &Settings::memory_growth, growth("100MiB per 1h"),
                "what it may grow by, as a slope over `window`")
      .optional("descriptors", &Settings::descriptors, amount(),
                "that it may have open: a share of its own limit, or a number")
      .optional("descriptor_growth", &Settings::descriptor_growth, growth("50 per 1h"),
                "what their number may grow by, as a slope over `window`")
      .optional("threads", &Settings::threads, config::whole(1, 10'000'000), "that it may have")
      .optional("thread_growth", &Settings::thread_growth, growth("20 per 1h"),
                "what their number may grow by, as a slope over `window`")
      .optional("blocked_for", &Settings::blocked_for, config::duration(1s, 24h),
                "not ok when it waits for the kernel (state D) for so long")
      .optional("window", &Settings::window, config::duration(1min, 7 * 24h),
                "how far back growth is measured; a quarter of it must have been seen");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Maker(Settings)> make = [](Settings settings) -> Maker {
    return [settings](const Tools& tools) { return make_probe(settings, tools); };
  };
  shelf.put({"process", "look at a process: stuck, growing, leaking, a zombie", mapping().as<Maker>(make)});
}

}  // namespace outrider::probes::process
