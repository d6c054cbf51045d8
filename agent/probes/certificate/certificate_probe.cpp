#include "agent/probes/certificate/certificate_probe.hpp"

#include "agent/async/race.hpp"
#include "agent/core/text.hpp"
#include "agent/probes/trouble.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrider::probes::certificate {
namespace {

using core::Errc;
using core::fail;
using core::Outcome;
using core::Standing;

constexpr std::uint64_t most_file_bytes = 1024UL * 1024;

struct Found {
  std::string where;
  net::Certificate certificate;
};
using All = std::vector<Found>;

Outcome<std::string> read_file(os::Machine& machine, const std::string& path) {
  Outcome<std::string> text = machine.read(path, most_file_bytes);
  if (text && text->size() == most_file_bytes) return fail(Errc::corrupt, path + " is no certificate");
  return text;
}

// On a thread of its own: files may lie where nobody answers.
Outcome<All> look(os::Machine& machine, const Settings& settings, core::WallTime now) {
  std::string authorities;
  if (!settings.authority.empty()) {
    Outcome<std::string> text = read_file(machine, settings.authority);
    // What it is compared with is ours, so its trouble is, too.
    if (!text) return fail(Errc::denied, text.error().what);
    authorities = std::move(*text);
  }
  All all;
  for (const std::string& path : settings.files) {
    const Outcome<std::string> text = read_file(machine, path);
    if (!text) return fail(text.error());
    const auto certificates = net::read_certificates(*text);
    if (!certificates) return fail(path, certificates.error());
    for (const net::Certificate& one : *certificates) all.push_back({path, one});
    const auto doubt = net::doubt_about(*text, authorities, settings.name, now);
    if (!doubt) return fail(Errc::denied, doubt.error().what);
    if (*doubt) return fail(Errc::distrusted, fmt::format("{} would not be believed: {}", path, **doubt));
  }
  return all;
}

class CertificateProbe final : public Probe {
 public:
  CertificateProbe(Settings settings, const Tools& tools)
      : settings_(std::move(settings)), tools_(tools), files_(tools.slow, tools.clock, target()) {}

  core::Task<core::Answer> ask(core::Duration limit) override {
    const core::Instant started = tools_.clock.now();
    core::Answer answer;
    if (settings_.server.empty()) {
      std::function<Outcome<All>()> work = [machine = tools_.machine, settings = settings_,
                                            now = tools_.clock.wall()] {
        return look(*machine, settings, now);
      };
      const Outcome<All> all = co_await files_.ask(std::move(work), limit);
      answer = all ? weigh(*all) : trouble_with_files(all.error());
    } else {
      core::Task<Outcome<All>> asking = ask_server(limit);
      std::string doing = "the certificate of " + settings_.server;
      const Outcome<All> all =
          co_await async::with_deadline(tools_.clock, limit, std::move(doing), std::move(asking));
      answer = all ? weigh(*all) : answer_from(all.error(), {});
    }
    answer.took = tools_.clock.now() - started;
    co_return answer;
  }

  std::string target() const override {
    return settings_.server.empty() ? fmt::format("{}", fmt::join(settings_.files, ", ")) : settings_.server;
  }

 private:
  core::Task<Outcome<All>> ask_server(core::Duration limit) {
    net::TlsTrust trust;
    trust.authority = settings_.authority;
    trust.server_name = settings_.name;
    std::optional<net::TlsTrust> how = std::move(trust);
    const auto stream = co_await tools_.streams.connect(settings_.server, std::move(how), limit);
    if (!stream) co_return fail(stream.error());
    All all;
    for (const net::Certificate& one : (*stream)->certificates()) all.push_back({settings_.server, one});
    if (all.empty()) co_return fail(Errc::corrupt, settings_.server + " shows no certificate");
    co_return all;
  }

  // A certificate that is not there is as good as one that has ended; what we may not read says nothing.
  static core::Answer trouble_with_files(const core::Error& error) {
    const bool its_own =
        error.code == Errc::not_found || error.code == Errc::corrupt || error.code == Errc::distrusted;
    return {its_own ? Standing::not_ok : Standing::unknown, error.what, {}};
  }

  core::Answer weigh(const All& all) const {
    const core::WallTime now = tools_.clock.wall();
    const Found* first = &all.front();
    for (const Found& found : all) {
      if (found.certificate.begins > now) {
        return {Standing::not_ok,
                fmt::format("the certificate of {} in {} begins at {} only", found.certificate.subject,
                            found.where, core::show_time(found.certificate.begins)),
                {}};
      }
      if (found.certificate.ends < first->certificate.ends) first = &found;
    }
    const core::Duration left = first->certificate.ends - now;
    const std::string whose =
        fmt::format("the certificate of {} in {}", first->certificate.subject, first->where);
    if (left <= core::Duration::zero()) {
      return {Standing::not_ok, fmt::format("{} has ended {} ago", whose, core::show_age(-left)), {}};
    }
    const std::string text = fmt::format("{} ends in {}", whose, core::show_age(left));
    if (left < settings_.valid_for) {
      return {Standing::not_ok, text + ", wanted " + core::show_duration(settings_.valid_for), {}};
    }
    return {Standing::ok, text, {}};
  }

  Settings settings_;
  Tools tools_;
  async::SlowCall<All> files_;
};

}  // namespace

std::unique_ptr<Probe> make_probe(Settings settings, const Tools& tools) {
  return std::make_unique<CertificateProbe>(std::move(settings), tools);
}

}  // namespace outrider::probes::certificate
