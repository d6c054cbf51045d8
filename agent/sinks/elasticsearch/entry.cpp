#include "agent/config/kinds.hpp"
#include "agent/config/object.hpp"
#include "agent/config/tls_trust.hpp"
#include "agent/net/endpoint.hpp"
#include "agent/seal/digest.hpp"
#include "agent/sinks/elasticsearch/elasticsearch.hpp"
#include "agent/sinks/elasticsearch/setup/setup.hpp"

#include <algorithm>

namespace outrider::sinks::elasticsearch {

using namespace std::chrono_literals;

void enter(Shelf& shelf);

namespace {

// As it is written; Settings is what becomes of it.
struct Written {
  std::vector<std::string> urls;
  std::string data_stream;
  std::string index;
  std::string user;
  config::Secret password;
  config::Secret api_key;
  std::optional<net::TlsTrust> tls;
  std::optional<bool> gzip;
  std::uint64_t request = 5u << 20;
  std::uint32_t requests = 8;
  core::Duration timeout = 30s;
  std::uint64_t buffer = 8u << 20;
  WhenFull when_full = WhenFull::drop_oldest;
};

bool is_https(const std::string& url) { return url.starts_with("https:"); }

// Bytes to the same machine cost less than packing them.
bool is_here(const std::string& url) {
  const auto read = net::read_url(url);
  return read && (read->endpoint.host == "localhost" || read->endpoint.host == "::1" ||
                  read->endpoint.host.starts_with("127."));
}

std::optional<config::Complaint> bad_target(const Written& written) {
  if (written.data_stream.empty() == written.index.empty()) {
    return config::Complaint{"data_stream", "give either `data_stream` or `index`"};
  }
  const bool is_stream = !written.data_stream.empty();
  const auto checked = check_name(is_stream ? written.data_stream : written.index, !is_stream);
  if (checked) return std::nullopt;
  return config::Complaint{is_stream ? "data_stream" : "index", checked.error().what};
}

std::optional<config::Complaint> bad_login(const Written& written) {
  const bool basic = !written.user.empty() || written.password.is_set();
  if (basic && written.api_key.is_set()) {
    return config::Complaint{"api_key", "give either `user` and `password` or `api_key`"};
  }
  if (written.user.empty() == written.password.is_set()) {
    return config::Complaint{"user", "`user` and `password` belong together: give both or neither"};
  }
  if (written.user.find(':') != std::string::npos) {
    return config::Complaint{"user", "a user's name has no colon in it"};
  }
  for (const config::Secret* const secret : {&written.password, &written.api_key}) {
    if (secret->reveal().find_first_of("\r\n") != std::string::npos) {
      return config::Complaint{secret == &written.password ? "password" : "api_key", "it must be one line"};
    }
  }
  return std::nullopt;
}

std::optional<config::Complaint> bad_urls(const Written& written) {
  for (const std::string& url : written.urls) {
    if (url.find_first_of("?#") != std::string::npos) {
      return config::Complaint{"urls", "the address of a node has no ? or # in it: " + url};
    }
  }
  const bool tls = std::ranges::any_of(written.urls, is_https);
  if (!written.tls || tls) return std::nullopt;
  return config::Complaint{"tls", "`tls` has no meaning without an https address"};
}

// Of an API key, both what Kibana shows as "encoded" and `id:key` will do.
config::Secret authorization_of(const Written& written) {
  using seal::Letters;
  if (written.password.is_set()) {
    const std::string login = written.user + ":" + written.password.reveal();
    return config::Secret("Basic " + seal::encode(login, Letters::base64));
  }
  if (!written.api_key.is_set()) return {};
  const std::string& key = written.api_key.reveal();
  const bool plain = key.find(':') != std::string::npos;
  return config::Secret("ApiKey " + (plain ? seal::encode(key, Letters::base64) : key));
}

Settings settings_of(const Written& written) {
  Settings settings;
  settings.urls = written.urls;
  for (std::string& url : settings.urls) {
    while (url.ends_with('/')) url.pop_back();
  }
  settings.target = {written.data_stream, written.index};
  settings.authorization = authorization_of(written);
  settings.tls = written.tls;
  settings.gzip = written.gzip.value_or(!std::ranges::all_of(written.urls, is_here));
  settings.request_bytes = written.request;
  settings.buffer_bytes = written.buffer;
  settings.most_requests = written.requests;
  settings.timeout = written.timeout;
  return settings;
}

Plan to_plan(const Written& written) {
  const Settings settings = settings_of(written);
  return {written.buffer,
          written.when_full,
          [settings](const Tools& tools) { return make(tools, settings); },
          {},
          [settings](const PreparationChoice& choice) { return prepare(settings, choice); }};
}

config::Object<Written> written_kind() {
  const auto when_full = config::choice<WhenFull>(
      {{"drop_oldest", WhenFull::drop_oldest}, {"drop_newest", WhenFull::drop_newest}});
  return config::Object<Written>()
      .required("urls", &Written::urls, config::list_of(config::url({"http", "https"}), 1, 100),
                "its nodes; all of them are used, and one that fails rests")
      .optional("data_stream", &Written::data_stream, config::text(),
                "the data stream, such as logs-tests-school")
      .optional("index", &Written::index, config::text(),
                "instead of a data stream: an index, %Y %m %d %H are those of the record's own time, in UTC")
      .optional("user", &Written::user, config::text(), "who we are, with `password`")
      .optional("password", &Written::password, config::secret(), "{file: path} or {env: NAME}")
      .optional("api_key", &Written::api_key, config::secret(),
                "instead of user and password: id:key, or what Kibana calls the encoded key")
      .optional("tls", &Written::tls, config::tls_trust<net::TlsTrust>(),
                "how to trust https nodes, and who to be")
      .optional("gzip", &Written::gzip, config::yes_or_no(),
                "pack requests; when left out, only if a node is on another machine")
      .optional("request", &Written::request, config::bytes(64 * 1024, 100u << 20),
                "how many bytes of documents are sent in one request at most")
      .optional("requests", &Written::requests, config::whole(1, 64),
                "how many requests may be under way at most; how many are, the answers' times say")
      .optional("timeout", &Written::timeout, config::duration(1s, 5min), "how long an answer may take")
      .optional("buffer", &Written::buffer, config::bytes(64 * 1024, 1u << 30),
                "how many bytes may wait in memory while the cluster takes nothing")
      .optional("when_full", &Written::when_full, when_full,
                "what goes when more than that waits: drop_oldest or drop_newest; each is counted")
      .rule(bad_target)
      .rule(bad_login)
      .rule(bad_urls);
}

}  // namespace

void enter(Shelf& shelf) {
  const std::function<Plan(Written)> turn = to_plan;
  shelf.put({"elasticsearch", "Elasticsearch or OpenSearch, each record once",
             written_kind().kind().as<Plan>(turn)});
}

}  // namespace outrider::sinks::elasticsearch
