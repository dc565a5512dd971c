// SPDX-License-Identifier: Apache-2.0
#include "directory/host_resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/printable.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxAddresses = 16;

std::vector<Address> Collect(const addrinfo* list) {
  std::vector<Address> out;
  for (; list != nullptr && out.size() < kMaxAddresses; list = list->ai_next) {
    if (list->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Address address;
    std::memcpy(&address.storage, list->ai_addr, list->ai_addrlen);
    address.length = list->ai_addrlen;
    out.push_back(address);
  }
  return out;
}

}  // namespace

std::vector<Address> WithPort(std::vector<Address> addresses, int port) {
  const auto number = htons(static_cast<std::uint16_t>(port));
  for (Address& address : addresses) {
    if (address.storage.ss_family == AF_INET) reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = number;
    if (address.storage.ss_family == AF_INET6) reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port = number;
  }
  return addresses;
}

// Shared by the caller and the look-up's thread; whoever is last frees it.
struct HostResolver::Lookup {
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  int error = 0;
  std::vector<Address> addresses;

  void Run(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int result = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    const std::lock_guard<std::mutex> lock(mutex);
    error = result;
    if (result == 0) {
      addresses = Collect(list);
      ::freeaddrinfo(list);
    }
    done = true;
    done_changed.notify_all();
  }
};

// The look-up that runs for the host; empty when no thread could be started.
std::shared_ptr<HostResolver::Lookup>& HostResolver::Start(const std::string& host) {
  std::shared_ptr<Lookup>& lookup = running_[host];
  if (lookup) return lookup;
  lookup = std::make_shared<Lookup>();
  try {
    std::thread([lookup, host] { lookup->Run(host); }).detach();
  } catch (const std::system_error&) {
    lookup.reset();
  }
  return lookup;
}

void HostResolver::Begin(const std::string& host) { (void)Start(host); }

base::Result<std::vector<Address>> HostResolver::Resolve(const std::string& host, int port, base::Deadline deadline) {
  std::shared_ptr<Lookup>& lookup = Start(host);
  if (!lookup) return base::Unavailable("no thread could be started to look up " + base::Printable(host));
  std::vector<Address>& last = last_[host];
  // With old addresses at hand, DNS may cost half of the time and no more.
  const int patience = last.empty() ? deadline.RemainingMs() : deadline.RemainingMs() / 2;
  std::unique_lock<std::mutex> lock(lookup->mutex);
  lookup->done_changed.wait_for(lock, std::chrono::milliseconds(patience), [&] { return lookup->done; });
  const bool done = lookup->done;
  const int error = lookup->error;
  if (done && !lookup->addresses.empty()) last = lookup->addresses;
  lock.unlock();
  if (done) lookup.reset();
  if (!last.empty()) return WithPort(last, port);
  const std::string name = "address of " + base::Printable(host);
  if (!done) return base::Error{base::ErrorCode::kDeadline, name + ": DNS did not answer in time"};
  if (error == EAI_NONAME) return base::NotFound(name + ": DNS knows no such host");
  return base::Unavailable(name + ": " + ::gai_strerror(error));
}

}  // namespace taglogin::directory
