// SPDX-License-Identifier: Apache-2.0
// The searching half of the libldap adapter.
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"
#include "directory/ldap_connection.h"
#include "directory/ldap_handle.h"

namespace taglogin::directory {
namespace {

constexpr std::size_t kWindow = 8;
constexpr ber_int_t kPageSize = 500;
constexpr std::size_t kMaxEntries = 1000000;
constexpr const char* kExtendedDnOid = "1.2.840.113556.1.4.529";
// ExtendedDNRequestValue ::= SEQUENCE { Flag INTEGER }, Flag 1: the string form.
constexpr unsigned char kExtendedDnValue[] = {0x30, 0x03, 0x02, 0x01, 0x01};

struct FreeControl {
  void operator()(LDAPControl* control) const { ldap_control_free(control); }
};
struct FreeControls {
  void operator()(LDAPControl** controls) const { ldap_controls_free(controls); }
};
struct FreeLdapText {
  void operator()(char* text) const { ldap_memfree(text); }
};
struct FreeBer {
  void operator()(BerElement* ber) const { ber_free(ber, 0); }
};
struct FreeValues {
  void operator()(berval** values) const { ldap_value_free_len(values); }
};
using Text = std::unique_ptr<char, FreeLdapText>;

Entry ReadEntry(LDAP* ldap, LDAPMessage* message) {
  Entry entry;
  if (const Text dn(ldap_get_dn(ldap, message)); dn) entry.dn = dn.get();
  BerElement* position = nullptr;
  Text name(ldap_first_attribute(ldap, message, &position));
  const std::unique_ptr<BerElement, FreeBer> ber(position);
  for (; name; name.reset(ldap_next_attribute(ldap, message, ber.get()))) {
    const std::unique_ptr<berval*, FreeValues> values(ldap_get_values_len(ldap, message, name.get()));
    auto& out = entry.attributes[LowerAscii(name.get())];
    for (berval** value = values.get(); value != nullptr && *value != nullptr; ++value) {
      out.emplace_back((*value)->bv_val, (*value)->bv_len);
    }
  }
  return entry;
}

// One call of Search: its queries, and those of them that are under way.
class Batch {
 public:
  Batch(LdapHandle& handle, const std::vector<Query>& queries, base::Deadline deadline,
        const LdapSearcher::OnEntry& on_entry)
      : handle_(handle), queries_(queries), deadline_(deadline), on_entry_(on_entry) {}

  base::Result<void> Run() {
    std::size_t next = 0;
    while (next < queries_.size() || !running_.empty()) {
      if (next < queries_.size() && running_.size() < kWindow) {
        if (auto sent = Send(next++, {}); !sent) return sent;
        continue;
      }
      auto message = handle_.Receive(LDAP_RES_ANY, deadline_);
      if (!message) return message.error();
      if (auto taken = Take(message->get()); !taken) return taken;
    }
    return {};
  }

 private:
  std::string What(std::size_t query) const { return "search below " + base::Printable(queries_[query].base); }

  base::Result<void> Send(std::size_t index, std::string cookie) {
    const Query& query = queries_[index];
    std::unique_ptr<LDAPControl, FreeControl> page;
    if (query.paged) {
      berval position{cookie.size(), cookie.data()};
      LDAPControl* control = nullptr;
      const int code = ldap_create_page_control(handle_.get(), kPageSize, &position, 1, &control);
      if (code != LDAP_SUCCESS) return handle_.Fail(What(index), code);
      page.reset(control);
    }
    LDAPControl extended{
        const_cast<char*>(kExtendedDnOid),
        {sizeof kExtendedDnValue, reinterpret_cast<char*>(const_cast<unsigned char*>(kExtendedDnValue))},
        1};
    std::vector<LDAPControl*> controls;
    if (page) controls.push_back(page.get());
    if (query.extended_dn) controls.push_back(&extended);
    controls.push_back(nullptr);
    std::vector<char*> attributes;
    for (const std::string& name : query.attributes) attributes.push_back(const_cast<char*>(name.c_str()));
    attributes.push_back(nullptr);
    int id = 0;
    handle_.CountRequest();
    const int code = ldap_search_ext(handle_.get(), query.base.c_str(),
                                     query.subtree ? LDAP_SCOPE_SUBTREE : LDAP_SCOPE_BASE, query.filter.c_str(),
                                     attributes.data(), 0, controls.data(), nullptr, nullptr, LDAP_NO_LIMIT, &id);
    if (code != LDAP_SUCCESS) return handle_.Fail(What(index), code);
    running_[id] = index;
    return {};
  }

  base::Result<void> Take(LDAPMessage* message) {
    const auto found = running_.find(ldap_msgid(message));
    const int type = ldap_msgtype(message);
    if (found == running_.end()) return base::Unavailable(base::Printable(handle_.host()) + " ended the connection");
    if (type == LDAP_RES_SEARCH_REFERENCE) {
      if (!queries_[found->second].whole) return {};
      return base::Unavailable(What(found->second) +
                               ": part of it is on another server, and referrals are not followed");
    }
    if (type == LDAP_RES_SEARCH_ENTRY) {
      if (++entries_ > kMaxEntries)
        return base::Unavailable(What(found->second) + ": more entries than are believable");
      on_entry_(found->second, ReadEntry(handle_.get(), message));
      return {};
    }
    if (type != LDAP_RES_SEARCH_RESULT) return base::Unavailable(What(found->second) + ": an answer of another kind");
    const std::size_t index = found->second;
    running_.erase(found);
    return Finish(index, message);
  }

  // The end of a query, or of a page of it.
  base::Result<void> Finish(std::size_t index, LDAPMessage* message) {
    int result = LDAP_OTHER;
    LDAPControl** controls = nullptr;
    const int code = ldap_parse_result(handle_.get(), message, &result, nullptr, nullptr, nullptr, &controls, 0);
    const std::unique_ptr<LDAPControl*, FreeControls> owner(controls);
    if (code != LDAP_SUCCESS) return handle_.Fail(What(index), code);
    if (result == LDAP_NO_SUCH_OBJECT && !queries_[index].whole) return {};
    if (result == LDAP_SIZELIMIT_EXCEEDED) {
      return base::Unavailable(What(index) + " at " + base::Printable(handle_.host()) +
                               ": the server gives no more entries than its size limit: raise it for this machine");
    }
    if (result != LDAP_SUCCESS) return handle_.Fail(What(index), result);
    if (!queries_[index].paged) return {};
    LDAPControl* page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr);
    if (page == nullptr) return base::Unavailable(What(index) + ": no page cookie in the answer");
    ber_int_t estimate = 0;
    berval cookie{};
    const int parsed = ldap_parse_pageresponse_control(handle_.get(), page, &estimate, &cookie);
    const Text cookie_owner(cookie.bv_val);
    if (parsed != LDAP_SUCCESS) return handle_.Fail(What(index), parsed);
    return cookie.bv_len == 0 ? base::Result<void>() : Send(index, std::string(cookie.bv_val, cookie.bv_len));
  }

  LdapHandle& handle_;
  const std::vector<Query>& queries_;
  base::Deadline deadline_;
  const LdapSearcher::OnEntry& on_entry_;
  std::map<int, std::size_t> running_;  // message id -> query
  std::size_t entries_ = 0;
};

}  // namespace

base::Result<void> LdapConnection::Search(const std::vector<Query>& queries, base::Deadline deadline,
                                          const OnEntry& on_entry) {
  return Batch(*handle_, queries, deadline, on_entry).Run();
}

}  // namespace taglogin::directory
