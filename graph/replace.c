/* graph/replace.c: old keys beside new ones; see replace.h. */
#include "graph/replace.h"

kgq_status kg_replace_open(kg_snap *snap, kgq_str prefix, kg_store_file *file, kg_replace *out,
                           kgq_error **err) {
  *out = (kg_replace){ .file = file };
  KGQ_TRY(kg_store_iter_open(snap->store, prefix, &out->old, err));
  kg_store_iter_first(out->old);
  return kg_store_iter_status(out->old, err);
}

/* Deletes old keys that are less than `key` (NULL: all). */
static kgq_status delete_below(kg_replace *r, const kgq_str *key, kgq_error **err) {
  while (kg_store_iter_valid(r->old) && (!key || kg_str_compare(kg_store_iter_key(r->old), *key) < 0)) {
    KGQ_TRY(kg_store_file_delete(r->file, kg_store_iter_key(r->old), err));
    kg_store_iter_next(r->old);
  }
  return kg_store_iter_status(r->old, err);
}

kgq_status kg_replace_put(kg_replace *r, kgq_str key, kgq_str value, kgq_error **err) {
  KGQ_TRY(delete_below(r, &key, err));
  if (kg_store_iter_valid(r->old) && kg_str_equal(kg_store_iter_key(r->old), key)) {
    kg_store_iter_next(r->old);
  }
  return kg_store_file_put(r->file, key, value, err);
}

kgq_status kg_replace_rest(kg_replace *r, kgq_error **err) {
  return delete_below(r, NULL, err);
}

void kg_replace_close(kg_replace *r) {
  kg_store_iter_close(r->old);
  *r = (kg_replace){ .file = NULL };
}
