// SPDX-License-Identifier: Apache-2.0
#include "pam_module/login_flow.h"

#include <gtest/gtest.h>
#include <security/pam_modules.h>

#include <random>
#include <string>

#include "protocol/messages.h"

namespace taglogin::pam_module {
namespace {

using client::Outcome;
using protocol::Verdict;

Facts FactsOf(Call call, std::string_view user = "alice") {
  Facts facts;
  facts.call = call;
  facts.user = user;
  facts.service = "sshd";
  facts.rhost = "10.0.0.7";
  facts.tty = "ssh";
  return facts;
}

std::string AnswerOf(std::uint32_t verdict, std::string_view message = "No.") {
  char buffer[1024];
  protocol::Writer writer(buffer, sizeof buffer);
  EXPECT_TRUE(protocol::EncodeAnswer(writer, protocol::VerdictAnswer{verdict, "TL-DENY-RULE", message}));
  return {buffer, writer.size()};
}

std::string AnswerOf(Verdict verdict) { return AnswerOf(static_cast<std::uint32_t>(verdict)); }

// The steps after `step`, as text, and the code at the end.
std::string Rest(LoginFlow& flow, Step step) {
  std::string story;
  for (int i = 0; i < 10; ++i) {
    if (step.kind == Step::Kind::kFinish) return story + "finish " + std::to_string(step.code);
    story += step.kind == Step::Kind::kLog ? "log, " : (step.kind == Step::Kind::kTell ? "tell, " : "ask, ");
    step = flow.Next();
  }
  return story + "no end";
}

std::string Story(Call call, Outcome outcome, const std::string& packet) {
  LoginFlow flow(FactsOf(call));
  const Step first = flow.Begin();
  EXPECT_EQ(first.kind, Step::Kind::kAsk);
  return Rest(flow, flow.Answered(outcome, packet));
}

std::string Finish(int code) { return "finish " + std::to_string(code); }

std::string StoryOf(Call call, Verdict verdict) { return Story(call, Outcome::kAnswered, AnswerOf(verdict)); }

TEST(LoginFlow, GivesEachVerdictItsCodeForAnAccount) {
  EXPECT_EQ(StoryOf(Call::kAccount, Verdict::kAllow), Finish(PAM_SUCCESS));
  EXPECT_EQ(StoryOf(Call::kAccount, Verdict::kDeny), "tell, " + Finish(PAM_PERM_DENIED));
  EXPECT_EQ(StoryOf(Call::kAccount, Verdict::kAccountExpired), "tell, " + Finish(PAM_ACCT_EXPIRED));
  EXPECT_EQ(StoryOf(Call::kAccount, Verdict::kUnknownUser), Finish(PAM_USER_UNKNOWN));
}

TEST(LoginFlow, GivesEachVerdictItsCodeForASession) {
  EXPECT_EQ(StoryOf(Call::kOpenSession, Verdict::kAllow), Finish(PAM_SUCCESS));
  EXPECT_EQ(StoryOf(Call::kOpenSession, Verdict::kDeny), "tell, " + Finish(PAM_PERM_DENIED));
  EXPECT_EQ(StoryOf(Call::kOpenSession, Verdict::kAccountExpired), "tell, " + Finish(PAM_PERM_DENIED));
  EXPECT_EQ(StoryOf(Call::kOpenSession, Verdict::kUnknownUser), Finish(PAM_USER_UNKNOWN));
}

TEST(LoginFlow, LogsAndTellsWhenThereIsNoAnswer) {
  for (const Outcome outcome : {Outcome::kAbsent, Outcome::kTimeout, Outcome::kUntrusted, Outcome::kBroken}) {
    // The packet is an allow: only the outcome counts.
    const std::string allow = AnswerOf(Verdict::kAllow);
    EXPECT_EQ(Story(Call::kAccount, outcome, allow), "log, tell, " + Finish(PAM_AUTHINFO_UNAVAIL));
    EXPECT_EQ(Story(Call::kOpenSession, outcome, allow), "log, tell, " + Finish(PAM_AUTHINFO_UNAVAIL));
    EXPECT_EQ(Story(Call::kCloseSession, outcome, allow), "log, " + Finish(PAM_SESSION_ERR));
  }
}

TEST(LoginFlow, RefusesEveryPrefixOfAnAllow) {
  const std::string allow = AnswerOf(Verdict::kAllow);
  for (std::size_t size = 0; size < allow.size(); ++size) {
    EXPECT_EQ(Story(Call::kAccount, Outcome::kAnswered, allow.substr(0, size)),
              "log, tell, " + Finish(PAM_AUTHINFO_UNAVAIL))
        << size << " bytes";
  }
}

TEST(LoginFlow, RefusesEveryBitFlipOfVerdictAndHeader) {
  const std::string allow = AnswerOf(Verdict::kAllow);
  for (std::size_t bit = 0; bit < 64; ++bit) {  // 4 bytes of header, 4 of verdict
    std::string flipped = allow;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(Story(Call::kAccount, Outcome::kAnswered, flipped).find(Finish(PAM_SUCCESS)), std::string::npos) << bit;
  }
}

TEST(LoginFlow, NeverAllowsRandomBytes) {
  std::mt19937 random(20240607);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same cases in every run
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    // Half of them with a right header, so that bodies are reached.
    if (round % 2 == 0 && bytes.size() >= 4) bytes.replace(0, 4, std::string("TL\x01\x01", 4));
    for (const Call call : {Call::kAccount, Call::kOpenSession}) {
      ASSERT_EQ(Story(call, Outcome::kAnswered, bytes).find(Finish(PAM_SUCCESS)), std::string::npos);
    }
  }
}

TEST(LoginFlow, AsksNothingAboutANameThatNobodyHas) {
  for (const std::string_view name :
       {"", " alice", "al ice", "alice\n", "-a", "a:b", "../x", "4294967295", "caf\xc3\xa9"}) {
    LoginFlow flow(FactsOf(Call::kAccount, name));
    EXPECT_EQ(Rest(flow, flow.Begin()), Finish(PAM_USER_UNKNOWN)) << name;
  }
}

TEST(LoginFlow, RefusesAnUnknownArgumentBeforeAskingAnything) {
  Facts facts = FactsOf(Call::kAccount);
  facts.wrong_argument = "debug";
  LoginFlow flow(facts);
  EXPECT_EQ(Rest(flow, flow.Begin()), "log, tell, " + Finish(PAM_SERVICE_ERR));
}

TEST(LoginFlow, RefusesWhatDoesNotFitIntoARequest) {
  const std::string certificates(kMaxRequest, 'A');
  Facts facts = FactsOf(Call::kOpenSession);
  facts.auth_info = certificates;
  LoginFlow flow(facts);
  EXPECT_EQ(Rest(flow, flow.Begin()), "log, tell, " + Finish(PAM_SERVICE_ERR));
}

TEST(LoginFlow, DeniesAnAnswerToNoQuestion) {
  LoginFlow flow(FactsOf(Call::kAccount));
  EXPECT_EQ(Rest(flow, flow.Answered(Outcome::kAnswered, AnswerOf(Verdict::kAllow))), Finish(PAM_SERVICE_ERR));
}

TEST(LoginFlow, DeniesAStepBeforeTheFirst) {
  LoginFlow flow(FactsOf(Call::kAccount));
  EXPECT_EQ(Rest(flow, flow.Next()), Finish(PAM_SERVICE_ERR));
}

TEST(LoginFlow, DeniesASecondAnswer) {
  for (const Verdict first : {Verdict::kAllow, Verdict::kDeny}) {
    LoginFlow flow(FactsOf(Call::kAccount));
    (void)flow.Begin();
    (void)Rest(flow, flow.Answered(Outcome::kAnswered, AnswerOf(first)));
    EXPECT_EQ(Rest(flow, flow.Answered(Outcome::kAnswered, AnswerOf(Verdict::kAllow))), Finish(PAM_SERVICE_ERR));
  }
}

TEST(LoginFlow, DeniesASecondBeginning) {
  LoginFlow asked(FactsOf(Call::kAccount));
  (void)asked.Begin();
  EXPECT_EQ(Rest(asked, asked.Begin()), Finish(PAM_SERVICE_ERR));

  LoginFlow allowed(FactsOf(Call::kAccount));
  (void)allowed.Begin();
  EXPECT_EQ(Rest(allowed, allowed.Answered(Outcome::kAnswered, AnswerOf(Verdict::kAllow))), Finish(PAM_SUCCESS));
  EXPECT_EQ(Rest(allowed, allowed.Begin()), Finish(PAM_SERVICE_ERR));
}

// Nobody waits for the end of a session: what is wrong with it is logged only.
TEST(LoginFlow, TellsNobodyWhyASessionCannotBeClosed) {
  Facts facts = FactsOf(Call::kCloseSession);
  facts.wrong_argument = "debug";
  LoginFlow wrong(facts);
  EXPECT_EQ(Rest(wrong, wrong.Begin()), "log, " + Finish(PAM_SERVICE_ERR));

  const std::string service(kMaxRequest, 's');
  facts = FactsOf(Call::kCloseSession);
  facts.service = service;
  LoginFlow large(facts);
  EXPECT_EQ(Rest(large, large.Begin()), "log, " + Finish(PAM_SERVICE_ERR));
}

// PAM_USER_UNKNOWN would say that the session was never one of ours.
TEST(LoginFlow, DoesNotTakeNotFoundForTheEndOfASession) {
  const char not_found[] = {'T', 'L', protocol::kVersion, static_cast<char>(protocol::Status::kNotFound)};
  EXPECT_EQ(Story(Call::kCloseSession, Outcome::kAnswered, {not_found, sizeof not_found}),
            "log, " + Finish(PAM_SESSION_ERR));
}

TEST(LoginFlow, CutsALongLogLine) {
  const std::string argument(2 * Line::kMax, 'x');
  Facts facts = FactsOf(Call::kAccount);
  facts.wrong_argument = argument;
  LoginFlow flow(facts);
  const Step step = flow.Begin();
  ASSERT_EQ(step.kind, Step::Kind::kLog);
  EXPECT_EQ(step.text.size(), Line::kMax);
  EXPECT_TRUE(step.text.starts_with("wrong argument in the PAM configuration: xxx")) << step.text;
}

// What the person is told after "access denied" when the daemon says `message` and `code`.
std::string Told(std::string_view message, std::string_view code) {
  char buffer[1024];
  protocol::Writer writer(buffer, sizeof buffer);
  constexpr auto kDeny = static_cast<std::uint32_t>(Verdict::kDeny);
  EXPECT_TRUE(protocol::EncodeAnswer(writer, protocol::VerdictAnswer{kDeny, code, message}));
  LoginFlow flow(FactsOf(Call::kAccount));
  (void)flow.Begin();
  const Step step = flow.Answered(Outcome::kAnswered, {buffer, writer.size()});
  constexpr std::string_view kStart = "taglogin: access denied";
  EXPECT_EQ(step.kind, Step::Kind::kTell);
  EXPECT_TRUE(step.text.starts_with(kStart)) << step.text;
  return std::string(step.text.substr(kStart.size()));
}

TEST(LoginFlow, ShowsCodesOfItsOwnKindOnly) {
  const std::string longest = "TL-" + std::string(40, 'Z');
  EXPECT_EQ(Told("", "TL-A"), " (TL-A)");
  EXPECT_EQ(Told("", longest), " (" + longest + ")");
  for (const std::string& code : {std::string(), std::string("TL-"), longest + "Z", std::string("TX-DENY"),
                                  std::string("TL-DENY RULE"), std::string("TL-DENY["), std::string("TL-DENY@")}) {
    EXPECT_EQ(Told("", code), "") << code;
  }
}

TEST(LoginFlow, LetsAnAbbreviationKeepItsCapitals) {
  EXPECT_EQ(Told("No group.", ""), ": no group");
  EXPECT_EQ(Told("AD says no", ""), ": AD says no");
  EXPECT_EQ(Told("A.", ""), ": A");
  EXPECT_EQ(Told("A{", ""), ": A{");
  EXPECT_EQ(Told("1 rule", ""), ": 1 rule");
}

TEST(LoginFlow, TellsOneLineOfPrintableAscii) {
  EXPECT_EQ(Told("a\x1f~\x7f\x80\xff\n ", ""),
            ": a?~????"
            " ");
}

TEST(LoginFlow, CutsALongMessage) {
  const std::string packet = AnswerOf(static_cast<std::uint32_t>(Verdict::kDeny), std::string(900, 'x'));
  LoginFlow flow(FactsOf(Call::kAccount));
  (void)flow.Begin();
  const Step step = flow.Answered(Outcome::kAnswered, packet);
  ASSERT_EQ(step.kind, Step::Kind::kTell);
  EXPECT_EQ(step.text, "taglogin: access denied: " + std::string(300, 'x') + " (TL-DENY-RULE)");
}

}  // namespace
}  // namespace taglogin::pam_module
