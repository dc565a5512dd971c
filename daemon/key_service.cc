// SPDX-License-Identifier: Apache-2.0
#include "daemon/key_service.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/deadline.h"
#include "daemon/replica/freshness.h"
#include "directory/ssh_certificate.h"
#include "protocol/login_name.h"

namespace taglogin::daemon {
namespace {

using protocol::Status;
using std::chrono::milliseconds;

constexpr milliseconds kLookup{1500};  // the keyhelper waits 3 s
constexpr std::int64_t kRefusalEveryMs = 10000;
constexpr std::size_t kMaxRefusals = 10000;
constexpr std::size_t kMaxMemories = 1000;
constexpr char kRefusedProgram[] = TAGLOGIN_LIBEXECDIR "/taglogin-refused";

std::string MemoryKey(const sessions::Peer& monitor, const std::string& fingerprint,
                      const std::string& principal = {}) {
  return std::to_string(monitor.pid) + "/" + std::to_string(monitor.start_ticks) + " " + fingerprint + " " + principal;
}

// Lines that fit more clients come first: sshd takes the first with a principal of the certificate.
int RankOf(const KeyDecisions& decisions) {
  if (!decisions.verified.allow) return 2;
  return decisions.verified.from_limits.empty() ? 0 : 1;
}

}  // namespace

void KeyService::AddTo(RequestTable& table) {
  table.Add<protocol::Keys>(kRoot | kKeyhelper, [this](const Peer& peer, const protocol::Keys& request,
                                                       const Responder& to) { Keys(peer, request, to); });
  table.Add<protocol::Principals>(kRoot | kKeyhelper, [this](const Peer& peer, const protocol::Principals& request,
                                                             const Responder& to) { Principals(peer, request, to); });
}

sessions::Peer KeyService::MonitorOf(const Peer& command) const {
  const auto helper = sessions_.Read(command.pid);
  const auto monitor = helper ? sessions_.Read(helper->parent) : helper;
  return monitor ? *monitor : sessions::Peer();
}

void KeyService::Resolve(std::string_view name, const Responder& to, const Use& use) {
  protocol::LoginName canonical;
  if (!protocol::LoginName::From(name, canonical)) return to.Fail(Status::kNotFound);
  const std::string known(canonical.view());
  if (const auto* account = core_.Find(known)) return use(*account);
  core_.lookups.Want(known, kLookup, [this, known, to, use](Lookups::Result result) {
    if (result == Lookups::Result::kUnavailable) return to.Fail(Status::kUnavailable);
    const auto* account = core_.Find(known);
    if (account == nullptr) return to.Fail(Status::kNotFound);
    use(*account);
  });
}

void KeyService::Keys(const Peer& peer, const protocol::Keys& request, const Responder& to) {
  Resolve(request.name, to,
          [this, fingerprint = std::string(request.fingerprint), monitor = MonitorOf(peer), to](const auto& account) {
            AnswerKey(account, fingerprint, monitor, to);
          });
}

void KeyService::Principals(const Peer& peer, const protocol::Principals& request, const Responder& to) {
  const auto type = directory::CertifiedType(request.type);
  const auto& trusted = core_.user_authorities;
  const bool counts = std::any_of(trusted.begin(), trusted.end(),
                                  [&](const auto& key) { return key.Fingerprint() == request.authority; });
  const auto& types = core_.settings.keys.types;
  const bool listed = type && (types.empty() || std::find(types.begin(), types.end(), *type) != types.end());
  if (!counts || !listed) return to.Answer(protocol::KeysAnswer{});
  const Certificate certificate{std::string(request.fingerprint), *type};
  Resolve(request.name, to, [this, certificate, monitor = MonitorOf(peer), to](const auto& account) {
    AnswerPrincipals(account, certificate, monitor, to);
  });
}

Judgement KeyService::JudgeKey(const replica::AccountEntry& account, policy::Credential key) const {
  policy::Request anywhere;
  anywhere.client = policy::Request::Client::kUnknown;
  anywhere.proof = policy::Proof{{std::move(key)}};
  return Judge(core_.view, account, anywhere, replica::Now());
}

KeyDecisions KeyService::DecideBoth(const replica::AccountEntry& account, const policy::Credential& key,
                                    const policy::Decision& verified) const {
  if (!verified.allow || !policy::IsSecurityKey(key.type)) return {verified, verified};
  policy::Credential plain = key;
  plain.verified = false;
  return {JudgeKey(account, std::move(plain)).decision, verified};
}

void KeyService::AnswerKey(const replica::AccountEntry& account, const std::string& fingerprint,
                           const sessions::Peer& monitor, const Responder& to) {
  const auto key = std::find_if(account.keys.begin(), account.keys.end(),
                                [&](const auto& candidate) { return candidate.Fingerprint() == fingerprint; });
  if (key == account.keys.end()) return to.Answer(protocol::KeysAnswer{});
  const policy::Credential used{key->type, true};
  const Judgement judgement = JudgeKey(account, used);
  if (TooEarly(core_.view, judgement.decision)) return to.Fail(Status::kUnavailable);
  const KeyLines lines = LinesForKey(*key, DecideBoth(account, used, judgement.decision), kRefusedProgram);
  if (policy::IsSecurityKey(key->type) && monitor.pid != 0) {
    Note(account.login_name, MemoryKey(monitor, fingerprint), lines);
  }
  Answer(account, judgement, fingerprint, lines.text, to);
}

KeyService::PrincipalLines KeyService::LinesForPrincipals(const replica::AccountEntry& account,
                                                          const Certificate& certificate,
                                                          const sessions::Peer& monitor) {
  const auto principals = policy::PrincipalsOf(core_.view.snapshot->bound, account.facts);
  const policy::Credential all{certificate.key_type, true, principals};
  PrincipalLines lines{JudgeKey(account, all), {}};
  const Judgement& judgement = lines.judgement;
  if (TooEarly(core_.view, judgement.decision)) return lines;  // sshd is told nothing then
  std::vector<std::pair<std::string, KeyDecisions>> decided;
  for (const std::string& principal : principals) {
    const policy::Credential used{certificate.key_type, true, std::vector{principal}};
    decided.emplace_back(principal, DecideBoth(account, used, JudgeKey(account, used).decision));
    // Who is refused hears the reason that is nearest, whatever the principal.
    if (!judgement.decision.allow) decided.back().second.verified = judgement.decision;
  }
  std::stable_sort(decided.begin(), decided.end(),
                   [](const auto& a, const auto& b) { return RankOf(a.second) < RankOf(b.second); });
  for (const auto& [principal, decisions] : decided) {
    const KeyLines line = LineForPrincipal(principal, decisions, kRefusedProgram);
    if (policy::IsSecurityKey(certificate.key_type) && monitor.pid != 0) {
      Note(account.login_name, MemoryKey(monitor, certificate.fingerprint, principal), line);
    }
    lines.text += line.text;
  }
  return lines;
}

void KeyService::AnswerPrincipals(const replica::AccountEntry& account, const Certificate& certificate,
                                  const sessions::Peer& monitor, const Responder& to) {
  PrincipalLines lines = LinesForPrincipals(account, certificate, monitor);
  if (TooEarly(core_.view, lines.judgement.decision)) return to.Fail(Status::kUnavailable);
  Answer(account, lines.judgement, certificate.fingerprint, std::move(lines.text), to);
}

// sshd asks twice for each key, and clients offer keys again and again: one record in 10 s says it.
void KeyService::Answer(const replica::AccountEntry& account, const Judgement& judgement,
                        const std::string& fingerprint, std::string lines, const Responder& to) {
  auto answer = [to, lines = std::move(lines)] { to.Answer(protocol::KeysAnswer{lines}); };
  if (judgement.decision.allow) return answer();
  const std::int64_t now = base::ClockMs(CLOCK_BOOTTIME);
  const std::string key = account.login_name + " " + fingerprint;
  if (const auto next = refusals_.find(key); next != refusals_.end() && next->second > now) return answer();
  if (refusals_.size() > kMaxRefusals)
    std::erase_if(refusals_, [now](const auto& entry) { return entry.second <= now; });
  audit::Event event;
  event.kind = audit::Kind::kKeyRefused;
  event.time = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  event.service = kSshd;
  event.auth_method = "publickey";
  event.key_fingerprint = fingerprint;
  event.domain = core_.settings.directory.domain;
  Describe(core_.view, account, judgement, event);
  core_.recorder.Record(std::move(event), [this, key, now, answer = std::move(answer)](bool recorded) {
    // Remembered only now: an answer that leans on an earlier record needs that record to be there.
    if (!recorded) return;
    refusals_[key] = now + kRefusalEveryMs;
    answer();
  });
}

void KeyService::Note(const std::string& name, const std::string& key, const KeyLines& lines) {
  const std::int64_t now = base::ClockMs(CLOCK_BOOTTIME);
  if (memories_.size() > kMaxMemories) {
    std::erase_if(memories_, [now](const auto& memory) { return memory.second.IsIdle(now); });
  }
  memories_[name].Note(key, lines, now);
}

void KeyService::FillVerified(const std::string& name, const sessions::Peer& monitor, const policy::Request& from,
                              Proof& proof) const {
  const std::int64_t now = base::ClockMs(CLOCK_BOOTTIME);
  const auto memory = memories_.find(name);
  if (memory == memories_.end()) return;
  for (ProvenKey& key : proof.keys) {
    if (key.credential.verified || !policy::IsSecurityKey(key.credential.type)) continue;
    std::vector<std::string> noted;
    if (!key.credential.principals) noted.push_back(MemoryKey(monitor, key.fingerprint));
    for (const auto& principal : key.credential.principals.value_or(std::vector<std::string>())) {
      noted.push_back(MemoryKey(monitor, key.fingerprint, principal));
    }
    key.credential.verified = memory->second.MustHaveVerified(noted, from, now);
  }
}

}  // namespace taglogin::daemon
