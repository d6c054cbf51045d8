// A connection that brings given bytes in pieces of a given size and keeps what is sent.
#pragma once

#include "agent/net/wire/wire.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include <boost/asio/error.hpp>

namespace outrider::fuzz {

class FedWire final : public net::Wire {
 public:
  FedWire(net::Socket socket, std::string_view bytes, std::size_t piece, std::string& sent)
      : socket_(std::move(socket)), bytes_(bytes), piece_(std::max<std::size_t>(piece, 1)), sent_(sent) {}

  core::Task<net::error_code> shake_hands() override { co_return net::error_code(); }
  core::Task<net::Moved> read_some(std::span<char> into) override {
    const std::string_view read = take(bytes_, std::min(piece_, into.size()));
    net::Moved moved;
    moved.bytes = read.size();
    if (read.empty()) moved.error = boost::asio::error::eof;
    if (!read.empty()) std::memcpy(into.data(), read.data(), read.size());
    co_return moved;
  }
  core::Task<net::error_code> write_all(std::string_view first, std::string_view second) override {
    sent_.append(first).append(second);
    co_return net::error_code();
  }
  core::Task<void> finish_sending() override { co_return; }
  net::Socket& socket() override { return socket_; }

 private:
  net::Socket socket_;
  std::string_view bytes_;
  std::size_t piece_;
  std::string& sent_;
};

}  // namespace outrider::fuzz
