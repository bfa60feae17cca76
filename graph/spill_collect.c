/* graph/spill_collect.c: while a large load reads: full tables of terms and quads go to temporary files.
 *
 * Until memory is full for the first time nothing differs from a small transaction. Then quads go to a file
 * as they are, with local ids; when the tables of terms are full, their keys go out as one sorted run, the
 * tables are emptied and a new chunk begins. Records of names are made here, where the texts of terms are
 * still at hand.
 */
#include <assert.h>

#include "core/sort.h"
#include "graph/names.h"
#include "graph/spill.h"

#define MEMORY_MIN ((uint64_t)64 << 10)
/* Beside the tables, for each term: what sorting its chunk takes. */
#define TERM_SORT_BYTES 40
/* ... and what a commit in memory takes: sorting, ids, lists. */
#define TERM_COMMIT_BYTES 64

static uint64_t memory_of(const kg_txn *txn) {
  return txn->memory_bytes < MEMORY_MIN ? MEMORY_MIN : txn->memory_bytes;
}

size_t kg_spill_sort_bytes(const kg_txn *txn) {
  return (size_t)(memory_of(txn) / 2);
}

/* ---- names ------------------------------------------------------------------------------------------- */

typedef struct names {
  kg_txn *txn;
  struct kg_names_update *update;
  kg_idmap wanted; /* predicate id -> 1: wanted, 2: not */
  kg_arena arena;
} names;

static kgq_status resolve(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  const names *n = arg;
  return kg_txn_term(n->txn, id, arena, out, err);
}

static kgq_status emit(void *arg, const kg_name_record *record, kgq_error **err) {
  kg_spill *file = ((const names *)arg)->txn->spilled->names;
  assert(record->put);
  KGQ_TRY(kg_spill_write_number(file, record->key.len, err));
  KGQ_TRY(kg_spill_write(file, record->key.ptr, record->key.len, err));
  KGQ_TRY(kg_spill_write_number(file, record->value.len, err));
  return kg_spill_write(file, record->value.ptr, record->value.len, err);
}

static kgq_status is_wanted(names *n, kg_id predicate, bool *out, kgq_error **err) {
  uint64_t *known;
  bool added;
  KGQ_TRY(kg_idmap_put(&n->wanted, predicate, &known, &added, err));
  if (added) {
    kg_term term;
    kg_arena_reset(&n->arena);
    KGQ_TRY(resolve(n, predicate, &n->arena, &term, err));
    *known = term.kind == KG_TERM_IRI && kg_names_wants(term.text) ? 1 : 2;
  }
  *out = *known == 1;
  return KGQ_OK;
}

static kgq_status write_names(kg_txn *txn, kgq_error **err) {
  names n = { .txn = txn };
  kg_idmap_init(&n.wanted, txn->allocator);
  kg_arena_init(&n.arena, txn->allocator);
  kgq_status st = kg_names_update_new(txn->allocator, &n.update, err);
  for (size_t i = 0; st == KGQ_OK && i < txn->ops.count; i++) {
    const uint64_t *quad = txn->ops.words + i * KG_OP_WORDS;
    bool wanted = false;
    st = is_wanted(&n, quad[KG_P], &wanted, err);
    if (st == KGQ_OK && wanted) {
      st = kg_names_update_quad(n.update, quad, true, resolve, &n, emit, &n, err);
    }
  }
  kg_names_update_free(n.update);
  kg_arena_free(&n.arena);
  kg_idmap_free(&n.wanted);
  return st;
}

/* ---- quads and terms ----------------------------------------------------------------------------------- */

static kgq_status write_ops(kg_txn *txn, kgq_error **err) {
  KGQ_TRY(write_names(txn, err));
  KGQ_TRY(kg_spill_write(txn->spilled->ops, txn->ops.words,
                         txn->ops.count * KG_OP_WORDS * sizeof *txn->ops.words, err));
  txn->ops.count = 0;
  return KGQ_OK;
}

/* Keys of the plain terms, and their local numbers. */
static uint32_t list_keys(const kg_txn *txn, kgq_str *keys, uint32_t *numbers) {
  uint32_t count = 0;
  for (size_t i = 0; i < txn->local_count; i++) {
    if (!txn->locals[i].triple) {
      keys[count] = txn->locals[i].key;
      numbers[count++] = (uint32_t)i;
    }
  }
  return count;
}

static kgq_status write_sorted(kg_key_sort *terms, const kgq_str *keys, const uint32_t *numbers,
                               const uint32_t *order, uint32_t count, kgq_error **err) {
  KGQ_TRY(kg_key_sort_run(terms, err));
  for (uint32_t i = 0; i < count; i++) {
    char number[4];
    kg_put_le32(number, numbers[order[i]]);
    KGQ_TRY(kg_key_sort_put(terms, keys[order[i]], kg_str_n(number, sizeof number), err));
  }
  return KGQ_OK;
}

static kgq_status write_terms(kg_txn *txn, kgq_error **err) {
  const kgq_allocator *a = txn->allocator;
  const size_t most = txn->local_count + 1;
  kgq_str *keys = kg_alloc(a, most * sizeof *keys);
  uint32_t *numbers = kg_alloc(a, most * sizeof *numbers), *order = kg_alloc(a, most * sizeof *order);
  kgq_status st = keys && numbers && order ? KGQ_OK : kg_fail_memory(err);
  if (st == KGQ_OK) {
    const uint32_t count = list_keys(txn, keys, numbers);
    st = kg_sort_strings(a, keys, count, order, err);
    if (st == KGQ_OK) {
      st = write_sorted(txn->spilled->terms, keys, numbers, order, count, err);
    }
  }
  kg_free(a, order, most * sizeof *order);
  kg_free(a, numbers, most * sizeof *numbers);
  kg_free(a, keys, most * sizeof *keys);
  return st;
}

