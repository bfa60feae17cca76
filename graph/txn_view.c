/* graph/txn_view.c: the state with a transaction's changes so far, for its own statements.
 *
 * The net effect of a copy of the log, in the order of every permutation, becomes an overlay on a fresh
 * snapshot (only this process writes, so that the newest state is the transaction's base). Terms that the
 * database has show their stored ids; new ones keep their local ids, which kg_overlay's functions turn into
 * terms and back.
 */
#include <assert.h>
#include <stdlib.h>

#include "graph/dict.h"
#include "graph/txn_state.h"

/* ---- rows ---------------------------------------------------------------------------------------- */

static int compare_changes(const void *a, const void *b) {
  return kg_row_compare(&((const kg_change *)a)->row, &((const kg_change *)b)->row);
}

/* One permutation of the net rows into `out`; returns how many. */
static size_t fill_quads(const kg_net *net, kg_perm perm, kg_change *out) {
  size_t n = 0;
  for (size_t i = 0; i < net->rows.count; i++) {
    const uint64_t *word = net->rows.words + i * KG_OP_WORDS;
    const kg_id quad[4] = { word[0], word[1], word[2], word[3] & ~KG_OP_DELETE };
    if (perm != KG_GSPO || quad[KG_G] != KG_ID_DEFAULT_GRAPH) {
      out[n++] = (kg_change){ kg_perm_row(perm, quad), !(word[3] & KG_OP_DELETE) };
    }
  }
  return n;
}

/* Triple terms that the database does not have. */
static size_t fill_terms(const kg_txn *txn, kg_perm perm, kg_change *out) {
  size_t n = 0;
  for (size_t i = 0; i < txn->actual_count; i++) {
    if (txn->locals[i].triple && txn->actual[i] == kg_id_make(KG_TAG_LOCAL, i)) {
      kg_id quad[4];
      memcpy(quad, txn->locals[i].key.ptr, 3 * sizeof *quad);
      for (int c = 0; c < 3; c++) {
        quad[c] = kg_id_mapped(txn->actual, quad[c]);
      }
      quad[3] = txn->actual[i];
      out[n++] = (kg_change){ kg_perm_row(perm, quad), 1 };
    }
  }
  return n;
}

static kgq_status fill_overlay(kg_txn *txn, kgq_error **err) {
  kg_overlay *overlay = &txn->overlay;
  void *changes = txn->view_changes;
  const size_t quads = txn->view_net.rows.count, terms = txn->actual_count;
  KGQ_TRY(kg_grow(txn->allocator, &changes, &txn->view_capacity, 4 * (quads + terms) + 1,
                  sizeof *txn->view_changes, err));
  txn->view_changes = changes;
  kg_change *next = txn->view_changes;
  for (int i = 0; i < KG_PERM_COUNT; i++) {
    const kg_perm perm = (kg_perm)i;
    overlay->changes[i] = next;
    overlay->counts[i] =
        perm <= KG_GSPO ? fill_quads(&txn->view_net, perm, next) : fill_terms(txn, perm, next);
    if (perm != KG_SPOG && overlay->counts[i] > 1) {
      qsort(next, overlay->counts[i], sizeof *next, compare_changes);
    }
    next += overlay->counts[i];
  }
  overlay->graphs = txn->view_net.graphs;
  overlay->graph_count = txn->view_net.graph_count;
  return KGQ_OK;
}

/* ---- terms ----------------------------------------------------------------------------------------- */

static kgq_status find_at(kg_txn *txn, const kg_term *term, int depth, kg_id *out, kgq_error **err);

static kgq_status find_triple(kg_txn *txn, const kg_term *term, int depth, kg_id *out, kgq_error **err) {
  kg_id parts[3];
  *out = KG_ID_NONE;
  for (int i = 0; i < 3; i++) {
    KGQ_TRY(find_at(txn, &term->triple[i], depth + 1, &parts[i], err));
    if (parts[i] == KG_ID_NONE) {
      return KGQ_OK;
    }
  }
  const uint64_t *number = kg_map_find(&txn->stored_triples, kg_str_n((const char *)parts, sizeof parts));
  *out = number ? txn->actual[*number - 1] : KG_ID_NONE;
  return KGQ_OK;
}

static kgq_status find_at(kg_txn *txn, const kg_term *term, int depth, kg_id *out, kgq_error **err) {
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "triple terms may be nested at most %d deep", KG_LIMIT_NESTING);
  }
  kg_id local;
  if (kg_txn_local(txn, term, &local) && kg_id_payload(local) < txn->actual_count) {
    *out = kg_id_mapped(txn->actual, local);
    return KGQ_OK;
  }
  KGQ_TRY(kg_dict_find(txn->base, term, out, err));
  return *out == KG_ID_NONE && term->kind == KG_TERM_TRIPLE ? find_triple(txn, term, depth, out, err)
                                                            : KGQ_OK;
}

static kgq_status overlay_find(void *arg, const kg_term *term, kg_id *out, kgq_error **err) {
  return find_at(arg, term, 0, out, err);
}

static kgq_status overlay_term(void *arg, kg_id id, kg_arena *arena, kg_term *out, kgq_error **err) {
  return kg_txn_term(arg, id, arena, out, err);
}

/* ---- view ------------------------------------------------------------------------------------------ */

static void adjust_counts(kg_counts *counts, const kg_net *net, size_t new_terms) {
  counts->quads += net->inserted - net->deleted;
  counts->triples += (uint64_t)net->triples;
  counts->named_quads += (uint64_t)net->named_quads;
  counts->triple_terms += new_terms;
}

kgq_status kg_txn_view(kg_txn *txn, kg_snap **out, kgq_error **err) {
  const kgq_allocator *a = txn->allocator;
  KGQ_TRY(kg_txn_keep_whole(txn, err));
  KGQ_TRY(kg_txn_resolve(txn, err));
  kg_ops copy = { .count = txn->ops.count, .capacity = txn->ops.count };
  const size_t bytes = copy.count * KG_OP_WORDS * sizeof *copy.words;
  copy.words = kg_alloc(a, bytes);
  if (!copy.words) {
    return kg_fail_memory(err);
  }
  if (bytes) {
    memcpy(copy.words, txn->ops.words, bytes);
  }
  kg_net_free(&txn->view_net, a);
  KGQ_TRY(kg_net_compute(txn, &copy, txn->actual, &txn->view_net, err));
  KGQ_TRY(fill_overlay(txn, err));
  txn->overlay.find = overlay_find;
  txn->overlay.term = overlay_term;
  txn->overlay.arg = txn;
  kg_snap *snap;
  KGQ_TRY(kg_snap_take(txn->db, &snap, err));
  assert(snap->commit == txn->base->commit);
  adjust_counts(&snap->counts, &txn->view_net, txn->overlay.counts[KG_SPOT]);
  snap->overlay = &txn->overlay;
  *out = snap;
  return KGQ_OK;
}
