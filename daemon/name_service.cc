// SPDX-License-Identifier: Apache-2.0
#include "daemon/name_service.h"

#include <algorithm>

#include "daemon/replica/builder.h"
#include "daemon/replica/freshness.h"
#include "protocol/login_name.h"

namespace taglogin::daemon {
namespace {

using protocol::Status;

// The module waits 500 ms; the answer should be there before.
constexpr std::chrono::milliseconds kNameDeadline{450};

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

}  // namespace

void NameService::AddTo(RequestTable& table) {
  constexpr unsigned kEverybody = kRoot | kKeyhelper | kAnybody;
  using std::placeholders::_1;
  using std::placeholders::_2;
  using std::placeholders::_3;
  table.Add<protocol::AccountByName>(kEverybody, std::bind(&NameService::ByName, this, _1, _2, _3));
  table.Add<protocol::AccountByUid>(kEverybody, std::bind(&NameService::ByUid, this, _1, _2, _3));
  table.Add<protocol::GroupsOfAccount>(kEverybody, std::bind(&NameService::Groups, this, _1, _2, _3));
  table.Add<protocol::GroupByName>(kEverybody, std::bind(&NameService::GroupByName, this, _2, _3));
  table.Add<protocol::GroupByGid>(kEverybody, std::bind(&NameService::GroupByGid, this, _2, _3));
}

// Root is the login path: sshd must learn of everyone who should get an answer, also a "no".
bool NameService::Visible(const Peer& peer, const replica::AccountEntry& account) const {
  if (peer.uid == 0) return true;
  return replica::IsVisible(account, core_.settings.nss, replica::Now().wall_s);
}

void NameService::AnswerAccount(const Peer& peer, const replica::AccountEntry* account, const Responder& to) const {
  if (account == nullptr || !Visible(peer, *account)) return to.Fail(Status::kNotFound);
  to.Answer(protocol::AccountAnswer{account->login_name, account->uid, account->gid, account->gecos, account->home,
                                    account->shell});
}

void NameService::ByName(const Peer& peer, const protocol::AccountByName& request, const Responder& to) {
  protocol::LoginName canonical;
  if (!protocol::LoginName::From(request.name, canonical)) return to.Fail(Status::kNotFound);
  const std::string name(canonical.view());
  const bool may_search = peer.uid == 0 || core_.settings.nss.visible == replica::NssSettings::Visible::kAll;
  if (core_.Find(name) != nullptr || !may_search) return AnswerAccount(peer, core_.Find(name), to);
  core_.lookups.Want(name, kNameDeadline, [this, peer, name, to](Lookups::Result result) {
    if (result == Lookups::Result::kUnavailable) return to.Fail(Status::kUnavailable);
    AnswerAccount(peer, core_.Find(name), to);
  });
}

void NameService::ByUid(const Peer& peer, const protocol::AccountByUid& request, const Responder& to) {
  AnswerAccount(peer, core_.view.snapshot->FindUid(request.uid), to);
}

void NameService::Groups(const Peer& peer, const protocol::GroupsOfAccount& request, const Responder& to) {
  protocol::LoginName canonical;
  if (!protocol::LoginName::From(request.name, canonical)) return to.Fail(Status::kNotFound);
  const auto* account = core_.Find(std::string(canonical.view()));
  if (account == nullptr || !Visible(peer, *account)) return to.Fail(Status::kNotFound);
  protocol::GroupsAnswer answer;
  answer.count = static_cast<std::uint32_t>(std::min(account->gids.size(), protocol::kMaxGroups));
  std::copy_n(account->gids.begin(), answer.count, answer.gids);
  to.Answer(answer);
}

void NameService::GroupByName(const protocol::GroupByName& request, const Responder& to) {
  const auto& snapshot = *core_.view.snapshot;
  const auto found = snapshot.group_by_name.find(Lower(request.name));
  if (found == snapshot.group_by_name.end()) return to.Fail(Status::kNotFound);
  const auto& group = snapshot.groups[found->second];
  to.Answer(protocol::GroupAnswer{group.name, group.gid});
}

void NameService::GroupByGid(const protocol::GroupByGid& request, const Responder& to) {
  const auto& snapshot = *core_.view.snapshot;
  const auto found = snapshot.group_by_gid.find(request.gid);
  if (found == snapshot.group_by_gid.end()) return to.Fail(Status::kNotFound);
  const auto& group = snapshot.groups[found->second];
  to.Answer(protocol::GroupAnswer{group.name, group.gid});
}

}  // namespace taglogin::daemon
