/* graph/txn_net.c: from a log of operations to what it really changes.
 *
 * Sorts the log by s, p, o, g (a stable sort: the last operation on a quad stands), then walks the base
 * beside it: an insert of what is there and a delete of what is not fall away. The same walk gives the
 * changes of all counts. New terms need no look: a quad with one is not in the base.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/sort.h"
#include "graph/txn_state.h"

/* ---- log to sorted operations --------------------------------------------------------------------- */

static void map_ids(kg_ops *ops, const kg_id *map) {
  for (size_t i = 0; i < ops->count; i++) {
    uint64_t *word = ops->words + i * KG_OP_WORDS;
    for (int c = 0; c < 3; c++) {
      word[c] = kg_id_mapped(map, word[c]);
    }
    word[3] = kg_id_mapped(map, word[3] & ~KG_OP_DELETE) | (word[3] & KG_OP_DELETE);
  }
}

bool kg_op_same_quad(const uint64_t *a, const uint64_t *b) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && ((a[3] ^ b[3]) & ~KG_OP_DELETE) == 0;
}

static bool same_triple(const uint64_t *a, const uint64_t *b) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

static void keep_last(kg_ops *ops) {
  size_t kept = 0;
  for (size_t i = 0; i < ops->count; i++) {
    const uint64_t *word = ops->words + i * KG_OP_WORDS;
    if (i + 1 < ops->count && kg_op_same_quad(word, word + KG_OP_WORDS)) {
      continue;
    }
    memmove(ops->words + kept++ * KG_OP_WORDS, word, KG_OP_WORDS * sizeof *word);
  }
  ops->count = kept;
}

static kgq_status sort_ops(kg_ops *ops, const kgq_allocator *a, kgq_error **err) {
  const uint64_t mask[KG_SORT_WORDS] = { ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~KG_OP_DELETE };
  const size_t bytes =
      ops->capacity * KG_OP_WORDS * sizeof *ops->words; /* either array may become the log's */
  if (ops->count < 2) {
    return KGQ_OK;
  }
  uint64_t *scratch = kg_alloc(a, bytes);
  if (!scratch) {
    return kg_fail_memory(err);
  }
  uint64_t *sorted = kg_sort_records(ops->words, scratch, ops->count, mask);
  kg_free(a, sorted == scratch ? ops->words : scratch, bytes);
  ops->words = sorted;
  return KGQ_OK;
}

/* ---- beside the base --------------------------------------------------------------------------------- */

/* A cursor over the base that answers rising questions. */
typedef struct probe {
  kg_scan *scan;
  kg_row ahead; /* the first row >= the last question */
  bool has_ahead, ended;
} probe;

static kgq_status read_ahead(probe *p, kgq_error **err) {
  kg_id *const columns[4] = { &p->ahead.c[0], &p->ahead.c[1], &p->ahead.c[2], &p->ahead.c[3] };
  uint32_t count;
  KGQ_TRY(kg_scan_next(p->scan, columns, 1, &count, err));
  p->has_ahead = count > 0;
  p->ended = count == 0;
  return KGQ_OK;
}

/* Moves to the first row >= row; `ahead` is it, unless `ended`. */
static kgq_status probe_to(probe *p, const kg_row *row, kgq_error **err) {
  if (p->ended || (p->has_ahead && kg_row_compare(&p->ahead, row) >= 0)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_scan_seek(p->scan, row, err));
  return read_ahead(p, err);
}

struct kg_net_walk {
  kg_txn *txn;
  kg_net *net;
  kg_net_emit emit;
  void *emit_arg;
  probe probe;
  kg_scan *others; /* counts the graphs of one triple; opened when first needed */
  kg_idmap graphs; /* graph -> change of its quads, two's complement */
  kg_id last_graph;
  uint64_t *last_count;
  /* of the triple at hand */
  bool has_triple, was; /* was: the base has it, in some graph */
  kg_id triple[3];
  uint64_t inserts, deletes;
  uint64_t seen; /* operations */
};
typedef struct kg_net_walk walk;

