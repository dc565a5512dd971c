// SPDX-License-Identifier: Apache-2.0
#include "cli/ask.h"

#include "base/deadline.h"
#include "client/client.h"
#include "protocol/messages.h"

namespace taglogin::cli {
namespace {

using base::Error;
using base::ErrorCode;
using client::Outcome;

constexpr std::int64_t kDeadlineMs = 28000;
constexpr std::size_t kMaxDocument = std::size_t{256} << 20;

Error FromOutcome(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAbsent:
      return {ErrorCode::kUnavailable, "taglogind is not running (nobody listens at " +
                                           std::string(protocol::kSocketPath) + "): start it, or read its log"};
    case Outcome::kTimeout:
      return {ErrorCode::kUnavailable, "taglogind did not answer in time: read its log"};
    case Outcome::kUntrusted:
      return {ErrorCode::kUnavailable, std::string(protocol::kSocketPath) +
                                           " is not taglogind's: its folder belongs to, or may be written by, others"};
    default:
      return {ErrorCode::kInternal, "taglogind's answer makes no sense: is its version the same as this one's?"};
  }
}

Error FromStatus(protocol::Status status) {
  if (status == protocol::Status::kNotPermitted) {
    return {ErrorCode::kRefused, "only root may ask that (a user may ask `status`, and `why` about themselves)"};
  }
  if (status == protocol::Status::kMalformed) return {ErrorCode::kInvalid, "taglogind does not know this command"};
  return {ErrorCode::kUnavailable, "taglogind cannot answer now: read its log"};
}

base::Result<std::string> Encode(const std::vector<std::string>& args) {
  protocol::Admin request;
  if (args.size() > protocol::kMaxAdminArgs) return base::Invalid("too many arguments");
  for (const auto& arg : args) request.args[request.count++] = arg;
  std::string packet(protocol::kMaxPacket, '\0');
  protocol::Writer writer(packet.data(), packet.size());
  if (!protocol::EncodeRequest(writer, request)) return base::Invalid("the arguments are too long");
  packet.resize(writer.size());
  return packet;
}

}  // namespace

base::Result<Answer> Ask(const std::vector<std::string>& args) {
  const auto packet = Encode(args);
  if (!packet) return packet.error();
  const auto deadline = base::Deadline::After(kDeadlineMs);
  client::Connection connection;
  if (const Outcome sent = connection.Send(protocol::kSocketPath, *packet, deadline); sent != Outcome::kAnswered) {
    return FromOutcome(sent);
  }
  std::string buffer(protocol::kMaxPacket, '\0');
  std::string text;
  protocol::AdminAnswer answer;
  do {
    std::size_t size = 0;
    const Outcome received = connection.Receive(buffer.data(), buffer.size(), size, deadline);
    if (received != Outcome::kAnswered) return FromOutcome(received);
    protocol::Reader reader(buffer.data(), size);
    std::uint8_t status = 0;
    if (!protocol::DecodeHeader(reader, status)) return FromOutcome(Outcome::kBroken);
    if (status != static_cast<std::uint8_t>(protocol::Status::kOk)) {
      return FromStatus(static_cast<protocol::Status>(status));
    }
    if (!protocol::DecodeBody(reader, answer)) return FromOutcome(Outcome::kBroken);
    text += answer.json;
    if (text.size() > kMaxDocument) return FromOutcome(Outcome::kBroken);
  } while (answer.more != 0);
  auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) return FromOutcome(Outcome::kBroken);
  return Answer{std::move(document), answer.exit_code};
}

}  // namespace taglogin::cli
