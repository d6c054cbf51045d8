// One drill on the auditor's page, and what its sections share.
#pragma once

#include "agent/recovery/bundle/bundle.hpp"
#include "agent/ui/html.hpp"
#include "agent/ui/parts.hpp"

#include <string>
#include <string_view>

namespace outrider::ui {

// Evidence is shown whole: nothing is cut off but what no record has.
inline std::string whole(std::string_view text) { return escape(text, 100'000); }
std::string code(std::string_view text);
std::string when(core::WallTime time);        // 2026-11-21 03:30:00; unknown for none
std::string anchor(std::string_view drill);   // the id of its section
std::string link_to(std::string_view drill);  // to it
std::string finding_tag(recovery::Finding finding);
std::string met_tag(core::Standing standing);

// `html` is put as it is; `name` is ours.
void put_fact(Document& page, std::string_view name, std::string_view html);

void put_drill(Document& page, const recovery::BundleDrill& drill);

}  // namespace outrider::ui
