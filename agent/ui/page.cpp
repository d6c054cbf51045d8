#include "agent/ui/page.hpp"

#include "agent/core/concerns.hpp"
#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"
#include "agent/ui/html.hpp"
#include "agent/ui/script.hpp"
#include "agent/ui/sections.hpp"
#include "agent/ui/style.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace outrider::ui {
namespace {

std::string sha256_base64(std::string_view text) {
  return seal::encode(seal::sha256_bytes(text), seal::Letters::base64);
}

std::string service_name(const core::Status& status) {
  return status.resource.service.empty() ? "service" : status.resource.service;
}

struct Look {
  std::string_view word;
  std::string_view colour;  // white on it keeps 4.5:1
  std::string_view path;    // in 16 by 16
};

Look look_of(core::Severity severity) {
  switch (severity) {
    case core::Severity::fine: return {"healthy", "#17663a", "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z"};
    case core::Severity::warning: return {"warning", "#7a4f00", "M8 1l7.5 13.5H.5z"};
    case core::Severity::critical: return {"critical", "#a3201a", "M5 1h6l4 4v6l-4 4H5l-4-4V5z"};
    case core::Severity::unknown: break;
  }
  return {"unknown", "#544a78", "M8 0l8 8-8 8-8-8z"};
}

std::string icon(const core::Status& status) {
  const Look look = look_of(core::severity_of(status));
  // '#' and '<' must be escaped within a data: address.
  return fmt::format(
      "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
      "%3Cpath fill='%23{}' d='{}'/%3E%3C/svg%3E",
      look.colour.substr(1), look.path);
}

void put_head(Document& page, const core::Status& status) {
  const Look look = look_of(core::severity_of(status));
  page.put(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"robots\" content=\"noindex\"><title>",
      look.word, " · ", escape(service_name(status), 80), " · Outrider</title><link rel=\"icon\" href=\"",
      icon(status), "\"><style>", style, "</style></head>");
}

void put_header(Document& page, const core::Status& status) {
  page.put("<header><b>", escape(service_name(status), 80), "</b>");
  const core::Resource& of = status.resource;
  for (const std::string* tag : {&of.namespace_, &of.environment, &of.version, &of.instance}) {
    if (!tag->empty()) page.put("<span class=\"tag\">", escape(*tag, 60), "</span>");
  }
  page.put(
      "<time id=\"updated\" datetime=\"", core::show_time(status.now), "\">Last updated ",
      core::show_time(status.now).substr(0, 10), " ", core::show_time(status.now).substr(11, 8),
      " UTC</time><button id=\"pause\" type=\"button\" aria-pressed=\"false\" hidden>Pause renewal</button>"
      "<noscript><a href=\"/\">Load again</a></noscript></header>");
}

}  // namespace

std::string render(const core::Status& status) {
  Document page;
  put_head(page, status);
  page.put("<body>", symbols(),
           "<div id=\"stale\" role=\"alert\" hidden></div><div id=\"said\" class=\"unseen\" role=\"status\" "
           "aria-live=\"polite\"></div><div class=\"wrap\">");
  put_header(page, status);
  page.put("<main>");
  put_verdict(page, status);
  page.put("<div class=\"two\">");
  put_service(page, status);
  put_timeline(page, status);
  page.put("</div>");
  put_alerts(page, status);
  put_incidents(page, status);
  put_recovery(page, status);
  put_probes(page, status);
  put_objectives(page, status);
  put_streams(page, status);
  put_scrapes(page, status);
  put_traces(page, status);
  put_agent(page, status);
  page.put(
      "</main><footer><p>All times are UTC. This page only shows. To act: <code>outrider restart --reason "
      "\"…\"</code> on the machine. The same as JSON: <a "
      "href=\"/api/v1/status\">/api/v1/status</a></p></footer>"
      "</div><script>",
      script, "</script></body></html>\n");
  return page.take();
}

std::string badge(const core::Status& status) {
  const Look look = look_of(core::severity_of(status));
  const std::string name = escape(service_name(status), 40);
  // About 6.6 px a character at 11 px; the text is told its length, so that it always fits.
  const std::size_t characters = std::min<std::size_t>(service_name(status).size(), 41);
  const auto left = static_cast<int>(characters * 7 + 16);
  const auto right = static_cast<int>(look.word.size() * 7 + 32);
  return fmt::format(
      R"svg(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20" role="img" aria-label="{1}: {2}"><title>{1}: {2}</title><rect width="{0}" height="20" rx="4" fill="{3}"/><path d="M4 0h{5}v20H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z" fill="#32383e"/><g fill="#fff" font-family="DejaVu Sans,Verdana,sans-serif" font-size="11"><text x="8" y="14" textLength="{6}" lengthAdjust="spacingAndGlyphs">{1}</text><svg x="{7}" y="4" width="12" height="12" viewBox="0 0 16 16"><path d="{4}"/></svg><text x="{8}" y="14" textLength="{9}" lengthAdjust="spacingAndGlyphs">{2}</text></g></svg>)svg",
      left + right, name, look.word, look.colour, look.path, left - 4, left - 16, left + 7, left + 24,
      right - 32);
}

std::string content_security_policy() {
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; img-src data:; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      sha256_base64(style), sha256_base64(script));
}

}  // namespace outrider::ui