static kgq_status count_graph(walk *w, kg_id graph, int64_t change, kgq_error **err) {
  if (graph == KG_ID_DEFAULT_GRAPH) {
    return KGQ_OK;
  }
  if (graph != w->last_graph) {
    KGQ_TRY(kg_idmap_put(&w->graphs, graph, &w->last_count, NULL, err));
    w->last_graph = graph;
  }
  *w->last_count += (uint64_t)change;
  w->net->named_quads += change;
  return KGQ_OK;
}

static kgq_status keep(walk *w, const uint64_t *word, kgq_error **err) {
  const bool is_delete = word[3] & KG_OP_DELETE;
  KGQ_TRY(w->emit(w->emit_arg, word, err));
  w->net->inserted += !is_delete;
  w->net->deleted += is_delete;
  return count_graph(w, word[3] & ~KG_OP_DELETE, is_delete ? -1 : 1, err);
}

/* Does the base have more than `than` quads of this triple? */
static kgq_status more_graphs(walk *w, const uint64_t *word, uint64_t than, bool *out, kgq_error **err) {
  const kg_scan_spec spec = { .perm = KG_SPOG, .prefix_length = 3, .prefix = { word[0], word[1], word[2] } };
  if (!w->others) {
    KGQ_TRY(kg_scan_open(w->txn->base, &spec, w->txn->cancel, &w->others, err));
  } else {
    KGQ_TRY(kg_scan_restart(w->others, &spec, err));
  }
  kg_id *const none[4] = { NULL, NULL, NULL, NULL };
  uint64_t seen = 0;
  uint32_t count = 1;
  while (seen <= than && count > 0) {
    KGQ_TRY(kg_scan_next(w->others, none, KG_BATCH_ROWS, &count, err));
    seen += count;
  }
  *out = seen > than;
  return KGQ_OK;
}

static bool base_may_have(const kg_txn *txn, const uint64_t *word) {
  const kg_counts *counts = &txn->base->counts;
  return counts->quads > 0 && !kg_id_is_new(counts, word[0]) && !kg_id_is_new(counts, word[1]) &&
         !kg_id_is_new(counts, word[2]);
}

static kgq_status begin_triple(walk *w, const uint64_t *word, kgq_error **err) {
  memcpy(w->triple, word, sizeof w->triple);
  w->has_triple = true;
  w->was = false;
  w->inserts = w->deletes = 0;
  if (base_may_have(w->txn, word)) {
    const kg_row start = { { word[0], word[1], word[2], 0 } };
    KGQ_TRY(probe_to(&w->probe, &start, err));
    w->was = !w->probe.ended && same_triple(w->probe.ahead.c, word);
  }
  return KGQ_OK;
}

static kgq_status end_triple(walk *w, kgq_error **err) {
  bool is = w->was || w->inserts > 0;
  if (w->deletes > 0 && w->inserts == 0) {
    KGQ_TRY(more_graphs(w, w->triple, w->deletes, &is, err));
  }
  w->net->triples += (int64_t)is - (int64_t)w->was;
  w->has_triple = false;
  return KGQ_OK;
}

kgq_status kg_net_walk_op(kg_net_walk *w, const uint64_t word[KG_OP_WORDS], kgq_error **err) {
  if (w->seen++ % 65536 == 0) {
    KGQ_TRY(kg_cancel_check(w->txn->cancel, err));
  }
  if (!w->has_triple || !same_triple(w->triple, word)) {
    if (w->has_triple) {
      KGQ_TRY(end_triple(w, err));
    }
    KGQ_TRY(begin_triple(w, word, err));
  }
  bool there = false;
  if (w->was) {
    const kg_row row = { { word[0], word[1], word[2], word[3] & ~KG_OP_DELETE } };
    KGQ_TRY(probe_to(&w->probe, &row, err));
    there = !w->probe.ended && kg_row_compare(&w->probe.ahead, &row) == 0;
  }
  const bool is_delete = word[3] & KG_OP_DELETE;
  if (there != is_delete) {
    return KGQ_OK;
  }
  w->inserts += !is_delete;
  w->deletes += is_delete;
  return keep(w, word, err);
}

