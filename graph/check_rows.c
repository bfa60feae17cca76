/* graph/check_rows.c: every block, every delta key and every row of one permutation.
 *
 * Three walks: the blocks as they are stored (bounds, counts, order, keys), the delta against the blocks (net
 * effects only), and the merged rows as readers see them (order, kinds of ids, sums, and that each id has a
 * term).
 */
#include <assert.h>
#include <inttypes.h>
#include <xxhash.h>

#include "graph/check_state.h"
#include "graph/keys.h"
#include "graph/log.h"
#include "graph/scan_base.h"
#include "graph/scan_delta.h"

#define ID_BATCH 256

/* ---- blocks ------------------------------------------------------------------------------------------ */

typedef struct block_walk {
  kg_check_state *check;
  kg_base base;
  kg_row last; /* of all rows so far */
  bool has_last;
} block_walk;

static kgq_status walk_block_rows(block_walk *w, uint32_t *triples, bool *rising, kgq_error **err) {
  kg_base *b = &w->base;
  kg_id *const columns[4] = { b->own[0], b->own[1], b->own[2], b->own[3] };
  for (uint32_t m = 0; m < b->block.mini_count; m++) {
    KGQ_TRY(kg_block_decode(&b->block, m, columns, err));
    for (uint32_t i = 0; i < kg_block_mini_rows(&b->block, m); i++) {
      const kg_row row = { { b->own[0][i], b->own[1][i], b->own[2][i], b->own[3][i] } };
      const bool first = m == 0 && i == 0;
      *rising = *rising && (!w->has_last || kg_row_compare(&w->last, &row) < 0);
      *triples += first || memcmp(row.c, w->last.c, 3 * sizeof(kg_id)) != 0;
      w->last = row;
      w->has_last = true;
    }
  }
  return KGQ_OK;
}

static kgq_status walk_block(block_walk *w, kgq_error **err) {
  const char *name = kg_perm_name[w->base.perm];
  uint32_t triples = 0;
  bool rising = true;
  KGQ_TRY(walk_block_rows(w, &triples, &rising, err));
  if (!rising) {
    kg_check_report(w->check, "a block of permutation %s is not in order", name);
  }
  if (triples != w->base.block.triple_count) {
    kg_check_report(w->check, "a block of permutation %s says it has %u triples, and has %u", name,
                    w->base.block.triple_count, triples);
  }
  if (kg_row_compare(&w->last, &w->base.block_last) != 0) {
    kg_check_report(w->check, "a block of permutation %s does not end at its key", name);
  }
  return kg_cancel_check(w->check->cancel, err);
}

static kgq_status walk_blocks(kg_check_state *c, kg_perm perm, kgq_error **err) {
  block_walk w = { .check = c };
  const kg_row start = { { 0, 0, 0, 0 } };
  kgq_status st = kg_base_open(&w.base, c->snap, perm, err);
  w.base.fresh = true;
  if (st == KGQ_OK) {
    st = kg_base_seek_block(&w.base, &start, err);
  }
  while (st == KGQ_OK && !w.base.ended) {
    st = walk_block(&w, err);
    if (st == KGQ_OK) {
      st = kg_base_next_block(&w.base, err);
    }
  }
  kg_base_close(&w.base);
  return st;
}

/* ---- delta --------------------------------------------------------------------------------------------- */

static kgq_status is_in_blocks(kg_scan *scan, kg_perm perm, const kg_row *row, bool *out, kgq_error **err) {
  const kg_scan_spec spec = { .perm = perm,
                              .prefix_length = 4,
                              .prefix = { row->c[0], row->c[1], row->c[2], row->c[3] } };
  kg_id *const none[4] = { NULL, NULL, NULL, NULL };
  uint32_t count;
  KGQ_TRY(kg_scan_restart(scan, &spec, err));
  KGQ_TRY(kg_scan_next(scan, none, 1, &count, err));
  *out = count > 0;
  return KGQ_OK;
}

