// SPDX-License-Identifier: Apache-2.0
#include "daemon/login_service.h"

#include <time.h>

#include <utility>

#include "base/printable.h"
#include "daemon/explain.h"
#include "daemon/log.h"
#include "daemon/login_proof.h"
#include "daemon/replica/freshness.h"
#include "protocol/login_name.h"

namespace taglogin::daemon {
namespace {

using protocol::Status;
using protocol::Verdict;
using std::chrono::milliseconds;

constexpr milliseconds kLoginLookup{3500};  // the PAM module waits 5 s
constexpr char kUnknownCode[] = "TL-UNKNOWN-USER";
constexpr char kUnavailableCode[] = "TL-UNAVAILABLE";
constexpr char kNotReadYet[] = "the directory has not been read yet for the rules in force";

std::int64_t NowUs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000000 + now.tv_nsec / 1000;
}

std::chrono::sys_time<milliseconds> WallNow() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

Verdict VerdictOf(const policy::Decision& decision) {
  if (decision.allow) return Verdict::kAllow;
  return decision.reason == policy::Reason::kDenyExpired ? Verdict::kAccountExpired : Verdict::kDeny;
}

// A monitor whose audit session may be somebody else's.
sessions::Peer MonitorAlone(sessions::Peer monitor) {
  monitor.audit_session = sessions::kUnset;
  return monitor;
}

void DescribeCertificate(const Proof& proof, audit::Event& event) {
  if (!proof.certificate) return;
  event.certificate_id = proof.certificate->id;
  event.certificate_serial = std::to_string(proof.certificate->serial);
  event.certificate_authority = proof.certificate->authority.Fingerprint();
}

}  // namespace

void LoginService::AddTo(RequestTable& table) {
  keys_.AddTo(table);
  table.Add<protocol::CheckAccount>(kRoot, [this](const Peer& peer, const protocol::CheckAccount& request,
                                                  const Responder& to) { Check(peer, request, to); });
  table.Add<protocol::OpenSession>(kRoot, [this](const Peer& peer, const protocol::OpenSession& request,
                                                 const Responder& to) { Open(peer, request, to); });
  table.Add<protocol::CloseSession>(kRoot, [this](const Peer& peer, const protocol::CloseSession& request,
                                                  const Responder& to) { Close(peer, request, to); });
}

void LoginService::Check(const Peer& peer, const protocol::CheckAccount& request, const Responder& to) {
  Call call{std::string(request.name),
            std::string(request.service),
            std::string(request.rhost),
            std::string(request.tty),
            {},
            peer.pid,
            NowUs(),
            {},
            {}};
  Resolve(call, to, [this, call, to](const replica::AccountEntry& account) { CheckKnown(call, account, to); });
}

void LoginService::CheckKnown(Call call, const replica::AccountEntry& account, const Responder& to) {
  call.name = account.login_name;
  const auto now = replica::Now();
  const Judgement judgement = Judge(core_.view, account, RequestFrom(call.rhost), now);
  if (TooEarly(core_.view, judgement.decision)) {
    return AnswerUnavailable(call, to, kNotReadYet);
  }
  audit::Event event = EventFor(call);
  Describe(core_.view, account, judgement, event);
  event.kind = judgement.decision.allow ? audit::Kind::kAccountCheck : audit::Kind::kLogon;
  const std::string message = judgement.decision.allow ? std::string() : policy::MessageFor(judgement.decision);
  call.decided = Keep(account.login_name, judgement, now);
  RecordThenAnswer(call, std::move(event), to, VerdictOf(judgement.decision), message);
}

void LoginService::Open(const Peer& peer, const protocol::OpenSession& request, const Responder& to) {
  Call call{std::string(request.name),
            std::string(request.service),
            std::string(request.rhost),
            std::string(request.tty),
            std::string(request.auth_info),
            peer.pid,
            NowUs(),
            {},
            {}};
  const auto monitor = sessions_.Read(peer.pid);
  if (!monitor) return to.Fail(Status::kUnavailable);  // gone: nobody waits for this answer
  // A refused `ssh -N` would stay connected, without rights but for ever.
  if (call.service == kSshd) call.refused = [this, own = MonitorAlone(*monitor)] { sessions_.EndSoon(own); };
  Resolve(call, to, [this, call, facts = *monitor, to](const replica::AccountEntry& account) {
    // Without pam_loginuid before us the audit session is that of whoever started sshd.
    const bool own_session = facts.login_uid == account.uid;
    OpenKnown(call, account, own_session ? facts : MonitorAlone(facts), to);
  });
}

void LoginService::OpenKnown(Call call, const replica::AccountEntry& account, const sessions::Peer& monitor,
                             const Responder& to) {
  call.name = account.login_name;
  const auto now = replica::Now();
  policy::Request request = RequestFrom(call.rhost);
  Proof proof = ProofFor(call, account, now.wall_s);
  keys_.FillVerified(account.login_name, monitor, request, proof);
  // Who is refused whatever the proof hears of that.
  if (proof.accepted) request.proof = proof.ForRules();
  const Judgement judgement = Judge(core_.view, account, request, now);
  call.decided = Keep(account.login_name, judgement, now);
  audit::Event event = EventFor(call);
  Describe(core_.view, account, judgement, event);
  event.auth_method = proof.method;
  event.key_fingerprint = proof.fingerprint;
  if (judgement.decision.allow) NameTheKey(account, judgement, request, now, proof, event);
  DescribeCertificate(proof, event);
  if (TooEarly(core_.view, judgement.decision)) return AnswerUnavailable(call, to, kNotReadYet);
  if (!judgement.decision.allow) {
    return RecordThenAnswer(call, std::move(event), to, VerdictOf(judgement.decision),
                            policy::MessageFor(judgement.decision));
  }
  if (!proof.accepted) {
    event.allowed = false;
    event.reason_code = proof.code;
    event.detail = proof.detail;
    return RecordThenAnswer(call, std::move(event), to, Verdict::kDeny, proof.message);
  }
  OpenAllowed(call, account, monitor, std::move(event), to);
}

