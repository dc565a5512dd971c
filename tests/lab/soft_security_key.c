// SPDX-License-Identifier: Apache-2.0
// A security key made of software, for stories alone: what ssh loads as SecurityKeyProvider (OpenSSH's PROTOCOL.u2f and
// sk-api.h, version 10 of the interface). ed25519-sk only; its key handle is the secret key. Built with
// -DUSER_IS_VERIFIED it says that it has verified its user.
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { kEd25519 = 1, kUnsupported = -2, kFailed = -1, kTouched = 0x01, kVerified = 0x04, kBytes = 32 };

struct option;

struct enrolled {
  uint8_t flags;
  uint8_t *public_key;
  size_t public_key_size;
  uint8_t *key_handle;
  size_t key_handle_size;
  uint8_t *signature;
  size_t signature_size;
  uint8_t *attestation;
  size_t attestation_size;
  uint8_t *authenticator_data;
  size_t authenticator_data_size;
};

struct signature {
  uint8_t flags;
  uint32_t counter;
  uint8_t *r;
  size_t r_size;
  uint8_t *s;
  size_t s_size;
};

uint32_t sk_api_version(void) { return 0x000a0000; }

int sk_load_resident_keys(const char *pin, struct option **options, void ***keys, size_t *count) {
  (void)pin, (void)options, (void)keys, (void)count;
  return kUnsupported;
}

int sk_enroll(uint32_t algorithm, const uint8_t *challenge, size_t challenge_size, const char *application, uint8_t flags,
              const char *pin, struct option **options, struct enrolled **out) {
  (void)challenge, (void)challenge_size, (void)application, (void)pin, (void)options;
  if (algorithm != kEd25519) return kUnsupported;
  struct enrolled *made = calloc(1, sizeof *made);
  if (made == NULL) return kFailed;
  made->flags = flags;
  made->key_handle = malloc(kBytes);
  made->public_key = malloc(kBytes);
  made->signature = calloc(1, 1);
  made->key_handle_size = made->public_key_size = kBytes;
  if (made->key_handle == NULL || made->public_key == NULL || RAND_bytes(made->key_handle, kBytes) != 1) return kFailed;
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, made->key_handle, kBytes);
  size_t size = kBytes;
  if (key == NULL || EVP_PKEY_get_raw_public_key(key, made->public_key, &size) != 1) return kFailed;
  EVP_PKEY_free(key);
  *out = made;
  return 0;
}

// Signs SHA256(application), flags, counter, SHA256(data).
int sk_sign(uint32_t algorithm, const uint8_t *data, size_t data_size, const char *application, const uint8_t *key_handle,
            size_t key_handle_size, uint8_t flags, const char *pin, struct option **options, struct signature **out) {
  (void)flags, (void)pin, (void)options;
  uint8_t signed_data[2 * SHA256_DIGEST_LENGTH + 5] = {0};
  if (algorithm != kEd25519 || key_handle_size != kBytes) return kUnsupported;
  struct signature *made = calloc(1, sizeof *made);
  if (made == NULL) return kFailed;
  made->flags = kTouched;
#ifdef USER_IS_VERIFIED
  made->flags |= kVerified;
#endif
  SHA256((const uint8_t *)application, strlen(application), signed_data);
  signed_data[SHA256_DIGEST_LENGTH] = made->flags;
  SHA256(data, data_size, signed_data + SHA256_DIGEST_LENGTH + 5);
  made->r_size = 64;
  made->r = malloc(made->r_size);
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key_handle, kBytes);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (made->r == NULL || EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
      EVP_DigestSign(context, made->r, &made->r_size, signed_data, sizeof signed_data) != 1) {
    return kFailed;
  }
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  *out = made;
  return 0;
}
