#include "tests/contract/notifier_worlds.hpp"

#include "agent/notifiers/fake_smtp.hpp"

#include <utility>

#include <fmt/format.h>

namespace outrider::contract {
namespace {

using notifiers::testing::House;

class OverHttp final : public NotifierWorld {
 public:
  OverHttp(House& house, net::Response well) : house_(house), well_(std::move(well)) {
    house_.net.add_host("there:80", [this](const net::Call& call) {
      std::string said =
          fmt::format("{} {}{}\n", call.method, call.path, call.query.empty() ? "" : "?" + call.query);
      for (const auto& [name, value] : call.headers) said += fmt::format("{}: {}\n", name, value);
      said += "\n" + call.body + "\n\n";
      told_ += said;
      return echoes_ ? net::Response{403, {}, said} : answer_;
    });
  }

  void be_well() override {
    house_.net.set_fault("there:80", {});
    answer_ = well_;
    echoes_ = false;
  }
  void refuse() override {
    be_well();
    answer_ = {503, {}, "not now"};
  }
  void be_mute() override { house_.net.set_fault("there:80", {net::Trouble::hang, {}, 0}); }
  void babble() override {
    be_well();
    answer_ = {500, {}, std::string(100'000, '\x01')};
  }
  void echo() override {
    be_well();
    echoes_ = true;
  }
  std::string told() override { return std::exchange(told_, {}); }

 private:
  House& house_;
  bool echoes_ = false;
  net::Response well_;
  net::Response answer_;
  std::string told_;
};

class OverSmtp final : public NotifierWorld {
 public:
  explicit OverSmtp(House& house) : server_(house.streams, "mail:587") { house.nursery.start(server_.run()); }

  void be_well() override {
    server_.is_mute = server_.echoes_logins = false;
    server_.instead.clear();
  }
  void refuse() override {
    be_well();
    server_.instead = {{"MAIL", "451 not now"}};
  }
  void be_mute() override { server_.is_mute = true; }
  void babble() override {
    be_well();
    server_.instead = {{"EHLO", std::string(20'000, 'x')}};
  }
  void echo() override {
    be_well();
    server_.echoes_logins = true;
  }
  std::string told() override {
    std::string text;
    for (const std::string& line : std::exchange(server_.lines, {})) text += line + "\n";
    for (const std::string& mail : std::exchange(server_.mails, {})) text += "\n" + mail + "\n";
    return text;
  }

 private:
  notifiers::testing::FakeSmtp server_;
};

std::function<std::unique_ptr<NotifierWorld>(House&)> over_http(int status, std::string body) {
  return [status, body](House& house) {
    return std::make_unique<OverHttp>(house, net::Response{status, {}, body});
  };
}

}  // namespace

const std::map<std::string, NotifierScene, std::less<>>& notifier_scenes() {
  static const std::map<std::string, NotifierScene, std::less<>> scenes{
      {"webhook",
       {"{url: 'http://there/in', key: {env: SECRET}, timeout: 2s}",
        secret_word,
        {{"{}", "url"},
         {"{url: 'http://there/', body: '{{colour}}'}", "body"},
         {"{url: 'ftp://there/'}", "url"},
         {"{url: 'http://there/', at_least: fine}", "at_least"}},
        over_http(200, "ok")}},
      {"slack",
       {"{token: {env: SECRET}, channel: '#alerts', api: 'http://there/api', mention: '<!here>', timeout: "
        "2s}",
        "xoxb-S3CR3T",
        {{"{}", "webhook"}, {"{token: {env: SECRET}}", "channel"}, {"{webhook: 'http://x/'}", "webhook"}},
        over_http(200, R"({"ok": true, "channel": "C1", "ts": "1700000000.000100"})")}},
      {"telegram",
       {"{token: {env: SECRET}, chat: '-100123', api: 'http://there', timeout: 2s}",
        "12345:S3CR3T",
        {{"{token: {env: SECRET}}", "chat"}, {"{token: {env: WORD}, chat: '1'}", "token"}},
        over_http(200, R"({"ok": true, "result": {"message_id": 42}})")}},
      {"alertmanager",
       {"{urls: ['http://there'], headers: {Authorization: {env: SECRET}}, timeout: 2s}",
        secret_word,
        {{"{urls: []}", "urls"}, {"{urls: ['http://there'], lasts: 1s}", "lasts"}},
        over_http(200, "")}},
      {"pagerduty",
       {"{routing_key: {env: SECRET}, url: 'http://there/v2/enqueue', timeout: 2s}",
        secret_word,
        {{"{}", "routing_key"}, {"{routing_key: {env: SPACED}}", "routing_key"}},
        over_http(202, R"({"status":"success","message":"Event processed"})")}},
      {"opsgenie",
       {"{key: {env: SECRET}, url: 'http://there', tags: [school], timeout: 2s}",
        secret_word,
        {{"{}", "key"}, {"{key: {env: SECRET}, tags: 1}", "tags"}},
        over_http(202, R"({"result":"Request will be processed"})")}},
      {"email",
       {"{server: 'mail:587', user: outrider, password: {env: SECRET}, from: o@school.example, "
        "to: [a@school.example, b@school.example], timeout: 2s}",
        secret_word,
        {{"{server: 'mail:587', to: [a@b]}", "from"},
         {"{server: 'mail:587', from: \"o@x\\r\\nBcc: y@z\", to: [a@b]}", "from"},
         {"{server: 'mail:587', from: o@x, to: ['a b@c']}", "to"},
         {"{server: 'mail:587', from: o@x, to: [a@b], user: u}", "user"},
         {"{server: 'mail:587', from: o@x, to: [a@b], user: u, password: {env: SECRET}, security: none}",
          "security"}},
        [](House& house) { return std::make_unique<OverSmtp>(house); }}},
  };
  return scenes;
}

}  // namespace outrider::contract
