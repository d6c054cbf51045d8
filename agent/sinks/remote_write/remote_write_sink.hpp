// Posts portions of samples by Prometheus' remote write, one request after the other: so the samples of a
// series arrive in their order. Each record of a batch is a portion (telemetry/remote_write/portions.hpp).
#pragma once

#include "agent/sinks/posting.hpp"
#include "agent/sinks/posting_settings.hpp"
#include "agent/sinks/shelf.hpp"

#include <cstdint>
#include <memory>

namespace outrider::sinks::remote_write {

// Of the protocol: 1.0, 2.0, or the second where the receiver knows it.
enum class Version : std::uint8_t { first, second, automatic };

std::unique_ptr<Sink> make(const Tools& tools, PostingSettings settings, Version version = Version::first);

// What a status means for what was sent; by the protocol, but for what is ours to mend: that is kept, not
// lost.
Meaning meaning_of(int status);

}  // namespace outrider::sinks::remote_write
