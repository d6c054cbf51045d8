#include "agent/leases/etcd/etcd_lease.hpp"

#include "agent/net/sim_net.hpp"
#include "agent/os/sim/sim_run.hpp"
#include "agent/os/sim_clock.hpp"
#include "agent/os/sim_files.hpp"

#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::leases;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

// As much of etcd's gateway as a lease needs; its answers are those that etcd 3.4.23 gave to the same
// questions.
class SmallEtcd {
 public:
  net::Response answer(const net::Call& call) {
    const json::object body = json::parse(call.body).as_object();
    if (call.path == "/v3/lease/grant")
      return {200, {}, fmt::format(R"({{"ID":"{}","TTL":"60"}})", ++leases_)};
    if (call.path == "/v3/lease/revoke") {
      if (owner == std::string(body.at("ID").as_string())) owner.clear();
      return {200, {}, "{}"};
    }
    const json::object& compare = body.at("compare").as_array().at(0).as_object();
    const bool holds = compare.at("target").as_string() == "CREATE"
                           ? owner.empty()
                           : owner == std::string(compare.at("lease").as_string());
    ++revision_;
    if (holds) {
      json::array answers;
      for (const auto& request : body.at("success").as_array()) answers.push_back(run(request.as_object()));
      const json::object all{{"header", json::object{{"revision", std::to_string(revision_)}}},
                             {"succeeded", true},
                             {"responses", answers}};
      return {200, {}, json::serialize(all)};
    }
    json::object all{{"header", json::object{{"revision", std::to_string(revision_)}}}};
    if (body.contains("failure"))
      all["responses"] = json::array{run(body.at("failure").as_array().at(0).as_object())};
    return {200, {}, json::serialize(all)};
  }
  std::string owner;  // etcd's lease on the key

 private:
  json::object run(const json::object& request) {
    if (const auto* const put = request.if_contains("request_put")) {
      const json::object& pair = put->as_object();
      values_[std::string(pair.at("key").as_string())] = std::string(pair.at("value").as_string());
      if (pair.contains("lease")) owner = std::string(pair.at("lease").as_string());
      return {{"response_put", json::object{}}};
    }
    const std::string key(request.at("request_range").as_object().at("key").as_string());
    if (!values_.contains(key)) return {{"response_range", json::object{}}};
    const json::object pair{{"key", key}, {"value", values_[key]}};
    return {{"response_range", json::object{{"kvs", json::array{pair}}}}};
  }

  std::map<std::string, std::string> values_;
  int leases_ = 0, revision_ = 0;
};

class EtcdLeaseTest : public testing::Test {
 protected:
  void SetUp() override {
    net.add_host("etcd-2:2379", [this](const net::Call& call) { return etcd.answer(call); });
  }
  std::shared_ptr<Lease> lease() {
    return etcd::make_lease({{"http://etcd-1:2379", "http://etcd-2:2379"}, "fleet/api"},
                            {clock, *pool, files, *client, {}});
  }
  template <class T>
  T wait_for(core::Task<T> work) {
    auto result = os::run_for(clock, loop, 10s, std::move(work));
    EXPECT_TRUE(result) << "it is not done";
    return std::move(*result);
  }

  boost::asio::io_context loop;
  os::SimClock clock{loop};
  os::SimFiles files;
  net::SimNet net{clock};
  std::unique_ptr<net::Client> client = net.make_client();
  std::unique_ptr<async::Pool> pool = async::make_inline_pool(loop.get_executor());
  SmallEtcd etcd;
};

}  // namespace

TEST_F(EtcdLeaseTest, HasOneHolderWhoIsNamedToTheOthers) {
  const auto ours = lease();
  ASSERT_TRUE(wait_for(ours->take("tests-api on host-1", 1min)))
      << "the first address does not answer, the next does";
  const auto refused = wait_for(lease()->take("tests-api on host-2", 1min));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::busy);
  EXPECT_EQ(refused.error().what, "fleet/api is held by tests-api on host-1");
  EXPECT_TRUE(wait_for(ours->give_back()));
  EXPECT_TRUE(wait_for(lease()->take("tests-api on host-2", 1min)));
}

TEST_F(EtcdLeaseTest, TheRecordIsHandedOnAndTokensGrow) {
  const auto ours = lease();
  const auto first = wait_for(ours->take("a", 1min));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->record, "");
  ASSERT_TRUE(wait_for(ours->write("restarts 1 2")));
  ASSERT_TRUE(wait_for(ours->give_back()));
  const auto second = wait_for(lease()->take("b", 1min));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->record, "restarts 1 2");
  EXPECT_GT(second->token, first->token);
}

TEST_F(EtcdLeaseTest, WhoHasLostItWritesNothing) {
  const auto ours = lease();
  EXPECT_FALSE(wait_for(ours->write("restarts 1")));
  ASSERT_TRUE(wait_for(ours->take("a", 1min)));
  etcd.owner = "4711";
  EXPECT_FALSE(wait_for(ours->write("restarts 1")));
}

TEST_F(EtcdLeaseTest, WhoCannotBeAskedHasGivenNothing) {
  for (const net::Trouble trouble : {net::Trouble::refuse, net::Trouble::hang, net::Trouble::garbage}) {
    net.set_fault("etcd-2:2379", {trouble, {}, 0});
    const auto unknown = wait_for(lease()->take("a", 1min));
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().code, core::Errc::busy);
  }
  net.set_fault("etcd-2:2379", {net::Trouble::status, {}, 503});
  EXPECT_FALSE(wait_for(lease()->take("a", 1min)));
}
