#include "agent/os/machine.hpp"

#include "agent/os/descriptor.hpp"
#include "agent/os/scratch.hpp"

#include <fstream>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

using namespace outrider;
using namespace outrider::os;

namespace {

struct Listening {
  Listening() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), size) != 0) return;
    if (::listen(socket.number(), 1) != 0) return;
    ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  Descriptor socket;
  std::uint16_t port = 0;
};

}  // namespace

TEST(Machine, SaysHowMuchSpaceThereIsAndWhatIsAMountPoint) {
  const auto machine = make_machine();
  const auto proc = machine->space("/proc");
  ASSERT_TRUE(proc) << proc.error().what;
  EXPECT_TRUE(proc->is_mount_point);
  const Scratch scratch;
  const auto here = machine->space(scratch.path());
  ASSERT_TRUE(here);
  EXPECT_FALSE(here->is_mount_point);
  EXPECT_GT(here->bytes, here->free_bytes);
  EXPECT_FALSE(here->read_only);
  EXPECT_EQ(machine->space(scratch / "nothing").error().code, core::Errc::not_found);
}

TEST(Machine, ReadsTheBeginningOfAFileAndIsNotKeptByAPipe) {
  const Scratch scratch;
  std::ofstream(scratch / "file") << "0123456789";
  const auto machine = make_machine();
  EXPECT_EQ(machine->read(scratch / "file", 4).value(), "0123");
  EXPECT_EQ(machine->file(scratch / "file")->bytes, 10u);
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(machine->read(scratch / "pipe", 4).value(), "");
}

TEST(Machine, KnowsAProcessItsDescriptorsAndItsLimit) {
  const auto machine = make_machine();
  const auto self = machine->process(::getpid());
  ASSERT_TRUE(self);
  EXPECT_GT(self->descriptors.value(), 2u);
  EXPECT_GT(self->most_descriptors.value(), 10u);
  const auto same_name = machine->processes_named(self->facts.name);
  ASSERT_TRUE(same_name);
  EXPECT_NE(std::find(same_name->begin(), same_name->end(), ::getpid()), same_name->end());
  EXPECT_EQ(machine->process(0x3fffffff).error().code, core::Errc::not_found);
}

TEST(Machine, KnowsWhoListensOnAPort) {
  const auto machine = make_machine();
  const Listening listening;
  ASSERT_NE(listening.port, 0);
  const auto owners = machine->listeners(listening.port);
  ASSERT_TRUE(owners);
  ASSERT_EQ(owners->size(), 1u);
  EXPECT_EQ(owners->front().pid, ::getpid());
  EXPECT_EQ(owners->front().address, "127.0.0.1");
  EXPECT_TRUE(machine->listeners(1)->empty());
}
