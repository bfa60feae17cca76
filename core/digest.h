/* core/digest.h: SHA-1, SHA-2 and MD5 over bytes, for statement names and SPARQL's hash functions.
 *
 * The only place that names libcrypto (OpenSSL 3, Apache-2.0). Not for hash tables: see map.h.
 */
#ifndef KG_CORE_DIGEST_H
#define KG_CORE_DIGEST_H

#include "core/memory.h"

typedef enum { KG_MD5, KG_SHA1, KG_SHA256, KG_SHA384, KG_SHA512 } kg_digest_kind;
#define KG_DIGEST_HEX_MAX 128
/* Lower-case hexadecimal digits, not NUL-terminated; returns their number, 0 on failure. */
size_t kg_digest_hex(kg_digest_kind kind, kgq_str bytes, char out[KG_DIGEST_HEX_MAX]);

#endif
