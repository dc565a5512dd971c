// SPDX-License-Identifier: Apache-2.0
// An instance metadata service as AWS describes version 2, with what each path answers.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/daemon/tags/http_server.h"

namespace taglogin::test {

// Change the members before the first request; afterwards they belong to the server's thread.
struct FakeImds {
  std::map<std::string, HttpResponse> answers = {
      {"/latest/meta-data/tags/instance/", HttpResponse(200, "Environment\nRole")},
      {"/latest/meta-data/tags/instance/Environment", HttpResponse(200, "prod")},
      {"/latest/meta-data/tags/instance/Role", HttpResponse(200, "web")},
      {"/latest/meta-data/instance-id", HttpResponse(200, "i-0123456789abcdef0")},
      {"/latest/dynamic/instance-identity/document",
       HttpResponse(200, R"({"accountId":"123456789012","region":"eu-central-1","pendingTime":7})")},
  };
  std::string token_prefix = "token-";
  int refuse_first = 0;  // so many GETs are told 401, each of which ends the life of its token
  std::set<std::string> tokens;
  int tokens_given = 0;

  HttpResponse Handle(const HttpRequest& request) {
    const auto answer = answers.find(request.path);
    if (request.method == "PUT") {
      const auto life = request.headers.find("x-aws-ec2-metadata-token-ttl-seconds");
      if (answer != answers.end()) return answer->second;
      if (request.path != "/latest/api/token" || life == request.headers.end()) return HttpResponse(400);
      const std::string token = token_prefix + std::to_string(++tokens_given);
      tokens.insert(token);
      return HttpResponse(200, token);
    }
    const auto token = request.headers.find("x-aws-ec2-metadata-token");
    if (token == request.headers.end() || tokens.count(token->second) == 0) return HttpResponse(401);
    if (refuse_first > 0) {
      --refuse_first;
      tokens.erase(token->second);
      return HttpResponse(401);
    }
    return answer == answers.end() ? HttpResponse(404) : answer->second;
  }

  HttpServer::Handler Handler() {
    return [this](const HttpRequest& request) { return Handle(request); };
  }
};

}  // namespace taglogin::test
