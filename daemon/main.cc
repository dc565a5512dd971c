// SPDX-License-Identifier: Apache-2.0
// taglogind: reads its arguments and settings, runs in the foreground.
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "daemon/daemon.h"
#include "daemon/log.h"
#include "directory/machine_ticket.h"

namespace {

using namespace taglogin::daemon;

int Check(const std::string& config) {
  const auto configuration = LoadConfiguration(config);
  if (!configuration) {
    (void)std::fprintf(stderr, "%s\n", configuration.error().detail.c_str());
    return 1;
  }
  (void)std::printf("%s: good, %zu rules, version %s\n", config.c_str(), configuration->rules.rules.size(),
                    configuration->rules.version.c_str());
  return 0;
}

int Serve(const Paths& paths) {
  // No core files: they would hold keys of the directory connection. The unit says the rest; this holds
  // however taglogind was started.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::umask(077);
  // Threads that each keep what they once freed would make up a third of the daemon's memory; they allocate too
  // little to get into each other's way.
  ::mallopt(M_ARENA_MAX, 1);
  if (auto fixed = taglogin::directory::FixKerberosNames(); !fixed) {
    LogError(fixed.error().detail);
    return 1;
  }
  auto configuration = LoadConfiguration(paths.config);
  if (!configuration) {
    LogError(configuration.error().detail);
    return 1;
  }
  auto daemon = Daemon::Start(paths, *std::move(configuration));
  if (!daemon) {
    LogError(daemon.error().detail);
    return 1;
  }
  const auto code = (*daemon)->Run();
  if (!code) {
    LogError(code.error().detail);
    return 1;
  }
  return *code;
}

int Start(int argc, char** argv) {
  Paths paths;
  bool check = false;
  CLI::App app("taglogind: decides who may log in here", "taglogind");
  app.set_version_flag("--version", TAGLOGIN_VERSION);
  app.add_option("--config", paths.config, "settings and rules")->capture_default_str();
  app.add_option("--state-folder", paths.state_folder, "where the replica is kept")->capture_default_str();
  app.add_option("--runtime-folder", paths.runtime_folder, "where the socket is")->capture_default_str();
  app.add_flag("--check", check, "read the settings and rules, say what is wrong, and exit");
  CLI11_PARSE(app, argc, argv);
  return check ? Check(paths.config) : Serve(paths);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Start(argc, argv);
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "taglogind: %s\n", error.what());
    return 1;
  }
}
