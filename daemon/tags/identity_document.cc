// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/identity_document.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "daemon/tags/source.h"

namespace taglogin::daemon::tags {
namespace {

constexpr std::size_t kMaxSignature = 16384;
constexpr char kSignedPath[] = "/latest/dynamic/instance-identity/rsa2048";
constexpr char kPath[] = "/latest/dynamic/instance-identity/document";

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* it) const {
    kFree(it);
  }
};
using Bio = std::unique_ptr<BIO, Freer<::BIO_free_all>>;
using Pkcs7 = std::unique_ptr<PKCS7, Freer<::PKCS7_free>>;
struct StackFreer {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, ::X509_free); }
};
using Certificates = std::unique_ptr<STACK_OF(X509), StackFreer>;

Bio Memory(std::string_view text) { return Bio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// All of them, or none.
Certificates ReadCertificates(const std::string& pem) {
  Certificates all(sk_X509_new_null());
  const Bio in = Memory(pem);
  if (!all || !in) return nullptr;
  ::ERR_clear_error();
  while (X509* one = ::PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
    if (sk_X509_push(all.get(), one) > 0) continue;
    ::X509_free(one);
    return nullptr;
  }
  const unsigned long end = ::ERR_peek_last_error();
  const bool whole = ERR_GET_LIB(end) == ERR_LIB_PEM && ERR_GET_REASON(end) == PEM_R_NO_START_LINE;
  ::ERR_clear_error();
  return whole && sk_X509_num(all.get()) > 0 ? std::move(all) : nullptr;
}

// Base64 in lines, as AWS sends it.
std::string DecodeBase64(std::string_view text) {
  std::string compact;
  for (const char c : text) {
    if (c != '\n' && c != '\r') compact += c;
  }
  if (compact.empty() || compact.size() % 4 != 0) return {};
  std::string out(compact.size() / 4 * 3, '\0');
  const int size =
      ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(compact.data()), static_cast<int>(compact.size()));
  if (size < 0) return {};
  // The padding was decoded as zero bytes.
  out.resize(static_cast<std::size_t>(size) - static_cast<std::size_t>(compact.ends_with("==")  ? 2
                                                                       : compact.ends_with("=") ? 1
                                                                                                : 0));
  return out;
}

bool IsStrongDigest(PKCS7_SIGNER_INFO* signer) {
  X509_ALGOR* digest = nullptr;
  ::PKCS7_SIGNER_INFO_get0_algs(signer, nullptr, &digest, nullptr);
  if (digest == nullptr) return false;
  const ASN1_OBJECT* object = nullptr;
  ::X509_ALGOR_get0(&object, nullptr, nullptr, digest);
  const int nid = ::OBJ_obj2nid(object);
  return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

bool HasOneStrongSigner(PKCS7* signature) {
  STACK_OF(PKCS7_SIGNER_INFO)* signers = ::PKCS7_get_signer_info(signature);
  return signers != nullptr && sk_PKCS7_SIGNER_INFO_num(signers) == 1 &&
         IsStrongDigest(sk_PKCS7_SIGNER_INFO_value(signers, 0));
}

std::string Drain(BIO* memory) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  return size <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

bool AreCertificates(const std::string& pem) { return ReadCertificates(pem) != nullptr; }

base::Result<std::string> SignedDocument(std::string_view signature, const std::string& certificates) {
  const Certificates anchors = ReadCertificates(certificates);
  if (!anchors) return base::Invalid("the identity certificates are no PEM certificates");
  if (signature.size() > kMaxSignature) return base::Invalid("the identity document's signature is too long");
  const std::string der = DecodeBase64(signature);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Pkcs7 parsed(der.empty() ? nullptr : ::d2i_PKCS7(nullptr, &at, static_cast<long>(der.size())));
  const bool whole = parsed != nullptr && at == reinterpret_cast<const unsigned char*>(der.data()) + der.size();
  if (!whole || !PKCS7_type_is_signed(parsed.get()) || ::PKCS7_get_detached(parsed.get())) {
    ::ERR_clear_error();
    return base::Invalid("the identity document's signature is not a PKCS#7 one that holds the document");
  }
  const Bio out(::BIO_new(::BIO_s_mem()));
  // The signer is looked for among the anchors alone, and they need no chain.
  const bool good = out && HasOneStrongSigner(parsed.get()) &&
                    ::PKCS7_verify(parsed.get(), anchors.get(), nullptr, nullptr, out.get(),
                                   PKCS7_NOINTERN | PKCS7_NOVERIFY | PKCS7_BINARY) == 1;
  ::ERR_clear_error();
  if (!good) {
    return base::Error{base::ErrorCode::kRefused,
                       "the identity document is not signed by any of the identity certificates"};
  }
  return Drain(out.get());
}

base::Result<Identity> FetchIdentity(ImdsClient& imds, const std::string& certificates, base::Deadline deadline) {
  const bool is_signed = !certificates.empty();
  auto answer = imds.Get(is_signed ? kSignedPath : kPath, deadline);
  if (!answer) return answer.error();
  if (answer->status == 404 && !is_signed) return base::NotFound(imds.endpoint() + ": no identity document");
  if (answer->status != 200) return imds.Refused(answer->status, "no identity document");
  std::string document = std::move(answer->body);
  const auto at_endpoint = [&imds](const base::Error& error) {
    return base::Error{error.code, imds.endpoint() + ": " + error.detail};
  };
  if (is_signed) {
    auto inside = SignedDocument(document, certificates);
    if (!inside) return at_endpoint(inside.error());
    document = *std::move(inside);
  }
  auto identity = ParseIdentity(document);
  if (!identity && !is_signed) return Identity{{}, {}, {}, {"instanceId", "accountId", "region"}};
  if (!identity) return at_endpoint(identity.error());
  if (is_signed && !identity->missing.empty()) {
    return base::Invalid(imds.endpoint() + ": the identity document has no usable " + identity->missing.front());
  }
  return identity;
}

base::Result<Identity> ParseIdentity(std::string_view document) {
  const auto json = nlohmann::json::parse(document, nullptr, false);
  if (!json.is_object()) return base::Invalid("the identity document is no JSON object");
  Identity identity;
  const auto take = [&](const char* name, std::string& into) {
    const auto found = json.find(name);
    const auto* text = found == json.end() ? nullptr : found->get_ptr<const std::string*>();
    if (text != nullptr && IsIdentifier(*text)) {
      into = *text;
    } else {
      identity.missing.emplace_back(name);
    }
  };
  take("instanceId", identity.instance_id);
  take("accountId", identity.account_id);
  take("region", identity.region);
  return identity;
}

}  // namespace taglogin::daemon::tags