static kgq_status walk_changes(kg_check_state *c, kg_changes *changes, kg_scan *blocks, uint64_t *rows,
                               kgq_error **err) {
  for (*rows = 0; changes->valid; ++*rows) {
    bool there;
    KGQ_TRY(is_in_blocks(blocks, changes->perm, &changes->now.row, &there, err));
    if (there == (changes->now.present != 0)) {
      kg_check_report(c, "the delta of permutation %s %s a fact that the blocks %s",
                      kg_perm_name[changes->perm], there ? "adds" : "removes",
                      there ? "have already" : "do not have");
    }
    if (*rows % ID_BATCH == 0) {
      KGQ_TRY(kg_cancel_check(c->cancel, err));
    }
    KGQ_TRY(kg_changes_next(changes, err));
  }
  return KGQ_OK;
}

/* The delta keys, or what they and the log amount to together. */
static kgq_status walk_delta(kg_check_state *c, kg_perm perm, bool log_too, uint64_t *rows, kgq_error **err) {
  kg_snap blocks_only = *c->snap, with_delta = *c->snap;
  blocks_only.counts.delta_rows = blocks_only.counts.delta_term_rows = 0;
  blocks_only.log = NULL;
  with_delta.log = log_too ? c->snap->log : NULL;
  with_delta.counts.delta_rows = with_delta.counts.delta_term_rows = 1; /* look even if it should be empty */
  const kg_scan_spec everything = { .perm = perm }, nothing = { .perm = perm, .low = 2, .high = 1 };
  const kg_bounds bounds = kg_bounds_of(&everything);
  kg_changes changes = { .iter = NULL };
  kg_scan *blocks = NULL;
  kgq_status st = kg_scan_open(&blocks_only, &nothing, NULL, &blocks, err);
  if (st == KGQ_OK) {
    st = kg_changes_open(&changes, &with_delta, perm, err);
  }
  if (st == KGQ_OK) {
    st = kg_changes_bind(&changes, &bounds, err);
  }
  if (st == KGQ_OK) {
    st = walk_changes(c, &changes, blocks, rows, err);
  }
  kg_changes_close(&changes);
  kg_scan_close(blocks);
  return st;
}

/* ---- rows as readers see them ------------------------------------------------------------------------ */

typedef struct row_walk {
  kg_check_state *check;
  kg_perm perm;
  kg_check_sum *sum;
  kg_row last;
  kg_id ids[ID_BATCH]; /* distinct ids of the first column, to be resolved together */
  size_t id_count;
  kg_arena arena;
} row_walk;

static bool is_resource(kg_id id) {
  return kg_id_tag(id) == KG_TAG_IRI || kg_id_tag(id) == KG_TAG_BNODE;
}

/* RDF 1.2 Concepts, section 3: what may stand where; no local ids, and triple terms hold only earlier ones.
 */
static bool quad_fits(kg_perm perm, const kg_id quad[4]) {
  const kg_tag object = kg_id_tag(quad[KG_O]);
  if (!is_resource(quad[KG_S]) || kg_id_tag(quad[KG_P]) != KG_TAG_IRI || object == KG_TAG_NONE ||
      object == KG_TAG_LOCAL) {
    return false;
  }
  if (perm > KG_GSPO) {
    return kg_id_tag(quad[KG_G]) == KG_TAG_TRIPLE && (object != KG_TAG_TRIPLE || quad[KG_O] < quad[KG_G]);
  }
  return is_resource(quad[KG_G]) || (quad[KG_G] == KG_ID_DEFAULT_GRAPH && perm != KG_GSPO);
}

static kgq_status resolve_ids(row_walk *w, kgq_error **err) {
  kg_term terms[ID_BATCH];
  const kg_term_rows rows = { .columns = 1, .ids = { w->ids }, .out = { terms } };
  kgq_error *found = NULL;
  kgq_status st = KGQ_OK;
  size_t some = w->id_count;
  for (size_t done = 0; st == KGQ_OK && done < w->id_count; done += some, some *= 2) {
    some = some < w->id_count - done ? some : w->id_count - done;
    st = kg_dict_get_rows(w->check->snap, &rows, done, &some, &w->arena, &found);
  }
  w->id_count = 0;
  return kg_check_found(w->check, st, found, err);
}

