// SPDX-License-Identifier: Apache-2.0
// Owners of libkrb5's handles. Private to this room.
#pragma once

#include <krb5.h>

namespace taglogin::directory {

// The C functions that free need the context besides the handle, so it travels with each handle.
template <typename Handle, auto kFree>
class Owned {
 public:
  explicit Owned(krb5_context context) : context_(context) {}
  ~Owned() {
    if (handle_ != nullptr) (void)kFree(context_, handle_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }

 private:
  krb5_context context_;
  Handle handle_ = nullptr;
};
using Principal = Owned<krb5_principal, krb5_free_principal>;
using Keytab = Owned<krb5_keytab, krb5_kt_close>;

}  // namespace taglogin::directory
