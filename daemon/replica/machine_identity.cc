// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/machine_identity.h"

#include <algorithm>

#include "base/printable.h"

namespace taglogin::daemon::replica {
namespace {

constexpr std::size_t kMaxShown = 64;

std::string Shown(const std::string& id) { return id.empty() ? "not told" : base::Printable(id, kMaxShown); }

// Pins `pin` if there is none; otherwise what differs.
std::string Settle(std::string& pin, const std::string& told, const std::string& what) {
  if (pin.empty()) pin = told;
  if (pin == told) return {};
  return "the " + what + " is " + Shown(told) + ", and was " + Shown(pin) +
         " when taglogin first ran here (taglogin refresh --repin @instance accepts it)";
}

}  // namespace

bool SettleHardware(Contents& contents, const std::string& hardware) {
  if (hardware.empty()) return true;
  const bool same = contents.machine.hardware.empty() || contents.machine.hardware == hardware;
  if (!same) contents = Contents();
  contents.machine.hardware = hardware;
  return same;
}

std::string SettleIdentity(Contents& contents, const TagReading& reading) {
  const bool none_tells = std::all_of(reading.sources.begin(), reading.sources.end(), [](const std::string& source) {
    return source.starts_with("file:") || source == "directory";
  });
  if (none_tells) return {};
  MachineIdentity settled = contents.machine;
  std::string differs = Settle(settled.instance_id, reading.tags.instance_id, "instance id");
  if (differs.empty()) differs = Settle(settled.account_id, reading.account_id, "account id");
  if (differs.empty()) contents.machine = settled;
  return differs;
}

}  // namespace taglogin::daemon::replica
