// SPDX-License-Identifier: Apache-2.0
#include "daemon/recorder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/base/temp_folder.h"

namespace taglogin::daemon {
namespace {

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    auto loop = EventLoop::Create();
    EXPECT_TRUE(loop);
    loop_ = *std::move(loop);
    auto trail = audit::Trail::Open(folder_.File("audit.jsonl"), {});
    EXPECT_TRUE(trail);
    recorder_ = std::make_unique<Recorder>(*loop_, *std::move(trail));
  }
  long Lines() const {
    const std::string text = folder_.Read("audit.jsonl");
    return std::count(text.begin(), text.end(), '\n');
  }
  const test::TempFolder folder_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Recorder> recorder_;
};

TEST_F(RecorderTest, SaysThatARecordIsWrittenWhenItIs) {
  int done = 0;
  for (int i = 0; i < 3; ++i) {
    recorder_->Record({}, [&](bool recorded) {
      EXPECT_TRUE(recorded);
      EXPECT_GE(Lines(), ++done);
      if (done == 3) loop_->Stop(0);
    });
  }
  ASSERT_TRUE(loop_->Run());
  EXPECT_EQ(Lines(), 3);
}

TEST_F(RecorderTest, WritesWhatIsLeftWhenItGoes) {
  for (int i = 0; i < 5; ++i) recorder_->Record({}, [](bool) { ADD_FAILURE() << "the loop does not run"; });
  recorder_.reset();
  EXPECT_EQ(Lines(), 5);
}

}  // namespace
}  // namespace taglogin::daemon
