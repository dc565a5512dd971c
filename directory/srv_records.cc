// SPDX-License-Identifier: Apache-2.0
#include "directory/srv_records.h"

#include <arpa/nameser.h>
#include <resolv.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "base/printable.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxRecords = 64;
constexpr std::size_t kMaxRefused = 8;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxHostName = 253;
constexpr int kFixedPart = 6;  // priority, weight, port (RFC 2782)

char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool EqualInAnyCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

// The record's data; nothing when its name does not end within the message.
std::optional<SrvRecord> Read(const ns_msg& message, const ns_rr& record) {
  const unsigned char* data = ns_rr_rdata(record);
  if (ns_rr_rdlen(record) <= kFixedPart) return std::nullopt;
  char target[NS_MAXDNAME];
  const int used = ::dn_expand(ns_msg_base(message), ns_msg_end(message), data + kFixedPart, target, sizeof target);
  if (used < 0 || kFixedPart + used != ns_rr_rdlen(record)) return std::nullopt;
  SrvRecord out;
  out.priority = static_cast<std::uint16_t>(ns_get16(data));
  out.weight = static_cast<std::uint16_t>(ns_get16(data + 2));
  out.port = static_cast<std::uint16_t>(ns_get16(data + 4));
  out.target = target;
  std::transform(out.target.begin(), out.target.end(), out.target.begin(), Lower);
  return out;
}

void Refuse(SrvAnswer& answer, std::string why) {
  if (answer.refused.size() < kMaxRefused) answer.refused.push_back(std::move(why));
}

// Takes the record or says why not.
void Take(SrvAnswer& answer, SrvRecord record, std::string_view domain) {
  const std::string name = "DNS names the server " + base::Printable(record.target);
  if (!IsHostName(record.target)) return Refuse(answer, name + ", which is no host name");
  if (!IsInDomain(record.target, domain)) return Refuse(answer, name + ", which is not in " + std::string(domain));
  if (record.port == 0) return Refuse(answer, name + " with port 0");
  const bool known = std::any_of(answer.records.begin(), answer.records.end(), [&](const SrvRecord& other) {
    return other.target == record.target && other.port == record.port;
  });
  if (known) return;
  if (answer.records.size() == kMaxRecords) return Refuse(answer, name + ", one more than 64");
  answer.records.push_back(std::move(record));
}

// Which of the records (all of one priority, those without weight in front) comes next.
std::size_t Choose(const std::vector<SrvRecord>& rest, std::mt19937_64& random) {
  std::uint64_t sum = 0;
  for (const SrvRecord& record : rest) sum += record.weight;
  std::uint64_t left = std::uniform_int_distribution<std::uint64_t>(0, sum)(random);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i].weight >= left) return i;
    left -= rest[i].weight;
  }
  return rest.size() - 1;
}

}  // namespace

bool IsDnsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && std::all_of(label.begin(), label.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_');
  });
}

bool IsHostName(std::string_view name) {
  if (name.size() > kMaxHostName) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!IsDnsLabel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool IsInDomain(std::string_view host, std::string_view domain) {
  if (domain.empty() || host.size() < domain.size()) return false;
  const std::size_t front = host.size() - domain.size();
  return EqualInAnyCase(host.substr(front), domain) && (front == 0 || host[front - 1] == '.');
}

base::Result<SrvAnswer> ParseSrvAnswer(std::string_view bytes, std::string_view domain) {
  const base::Error broken = base::Invalid("DNS: the answer cannot be read");
  ns_msg message{};
  if (bytes.size() > NS_MAXMSG || ::ns_initparse(reinterpret_cast<const unsigned char*>(bytes.data()),
                                                 static_cast<int>(bytes.size()), &message) != 0) {
    return broken;
  }
  if (ns_msg_getflag(message, ns_f_qr) == 0 || ns_msg_getflag(message, ns_f_rcode) != ns_r_noerror) return broken;
  SrvAnswer answer;
  bool any = false;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record{};
    if (::ns_parserr(&message, ns_s_an, i, &record) != 0) return broken;
    if (ns_rr_type(record) != ns_t_srv || ns_rr_class(record) != ns_c_in) continue;
    auto read = Read(message, record);
    if (!read) return broken;
    const auto ttl = static_cast<std::uint32_t>(ns_rr_ttl(record));
    answer.ttl_s = any ? std::min(answer.ttl_s, ttl) : ttl;
    any = true;
    if (read->target.empty() || read->target == ".") continue;
    Take(answer, *std::move(read), domain);
  }
  if (answer.records.empty() && answer.refused.empty()) return base::NotFound("DNS knows no server");
  return answer;
}

std::vector<SrvRecord> InSrvOrder(std::vector<SrvRecord> records, std::mt19937_64& random) {
  std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
    // Those without weight in front, so that they keep a small chance (RFC 2782, "Weight").
    return std::pair(a.priority, a.weight != 0) < std::pair(b.priority, b.weight != 0);
  });
  std::vector<SrvRecord> out;
  for (auto begin = records.begin(); begin != records.end();) {
    const auto end =
        std::find_if(begin, records.end(), [&](const SrvRecord& other) { return other.priority != begin->priority; });
    std::vector<SrvRecord> rest(std::make_move_iterator(begin), std::make_move_iterator(end));
    begin = end;
    while (!rest.empty()) {
      const auto chosen = rest.begin() + static_cast<std::ptrdiff_t>(Choose(rest, random));
      out.push_back(std::move(*chosen));
      rest.erase(chosen);
    }
  }
  return out;
}

}  // namespace taglogin::directory