static kgq_status write_triples(kg_txn *txn, kgq_error **err) {
  const kg_spilled *s = txn->spilled;
  for (size_t i = 0; i < txn->local_count; i++) {
    if (txn->locals[i].triple) {
      uint64_t record[KG_OP_WORDS];
      memcpy(record, txn->locals[i].key.ptr, 3 * sizeof *record);
      record[3] = (uint64_t)s->chunk_count << 32 | i;
      KGQ_TRY(kg_spill_write(s->triples, record, sizeof record, err));
    }
  }
  return KGQ_OK;
}

static kgq_status note_chunk(kg_txn *txn, kgq_error **err) {
  kg_spilled *s = txn->spilled;
  const kg_spill_chunk *last = s->chunk_count ? &s->chunks[s->chunk_count - 1] : NULL;
  const kg_spill_chunk chunk = { .ops_end = kg_spill_bytes(s->ops),
                                 .names_end = kg_spill_bytes(s->names),
                                 .first_local = last ? last->first_local + last->locals : 0,
                                 .locals = (uint32_t)txn->local_count };
  void *chunks = s->chunks;
  KGQ_TRY(kg_grow(txn->allocator, &chunks, &s->chunk_capacity, s->chunk_count + 1, sizeof *s->chunks, err));
  s->chunks = chunks;
  s->chunks[s->chunk_count++] = chunk;
  return KGQ_OK;
}

/* The next chunk begins with empty tables of the usual size: the first one may have had all the memory. */
static void forget_terms(kg_txn *txn) {
  kg_map_free(&txn->terms);
  kg_map_free(&txn->triples);
  kg_free(txn->allocator, txn->locals, txn->local_capacity * sizeof *txn->locals);
  txn->locals = NULL;
  txn->local_count = txn->local_capacity = 0;
  kg_ops_free(&txn->ops, txn->allocator);
  kg_idmap_free(&txn->graphs_touched);
  txn->last_graph = KG_ID_NONE;
  txn->new_graph_count = 0;
  txn->epoch++;
}

static kgq_status end_chunk(kg_txn *txn, kgq_error **err) {
  KGQ_TRY(write_ops(txn, err));
  KGQ_TRY(write_terms(txn, err));
  KGQ_TRY(write_triples(txn, err));
  KGQ_TRY(note_chunk(txn, err));
  forget_terms(txn);
  return kg_cancel_check(txn->cancel, err);
}

/* ---- when ---------------------------------------------------------------------------------------------- */

/* A table that is nearly full will soon be there three times: old, and new at double the size. */
static uint64_t table_bytes(const kg_map *map) {
  const bool grows = map->count > map->capacity / 16 * 11;
  return map->keys.bytes + (grows ? 3 : 1) * map->capacity * sizeof *map->slots;
}

static uint64_t terms_bytes(const kg_txn *txn) {
  return table_bytes(&txn->terms) + table_bytes(&txn->triples) + txn->local_capacity * sizeof *txn->locals;
}

uint64_t kg_txn_bytes(const kg_txn *txn) {
  const uint64_t ops = 2 * txn->ops.count * KG_OP_WORDS * sizeof(uint64_t);
  return terms_bytes(txn) + ops + txn->local_count * TERM_COMMIT_BYTES;
}

uint64_t kg_txn_memory(const kg_txn *txn) {
  return memory_of(txn);
}

kgq_status kg_spill_begin(kg_txn *txn, kgq_error **err) {
  const kgq_allocator *a = txn->allocator;
  const char *folder = kg_store_folder(txn->db->store);
  kg_spilled *s = kg_alloc_zero(a, 1, sizeof *s);
  if (!s) {
    return kg_fail_memory(err);
  }
  s->txn = txn;
  txn->spilled = s;
  KGQ_TRY(kg_key_sort_new(a, folder, kg_spill_sort_bytes(txn) / 2, &s->terms, err));
  KGQ_TRY(kg_spill_new(a, folder, &s->ops, err));
  KGQ_TRY(kg_spill_new(a, folder, &s->triples, err));
  KGQ_TRY(kg_spill_new(a, folder, &s->names, err));
  return kg_spill_new(a, folder, &s->ids, err);
}

kgq_status kg_spill_if_full(kg_txn *txn, kgq_error **err) {
  const uint64_t memory = memory_of(txn), op_bytes = KG_OP_WORDS * sizeof(uint64_t);
  if (!txn->spilled) {
    if (kg_txn_bytes(txn) <= memory) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_spill_begin(txn, err));
    return end_chunk(txn, err);
  }
  if (terms_bytes(txn) + txn->local_count * TERM_SORT_BYTES > memory / 8 * 5) {
    return end_chunk(txn, err);
  }
  return txn->ops.count * op_bytes >= memory / 16 ? write_ops(txn, err) : KGQ_OK;
}

kgq_status kg_spill_rest(kg_txn *txn, kgq_error **err) {
  return end_chunk(txn, err);
}

void kg_spilled_free(kg_spilled *s) {
  if (!s) {
    return;
  }
  const kgq_allocator *a = s->txn->allocator;
  kg_key_sort_free(s->terms);
  kg_spill_free(s->ops);
  kg_spill_free(s->triples);
  kg_spill_free(s->names);
  kg_spill_free(s->ids);
  kg_spill_free(s->triple_rows);
  kg_free(a, s->chunks, s->chunk_capacity * sizeof *s->chunks);
  kg_free(a, s, sizeof *s);
}
