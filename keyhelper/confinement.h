// SPDX-License-Identifier: Apache-2.0
// The cage that taglogin-keys locks itself into before it looks at what sshd and the daemon give it.
#pragma once

namespace taglogin::keyhelper {

// From here on this process can talk over unix sockets, read files, write to what is open, and end;
// everything else a kernel offers gives EPERM: no other network, no file opened for writing, no
// process, no program, no executable memory. By seccomp(2), once, for good; needs no_new_privs. On a
// kernel or processor without it, and in builds with a sanitizer, nothing happens: it is a second wall.
void Confine() noexcept;

}  // namespace taglogin::keyhelper
