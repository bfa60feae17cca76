/* graph/spill_terms.c: at the commit of a large load: one id for each term, whatever chunks it is in.
 *
 * The chunks' sorted runs are merged. Equal keys meet; batches of different ones get ids: ranks of a new base
 * range, or what the dictionary has, or new numbers of the append range in key order. Each mention of a term
 * is noted as (chunk, local number) -> id, sorted by place and laid down as an array by chunk.
 */
#include <assert.h>

#include "core/limits.h"
#include "graph/dict.h"
#include "graph/spill.h"

/* Terms looked up together. */
#define BATCH_TERMS 4096
#define BATCH_BYTES ((size_t)4 << 20)

typedef struct mention {
  uint64_t where; /* chunk << 32 | local number */
  uint32_t key;   /* in the batch */
} mention;

typedef struct work {
  kg_spilled *spilled;
  kg_bulk *out;
  kg_dict_writer *writer; /* of a base range, or NULL */
  kg_append_out append;   /* beside a base range: from the first key on that is too long for it */
  kg_row_sort *by_place;
  kg_arena arena; /* keys of the batch */
  kgq_str keys[BATCH_TERMS];
  kg_id ids[BATCH_TERMS];
  uint32_t key_count;
  mention *mentions;
  size_t mention_count, mention_capacity;
  uint64_t done;
} work;

/* ---- ids --------------------------------------------------------------------------------------------- */

static kgq_status append_key(work *w, uint32_t i, uint64_t number, kgq_error **err) {
  KGQ_TRY(kg_append_out_add(&w->append, w->keys[i], number, err));
  w->ids[i] = kg_id_make((kg_tag)(unsigned char)w->keys[i].ptr[0], KG_ID_APPEND | number);
  return KGQ_OK;
}

static kgq_status append_long_key(work *w, uint32_t i, kgq_error **err) {
  if (!w->append.bulk) {
    KGQ_TRY(kg_append_out_open(w->out, kg_spill_sort_bytes(w->spilled->txn) / 8, &w->append, err));
  }
  return append_key(w, i, w->spilled->new_long++, err);
}

static kgq_status rank_keys(work *w, kgq_error **err) {
  for (uint32_t i = 0; i < w->key_count; i++) {
    uint64_t rank;
    if (w->keys[i].len > KG_DICT_LONG_BYTES) {
      KGQ_TRY(append_long_key(w, i, err));
      continue;
    }
    KGQ_TRY(kg_dict_writer_add(w->writer, w->keys[i], &rank, err));
    w->ids[i] = kg_id_make((kg_tag)(unsigned char)w->keys[i].ptr[0], rank);
    w->spilled->new_terms++;
  }
  return KGQ_OK;
}

static kgq_status find_keys(work *w, kgq_error **err) {
  kg_snap *base = w->spilled->txn->base;
  KGQ_TRY(kg_dict_find_sorted(base, w->keys, w->key_count, w->ids, err));
  for (uint32_t i = 0; i < w->key_count; i++) {
    if (w->ids[i] == KG_ID_NONE) {
      KGQ_TRY(append_key(w, i, base->counts.append_terms + w->spilled->new_terms++, err));
    }
  }
  return KGQ_OK;
}

static kgq_status end_batch(work *w, kgq_error **err) {
  kg_txn *txn = w->spilled->txn;
  KGQ_TRY(w->writer ? rank_keys(w, err) : find_keys(w, err));
  for (size_t i = 0; i < w->mention_count; i++) {
    const mention *m = &w->mentions[i];
    const uint64_t record[KG_SORT_WORDS] = { m->where, w->ids[m->key] };
    KGQ_TRY(kg_row_sort_add(w->by_place, record, err));
  }
  w->key_count = 0;
  w->mention_count = 0;
  kg_arena_reset(&w->arena);
  KGQ_TRY(kg_cancel_check(txn->cancel, err));
  return kg_txn_tell(txn, "merging terms", w->spilled->new_terms, 0, err);
}

static kgq_status take_key(work *w, kgq_str key, kgq_error **err) {
  if (w->key_count > 0 && kg_str_equal(w->keys[w->key_count - 1], key)) {
    return KGQ_OK;
  }
  if (w->key_count == BATCH_TERMS || w->arena.bytes > BATCH_BYTES) {
    KGQ_TRY(end_batch(w, err));
  }
  KGQ_TRY(kg_arena_copy(&w->arena, key, &w->keys[w->key_count], err));
  w->key_count++;
  return KGQ_OK;
}

static kgq_status merge_terms(work *w, kgq_error **err) {
  KGQ_TRY(kg_key_sort_finish(w->spilled->terms, err));
  for (;;) {
    kgq_str key, value;
    uint32_t chunk;
    bool more;
    KGQ_TRY(kg_key_sort_next(w->spilled->terms, &key, &value, &chunk, &more, err));
    if (!more) {
      return end_batch(w, err);
    }
    KGQ_TRY(take_key(w, key, err));
    void *mentions = w->mentions;
    KGQ_TRY(kg_grow(w->spilled->txn->allocator, &mentions, &w->mention_capacity, w->mention_count + 1,
                    sizeof *w->mentions, err));
    w->mentions = mentions;
    assert(value.len == 4);
    w->mentions[w->mention_count++] =
        (mention){ (uint64_t)chunk << 32 | kg_get_le32(value.ptr), w->key_count - 1 };
  }
}

