// What a cluster in memory is made to say, once, instead of what it would.
#pragma once

#include "agent/sinks/elasticsearch/testing/fake_cluster.hpp"

#include <map>
#include <string>

namespace outrider::sinks::elasticsearch::testing {

inline FakeCluster::Script answer(int status, std::string body) {
  return [=](FakeCluster&, const net::Request&) -> Reply { return net::Response{status, {}, body}; };
}
inline FakeCluster::Script trouble(core::Errc code, std::string what) {
  return [=](FakeCluster&, const net::Request&) -> Reply { return core::fail(code, what); };
}
// It does what it was asked, and then says something else, or nothing.
inline FakeCluster::Script after_doing(FakeCluster::Script then) {
  return [=](FakeCluster& cluster, const net::Request& request) {
    (void)cluster.create(request, {});
    return then(cluster, request);
  };
}
inline FakeCluster::Script items(std::map<std::size_t, std::string> said) {
  return [=](FakeCluster& cluster, const net::Request& request) { return cluster.create(request, said); };
}

}  // namespace outrider::sinks::elasticsearch::testing
