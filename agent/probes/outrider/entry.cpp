#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/probes/outrider/outrider_probe.hpp"

namespace outrider::probes::outrider {
namespace {

struct Written {
  std::string url;
  config::Secret token;
  core::Duration stale_after = Settings().stale_after;
};

config::Kind<Written> long_form() {
  return config::Object<Written>()
      .required("url", &Written::url, config::url({"http", "https"}), "where its API answers")
      .optional("token", &Written::token, config::secret(),
                "what it wants to hear from a viewer: {file: …} or {env: …}")
      .optional("stale_after", &Written::stale_after,
                config::duration(std::chrono::seconds(1), std::chrono::hours(1)),
                "what it knows is not believed when it is older than this");
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Written(std::string)> of_url = [](std::string url) {
    Written written;
    written.url = std::move(url);
    return written;
  };
  const std::function<Maker(Written)> to_maker = [](const Written& written) -> Maker {
    const Settings settings{written.url, written.token, written.stale_after};
    return [settings](const Tools& tools) { return make_probe(settings, tools); };
  };
  const auto short_form = config::url({"http", "https"}).as<Written>(of_url);
  shelf.put({"outrider", "ask the Outrider beside another service for its verdict, and what is behind it",
             config::either(short_form, long_form()).as<Maker>(to_maker)});
}

}  // namespace outrider::probes::outrider
