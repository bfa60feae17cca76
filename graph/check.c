/* graph/check.c: the full walk over every invariant, and the public kgq_check.
 *
 * Compares what the permutations hold with each other, with the counts record and with the table of graphs;
 * has the dictionary and the names checked by those who know them. A finding is reported and the walk goes
 * on; only failures that are no damage (memory, a time limit) end it.
 */
#include "graph/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "graph/check_state.h"
#include "graph/keys.h"
#include "graph/log.h"

static void expect(kg_check_state *c, const char *what, uint64_t recorded, uint64_t counted) {
  if (recorded != counted) {
    kg_check_report(c, "the counts record says %" PRIu64 " %s, and there are %" PRIu64, recorded, what,
                    counted);
  }
}

/* ---- permutations ------------------------------------------------------------------------------------ */

static void compare_sums(kg_check_state *c, kg_perm a, kg_perm b, uint64_t a_rows, uint64_t a_sum,
                         const kg_check_sum *other) {
  if (a_rows != other->rows || a_sum != other->sum) {
    kg_check_report(c, "permutations %s and %s do not hold the same facts (%" PRIu64 " and %" PRIu64 " rows)",
                    kg_perm_name[a], kg_perm_name[b], a_rows, other->rows);
  }
}

static kgq_status check_permutations(kg_check_state *c, kgq_error **err) {
  const kg_counts *counts = &c->snap->counts;
  kg_check_sum sums[KG_PERM_COUNT];
  uint64_t delta_rows = 0, delta_term_rows = 0;
  for (int p = 0; p < KG_PERM_COUNT; p++) {
    KGQ_TRY(kg_check_rows(c, (kg_perm)p, &sums[p], err));
    *(p <= KG_GSPO ? &delta_rows : &delta_term_rows) += sums[p].delta_rows;
  }
  compare_sums(c, KG_SPOG, KG_POSG, sums[KG_SPOG].rows, sums[KG_SPOG].sum, &sums[KG_POSG]);
  compare_sums(c, KG_SPOG, KG_OSPG, sums[KG_SPOG].rows, sums[KG_SPOG].sum, &sums[KG_OSPG]);
  compare_sums(c, KG_SPOG, KG_GSPO, sums[KG_SPOG].named_rows, sums[KG_SPOG].named_sum, &sums[KG_GSPO]);
  for (int p = KG_POST; p <= KG_TSPO; p++) {
    compare_sums(c, KG_SPOT, (kg_perm)p, sums[KG_SPOT].rows, sums[KG_SPOT].sum, &sums[p]);
  }
  expect(c, "quads", counts->quads, sums[KG_SPOG].rows);
  expect(c, "triples", counts->triples, sums[KG_SPOG].triples);
  expect(c, "quads in named graphs", counts->named_quads, sums[KG_SPOG].named_rows);
  expect(c, "triple terms", counts->triple_terms, sums[KG_SPOT].rows);
  expect(c, "triple terms with parts of their own", counts->triple_terms, sums[KG_SPOT].triples);
  expect(c, "delta rows", counts->delta_rows, delta_rows);
  expect(c, "delta rows of triple terms", counts->delta_term_rows, delta_term_rows);
  return KGQ_OK;
}

/* ---- graphs ------------------------------------------------------------------------------------------ */

typedef struct graph_walk {
  kg_check_state *check;
  uint64_t quads;
} graph_walk;

static kgq_status check_graph(void *arg, kg_id graph, uint64_t quads, kgq_error **err) {
  graph_walk *w = arg;
  const kg_scan_spec spec = { .perm = KG_GSPO, .prefix_length = 1, .prefix = { graph } };
  uint64_t counted;
  KGQ_TRY(kg_scan_count(w->check->snap, &spec, &counted, err));
  w->quads += quads;
  if (quads != counted) {
    kg_check_report(w->check,
                    "the table of graphs says that graph %" PRIx64 " has %" PRIu64
                    " quads, and it has %" PRIu64,
                    graph, quads, counted);
  }
  return kg_cancel_check(w->check->cancel, err);
}

