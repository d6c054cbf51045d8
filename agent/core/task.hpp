// The only coroutine type of the house. A Task starts when it is awaited or handed to a Nursery.
// Cancellation arrives as an exception (operation_aborted) out of any co_await; never swallow it.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace outrider::core {

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace outrider::core