static kgq_status see_row(row_walk *w, const kg_row *row, kgq_error **err) {
  kg_id quad[4];
  kg_check_sum *sum = w->sum;
  kg_perm_quad(w->perm, row, quad);
  const uint64_t hash = XXH3_64bits(quad, sizeof quad);
  const bool first = sum->rows == 0;
  if (!first && kg_row_compare(&w->last, row) >= 0) {
    kg_check_report(w->check, "the facts of permutation %s are not in order", kg_perm_name[w->perm]);
  }
  if (!quad_fits(w->perm, quad)) {
    kg_check_report(w->check,
                    "permutation %s has a row %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " that is no %s",
                    kg_perm_name[w->perm], quad[0], quad[1], quad[2], quad[3],
                    w->perm > KG_GSPO ? "triple term" : "quad");
  }
  const bool named = quad[KG_G] != KG_ID_DEFAULT_GRAPH;
  sum->rows++;
  sum->sum += hash;
  sum->named_rows += named;
  sum->named_sum += named ? hash : 0;
  sum->triples += first || memcmp(w->last.c, row->c, 3 * sizeof(kg_id)) != 0;
  if (row->c[0] != KG_ID_DEFAULT_GRAPH && (first || row->c[0] != w->last.c[0])) {
    w->ids[w->id_count++] = row->c[0];
  }
  w->last = *row;
  return w->id_count == ID_BATCH ? resolve_ids(w, err) : KGQ_OK;
}

/* Numbers of triple terms have no gap, and one row each. */
static void see_term_number(row_walk *w, const kg_row *row) {
  if (w->perm == KG_TSPO && row->c[0] != kg_id_make(KG_TAG_TRIPLE, w->sum->rows)) {
    kg_check_report(w->check, "the triple term with number %" PRIu64 " is missing or there twice",
                    w->sum->rows);
  }
}

static kgq_status walk_rows(row_walk *w, kgq_error **err) {
  const kg_scan_spec everything = { .perm = w->perm };
  kg_scan *scan;
  KGQ_TRY(kg_scan_open(w->check->snap, &everything, w->check->cancel, &scan, err));
  kgq_status st;
  for (uint32_t count = 1; count > 0;) {
    kg_id ids[4][KG_MINI_ROWS];
    kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
    KGQ_TRY_DONE(kg_scan_next(scan, columns, KG_MINI_ROWS, &count, err));
    for (uint32_t i = 0; i < count; i++) {
      const kg_row row = { { ids[0][i], ids[1][i], ids[2][i], ids[3][i] } };
      see_term_number(w, &row);
      KGQ_TRY_DONE(see_row(w, &row, err));
    }
  }
  st = resolve_ids(w, err);
done:
  kg_scan_close(scan);
  return st;
}

static kgq_status check_merged(kg_check_state *c, kg_perm perm, kg_check_sum *out, kgq_error **err) {
  const kgq_allocator *a = &c->snap->db->allocator;
  row_walk *w = kg_alloc_zero(a, 1, sizeof *w);
  if (!w) {
    return kg_fail_memory(err);
  }
  w->check = c;
  w->perm = perm;
  w->sum = out;
  kg_arena_init(&w->arena, a);
  const kgq_status st = walk_rows(w, err);
  kg_arena_free(&w->arena);
  kg_free(a, w, sizeof *w);
  return st;
}

kgq_status kg_check_rows(kg_check_state *c, kg_perm perm, kg_check_sum *out, kgq_error **err) {
  kgq_error *found = NULL;
  *out = (kg_check_sum){ 0 };
  kgq_status st = walk_blocks(c, perm, &found);
  KGQ_TRY(kg_check_found(c, st, found, err));
  found = NULL;
  st = walk_delta(c, perm, false, &out->delta_rows, &found);
  KGQ_TRY(kg_check_found(c, st, found, err));
  if (kg_log_any(c->snap, perm)) {
    uint64_t ignored;
    found = NULL;
    st = walk_delta(c, perm, true, &ignored, &found);
    KGQ_TRY(kg_check_found(c, st, found, err));
  }
  found = NULL;
  st = check_merged(c, perm, out, &found);
  return kg_check_found(c, st, found, err);
}
