// SPDX-License-Identifier: Apache-2.0
// libldap with GnuTLS forgets the cipher suite that a TLS context had before it was given another.

extern "C" const char* __lsan_default_suppressions();  // NOLINT: LeakSanitizer's own name
extern "C" const char* __lsan_default_suppressions() { return "leak:gnutls_priority_init\n"; }
