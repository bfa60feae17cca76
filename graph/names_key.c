/* graph/names_key.c: bytes of the records of the names index (layout in names_key.h). Pure functions. */
#include "graph/names_key.h"

#include "graph/keys.h"

kgq_status kg_name_key_write(const kg_name_key *name, kg_buf *out, kgq_error **err) {
  char tail[KG_NAME_TAIL_BYTES] = { 0 };
  kg_put_be64(tail + 1, name->node);
  kg_put_be64(tail + 9, name->graph);
  tail[17] = (char)name->kind;
  kg_put_be64(tail + 18, name->cause);
  KGQ_TRY(kg_buf_add_byte(out, KG_KEY_NAME, err));
  KGQ_TRY(kg_buf_add_str(out, name->folded, err));
  return kg_buf_add(out, tail, sizeof tail, err);
}

kgq_status kg_name_record_read(kgq_str key, kgq_str value, kg_name_key *name, kgq_str *lang, kgq_str *text,
                               kgq_error **err) {
  const char *nul = value.len > 0 ? memchr(value.ptr, 0, value.len) : NULL;
  if (nul == NULL || key.len < 1 + KG_NAME_TAIL_BYTES) {
    return kg_fail(err, KGQ_CORRUPT, "a record of the names index is damaged");
  }
  const size_t folded_bytes = key.len - 1 - KG_NAME_TAIL_BYTES;
  const char *tail = key.ptr + 1 + folded_bytes;
  const unsigned kind = (unsigned char)tail[17];
  if (tail[0] != 0 || kind < KG_NAME_ID || kind > KG_NAME_WRITTEN) {
    return kg_fail(err, KGQ_CORRUPT, "a record of the names index is damaged");
  }
  *name = (kg_name_key){
    .folded = kg_str_n(key.ptr + 1, folded_bytes),
    .node = kg_get_be64(tail + 1),
    .graph = kg_get_be64(tail + 9),
    .kind = (kg_name_kind)kind,
    .cause = kg_get_be64(tail + 18),
  };
  *lang = kg_str_n(value.ptr, (size_t)(nul - value.ptr));
  *text = kg_str_n(nul + 1, value.len - lang->len - 1);
  return KGQ_OK;
}
