/* graph/txn_records.c: what a commit writes beside rows and terms: graph counts, names, prefixes, the counts
 * record.
 *
 * Collected in one list, so that a batch and files are fed alike; files need rising keys with one record
 * each. Deletes come before puts, so that a put stands.
 */
#include "core/sort.h"
#include "graph/keys.h"
#include "graph/log.h"
#include "graph/names.h"
#include "graph/txn_state.h"

/* ---- the list ------------------------------------------------------------------------------------- */

void kg_records_init(kg_records *r, const kgq_allocator *a) {
  *r = (kg_records){ .allocator = a };
  kg_arena_init(&r->arena, a);
}

void kg_records_free(kg_records *r) {
  kg_free(r->allocator, r->items, r->capacity * sizeof *r->items);
  kg_arena_free(&r->arena);
  r->items = NULL;
  r->count = r->capacity = 0;
}

kgq_status kg_records_add(kg_records *r, kgq_str key, kgq_str value, bool put, kgq_error **err) {
  void *items = r->items;
  KGQ_TRY(kg_grow(r->allocator, &items, &r->capacity, r->count + 1, sizeof *r->items, err));
  r->items = items;
  kg_record record = { .put = put, .order = (uint32_t)r->count, .value = KG_STR("") };
  KGQ_TRY(kg_arena_copy(&r->arena, key, &record.key, err));
  if (put) {
    KGQ_TRY(kg_arena_copy(&r->arena, value, &record.value, err));
  }
  r->items[r->count++] = record;
  return KGQ_OK;
}

/* The records in key order; of those with one key the last added. */
static size_t keep_sorted(const kg_record *items, const uint32_t *order, size_t count, kg_record *out) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    const kg_record *record = &items[order[i]];
    if (kept == 0 || !kg_str_equal(out[kept - 1].key, record->key)) {
      out[kept++] = *record;
    } else if (out[kept - 1].order < record->order) {
      out[kept - 1] = *record;
    }
  }
  return kept;
}

kgq_status kg_records_sort(kg_records *r, kgq_error **err) {
  const kgq_allocator *a = r->allocator;
  const size_t count = r->count;
  if (count > UINT32_MAX) {
    return kg_fail(err, KGQ_LIMIT, "one transaction can change at most %u names", UINT32_MAX);
  }
  kgq_str *keys = kg_alloc(a, count * sizeof *keys);
  uint32_t *order = kg_alloc(a, count * sizeof *order);
  kg_record *sorted = kg_alloc(a, r->capacity * sizeof *sorted);
  kgq_status st = keys && order && sorted ? KGQ_OK : kg_fail_memory(err);
  if (st == KGQ_OK) {
    for (size_t i = 0; i < count; i++) {
      keys[i] = r->items[i].key;
    }
    st = kg_sort_strings(a, keys, (uint32_t)count, order, err);
  }
  if (st == KGQ_OK) {
    r->count = keep_sorted(r->items, order, count, sorted);
    kg_record *swap = r->items;
    r->items = sorted;
    sorted = swap;
  }
  kg_free(a, sorted, r->capacity * sizeof *sorted);
  kg_free(a, order, count * sizeof *order);
  kg_free(a, keys, count * sizeof *keys);
  return st;
}

/* ---- graphs, prefixes, numbers ------------------------------------------------------------------------ */

/* The last commit changed this graph, and how many quads it has is remembered. */
static bool is_counted(const kg_txn *txn, kg_id graph) {
  const kgq_db *db = txn->db;
  return db->counted_graph == graph && db->counted_commit == txn->base->commit && txn->base->commit > 0;
}

static kgq_status add_graph(kg_records *r, kg_id graph, uint64_t quads, kgq_error **err) {
  char key[9] = { KG_KEY_GRAPH }, value[8];
  kg_put_be64(key + 1, graph);
  kg_put_be64(value, quads);
  return kg_records_add(r, kg_str_n(key, sizeof key), kg_str_n(value, sizeof value), quads > 0, err);
}

kgq_status kg_records_of_log(kg_records *r, kg_snap *base, kgq_error **err) {
  kg_graph_change *graphs;
  size_t count;
  KGQ_TRY(kg_log_graphs(base, &graphs, &count, err));
  kgq_status st = KGQ_OK;
  for (size_t i = 0; st == KGQ_OK && i < count; i++) {
    uint64_t quads;
    st = kg_graph_count(base, graphs[i].graph, &quads, err);
    if (st == KGQ_OK) {
      st = add_graph(r, graphs[i].graph, quads, err);
    }
  }
  kg_free(&base->db->allocator, graphs, count * sizeof *graphs);
  return st;
}

static kgq_status add_graphs(kg_records *r, kg_txn *txn, const kg_net *net, kgq_error **err) {
  for (size_t i = 0; i < net->graph_count; i++) {
    uint64_t quads = 0;
    if (is_counted(txn, net->graphs[i].graph)) {
      quads = txn->db->counted_quads;
    } else if (!kg_id_is_new(&txn->base->counts, net->graphs[i].graph)) {
      KGQ_TRY(kg_graph_count(txn->base, net->graphs[i].graph, &quads, err));
    }
    quads += (uint64_t)net->graphs[i].quads;
    txn->graph_quads = quads;
    KGQ_TRY(add_graph(r, net->graphs[i].graph, quads, err));
  }
  return KGQ_OK;
}

