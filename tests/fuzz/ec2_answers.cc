// SPDX-License-Identifier: Apache-2.0
// What the cloud answers with a structure of its own: DescribeTags, the EC2 API's errors, the identity document and its
// signature. Input: a byte that chooses, then the answer.
#include <openssl/evp.h>

#include "daemon/tags/describe_tags.h"
#include "daemon/tags/identity_document.h"
#include "tests/fuzz/tag_rules.h"

namespace {

using namespace taglogin;

constexpr char kInstance[] = "i-0123456789abcdef0";
// Nobody has its key: nothing may ever be signed by it.
constexpr char kCertificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDAzCCAeugAwIBAgIUVRR3+QTOzLlWUcOSwqqJMyakxdwwDQYJKoZIhvcNAQEL\n"
    "BQAwETEPMA0GA1UECgwGTm9ib2R5MB4XDTI2MTEyMjEwMDcyMVoXDTM2MTExOTEw\n"
    "MDcyMVowETEPMA0GA1UECgwGTm9ib2R5MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n"
    "MIIBCgKCAQEA3PqWpK04P/FqnsLzqsQz5AK0X0+QJ9aC8BNDuCcdifHMPaxWsx+W\n"
    "k8uo0tuSwKrqhobjT2gUWaQP19noouYEr/sQbgtgbI+5L3TUBJVW+qua5lfmysry\n"
    "uE/ItH5TmrfHuQYym5N35VXSS0LNEPrrWHpVNWeTdAH7dZ9IJTZCR9AI2wThvrgL\n"
    "69GIwo+b/r1uVBWttdg81t5XARutGV/8/F4E8q89JsHHYMdnoB3CeMf9aRz0Iw79\n"
    "fKfGWfJ/mjjot9LEKlHh6Cwat7/p7+PNPYGMa4x9MHluTC6KwwWYYCO1wjRQ9uGI\n"
    "OpKP9+ouKdBsWIb81dE+wh/ZkvRO0ZngGwIDAQABo1MwUTAdBgNVHQ4EFgQUT47b\n"
    "hcJysQxLIIs2psht0XbqcLkwHwYDVR0jBBgwFoAUT47bhcJysQxLIIs2psht0Xbq\n"
    "cLkwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAc/uuPuRcfPRm\n"
    "rrSj5dSemukQf4cwREABXsYqdlAKZzdQc/lhfO/xbBS7z16hJ5bN2NVs+oZ+YkIB\n"
    "yEMe3raT3/v7XDhsDHJQFqXJVfQxyF2gVvlX9PaC3G0rQD1NldM1lLy62wmVShSP\n"
    "Tn+Xt2Uabdsck8n/RdRGUg/OQZVZ9DuxIpHm5p7+2YtuVcWBKPMClv6qQ3QtB8fC\n"
    "JkHc8WwXc9gSJjxFWEwPxbUYaco6NZwWrsaBwOm9+YH4x2lQXwtRa6cKGjqD4mFq\n"
    "k+69y0FAeEf5nmgK6F5Ogsz49Ss/SiHhG+hkuVN7vb1KCiXXa2HHvdeLGgas7bj7\n"
    "mywRSyNWPA==\n"
    "-----END CERTIFICATE-----\n";

void CheckPage(std::string_view text) {
  const auto page = daemon::tags::ParseTagsPage(text, kInstance);
  if (!page) return fuzz::CheckError(page.error());
  FUZZ_CHECK(text.find("<!DOCTYPE") == std::string_view::npos || text.find("<!--") != std::string_view::npos ||
             text.find("CDATA") != std::string_view::npos);
  FUZZ_CHECK(page->tags.size() <= 1000);
  // Nothing grows: an answer holds what was in it.
  std::size_t size = page->next_token.size();
  for (const auto& [key, value] : page->tags) size += key.size() + value.size();
  FUZZ_CHECK(size <= text.size());
}

void CheckIdentity(std::string_view text) {
  const auto identity = daemon::tags::ParseIdentity(text);
  if (!identity) return fuzz::CheckError(identity.error());
  daemon::tags::Reading reading;
  reading.instance_id = identity->instance_id;
  reading.account_id = identity->account_id;
  reading.region = identity->region;
  fuzz::CheckReading(reading);
}

void CheckSignature(std::string_view text) {
  std::string base64(text.size() * 2 + 4, '\0');
  base64.resize(static_cast<std::size_t>(::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                                                           reinterpret_cast<const unsigned char*>(text.data()),
                                                           static_cast<int>(text.size()))));
  const auto document = daemon::tags::SignedDocument(base64, kCertificate);
  FUZZ_CHECK(!document);
  fuzz::CheckError(document.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::uint8_t what = input.Byte();
  const std::string_view text = input.Rest();
  switch (what % 4) {
    case 0:
      CheckPage(text);
      break;
    case 1:
      FUZZ_CHECK(fuzz::IsPrintableLine(daemon::tags::ErrorCodeOf(text)));
      break;
    case 2:
      CheckIdentity(text);
      break;
    default:
      CheckSignature(text);
      break;
  }
  return 0;
}
