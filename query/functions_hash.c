/* query/functions_hash.c: digests and universally unique identifiers (SPARQL 1.2, 17.4.6 and 17.4.2). */
#include "query/functions.h"

#include <stdio.h>
#include <sys/random.h>

#include "core/digest.h"

static kgq_status give_digest(kg_calc *ev, kg_digest_kind kind, kg_value *v, kg_value *out, kgq_error **err) {
  char hex[KG_DIGEST_HEX_MAX];
  kgq_str text;
  if (v->kind != KG_VALUE_STRING) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, v, &text, err));
  const size_t n = kg_digest_hex(kind, text, hex);
  if (n == 0) {
    return kg_fail(err, KGQ_UNSUPPORTED, "this system's libcrypto does not provide the digest");
  }
  KGQ_TRY(kg_arena_copy(&ev->scratch, kg_str_n(hex, n), &text, err));
  return kg_give_string(ev, text, out, err);
}

kgq_status kg_fn_MD5(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_digest(ev, KG_MD5, &args[0], out, err);
}

kgq_status kg_fn_SHA1(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_digest(ev, KG_SHA1, &args[0], out, err);
}

kgq_status kg_fn_SHA256(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_digest(ev, KG_SHA256, &args[0], out, err);
}

kgq_status kg_fn_SHA384(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_digest(ev, KG_SHA384, &args[0], out, err);
}

kgq_status kg_fn_SHA512(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_digest(ev, KG_SHA512, &args[0], out, err);
}

/* RFC 9562: version 4. */
static kgq_status new_uuid(kg_calc *ev, const char *prefix, kgq_str *out, kgq_error **err) {
  unsigned char b[16];
  if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b) {
    return kg_fail(err, KGQ_IO, "the system gives no random numbers");
  }
  b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
  b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
  return kg_arena_print(&ev->scratch, out, err,
                        "%s%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", prefix,
                        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                        b[13], b[14], b[15]);
}

kgq_status kg_fn_UUID(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)args, (void)count;
  kgq_str text;
  KGQ_TRY(new_uuid(ev, "urn:uuid:", &text, err));
  return kg_give_iri(ev, text, out, err);
}

kgq_status kg_fn_STRUUID(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)args, (void)count;
  kgq_str text;
  KGQ_TRY(new_uuid(ev, "", &text, err));
  return kg_give_string(ev, text, out, err);
}
