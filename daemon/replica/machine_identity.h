// SPDX-License-Identifier: Apache-2.0
// Which machine this is: pinned when it is first known, compared ever after (docs/tags.md). Replica thread, or before
// it runs.
#pragma once

#include <string>

#include "daemon/replica/contents.h"

namespace taglogin::daemon::replica {

// At the start. `hardware`: DMI product_uuid, empty if it cannot be known. False: `contents` were those of other
// hardware, and are empty now but for this one's id.
bool SettleHardware(Contents& contents, const std::string& hardware);

// For each reading: pins instance and account when they are first told. Otherwise the text that says in what the
// reading differs from the pins, printable; empty when it does not. Where all sources are files or the directory, which
// tell no instance, nothing is compared.
std::string SettleIdentity(Contents& contents, const TagReading& reading);

}  // namespace taglogin::daemon::replica
