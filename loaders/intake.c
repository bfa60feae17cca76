/* loaders/intake.c: the statements of files into a transaction. See intake.h.
 *
 * Does not know files' syntax (readers) or how quads are stored (graph/txn.c).
 */
#include "loaders/intake.h"

/* Statements between two looks at the interrupt flag where no window refills: texts in memory. */
#define CHECK_EVERY 16384

/* ---- terms to ids ------------------------------------------------------------------------------- */

/* Labels mean something in one file only, so each gets a number of its own. The first file with blank nodes,
 * if there are none yet, keeps its labels: what was exported comes back byte for byte. Not Turtle, whose
 * nodes without a label would need one. */
static kgq_status bnode_id(kg_intake *in, kgq_str label, kg_id *out, kgq_error **err) {
  if (!in->labels_decided) {
    bool some = false;
    KGQ_TRY(kg_txn_has_bnodes(in->txn, &some, err));
    in->labels_kept = in->labels_may_stay && !some;
    in->labels_decided = true;
  }
  if (in->labels_kept) {
    return kg_txn_keep_bnode(in->txn, label, out, err);
  }
  uint64_t *slot = NULL;
  bool added = false;
  KGQ_TRY(kg_map_put(&in->labels, label, &slot, &added, NULL, err));
  if (added) {
    KGQ_TRY(kg_txn_new_bnode_number(in->txn, slot, err));
  }
  return kg_txn_bnode(in->txn, *slot, out, err);
}

/* A copy of `from` in the arena in which blank nodes have their labels of the database. Readers bound the
 * depth. */
static kgq_status rename_bnodes(kg_intake *in, const kg_term *from, kg_term *to, kgq_error **err) {
  *to = *from;
  if (from->kind == KG_TERM_BNODE) {
    kg_id id = KG_ID_NONE;
    KGQ_TRY(bnode_id(in, from->text, &id, err));
    return kg_txn_term(in->txn, id, &in->arena, to, err);
  }
  if (from->kind == KG_TERM_TRIPLE) {
    kg_term *parts = kg_arena_zero(&in->arena, 3 * sizeof *parts);
    if (!parts) {
      return kg_fail_memory(err);
    }
    for (size_t i = 0; i < 3; i++) {
      KGQ_TRY(rename_bnodes(in, &from->triple[i], &parts[i], err));
    }
    to->triple = parts;
  }
  return KGQ_OK;
}

static kgq_status term_id(kg_intake *in, const kg_term *term, kg_id *out, kgq_error **err) {
  if (term->kind == KG_TERM_BNODE) {
    return bnode_id(in, term->text, out, err);
  }
  if (term->kind != KG_TERM_TRIPLE) {
    return kg_txn_intern(in->txn, term, out, err);
  }
  kg_term renamed;
  KGQ_TRY(rename_bnodes(in, term, &renamed, err));
  const kgq_status st = kg_txn_intern(in->txn, &renamed, out, err);
  kg_arena_reset(&in->arena);
  return st;
}

/* For IRIs and blank nodes that are likely those of the statement before. */
static kgq_status repeated_id(kg_intake *in, const kg_term *term, kg_recent_term *recent, kg_id *out,
                              kgq_error **err) {
  if (recent->kind == term->kind && kg_str_equal(kg_buf_str(&recent->text), term->text)) {
    *out = recent->id;
    return KGQ_OK;
  }
  KGQ_TRY(term_id(in, term, out, err));
  recent->kind = KG_TERM_NONE;
  recent->text.len = 0;
  KGQ_TRY(kg_buf_add_str(&recent->text, term->text, err));
  recent->kind = term->kind;
  recent->id = *out;
  return KGQ_OK;
}

static kgq_status intern_default_graph(kg_intake *in, kgq_error **err) {
  in->graph_id = KG_ID_DEFAULT_GRAPH;
  if (!in->graph.ptr) {
    return KGQ_OK;
  }
  const kg_term graph = kg_term_iri(in->graph);
  return kg_txn_intern(in->txn, &graph, &in->graph_id, err);
}

static void forget_recent(kg_intake *in) {
  for (size_t i = 0; i < 4; i++) {
    in->recent[i].kind = KG_TERM_NONE;
  }
}

/* The transaction has emptied its tables of terms. */
static kgq_status begin_epoch(kg_intake *in, kgq_error **err) {
  in->epoch = kg_txn_epoch(in->txn);
  forget_recent(in);
  return intern_default_graph(in, err);
}

/* ---- files -------------------------------------------------------------------------------------- */

void kg_intake_init(kg_intake *in, kg_cancel *cancel, const kgq_allocator *a) {
  *in = (kg_intake){ .cancel = cancel, .allocator = a };
  kg_arena_init(&in->arena, a);
  kg_map_init(&in->labels, a);
  for (size_t i = 0; i < 4; i++) {
    kg_buf_init(&in->recent[i].text, a);
  }
}

void kg_intake_free(kg_intake *in) {
  for (size_t i = 0; i < 4; i++) {
    kg_buf_free(&in->recent[i].text);
  }
  kg_map_free(&in->labels);
  kg_arena_free(&in->arena);
}

kgq_status kg_intake_begin(kg_intake *in, kg_txn *txn, kgq_str graph, kgq_error **err) {
  in->txn = txn;
  in->graph = graph;
  return intern_default_graph(in, err);
}

void kg_intake_file_begin(kg_intake *in, bool labels_may_stay) {
  in->labels_may_stay = labels_may_stay;
}

void kg_intake_file_end(kg_intake *in) {
  kg_map_free(&in->labels);
  kg_map_init(&in->labels, in->allocator);
  in->labels_decided = false;
  forget_recent(in);
}

kgq_status kg_intake_quad(kg_intake *in, const kg_term *s, const kg_term *p, const kg_term *o,
                          const kg_term *g, kgq_error **err) {
  kg_id quad[4] = { 0, 0, 0, in->graph_id };
  KGQ_TRY(repeated_id(in, s, &in->recent[0], &quad[0], err));
  KGQ_TRY(repeated_id(in, p, &in->recent[1], &quad[1], err));
  KGQ_TRY(term_id(in, o, &quad[2], err));
  if (g->kind != KG_TERM_NONE) {
    KGQ_TRY(repeated_id(in, g, &in->recent[3], &quad[3], err));
  }
  if (++in->statements % CHECK_EVERY == 0) {
    KGQ_TRY(kg_cancel_check(in->cancel, err));
  }
  KGQ_TRY(kg_txn_insert(in->txn, quad, err));
  return kg_txn_epoch(in->txn) == in->epoch ? KGQ_OK : begin_epoch(in, err);
}

/* A prefix that the database knows otherwise keeps its old meaning: the file's own terms are resolved
 * already. */
kgq_status kg_intake_prefix(kgq_conn *conn, kg_txn *txn, kgq_str name, kgq_str iri, kgq_error **err) {
  kgq_error *refused = NULL;
  const kgq_status st = kg_txn_prefix(txn, name, iri, &refused);
  if (st == KGQ_OK) {
    return KGQ_OK;
  }
  if (st == KGQ_DATA) {
    kg_conn_message(conn, KGQ_NOTE, refused);
    return KGQ_OK;
  }
  kg_error_append(err, refused);
  return st;
}
