/* graph/dict_write.c: makes the base range of the dictionary from sorted term keys: two files for an ingest.
 *
 * Bulk loads and compaction feed it keys in rising order and get ranks 0, 1, 2 ... Block records go to one
 * file, index records to the other (layouts in dict_block.h and dict_base.h); both tables belong to it alone.
 * Keeps one block of keys in memory.
 */
#include <assert.h>

#include "graph/dict.h"
#include "graph/dict_block.h"
#include "graph/keys.h"
#include "graph/replace.h"

struct kg_dict_writer {
  const kgq_allocator *allocator;
  kg_store_file *blocks, *index;
  bool replaces;
  kg_replace old_blocks, old_index; /* if it replaces */
  uint64_t next_rank;
  uint32_t held;                    /* keys of the block under way */
  size_t ends[KG_DICT_BLOCK_TERMS]; /* of each in `keys` */
  kg_buf keys, last, encoded;       /* last: the last key of the block before */
  bool has_last;
};

kgq_status kg_dict_writer_new(kg_store *store, const kgq_allocator *a, kg_dict_writer **out,
                              kgq_error **err) {
  kg_dict_writer *w = kg_alloc_zero(a, 1, sizeof *w);
  if (w == NULL) {
    return kg_fail_memory(err);
  }
  w->allocator = a;
  kg_buf_init(&w->keys, a);
  kg_buf_init(&w->last, a);
  kg_buf_init(&w->encoded, a);
  kgq_status st;
  KGQ_TRY_DONE(kg_store_file_new(store, true, &w->blocks, err));
  KGQ_TRY_DONE(kg_store_file_new(store, true, &w->index, err));
  *out = w;
  return KGQ_OK;
done:
  kg_dict_writer_free(w);
  return st;
}

void kg_dict_writer_free(kg_dict_writer *w) {
  if (w == NULL) {
    return;
  }
  kg_replace_close(&w->old_blocks);
  kg_replace_close(&w->old_index);
  kg_store_file_free(w->blocks);
  kg_store_file_free(w->index);
  kg_buf_free(&w->keys);
  kg_buf_free(&w->last);
  kg_buf_free(&w->encoded);
  kg_free(w->allocator, w, sizeof *w);
}

kgq_status kg_dict_writer_replace(kg_dict_writer *w, kg_snap *snap, kgq_error **err) {
  static const char prefixes[2] = { KG_KEY_DICT_BLOCK, KG_KEY_DICT_INDEX };
  assert(w->next_rank == 0);
  w->replaces = true;
  KGQ_TRY(kg_replace_open(snap, kg_str_n(prefixes, 1), w->blocks, &w->old_blocks, err));
  return kg_replace_open(snap, kg_str_n(prefixes + 1, 1), w->index, &w->old_index, err);
}

static kgq_str held_key(const kg_dict_writer *w, uint32_t i) {
  const size_t start = i == 0 ? 0 : w->ends[i - 1];
  return kg_str_n(w->keys.bytes + start, w->ends[i] - start);
}

/* Bytes of `first` that tell it from `last`, which is less. */
static size_t separator_bytes(kgq_str last, kgq_str first) {
  size_t same = 0;
  while (same < last.len && last.ptr[same] == first.ptr[same]) {
    same++;
  }
  return same + 1;
}

static kgq_status put_index(kg_dict_writer *w, uint64_t number, kgq_error **err) {
  const kgq_str first = held_key(w, 0);
  const size_t bytes = w->has_last ? separator_bytes(kg_buf_str(&w->last), first) : 0;
  assert(bytes <= first.len);
  if (bytes > KG_DICT_SEPARATOR_BYTES) {
    return KGQ_OK; /* found through the record before (dict_base.h) */
  }
  char key[1 + KG_DICT_SEPARATOR_BYTES];
  char value[8];
  key[0] = KG_KEY_DICT_INDEX;
  memcpy(key + 1, first.ptr, bytes);
  kg_put_be64(value, number);
  const kgq_str record = kg_str_n(key, 1 + bytes), number_bytes = kg_str_n(value, sizeof value);
  return w->replaces ? kg_replace_put(&w->old_index, record, number_bytes, err)
                     : kg_store_file_put(w->index, record, number_bytes, err);
}

static kgq_status put_block(kg_dict_writer *w, uint64_t number, kgq_error **err) {
  kgq_str keys[KG_DICT_BLOCK_TERMS];
  for (uint32_t i = 0; i < w->held; i++) {
    keys[i] = held_key(w, i);
  }
  w->encoded.len = 0;
  KGQ_TRY(kg_dict_block_encode(keys, w->held, number * KG_DICT_BLOCK_TERMS, &w->encoded, err));
  char key[9];
  key[0] = KG_KEY_DICT_BLOCK;
  kg_put_be64(key + 1, number);
  return w->replaces ? kg_replace_put(&w->old_blocks, kg_str_n(key, sizeof key), kg_buf_str(&w->encoded), err)
                     : kg_store_file_put(w->blocks, kg_str_n(key, sizeof key), kg_buf_str(&w->encoded), err);
}

static kgq_status flush_block(kg_dict_writer *w, kgq_error **err) {
  assert(w->held > 0);
  const uint64_t number = (w->next_rank - w->held) / KG_DICT_BLOCK_TERMS;
  KGQ_TRY(put_index(w, number, err));
  KGQ_TRY(put_block(w, number, err));
  w->last.len = 0;
  KGQ_TRY(kg_buf_add_str(&w->last, held_key(w, w->held - 1), err));
  w->has_last = true;
  w->keys.len = 0;
  w->held = 0;
  return KGQ_OK;
}

static bool rises(const kg_dict_writer *w, kgq_str key) {
  if (w->held > 0) {
    return kg_str_compare(held_key(w, w->held - 1), key) < 0;
  }
  return !w->has_last || kg_str_compare(kg_buf_str(&w->last), key) < 0;
}

kgq_status kg_dict_writer_add(kg_dict_writer *w, kgq_str key, uint64_t *rank, kgq_error **err) {
  if (key.len == 0 || !rises(w, key)) {
    return kg_fail(err, KGQ_MISUSE, "terms of the dictionary must come in strictly rising order");
  }
  KGQ_TRY(kg_buf_add_str(&w->keys, key, err));
  w->ends[w->held++] = w->keys.len;
  if (rank != NULL) {
    *rank = w->next_rank;
  }
  w->next_rank++;
  return w->held == KG_DICT_BLOCK_TERMS ? flush_block(w, err) : KGQ_OK;
}

kgq_status kg_dict_writer_finish(kg_dict_writer *w, kg_store_file **files, size_t *file_count,
                                 kgq_error **err) {
  if (w->held > 0) {
    KGQ_TRY(flush_block(w, err));
  }
  if (w->replaces) {
    KGQ_TRY(kg_replace_rest(&w->old_blocks, err));
    KGQ_TRY(kg_replace_rest(&w->old_index, err));
  }
  KGQ_TRY(kg_store_file_finish(w->blocks, err));
  KGQ_TRY(kg_store_file_finish(w->index, err));
  files[0] = w->blocks;
  files[1] = w->index;
  *file_count = 2;
  w->blocks = w->index = NULL;
  return KGQ_OK;
}
