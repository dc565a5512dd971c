// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags_worker.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>

namespace taglogin::daemon {
namespace {

using Values = std::map<std::string, std::string>;

class FakeSource final : public tags::Source {
 public:
  FakeSource(std::string name, Values values, std::string instance_id = "")
      : name_(std::move(name)), values_(std::move(values)), instance_id_(std::move(instance_id)) {}
  std::string Name() const override { return name_; }
  base::Result<tags::Reading> Read(base::Deadline) override {
    tags::Reading reading;
    reading.tags = values_;
    reading.instance_id = instance_id_;
    return reading;
  }

 private:
  std::string name_;
  Values values_;
  std::string instance_id_;
};

// One reading of these sources.
struct Outcome {
  replica::TagReading reading;
  std::vector<std::string> warnings;
};

Outcome ReadOnce(std::vector<std::unique_ptr<tags::Source>> sources, std::vector<std::string> agree = {}) {
  Outcome outcome;
  std::promise<void> done;
  std::once_flag once;
  {
    TagsWorker::Reports reports;
    reports.read = [&](replica::TagReading reading) {
      std::call_once(once, [&] {
        outcome.reading = std::move(reading);
        done.set_value();
      });
    };
    reports.answered = [](const std::string&, const std::string&) {};
    reports.warn = [&](const std::string& warning) { outcome.warnings.push_back(warning); };
    const TagsWorker worker(std::move(sources), std::move(agree), std::chrono::hours(1), std::move(reports));
    done.get_future().wait();
  }
  return outcome;
}

template <typename... Sources>
std::vector<std::unique_ptr<tags::Source>> List(Sources... sources) {
  std::vector<std::unique_ptr<tags::Source>> list;
  (list.push_back(std::make_unique<FakeSource>(std::move(sources))), ...);
  return list;
}

Values ValuesOf(const replica::TagReading& reading) {
  Values values;
  for (const auto& [key, tag] : reading.tags.tags) values[key] = tag.value;
  return values;
}

TEST(TagsWorker, LetsNoImportedTagReplaceALocalOne) {
  const auto outcome = ReadOnce(List(FakeSource("imds", {{"Environment", "dev"}, {"Role", "web"}}),
                                     FakeSource("file:/t.toml", {{"Environment", "prod"}})));
  EXPECT_EQ(ValuesOf(outcome.reading), (Values{{"Environment", "prod"}, {"Role", "web"}}));
  EXPECT_EQ(outcome.reading.tags.tags.at("Environment").source, "file:/t.toml");
  EXPECT_EQ(outcome.reading.tags.tags.at("Role").source, "imds");
  ASSERT_EQ(outcome.warnings.size(), 1U);
  EXPECT_EQ(outcome.warnings[0], "tag \"Environment\" is \"prod\" by file:/t.toml, which counts, and \"dev\" by imds");
}

TEST(TagsWorker, TrustsSourcesThatAgree) {
  const auto outcome = ReadOnce(
      List(FakeSource("imds", {{"Environment", "dev"}}, "i-1"), FakeSource("ec2-api", {{"Environment", "dev"}}, "i-1")),
      {"imds", "ec2-api"});
  EXPECT_EQ(outcome.reading.distrust, "");
  EXPECT_EQ(ValuesOf(outcome.reading), (Values{{"Environment", "dev"}}));
}

TEST(TagsWorker, DistrustsSourcesThatDoNotAgree) {
  struct Case {
    Values one, other;
    const char* why;
  };
  const Case cases[] = {
      {{{"E", "dev"}},
       {{"E", "prod"}},
       "the sources do not agree: tag \"E\" is \"dev\" by imds and \"prod\" by ec2-api"},
      {{{"E", "dev"}}, {}, "the sources do not agree: tag \"E\" is \"dev\" by imds and missing by ec2-api"},
      {{}, {{"E", "a\nb"}}, "the sources do not agree: tag \"E\" is missing by imds and \"a\\x0ab\" by ec2-api"},
      {{{"E", "dev"}, {"F", ""}},
       {{"E", "dev"}},
       "the sources do not agree: tag \"F\" is \"\" by imds and missing by ec2-api"},
  };
  for (const auto& c : cases) {
    const auto outcome = ReadOnce(List(FakeSource("imds", c.one), FakeSource("ec2-api", c.other)), {"imds", "ec2-api"});
    EXPECT_EQ(outcome.reading.distrust, c.why);
  }
}

TEST(TagsWorker, DistrustsSourcesOfDifferentInstances) {
  const auto outcome =
      ReadOnce(List(FakeSource("imds", {}, "i-1"), FakeSource("ec2-api", {}, "i-2")), {"imds", "ec2-api"});
  EXPECT_EQ(outcome.reading.distrust, "the sources do not agree: the instance id is i-1 by imds and i-2 by ec2-api");
}

TEST(TagsWorker, LeavesOutAwsOwnTagsThatOnlyOneSourceShows) {
  const auto outcome = ReadOnce(List(FakeSource("imds", {{"E", "dev"}}),
                                     FakeSource("ec2-api", {{"E", "dev"}, {"aws:autoscaling:groupName", "web"}})),
                                {"imds", "ec2-api"});
  EXPECT_EQ(outcome.reading.distrust, "");
  EXPECT_EQ(ValuesOf(outcome.reading), (Values{{"E", "dev"}}));
  const auto both = ReadOnce(List(FakeSource("imds", {{"aws:x", "1"}}), FakeSource("ec2-api", {{"aws:x", "2"}})),
                             {"imds", "ec2-api"});
  EXPECT_NE(both.reading.distrust, "");
}

TEST(TagsWorker, DoesNotAskForAgreementUnlessTold) {
  const auto outcome = ReadOnce(List(FakeSource("imds", {{"E", "dev"}}), FakeSource("ec2-api", {{"E", "prod"}})));
  EXPECT_EQ(outcome.reading.distrust, "");
  EXPECT_EQ(ValuesOf(outcome.reading), (Values{{"E", "dev"}}));
  EXPECT_EQ(outcome.warnings.size(), 1U);
}

}  // namespace
}  // namespace taglogin::daemon