Proof LoginService::ProofFor(const Call& call, const replica::AccountEntry& account, std::int64_t now_s) const {
  const ProofSettings settings{core_.settings.require_directory_key, core_.settings.keys, core_.user_authorities};
  return ProofOf(call.service, call.auth_info, account, settings, now_s);
}

// Of several keys the record names the first one that the rule would have taken alone.
void LoginService::NameTheKey(const replica::AccountEntry& account, const Judgement& judgement, policy::Request request,
                              const replica::Moment& now, Proof& proof, audit::Event& event) const {
  if (proof.keys.size() < 2) return;
  for (const ProvenKey& key : proof.keys) {
    request.proof = policy::Proof{{key.credential}};
    const auto alone = Judge(core_.view, account, request, now).decision;
    if (!alone.allow || alone.rule != judgement.decision.rule) continue;
    event.key_fingerprint = key.fingerprint;
    proof.certificate = key.certificate;
    return;
  }
}

void LoginService::OpenAllowed(const Call& call, const replica::AccountEntry& account, const sessions::Peer& monitor,
                               audit::Event event, const Responder& to) {
  sessions::Session session;
  session.monitor = monitor;
  session.user_name = account.login_name;
  session.user_id = account.record.id;
  session.user_uid = account.uid;
  session.service = call.service;
  session.rhost = call.rhost;
  session.tty = call.tty;
  session.auth_method = event.auth_method;
  session.key_fingerprint = event.key_fingerprint;
  session.created = event.time;
  // In the ledger before the answer: a crash in between leaves a session that the sweep finds ended.
  const auto opened = sessions_.Open(std::move(session));
  if (!opened) return AnswerUnavailable(call, to, "the session cannot be kept track of: " + opened.error().detail);
  event.session_uid = opened->uid;
  RecordThenAnswer(call, std::move(event), to, Verdict::kAllow, {});
}

void LoginService::Close(const Peer& peer, const protocol::CloseSession&, const Responder& to) {
  const auto closed = sessions_.Close(peer.pid, [to](bool recorded) {
    if (recorded) return to.Answer(protocol::DoneAnswer{});
    to.Fail(Status::kUnavailable);
  });
  if (!closed) to.Fail(Status::kNotFound);
}

void LoginService::Resolve(Call call, const Responder& to, Use use) {
  protocol::LoginName canonical;
  if (!protocol::LoginName::From(call.name, canonical)) return AnswerNobody(call, to);
  const std::string name(canonical.view());
  call.name = name;  // one person is one name in the records, however it was spelt
  if (const auto* account = core_.Find(name)) return use(*account);
  core_.lookups.Want(
      name, kLoginLookup, [this, call = std::move(call), name, to, use = std::move(use)](Lookups::Result result) {
        const auto* account = core_.Find(name);
        if (account != nullptr) return use(*account);
        if (result == Lookups::Result::kUnavailable) {
          return AnswerUnavailable(call, to, "the directory does not answer and the account is not known here yet");
        }
        AnswerNobody(call, to);
      });
}

std::function<void()> LoginService::Keep(const std::string& name, const Judgement& judgement,
                                         const replica::Moment& now) {
  return [this, name, judgement, now] {
    // The view may be another one by now.
    if (const auto* account = core_.Find(name)) core_.used(*account, Dump(DecisionJson(judgement, now)));
  };
}

audit::Event LoginService::EventFor(const Call& call) const {
  audit::Event event;
  event.time = WallNow();
  event.user_name = call.name;
  event.domain = core_.settings.directory.domain;
  event.service = call.service;
  const bool address = policy::IpAddress::Parse(call.rhost).has_value();
  (address ? event.client_address : event.client_host) = call.rhost;
  event.tty = call.tty;
  event.peer_pid = call.pid;
  event.rules_version = core_.view.snapshot->rules->version;
  event.latency_us = NowUs() - call.started_us;
  return event;
}

void LoginService::AnswerNobody(const Call& call, const Responder& to) {
  audit::Event event = EventFor(call);
  event.reason_code = kUnknownCode;
  event.detail = "no such account in the directory, or the name is a local account's";
  RecordThenAnswer(call, std::move(event), to, Verdict::kUnknownUser, "no such account");
}

void LoginService::AnswerUnavailable(const Call& call, const Responder& to, const std::string& why) {
  audit::Event event = EventFor(call);
  event.reason_code = kUnavailableCode;
  event.detail = why;
  core_.recorder.Record(std::move(event), [to, refused = call.refused, decided = call.decided](bool) {
    to.Fail(Status::kUnavailable);
    if (refused) refused();
    if (decided) decided();
  });
}

void LoginService::RecordThenAnswer(const Call& call, audit::Event event, const Responder& to, Verdict verdict,
                                    std::string message) {
  event.message = message;
  const std::string code = event.reason_code;
  core_.recorder.Record(std::move(event), [to, verdict, code, message = std::move(message), refused = call.refused,
                                           decided = call.decided](bool recorded) {
    if (recorded) {
      to.Answer(protocol::VerdictAnswer{static_cast<std::uint32_t>(verdict), code, message});
    } else {
      to.Fail(Status::kUnavailable);
    }
    if (refused && (!recorded || verdict != Verdict::kAllow)) refused();
    if (decided) decided();
  });
}

}  // namespace taglogin::daemon
