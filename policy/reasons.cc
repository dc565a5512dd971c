// SPDX-License-Identifier: Apache-2.0
// ReasonCode and MessageFor; docs/reasons.md says what to do about each.
#include "policy/decide.h"

namespace taglogin::policy {

std::string_view ReasonCode(Reason reason) {
  switch (reason) {
    case Reason::kAllowRule:
      return "TL-ALLOW-RULE";
    case Reason::kDenyRule:
      return "TL-DENY-RULE";
    case Reason::kDenyDisabled:
      return "TL-DENY-DISABLED";
    case Reason::kDenyExpired:
      return "TL-DENY-EXPIRED";
    case Reason::kDenyLocked:
      return "TL-DENY-LOCKED";
    case Reason::kDenyWorkstation:
      return "TL-DENY-WORKSTATION";
    case Reason::kDenyLogonHours:
      return "TL-DENY-LOGONHOURS";
    case Reason::kDenyMustChange:
      return "TL-DENY-MUSTCHANGE";
    case Reason::kDenyPasswordExpired:
      return "TL-DENY-PWEXPIRED";
    case Reason::kDenyContradicted:
      return "TL-DENY-CONTRADICTED";
    case Reason::kDenyNoGroup:
      return "TL-DENY-NOGROUP";
    case Reason::kDenyFrom:
      return "TL-DENY-FROM";
    case Reason::kDenyHours:
      return "TL-DENY-HOURS";
    case Reason::kDenyStale:
      return "TL-DENY-STALE";
    case Reason::kDenyNoRule:
      return "TL-DENY-NORULE";
    case Reason::kDenyTagsUnknown:
      return "TL-DENY-TAGS";
    case Reason::kDenyTagsHeld:
      return "TL-DENY-TAGSHELD";
    case Reason::kDenyPrincipal:
      return "TL-DENY-PRINCIPAL";
    case Reason::kDenyKeyType:
      return "TL-DENY-KEYTYPE";
    case Reason::kDenyVerify:
      return "TL-DENY-VERIFY";
  }
  return "TL-DENY-NOGROUP";
}

std::string MessageFor(const Decision& decision) {
  switch (decision.reason) {
    case Reason::kAllowRule:
      return "You may log in to this machine.";
    case Reason::kDenyRule:
      return "A rule of this machine keeps you out.";
    case Reason::kDenyDisabled:
      return "Your account is disabled.";
    case Reason::kDenyExpired:
      return "Your account has expired.";
    case Reason::kDenyLocked:
      return "Your account is locked; it may unlock by itself after a while, or ask your administrators.";
    case Reason::kDenyWorkstation:
      return "Your account may log in to certain machines only, and this is none of them.";
    case Reason::kDenyLogonHours:
      return "Your account may not log in at this hour.";
    case Reason::kDenyMustChange:
      return "You must change your password before you can log in here.";
    case Reason::kDenyPasswordExpired:
      return "Your password has expired; change it, then log in again.";
    case Reason::kDenyContradicted:
      return "The directory contradicts itself about your groups; please tell its administrators.";
    case Reason::kDenyNoGroup:
      return "You are in none of the groups that may log in to this machine.";
    case Reason::kDenyFrom:
      return "You may log in to this machine, but not from where you are connecting.";
    case Reason::kDenyHours:
      return "You may log in to this machine, but not at this time.";
    case Reason::kDenyStale:
      return "This machine has been out of touch with the directory for too long to let you in.";
    case Reason::kDenyNoRule:
      return "Nobody has been given access to a machine of this kind.";
    case Reason::kDenyTagsUnknown:
      return "This machine does not know yet what kind of machine it is; please try again later.";
    case Reason::kDenyTagsHeld:
      return "This machine's tags have changed; what they give you now does not count yet.";
    case Reason::kDenyPrincipal:
      return "Your certificate has none of the principals under which you may log in to this machine.";
    case Reason::kDenyKeyType:
      return "You may log in to this machine, but with another kind of key.";
    case Reason::kDenyVerify:
      return "You may log in to this machine, but only with a key that has checked your PIN or fingerprint.";
  }
  return "You may not log in to this machine.";
}

}  // namespace taglogin::policy
