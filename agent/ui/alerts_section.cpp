#include "agent/core/text.hpp"
#include "agent/ui/html.hpp"
#include "agent/ui/sections.hpp"

#include <fmt/core.h>

namespace outrider::ui {
namespace {

constexpr std::size_t alerts_end = 52'000;

void put_alert(Document& page, const core::AlertStatus& alert, core::WallTime now) {
  page.put("<tr><td>", labelled(mark_of(alert.severity)), "<span class=\"sub\">", escape(alert.state, 20),
           "</span></td><td>", escape(alert.sentence, 200), "<span class=\"sub\"><code>",
           escape(alert.key, 160), "</code>");
  if (!alert.note.empty()) page.put(" · ", escape(alert.note, 200));
  if (!alert.explained_by.empty()) page.put(" · told by <code>", escape(alert.explained_by, 160), "</code>");
  for (const std::string& one : alert.explains) page.put("<br>explains: ", escape(one, 160));
  page.put("</span></td><td class=\"n\" data-l=\"since\">", age_tag(alert.began, now), "</td></tr>");
}

void put_notifier(Document& page, const core::NotifierStatus& notifier, core::WallTime now) {
  const bool is_well = notifier.trouble.empty();
  const core::Standing standing = !is_well                  ? core::Standing::not_ok
                                  : notifier.last_delivered ? core::Standing::ok
                                                            : core::Standing::unknown;
  page.put("<tr><td>", labelled(mark_of(standing)), "</td><td>", escape(notifier.name, 80),
           "<span class=\"sub\"><code>", escape(notifier.target, 120), "</code> ",
           escape(notifier.trouble, 200), "</span></td><td class=\"n\" data-l=\"waiting\">",
           number(notifier.waiting), "</td><td class=\"n\" data-l=\"last\">",
           notifier.last_delivered ? age_tag(*notifier.last_delivered, now) : "nothing yet", "</td></tr>");
}

}  // namespace

void put_alerts(Document& page, const core::Status& status) {
  if (!status.alerts) return;
  page.put("<section aria-labelledby=\"h-alerts\"><h2 id=\"h-alerts\">Alerts</h2>");
  const core::AlertsStatus& known = *status.alerts;
  if (known.alerts.empty()) {
    page.put("<p>None.</p>");
  } else {
    page.put(
        "<table><thead><tr><th scope=\"col\">Now</th><th scope=\"col\">What</th>"
        "<th scope=\"col\" class=\"n\">Since</th></tr></thead><tbody>");
    std::size_t shown = 0;
    for (const core::AlertStatus& alert : known.alerts) {
      if (!page.has_room(alerts_end)) break;
      put_alert(page, alert, status.now);
      ++shown;
    }
    page.put("</tbody></table>");
    if (shown < known.alerts.size())
      page.put("<p class=\"soft\">… and ", number(known.alerts.size() - shown),
               " more: see /api/v1/alerts</p>");
  }
  for (const core::SilenceStatus& silence : known.silences) {
    if (!page.has_room(alerts_end)) break;
    page.put("<p class=\"soft\">silenced until ", core::show_time(silence.until), ": <code>",
             escape(silence.what, 120), "</code> by ", escape(silence.who, 60), ": ",
             escape(silence.reason, 160), "</p>");
  }
  page.put(
      "<table><thead><tr><th scope=\"col\">Now</th><th scope=\"col\">Told by</th>"
      "<th scope=\"col\" class=\"n\">Waiting</th><th scope=\"col\" "
      "class=\"n\">Last</th></tr></thead><tbody>");
  for (const core::NotifierStatus& notifier : known.notifiers) {
    if (!page.has_room(alerts_end)) break;
    put_notifier(page, notifier, status.now);
  }
  page.put("</tbody></table></section>");
}

}  // namespace outrider::ui
