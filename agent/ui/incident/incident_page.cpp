#include "agent/ui/incident/incident_page.hpp"

#include "agent/core/lines.hpp"
#include "agent/core/text.hpp"
#include "agent/seal/digest.hpp"
#include "agent/ui/html.hpp"
#include "agent/ui/incident/chart.hpp"
#include "agent/ui/incident/incident_style.hpp"
#include "agent/ui/parts.hpp"

#include <fmt/core.h>

namespace outrider::ui {
namespace {

using incident::Incident;
using incident::Remark;

constexpr std::size_t most_text = 16 * 1024;

// Line breaks stay where they were.
std::string escape_lines(std::string_view text) {
  std::string html;
  while (!text.empty()) {
    html += escape(core::take_line(text), most_text);
    if (!text.empty()) html += '\n';
  }
  return html;
}

std::string words(std::string_view name) { return core::replaced(std::string(name), "_", " "); }

std::string clock_of(core::WallTime at) {
  const std::string whole = core::show_time(at);
  return fmt::format(R"(<time datetime="{}">{}</time>)", whole, whole.substr(11, 12));
}

void put_fact(Document& page, std::string_view name, const std::string& html) {
  if (!html.empty()) page.put("<dt>", name, "</dt><dd>", html, "</dd>");
}

void put_facts(Document& page, const Incident& of) {
  page.put("<dl>");
  put_fact(page, "Incident", "<code>" + escape(of.id) + "</code>");
  put_fact(page, "Kind", escape(words(incident::name_of(of.kind))));
  put_fact(page, "Service", escape(of.service));
  put_fact(page, "Version", escape(of.version));
  put_fact(page, "Instance", escape(of.instance));
  put_fact(page, "Opened", core::show_time(of.opened));
  put_fact(page, "Well again", of.closed ? core::show_time(*of.closed) : "not yet");
  put_fact(page, "How it ended", escape(of.conclusion, most_text));
  put_fact(page, "Verdict", escape(of.verdict, most_text));
  put_fact(page, "Explained by", escape(of.root_cause));
  put_fact(page, "Deaths", of.deaths_total == 0 ? "none" : number(of.deaths_total));
  put_fact(page, "Last words",
           of.last_words.empty() ? "" : "<code>" + escape(of.last_words, most_text) + "</code>");
  page.put("</dl>");
}

void put_remarks(Document& page, std::string_view title, const std::vector<Remark>& remarks) {
  if (remarks.empty()) return;
  page.put("<h2>", title, "</h2><table>");
  for (const Remark& remark : remarks) {
    page.put("<tr><td>", clock_of(remark.at), "</td><td class=\"soft\">", escape(words(remark.kind), 60),
             "</td><td>", escape(remark.sentence, most_text), "</td></tr>");
  }
  page.put("</table>");
}

void put_deaths(Document& page, const Incident& of) {
  if (of.deaths.empty()) return;
  page.put("<h2>How it ended</h2><table>");
  for (const auto& death : of.deaths) {
    page.put("<tr><td>", clock_of(death.at), "</td><td>", escape(death.sentence, most_text),
             death.core_dumped ? " <b>core dumped</b>" : "", "</td></tr>");
  }
  page.put("</table>");
  if (of.deaths_total > of.deaths.size())
    page.put("<p class=\"soft\">", number(of.deaths_total - of.deaths.size()),
             " between them are not shown</p>");
}

void put_findings(Document& page, const Incident& of) {
  for (const auto& finding : of.findings)
    page.put("<h2>", escape(finding.name), "</h2><pre>", escape_lines(finding.text), "</pre>");
}

void put_lines(Document& page, const Incident& of) {
  page.put("<h2>What it wrote last</h2>");
  if (of.withheld) {
    page.put("<p>Not shown over this connection: <code>outrider incident export ", escape(of.id),
             "</code> on the machine has it, and what was seen of a process that hung.</p>");
    return;
  }
  if (of.lines.empty()) {
    page.put("<p>Nothing was recorded: does <code>logs.read</code> read what the service writes?</p>");
    return;
  }
  if (of.lines_left_out > 0)
    page.put("<p class=\"soft\">", number(of.lines_left_out), " lines of the middle are left out</p>");
  page.put("<table class=\"log\">");
  for (const auto& line : of.lines) {
    const bool bad = line.level == "error" || line.level == "fatal";
    page.put("<tr", bad ? " class=\"bad\"" : "", "><td>", clock_of(line.at), "</td><td class=\"soft\">",
             escape(line.level, 20), "</td><td><pre>", escape_lines(line.text),
             line.cut ? " <b>cut here</b>" : "", line.unterminated ? " <b>the line never ended</b>" : "",
             "</pre></td></tr>");
  }
  page.put("</table>");
}

}  // namespace

std::string incident_page(const Incident& of) {
  Document page;
  page.put(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"",
      incident_content_security_policy(),
      "\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"robots\" content=\"noindex\"><title>",
      escape(of.title, 120), "</title><style>", incident_style, "</style></head><body><main>");
  page.put("<p class=\"", of.closed ? "ok" : "bad", "\">", of.closed ? "Over" : "Open", "</p><h1>",
           escape(of.title, most_text), "</h1>");
  put_facts(page, of);
  put_deaths(page, of);
  put_remarks(page, "Changed in the quarter of an hour before", of.changes);
  put_charts(page, of.samples);
  put_remarks(page, "What happened", of.timeline);
  put_findings(page, of);
  put_lines(page, of);
  put_remarks(page, "What its probes answered", of.answers);
  page.put(
      "</main><footer><p>All times are UTC. Written by Outrider; secrets were redacted before anything was "
      "recorded, as <code>logs.redact</code> says.</p></footer></body></html>\n");
  return page.take();
}

std::string incident_page(std::string_view json) {
  const auto incident = incident::read_incident(json);
  if (incident) return incident_page(*incident);
  return "<!doctype html><title>no incident</title><p>" + escape(incident.error().what) + "\n";
}

std::string incident_content_security_policy() {
  return fmt::format("default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
                     seal::encode(seal::sha256_bytes(incident_style), seal::Letters::base64));
}

}  // namespace outrider::ui
