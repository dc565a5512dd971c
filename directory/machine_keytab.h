// SPDX-License-Identifier: Apache-2.0
// Which of a keytab's keys are the machine account's. Private to this room.
#pragma once

#include <krb5.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "directory/krb5_handles.h"

namespace taglogin::directory {

struct MachineKeys {
  std::string path;
  std::string principal;            // with its realm
  std::vector<krb5_kvno> versions;  // the one written last first; not empty
};

// The keys of the machine account in the keytab: the principal of one name that ends in '$', at `realm`. Of several
// that are there, `usual` ("HOST1$"). Errors: kInvalid, when there is none, or several and none of them is the usual
// one, or the file is no keytab.
base::Result<MachineKeys> FindMachineKeys(krb5_context context, const std::string& path, const std::string& usual,
                                          const std::string& realm);

// The keys of `principal`; kInvalid when there are none.
base::Result<MachineKeys> ReadKeysOf(krb5_context context, const std::string& path, const std::string& principal);

// A keytab in memory with the keys of that version alone: libkrb5 would take the highest version there is, which
// need not be the present one after the account was made anew. Gives an error of libkrb5's or 0.
krb5_error_code OneVersion(krb5_context context, const MachineKeys& keys, krb5_kvno version, Keytab& out);

}  // namespace taglogin::directory