static kgq_status check_graphs(kg_check_state *c, kgq_error **err) {
  graph_walk w = { c, 0 };
  kgq_error *found = NULL;
  const kgq_status st = kg_graphs(c->snap, check_graph, &w, &found);
  if (st == KGQ_OK && w.quads != c->snap->counts.named_quads) {
    kg_check_report(c, "the table of graphs has %" PRIu64 " quads in all, and the counts record %" PRIu64,
                    w.quads, c->snap->counts.named_quads);
  }
  return kg_check_found(c, st, found, err);
}

/* ---- the rest ---------------------------------------------------------------------------------------- */

static void count_finding(void *arg, const char *finding) {
  kg_check_report(arg, "%s", finding);
}

static kgq_status check_commit_number(kg_check_state *c, kgq_error **err) {
  kg_pin pin = { 0 };
  KGQ_TRY(kg_store_get(c->snap->store, KG_STR(KG_STORE_COMMIT_KEY), &pin, err));
  const bool right = pin.value.ptr ? pin.value.len == 8 && kg_get_be64(pin.value.ptr) == c->snap->settled
                                   : c->snap->settled == 0;
  kg_pin_free(&pin);
  if (!right) {
    kg_check_report(c, "the record of the commit number is missing or damaged");
  }
  return KGQ_OK;
}

kgq_status kg_check(kg_snap *snap, kg_report_fn report, void *arg, kg_cancel *cancel, uint64_t *findings,
                    kgq_error **err) {
  kg_check_state c = { .snap = snap, .report = report, .arg = arg, .cancel = cancel };
  const bool stored_only = snap->stored_only;
  *findings = 0;
  snap->stored_only = true; /* what lies in files is checked, not what memory holds of it */
  kgq_status st = snap->overlay ? KGQ_OK : kg_log_read(snap, NULL, err);
  if (st == KGQ_OK) {
    st = check_commit_number(&c, err);
  }
  if (st == KGQ_OK) {
    st = check_permutations(&c, err);
  }
  if (st == KGQ_OK) {
    st = check_graphs(&c, err);
  }
  if (st == KGQ_OK) {
    st = kg_dict_check(snap, count_finding, &c, cancel, err);
  }
  if (st == KGQ_OK) {
    st = kg_check_names(&c, err);
  }
  snap->stored_only = stored_only;
  *findings = c.findings;
  return st;
}

/* ---- public ------------------------------------------------------------------------------------------ */

typedef struct public_check {
  kgq_conn *conn;
  kgq_error *first;
} public_check;

static void tell_finding(void *arg, const char *finding) {
  public_check *c = arg;
  kgq_error *message = NULL;
  (void)kg_fail(&message, KGQ_CORRUPT, "%s", finding);
  if (!c->first) {
    (void)kg_fail(&c->first, KGQ_CORRUPT, "%s", finding);
  }
  kg_conn_message(c->conn, KGQ_WARNING, message);
}

/* What RocksDB finds in its files is a finding too. */
static kgq_status check_files(public_check *c, kgq_error **err) {
  kgq_error *found = NULL;
  const kgq_status st = kg_store_verify(c->conn->db->store, &found);
  if (st == KGQ_CORRUPT) {
    tell_finding(c, kgq_error_message(found));
    kgq_error_free(found);
    return KGQ_OK;
  }
  if (found) {
    kg_error_append(err, found);
  }
  return st;
}

kgq_status kgq_check(kgq_conn *conn, kgq_error **err) {
  KGQ_TRY(kg_conn_usable(conn, err));
  kg_cancel cancel;
  kg_cancel_init(&cancel, &conn->db->allocator, &conn->interrupt);
  kg_cancel_start(&cancel, conn->limit_time_ms, 0);
  public_check c = { conn, NULL };
  kg_snap *snap;
  uint64_t findings = 0;
  kgq_error *failed = NULL;
  kgq_status st = check_files(&c, &failed);
  if (st == KGQ_OK) {
    st = kg_snap_take(conn->db, &snap, &failed);
    if (st == KGQ_OK) {
      st = kg_check(snap, tell_finding, &c, &cancel, &findings, &failed);
      kg_snap_drop(snap);
    }
  }
  if (st == KGQ_OK && c.first) {
    st = KGQ_CORRUPT;
    failed = c.first;
    c.first = NULL;
  }
  kgq_error_free(c.first);
  if (err && !*err) {
    *err = failed;
  } else {
    kgq_error_free(failed);
  }
  return st;
}
