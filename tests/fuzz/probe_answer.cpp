// What a server that is asked for its health, or a file that is looked at, may say.
#include "agent/net/certificate.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/net/resp/resp.hpp"
#include "agent/probes/grpc/grpc_probe.hpp"
#include "agent/probes/heartbeat_file/heartbeat_probe.hpp"
#include "agent/probes/http/http_probe.hpp"
#include "agent/probes/trouble.hpp"
#include "tests/fuzz/target.hpp"

namespace outrider::fuzz {
namespace {

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

void probe_answer(std::string_view bytes) {
  must(probes::first_line(bytes, 100).size() <= 100, "a line that is shown has a bound");

  const std::string_view path = take_text(bytes);
  if (const auto value = probes::http::json_at(bytes, path)) {
    must(is_inside(*value, bytes), "a JSON value is a part of the body");
  }
  probes::http::Wish wish;
  wish.json = {{std::string(path), "ok"}};
  net::Response response;
  response.body = bytes;
  must(!probes::http::weigh(wish, response, {}).detail.empty(), "every answer has a sentence");

  const std::string url = "https://a.example/b?c";
  if (const auto next = probes::http::next_url(url, bytes)) {
    must(net::read_url(*next).has_value(), "a redirect leads to a URL");
    must(next->starts_with("http://") || next->starts_with("https://"), "and to none of another kind");
  }

  must(is_inside(net::resp::field(bytes, path), bytes), "a field is a part of what INFO says");
  for (const auto mark :
       {probes::heartbeat_file::Mark::unix_seconds, probes::heartbeat_file::Mark::rfc3339}) {
    (void)probes::heartbeat_file::read_mark(bytes, mark);
  }
  (void)probes::grpc::read_serving(bytes);
  const auto certificates = net::read_certificates(bytes);
  must(!certificates || !certificates->empty(), "no certificate is an error");
  if (certificates) (void)net::doubt_about(bytes, bytes, std::string(path), {});
}

}  // namespace outrider::fuzz
