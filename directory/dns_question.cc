// SPDX-License-Identifier: Apache-2.0
#include "directory/dns_question.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <cstring>

#include "base/printable.h"

namespace taglogin::directory {
namespace {

class Resolver {
 public:
  Resolver() { ready_ = ::res_ninit(&state_) == 0; }
  ~Resolver() {
    if (ready_) ::res_nclose(&state_);
  }
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  bool ready() const { return ready_; }
  struct __res_state* state() {
    return &state_;
  }

 private:
  struct __res_state state_ {};
  bool ready_ = false;
};

}  // namespace

base::Result<std::string> AskForSrv(const std::string& name) {
  const std::string what = "DNS, servers of " + base::Printable(name) + ": ";
  Resolver resolver;
  if (!resolver.ready()) return base::Unavailable(what + "resolv.conf cannot be used");
  struct __res_state* state = resolver.state();
  state->retrans = 1;
  state->retry = state->nscount > 1 ? 1 : 2;
  std::string answer(NS_MAXMSG, '\0');
  const int size = ::res_nquery(state, name.c_str(), ns_c_in, ns_t_srv, reinterpret_cast<unsigned char*>(answer.data()),
                                static_cast<int>(answer.size()));
  if (size < 0) {
    const int error = state->res_h_errno;
    if (error == HOST_NOT_FOUND || error == NO_DATA) return base::NotFound(what + "there are none");
    return base::Unavailable(what + ::hstrerror(error));
  }
  if (static_cast<std::size_t>(size) > answer.size()) return base::Unavailable(what + "the answer is too long");
  answer.resize(static_cast<std::size_t>(size));
  return answer;
}

}  // namespace taglogin::directory
