// SPDX-License-Identifier: Apache-2.0
// Which hardware, real or virtual, this runs on.
#pragma once

#include <string>

namespace taglogin::daemon {

// DMI product_uuid in lower case: the unit's credential of that name (only root may read the file itself,
// systemd.exec(5), LoadCredential=), else /sys/class/dmi/id/product_uuid. Empty when neither can be read or it is no
// UUID.
std::string HardwareId();

}  // namespace taglogin::daemon
