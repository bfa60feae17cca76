/* core/digest.c: SHA-1, SHA-2 and MD5 through libcrypto's EVP interface.
 *
 * Statement names (docs/FACTS.md 6.2) and SPARQL's hash functions come here; hash tables use map.c. One call
 * digests one text in memory: nothing here keeps state. EVP takes its memory from libcrypto, not from our
 * allocator.
 */
#include "core/digest.h"

#include <assert.h>
#include <openssl/evp.h>

static const EVP_MD *digest_method(kg_digest_kind kind) {
  switch (kind) {
  case KG_MD5: return EVP_md5();
  case KG_SHA1: return EVP_sha1();
  case KG_SHA256: return EVP_sha256();
  case KG_SHA384: return EVP_sha384();
  case KG_SHA512: return EVP_sha512();
  }
  return NULL;
}

static size_t write_hex(const unsigned char *bytes, size_t count, char *out) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < count; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  return 2 * count;
}

size_t kg_digest_hex(kg_digest_kind kind, kgq_str bytes, char out[KG_DIGEST_HEX_MAX]) {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int raw_bytes = 0;
  const EVP_MD *method = digest_method(kind);
  assert(out != NULL);
  if (method == NULL || EVP_Digest(bytes.ptr, bytes.len, raw, &raw_bytes, method, NULL) != 1) {
    return 0; /* MD5 is missing where the system allows only approved digests */
  }
  assert((size_t)raw_bytes * 2 <= KG_DIGEST_HEX_MAX);
  return write_hex(raw, raw_bytes, out);
}
