// SPDX-License-Identifier: Apache-2.0
// taglogin: what admins and auditors ask the machine (docs/cli.md).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/printable.h"
#include "cli/ask.h"
#include "cli/check_config.h"
#include "cli/import_sssd.h"
#include "cli/instant.h"
#include "cli/render.h"

namespace {

using namespace taglogin;

constexpr int kUsage = 2;
constexpr int kNoDaemon = 4;
constexpr int kNotPermitted = 5;

struct Arguments {
  bool json = false;
  std::string user;
  std::string from;
  std::string at;
  std::vector<std::string> tags;
  std::string repin;
  std::string id;
  std::string file = "/etc/taglogin/taglogin.toml";
  std::string sssd_conf = "/etc/sssd/sssd.conf";
  std::string sssd_cache = "/var/lib/sss/db";
  std::string sssd_domain;
};

int Complain(const std::string& text, bool json, int code) {
  if (json) {
    (void)std::printf(
        "%s\n",
        nlohmann::json({{"error", text}}).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    (void)std::fprintf(stderr, "taglogin: %s\n", text.c_str());
  }
  return code;
}

int Run(const std::vector<std::string>& args, bool json) {
  const auto answer = cli::Ask(args);
  if (!answer) {
    const bool refused = answer.error().code == base::ErrorCode::kRefused;
    const bool usage = answer.error().code == base::ErrorCode::kInvalid;
    return Complain(answer.error().detail, json, refused ? kNotPermitted : (usage ? kUsage : kNoDaemon));
  }
  if (!json && answer->document.contains("error")) {
    (void)std::fputs(("taglogin: " + cli::Render(args[0], answer->document)).c_str(), stderr);
    return answer->exit_code;
  }
  const std::string text = json ? answer->document.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + "\n"
                                : cli::Render(args[0], answer->document);
  (void)std::fputs(text.c_str(), stdout);
  return answer->exit_code;
}

int RunTest(const Arguments& arguments) {
  std::vector<std::string> args = {"test", "user=" + arguments.user};
  if (!arguments.from.empty()) args.push_back("from=" + arguments.from);
  if (!arguments.at.empty()) {
    const auto instant = cli::ParseInstant(arguments.at);
    if (!instant)
      return Complain("--at: no time: write 2026-01-31T08:30, 2026-01-31T08:30Z or @SECONDS", arguments.json, kUsage);
    args.push_back("at=" + std::to_string(*instant));
  }
  for (const auto& tag : arguments.tags) args.push_back("tag=" + tag);
  return Run(args, arguments.json);
}

int RunCheckConfig(const Arguments& arguments) {
  const auto checked = cli::CheckConfig(arguments.file);
  if (!checked) return Complain(checked.error().detail, arguments.json, kNoDaemon);
  if (arguments.json) {
    const nlohmann::json document = {{"file", arguments.file}, {"good", checked->good}, {"message", checked->message}};
    (void)std::printf("%s\n", document.dump(2, ' ', true, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    (void)std::fputs(checked->message.c_str(), checked->good ? stdout : stderr);
  }
  return checked->good ? 0 : 1;
}

int RunImportSssd(const Arguments& arguments) {
  const auto import = cli::ImportSssdFrom(arguments.sssd_conf, arguments.sssd_cache, arguments.sssd_domain);
  if (!import) return Complain(import.error().detail, arguments.json, 1);
  if (arguments.json) {
    const nlohmann::json document = {{"toml", import->toml}, {"notes", import->notes}};
    (void)std::printf("%s\n", document.dump(2, ' ', true, nlohmann::json::error_handler_t::replace).c_str());
    return 0;
  }
  for (const std::string& note : import->notes) (void)std::printf("# %s\n", note.c_str());
  (void)std::fputs(import->toml.c_str(), stdout);
  return 0;
}

int Start(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("taglogin: who may log in here, and why", "taglogin");
  app.set_version_flag("--version", TAGLOGIN_VERSION);
  app.require_subcommand(1);
  const auto verb = [&](const char* name, const char* what) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_flag("--json", arguments.json, "print the JSON document");
    return command;
  };
  const auto* status = verb("status", "is everything as it should be");
  CLI::App* why = verb("why", "the last decision about a user, and what would be decided now");
  why->add_option("user", arguments.user)->required();
  const auto* who = verb("who", "who may log in here, and through what");
  CLI::App* tags = verb("tags", "the tags of this machine");
  CLI::App* accept = tags->add_subcommand("accept", "let the tags count as they are, whatever is held");
  accept->add_option("id", arguments.id, "only if they are still those that taglogin tags showed with this id");
  accept->add_flag("--json", arguments.json, "print the JSON document");
  CLI::App* test = verb("test", "what would be decided");
  test->add_option("--user", arguments.user, "login name")->required();
  test->add_option("--from", arguments.from, "client address");
  test->add_option("--at", arguments.at, "time");
  test->add_option("--tags", arguments.tags, "KEY=VALUE instead of this machine's tags")->delimiter(',');
  CLI::App* refresh = verb("refresh", "read tags and directory again now");
  refresh->add_option("--repin", arguments.repin, "let this name stand for what it resolves to now");
  CLI::App* check = verb("check-config", "is the settings file right");
  check->add_option("file", arguments.file, "settings and rules")->capture_default_str();
  CLI::App* import = verb("import-sssd", "the settings that keep the ids which SSSD gave");
  import->add_option("--conf", arguments.sssd_conf, "SSSD's settings")->capture_default_str();
  import->add_option("--cache", arguments.sssd_cache, "folder of SSSD's caches")->capture_default_str();
  import->add_option("--domain", arguments.sssd_domain, "which, if SSSD has several");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    // It quotes what was written there, which may be another program's words.
    return Complain(base::Printable(error.what()) + " (see taglogin --help)", arguments.json, kUsage);
  }
  if (*status) return Run({"status"}, arguments.json);
  if (*why) return Run({"why", arguments.user}, arguments.json);
  if (*who) return Run({"who"}, arguments.json);
  if (*accept) {
    std::vector<std::string> args = {"accept-tags"};
    if (!arguments.id.empty()) args.push_back(arguments.id);
    return Run(args, arguments.json);
  }
  if (*tags) return Run({"tags"}, arguments.json);
  if (*test) return RunTest(arguments);
  if (*refresh) {
    std::vector<std::string> args = {"refresh"};
    if (!arguments.repin.empty()) args.push_back("repin=" + arguments.repin);
    return Run(args, arguments.json);
  }
  if (*import) return RunImportSssd(arguments);
  return RunCheckConfig(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Start(argc, argv);
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "taglogin: %s\n", error.what());
    return kNoDaemon;
  }
}
