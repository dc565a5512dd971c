// SPDX-License-Identifier: Apache-2.0
#include "fake_pam.h"

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <syslog.h>

#include <cstdarg>
#include <cstdio>

namespace {

std::string Format(const char* format, va_list arguments) {
  char text[4096];
  const int size = std::vsnprintf(text, sizeof text, format, arguments);
  return size < 0 ? "(bad format)" : std::string(text);
}

const char* LevelName(int level) {
  static constexpr const char* kNames[] = {"EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"};
  return level >= 0 && level < 8 ? kNames[level] : "(no level)";
}

}  // namespace

int pam_get_item(const pam_handle_t* pam, int item, const void** value) {
  const auto found = pam->items.find(item);
  *value = found == pam->items.end() ? nullptr : found->second.c_str();
  return pam->broken.contains(item) ? PAM_SYSTEM_ERR : PAM_SUCCESS;
}

const char* pam_getenv(pam_handle_t* pam, const char* name) {
  const auto found = pam->environment.find(name);
  return found == pam->environment.end() ? nullptr : found->second.c_str();
}

int pam_prompt(pam_handle_t* pam, int style, char** response, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const std::string text = Format(format, arguments);
  va_end(arguments);
  const bool shown = style == PAM_ERROR_MSG && response == nullptr;
  pam->output.push_back((shown ? "tell " : "prompt ") + text);
  return PAM_SUCCESS;
}

void pam_syslog(const pam_handle_t* pam, int priority, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const std::string text = Format(format, arguments);
  va_end(arguments);
  const_cast<pam_handle_t*>(pam)->output.push_back(std::string("log ") + LevelName(priority) + " " + text);
}
