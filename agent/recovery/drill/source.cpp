#include "agent/recovery/drill/source.hpp"

#include "agent/recovery/evidence/look.hpp"

namespace outrider::recovery {

core::Task<Source> look_at_source(SourceTools tools) {
  Source source;
  if (auto rows = tools.canaries.read()) source.acknowledged = std::move(*rows);
  if (!tools.postgres) co_return source;
  auto connected = co_await tools.driver.connect(tools.postgres->dsn, "outrider", tools.postgres->timeout);
  if (!connected) co_return source;
  auto evidence = co_await look(**connected, tools.clock, tools.postgres->timeout);
  if (!evidence) co_return source;
  source.system_id = evidence->system_id;
  source.segment_bytes = evidence->segment_bytes;
  source.written = evidence->written;
  co_return source;
}

}  // namespace outrider::recovery