static kgq_status add_prefixes(kg_records *r, kg_txn *txn, kgq_error **err) {
  for (size_t i = 0; i < txn->prefix_count; i++) {
    txn->scratch.len = 0;
    KGQ_TRY(kg_buf_add_byte(&txn->scratch, KG_KEY_PREFIX, err));
    KGQ_TRY(kg_buf_add_str(&txn->scratch, txn->prefixes[i].name, err));
    KGQ_TRY(kg_records_add(r, kg_buf_str(&txn->scratch), txn->prefixes[i].iri, true, err));
  }
  return KGQ_OK;
}

static kgq_status add_number(kg_records *r, kgq_str key, uint64_t number, kgq_error **err) {
  char value[8];
  kg_put_be64(value, number);
  return kg_records_add(r, key, kg_str_n(value, sizeof value), true, err);
}

kgq_status kg_records_of_state(kg_records *r, const kg_counts *counts, uint64_t commit, kgq_error **err) {
  char value[KG_COUNTS_BYTES];
  kg_counts_write(counts, value);
  KGQ_TRY(kg_records_add(r, KG_STR(KG_COUNTS_KEY), kg_str_n(value, sizeof value), true, err));
  return add_number(r, KG_STR(KG_STORE_COMMIT_KEY), commit, err);
}

/* ---- names ------------------------------------------------------------------------------------------- */

typedef struct names {
  kg_records *records;
  kg_txn *txn;
  const kg_new_terms *terms;
  const kg_net *net;
  struct kg_names_update *update;
  kg_idmap wanted; /* predicate id -> 1: wanted, 2: not */
  kg_arena arena;
} names;

static kgq_status resolve(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  const names *n = arg;
  return kg_new_term_get(n->txn, n->terms, id, arena, out, err);
}

static kgq_status emit(void *arg, const kg_name_record *record, kgq_error **err) {
  const names *n = arg;
  return kg_records_add(n->records, record->key, record->value, record->put, err);
}

/* Commits of a few quads have few predicates, and the same again and again. NULL: it is new. */
static struct kg_kept_predicate *kept_predicate(const names *n, kg_id predicate) {
  kg_txn *txn = n->txn;
  const bool is_new = kg_id_is_new(&txn->base->counts, predicate) || txn->base->settled == 0;
  return is_new ? NULL : &txn->db->predicates[predicate % KG_PREDICATES_KEPT];
}

static kgq_status gives_names(names *n, kg_id predicate, bool *out, kgq_error **err) {
  struct kg_kept_predicate *kept = kept_predicate(n, predicate);
  if (kept && kept->id == predicate && kept->settled == n->txn->base->settled) {
    *out = kept->wanted;
    return KGQ_OK;
  }
  kg_term term;
  kg_arena_reset(&n->arena);
  KGQ_TRY(resolve(n, predicate, &n->arena, &term, err));
  *out = term.kind == KG_TERM_IRI && kg_names_wants(term.text);
  if (kept) {
    *kept = (struct kg_kept_predicate){ predicate, n->txn->base->settled, *out };
  }
  return KGQ_OK;
}

static kgq_status is_wanted(names *n, kg_id predicate, bool *out, kgq_error **err) {
  uint64_t *known;
  bool added;
  KGQ_TRY(kg_idmap_put(&n->wanted, predicate, &known, &added, err));
  if (added) {
    bool wanted;
    KGQ_TRY(gives_names(n, predicate, &wanted, err));
    *known = wanted ? 1 : 2;
  }
  *out = *known == 1;
  return KGQ_OK;
}

static kgq_status update(names *n, const kg_id quad[4], bool inserted, kgq_error **err) {
  return kg_names_update_quad(n->update, quad, inserted, resolve, n, emit, n, err);
}

/* All net rows of one kind, deletes or inserts. */
static kgq_status update_rows(names *n, bool inserted, kgq_error **err) {
  for (size_t i = 0; i < n->net->rows.count; i++) {
    const uint64_t *word = n->net->rows.words + i * KG_OP_WORDS;
    bool wanted;
    if (!(word[3] & KG_OP_DELETE) != inserted) {
      continue;
    }
    KGQ_TRY(is_wanted(n, word[1], &wanted, err));
    if (wanted) {
      const kg_id quad[4] = { word[0], word[1], word[2], word[3] & ~KG_OP_DELETE };
      KGQ_TRY(update(n, quad, inserted, err));
    }
  }
  return KGQ_OK;
}

static kgq_status add_names(kg_records *r, kg_txn *txn, const kg_new_terms *terms, const kg_net *net,
                            kgq_error **err) {
  names n = { .records = r, .txn = txn, .terms = terms, .net = net };
  kg_idmap_init(&n.wanted, txn->allocator);
  kg_arena_init(&n.arena, txn->allocator);
  kgq_status st = kg_names_update_new(txn->allocator, &n.update, err);
  if (st == KGQ_OK && net->deleted > 0) {
    st = update_rows(&n, false, err);
  }
  if (st == KGQ_OK) {
    st = update_rows(&n, true, err);
  }
  kg_names_update_free(n.update);
  kg_arena_free(&n.arena);
  kg_idmap_free(&n.wanted);
  return st;
}

kgq_status kg_records_of_net(kg_records *r, kg_txn *txn, const kg_net *net, bool logged, kgq_error **err) {
  KGQ_TRY(logged ? KGQ_OK : add_graphs(r, txn, net, err));
  KGQ_TRY(add_prefixes(r, txn, err));
  return txn->bnode_used ? add_number(r, KG_STR(KG_META_BNODES), txn->bnode_next, err) : KGQ_OK;
}

kgq_status kg_records_of_commit(kg_records *r, kg_txn *txn, const kg_new_terms *terms, const kg_net *net,
                                bool logged, kgq_error **err) {
  KGQ_TRY(kg_records_of_net(r, txn, net, logged, err));
  return add_names(r, txn, terms, net, err);
}
