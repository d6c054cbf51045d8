// A Stream over a wire of either end.
#pragma once

#include "agent/core/clock.hpp"
#include "agent/net/streams/stream.hpp"
#include "agent/net/wire/wire.hpp"

#include <memory>
#include <string>

namespace outrider::net {

// `peer` as it is named in errors. `must_shake_hands`: the first read does.
std::unique_ptr<Stream> make_wire_stream(core::Clock& clock, std::unique_ptr<Wire> wire, std::string peer,
                                         bool must_shake_hands);

// The wire of such a stream, which is of no more use; null: it is none.
std::unique_ptr<Wire> take_wire(std::unique_ptr<Stream> stream);

}  // namespace outrider::net
