// SPDX-License-Identifier: Apache-2.0
#include "directory/netlogon_ping.h"

#include <lber.h>
#include <ldap.h>
#include <poll.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/printable.h"
#include "base/unique_fd.h"
#include "directory/ldap_filter.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxDatagram = 4096;
constexpr std::int64_t kStepMs = 400;
constexpr std::int64_t kSteps = 3;
constexpr std::int64_t kOthersMs = 500;
// NETLOGON_NT_VERSION_5 and _5EX (MS-ADTS 6.3.1.1), little endian.
constexpr std::string_view kVersion{"\x06\0\0\0", 4};

struct FreeBer {
  void operator()(BerElement* ber) const { ber_free(ber, 1); }
};
using BerPtr = std::unique_ptr<BerElement, FreeBer>;

std::int64_t NowUs() {
  timespec now{};
  (void)::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

// liblber frees the values; they are copied first.
base::Result<std::string> TakeNetlogon(BerElement* ber) {
  berval dn{};
  if (ber_scanf(ber, "{m", &dn) == LBER_ERROR) return base::Invalid("no entry");
  ber_len_t length = 0;
  char* end = nullptr;
  for (ber_tag_t tag = ber_first_element(ber, &length, &end); tag != LBER_DEFAULT;
       tag = ber_next_element(ber, &length, end)) {
    berval name{};
    BerVarray values = nullptr;
    if (ber_scanf(ber, "{m[W]}", &name, &values) == LBER_ERROR) {
      ber_bvarray_free(values);
      return base::Invalid("no attribute");
    }
    const std::string_view spelt(name.bv_val, name.bv_len);
    const bool is_it = spelt.size() == sizeof kNetlogonAttribute - 1 &&
                       ::strncasecmp(spelt.data(), kNetlogonAttribute, spelt.size()) == 0;
    std::string value;
    if (is_it && values != nullptr && values[0].bv_val != nullptr) value.assign(values[0].bv_val, values[0].bv_len);
    ber_bvarray_free(values);
    if (is_it) return value;
  }
  return base::NotFound("it does not serve the domain");
}

// One server while it is being asked.
class Question {
 public:
  Question(const PingTarget& target, std::int32_t id) : target_(target), id_(id) {}

  bool done() const { return done_; }
  int fd() const { return socket_.get(); }
  PingOutcome outcome() && { return {std::move(reply_), latency_us_}; }

  // To the next address that takes it; with a single one the socket stays, so that a late answer counts.
  void Send(const std::string& request) {
    if (target_.addresses.empty()) return Finish(base::Unavailable("its address is not known"));
    for (std::size_t tries = 0; tries < target_.addresses.size(); ++tries) {
      if (!socket_.valid() || target_.addresses.size() > 1) Connect();
      if (!socket_.valid()) continue;
      sent_us_ = NowUs();
      if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) >= 0) return;
      Miss(errno);
    }
  }

  void Receive() {
    std::array<char, kMaxDatagram> buffer{};
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) {
      // A port that nobody listens on shows here; the next step may find another address.
      if (errno != EAGAIN && errno != EINTR) Miss(errno);
      return;
    }
    auto reply = DecodePingAnswer({buffer.data(), static_cast<std::size_t>(got)}, id_);
    latency_us_ = NowUs() - sent_us_;
    // What makes no sense may come from somebody else: the true answer may follow.
    const bool nonsense = !reply && reply.error().code == base::ErrorCode::kInvalid;
    Finish(std::move(reply), !nonsense);
  }

 private:
  void Connect() {
    const Address& address = target_.addresses[next_++ % target_.addresses.size()];
    socket_.reset(::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
    if (!socket_.valid() || ::connect(socket_.get(), name, address.length) != 0) Miss(errno);
  }
  void Miss(int error) {
    reply_ = base::Unavailable(std::string("ping: ") + std::strerror(error));
    socket_.reset();
  }
  void Finish(base::Result<NetlogonReply> reply, bool done = true) {
    reply_ = std::move(reply);
    done_ = done;
  }

  const PingTarget& target_;
  std::int32_t id_;
  base::UniqueFd socket_;
  std::size_t next_ = 0;  // of the addresses
  std::int64_t sent_us_ = 0;
  std::int64_t latency_us_ = 0;
  bool done_ = false;
  base::Result<NetlogonReply> reply_ = base::Unavailable("no answer to the ping");
};

// Waits for answers, for so long at most.
void Listen(std::vector<Question>& questions, std::int64_t wait_ms) {
  std::vector<pollfd> entries;
  std::vector<Question*> asked;
  for (Question& question : questions) {
    if (question.done() || question.fd() < 0) continue;
    entries.push_back({question.fd(), POLLIN, 0});
    asked.push_back(&question);
  }
  const int ready = ::poll(entries.data(), entries.size(), static_cast<int>(std::max<std::int64_t>(wait_ms, 1)));
  for (std::size_t i = 0; ready > 0 && i < entries.size(); ++i) {
    if (entries[i].revents != 0) asked[i]->Receive();
  }
}