/* ---- graphs -------------------------------------------------------------------------------------------- */

static int compare_graphs(const void *a, const void *b) {
  const kg_id x = ((const kg_graph_change *)a)->graph, y = ((const kg_graph_change *)b)->graph;
  return (x > y) - (x < y);
}

static kgq_status list_graphs(kg_net *net, const kg_idmap *map, const kgq_allocator *a, kgq_error **err) {
  void *graphs = net->graphs;
  KGQ_TRY(kg_grow(a, &graphs, &net->graph_capacity, map->count, sizeof *net->graphs, err));
  net->graphs = graphs;
  for (size_t i = 0; i < map->capacity; i++) {
    const uint64_t *slot = map->slots + 2 * i;
    if (slot[0] != 0 && slot[1] != 0) {
      net->graphs[net->graph_count++] = (kg_graph_change){ slot[0], (int64_t)slot[1] };
    }
  }
  if (net->graph_count > 1) {
    qsort(net->graphs, net->graph_count, sizeof *net->graphs, compare_graphs);
  }
  return KGQ_OK;
}

kgq_status kg_net_walk_new(kg_txn *txn, kg_net *net, kg_net_emit emit, void *arg, kg_net_walk **out,
                           kgq_error **err) {
  kg_net_walk *w = kg_alloc_zero(txn->allocator, 1, sizeof *w);
  *out = w;
  if (!w) {
    return kg_fail_memory(err);
  }
  w->txn = txn;
  w->net = net;
  w->emit = emit;
  w->emit_arg = arg;
  kg_idmap_init(&w->graphs, txn->allocator);
  if (txn->base->counts.quads == 0) {
    return KGQ_OK;
  }
  const kg_scan_spec all = { .perm = KG_SPOG };
  return kg_scan_open(txn->base, &all, txn->cancel, &w->probe.scan, err);
}

kgq_status kg_net_walk_end(kg_net_walk *w, kgq_error **err) {
  if (w->has_triple) {
    KGQ_TRY(end_triple(w, err));
  }
  return list_graphs(w->net, &w->graphs, w->txn->allocator, err);
}

void kg_net_walk_free(kg_net_walk *w) {
  if (w) {
    kg_scan_close(w->others);
    kg_scan_close(w->probe.scan);
    kg_idmap_free(&w->graphs);
    kg_free(w->txn->allocator, w, sizeof *w);
  }
}

/* ---- in memory --------------------------------------------------------------------------------------- */

/* What is kept moves down over what was read already. */
static kgq_status keep_row(void *arg, const uint64_t word[KG_OP_WORDS], kgq_error **err) {
  kg_net *net = arg;
  (void)err;
  memmove(net->rows.words + net->rows.count++ * KG_OP_WORDS, word, KG_OP_WORDS * sizeof *word);
  return KGQ_OK;
}

kgq_status kg_net_compute(kg_txn *txn, kg_ops *ops, const kg_id *map, kg_net *net, kgq_error **err) {
  *net = (kg_net){ .rows = *ops };
  *ops = (kg_ops){ 0 };
  map_ids(&net->rows, map);
  KGQ_TRY(sort_ops(&net->rows, txn->allocator, err));
  keep_last(&net->rows);
  kg_net_walk *w;
  const size_t count = net->rows.count;
  net->rows.count = 0;
  kgq_status st = kg_net_walk_new(txn, net, keep_row, net, &w, err);
  for (size_t i = 0; st == KGQ_OK && i < count; i++) {
    st = kg_net_walk_op(w, net->rows.words + i * KG_OP_WORDS, err);
  }
  if (st == KGQ_OK) {
    st = kg_net_walk_end(w, err);
  }
  kg_net_walk_free(w);
  return st;
}
