#include "agent/config/kinds.hpp"
#include "agent/sinks/http/http_sink.hpp"

#include <utility>

namespace outrider::sinks::http {

void enter(Shelf& shelf);

namespace {

Plan to_plan(const WrittenPosting& written) {
  return {written.buffer,
          written.when_full,
          [settings = written.settings()](const Tools& tools) { return make(tools, settings); },
          {}};
}

}  // namespace

void enter(Shelf& shelf) {
  using Method = std::string;
  const auto when_full = config::choice<WhenFull>(
      {{"drop_oldest", WhenFull::drop_oldest}, {"drop_newest", WhenFull::drop_newest}});
  config::Object<WrittenPosting> address;
  address.required("url", &WrittenPosting::urls, only_url(config::url({"http", "https"})),
                   "where the lines are sent");
  const config::Kind<WrittenPosting> written =
      with_posting_keys(std::move(address))
          .optional("method", &WrittenPosting::method,
                    config::choice<Method>({{"POST", "POST"}, {"PUT", "PUT"}, {"PATCH", "PATCH"}}),
                    "how: POST, PUT or PATCH")
          .optional("when_full", &WrittenPosting::when_full, when_full,
                    "what goes when more than that waits: drop_oldest or drop_newest; each is counted");
  const std::function<Plan(WrittenPosting)> turn = to_plan;
  shelf.put({"http", "any address over HTTP, one JSON document a line", written.as<Plan>(turn)});
}

}  // namespace outrider::sinks::http