std::int32_t RandomId() {
  std::uint32_t id = 0;
  // Without randomness: a number that is as good for telling answers apart; the socket is connected.
  if (::getrandom(&id, sizeof id, GRND_NONBLOCK) != sizeof id) id = static_cast<std::uint32_t>(NowUs());
  return static_cast<std::int32_t>(id & 0x7ffffffe) + 1;
}

}  // namespace

std::string NetlogonFilter(const std::string& domain) {
  return AllOf({Equals("DnsDomain", domain), Equals("NtVer", kVersion)});
}

std::string EncodePing(std::int32_t id, const std::string& domain) {
  const BerPtr ber(ber_alloc_t(LBER_USE_DER));
  if (!ber) return {};
  // liblber's int is signed, lengths are its own type.
  const bool written =
      ber_printf(ber.get(), "{it{seeiib", id, LDAP_REQ_SEARCH, "", LDAP_SCOPE_BASE, LDAP_DEREF_NEVER, 0, 0, 0) >= 0 &&
      ber_printf(ber.get(), "t{t{so}t{so}}", LDAP_FILTER_AND, LDAP_FILTER_EQUALITY, "DnsDomain", domain.data(),
                 static_cast<ber_len_t>(domain.size()), LDAP_FILTER_EQUALITY, "NtVer", kVersion.data(),
                 static_cast<ber_len_t>(kVersion.size())) >= 0 &&
      ber_printf(ber.get(), "{s}}}", kNetlogonAttribute) >= 0;
  berval flat{};
  if (!written || ber_flatten2(ber.get(), &flat, 0) != 0) return {};
  return {flat.bv_val, flat.bv_len};
}

base::Result<NetlogonReply> DecodePingAnswer(std::string_view datagram, std::int32_t id) {
  const base::Error broken = base::Invalid("the answer to the ping is no LDAP message");
  std::string copy(datagram);  // liblber writes into it
  berval bytes{};
  bytes.bv_val = copy.data();
  bytes.bv_len = copy.size();
  const std::unique_ptr<BerElement, decltype([](BerElement* ber) { ber_free(ber, 0); })> ber(ber_alloc_t(0));
  if (!ber || copy.empty()) return broken;
  ber_init2(ber.get(), &bytes, 0);
  ber_int_t answered = 0;
  if (ber_scanf(ber.get(), "{i", &answered) == LBER_ERROR || answered != id) return broken;
  ber_len_t length = 0;
  const ber_tag_t kind = ber_peek_tag(ber.get(), &length);
  if (kind == LDAP_RES_SEARCH_RESULT) return base::NotFound("it does not serve the domain");
  if (kind != LDAP_RES_SEARCH_ENTRY) return broken;
  const auto blob = TakeNetlogon(ber.get());
  if (!blob) return blob.error();
  return DecodeNetlogonReply(*blob);
}

std::vector<PingOutcome> PingAll(const std::vector<PingTarget>& targets, const std::string& domain,
                                 base::Deadline deadline) {
  const std::int32_t id = RandomId();
  const std::string request = EncodePing(id, domain);
  std::vector<Question> questions;
  questions.reserve(targets.size());
  for (const PingTarget& target : targets) questions.emplace_back(target, id);
  const std::int64_t begun_us = NowUs();
  std::int64_t step = 0;
  for (;;) {
    const std::int64_t passed_ms = (NowUs() - begun_us) / 1000;
    const auto open = std::count_if(questions.begin(), questions.end(), [](const auto& q) { return !q.done(); });
    const bool some = open < static_cast<std::ptrdiff_t>(questions.size());
    const std::int64_t end_ms = some ? kOthersMs : kStepMs * kSteps;
    if (open == 0 || passed_ms >= end_ms || deadline.Passed()) break;
    if (step < kSteps && passed_ms >= step * kStepMs) {
      for (Question& question : questions) {
        if (!question.done()) question.Send(request);
      }
      ++step;
      continue;
    }
    const std::int64_t next_ms = step < kSteps ? std::min(end_ms, step * kStepMs) : end_ms;
    Listen(questions, std::min<std::int64_t>(next_ms - passed_ms, deadline.RemainingMs()));
  }
  std::vector<PingOutcome> outcomes;
  outcomes.reserve(questions.size());
  for (Question& question : questions) outcomes.push_back(std::move(question).outcome());
  return outcomes;
}

}  // namespace taglogin::directory