static kgq_status finish_terms(work *w, kgq_error **err) {
  if (w->append.bulk) {
    KGQ_TRY(kg_append_out_finish(&w->append, err));
  }
  if (!w->writer) {
    return KGQ_OK;
  }
  size_t count = 0;
  const kgq_status st = kg_dict_writer_finish(w->writer, w->out->files + w->out->file_count, &count, err);
  w->out->file_count += count;
  return st;
}

static kgq_status run(work *w, bool base_range, kgq_error **err) {
  kg_txn *txn = w->spilled->txn;
  const size_t memory = kg_spill_sort_bytes(txn);
  const uint64_t by_place[KG_SORT_WORDS] = { ~(uint64_t)0, 0, 0, 0 };
  KGQ_TRY(
      kg_row_sort_new(txn->allocator, kg_store_folder(txn->db->store), memory, by_place, &w->by_place, err));
  KGQ_TRY(base_range ? kg_dict_writer_new(txn->db->store, txn->allocator, &w->writer, err)
                     : kg_append_out_open(w->out, memory / 2, &w->append, err));
  KGQ_TRY(merge_terms(w, err));
  KGQ_TRY(finish_terms(w, err));
  kg_key_sort_free(w->spilled->terms);
  w->spilled->terms = NULL;
  return kg_spill_store_ids(w->spilled, w->by_place, err);
}

kgq_status kg_spill_terms(kg_spilled *s, kg_bulk *out, bool base_range, kgq_error **err) {
  const kgq_allocator *a = s->txn->allocator;
  work *w = kg_alloc_zero(a, 1, sizeof *w);
  if (!w) {
    return kg_fail_memory(err);
  }
  w->spilled = s;
  w->out = out;
  kg_arena_init(&w->arena, a);
  const kgq_status st = run(w, base_range, err);
  kg_dict_writer_free(w->writer);
  kg_append_out_free(&w->append);
  kg_row_sort_free(w->by_place);
  kg_free(a, w->mentions, w->mention_capacity * sizeof *w->mentions);
  kg_arena_free(&w->arena);
  kg_free(a, w, sizeof *w);
  return st;
}

/* ---- ids by place ------------------------------------------------------------------------------------ */

size_t kg_spill_most_locals(const kg_spilled *s) {
  size_t most = 1;
  for (size_t i = 0; i < s->chunk_count; i++) {
    most = s->chunks[i].locals > most ? s->chunks[i].locals : most;
  }
  return most;
}

static bool ids_known(const kg_spilled *s) {
  return kg_spill_bytes(s->ids) > 0;
}

kgq_status kg_spill_load_ids(kg_spilled *s, size_t chunk, kg_id *out, kgq_error **err) {
  const kg_spill_chunk *c = &s->chunks[chunk];
  if (!ids_known(s)) {
    memset(out, 0, c->locals * sizeof *out);
    return KGQ_OK;
  }
  return kg_spill_read(s->ids, c->first_local * sizeof *out, out, c->locals * sizeof *out, err);
}

static kgq_status save_ids(kg_spilled *s, size_t chunk, bool first, const kg_id *ids, kgq_error **err) {
  const kg_spill_chunk *c = &s->chunks[chunk];
  const size_t bytes = c->locals * sizeof *ids;
  return first ? kg_spill_write(s->ids, ids, bytes, err)
               : kg_spill_rewrite(s->ids, c->first_local * sizeof *ids, ids, bytes, err);
}

typedef struct placing {
  kg_spilled *spilled;
  kg_id *ids; /* of `chunk` */
  size_t chunk;
  bool first;
} placing;

/* On to the chunk; those passed are saved, with what they have. */
static kgq_status go_to_chunk(placing *p, size_t chunk, kgq_error **err) {
  while (p->chunk < chunk) {
    KGQ_TRY(save_ids(p->spilled, p->chunk, p->first, p->ids, err));
    p->chunk++;
    if (p->first && p->chunk < p->spilled->chunk_count) {
      memset(p->ids, 0, p->spilled->chunks[p->chunk].locals * sizeof *p->ids);
    } else if (p->chunk < p->spilled->chunk_count) {
      KGQ_TRY(kg_spill_load_ids(p->spilled, p->chunk, p->ids, err));
    }
  }
  return KGQ_OK;
}

static kgq_status place_all(placing *p, kg_row_sort *by_place, kgq_error **err) {
  KGQ_TRY(kg_row_sort_finish(by_place, err));
  KGQ_TRY(kg_spill_load_ids(p->spilled, 0, p->ids, err));
  for (size_t count = 1; count > 0;) {
    const uint64_t *record;
    KGQ_TRY(kg_row_sort_next(by_place, &record, &count, err));
    for (size_t i = 0; i < count; i++, record += KG_SORT_WORDS) {
      KGQ_TRY(go_to_chunk(p, (size_t)(record[0] >> 32), err));
      p->ids[record[0] & UINT32_MAX] = record[1];
    }
  }
  return go_to_chunk(p, p->spilled->chunk_count, err);
}

kgq_status kg_spill_store_ids(kg_spilled *s, kg_row_sort *by_place, kgq_error **err) {
  const kgq_allocator *a = s->txn->allocator;
  const size_t bytes = kg_spill_most_locals(s) * sizeof(kg_id);
  placing p = { .spilled = s, .ids = kg_alloc(a, bytes), .first = !ids_known(s) };
  if (!p.ids) {
    return kg_fail_memory(err);
  }
  const kgq_status st = place_all(&p, by_place, err);
  kg_free(a, p.ids, bytes);
  return st;
}
