/* graph/rescue.c: the public kgq_rescue: what can be read of a damaged database, as a new one.
 *
 *   rows of every order (rescue_rows.c) -> terms -> one transaction of the new database -> its check -> its
 * mark
 *
 * Names, counts, graphs and all orders are made anew by that transaction. The new folder is no database until
 * everything is in it. What cannot be read is told: stretches of orders, facts whose terms are gone, and how
 * many facts the counts record says there should be.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "graph/check.h"
#include "graph/dict.h"
#include "graph/names.h"
#include "graph/rescue_rows.h"
#include "graph/txn.h"

#define ROWS_AT_ONCE 64
#define FACTS_TOLD   20

typedef struct rescue {
  kgq_conn *conn;
  kg_snap *from;
  kgq_db *to;
  kg_txn *txn;
  kg_cancel cancel;
  kg_arena arena;
  kg_id ids[4][ROWS_AT_ONCE];
  kg_term terms[4][ROWS_AT_ONCE];
  size_t count;
  uint64_t rows, without_terms, stretches; /* rows: read; of these so many have a term that cannot be */
  uint64_t commits_lost;
} rescue;

static void warn(const rescue *r, kgq_error *message) {
  kg_conn_message(r->conn, KGQ_WARNING, message);
}

/* ---- terms ----------------------------------------------------------------------------------------- */

/* Blank nodes keep their labels, and those that are made later stay clear of them. */
static kgq_status intern(rescue *r, const kg_term *term, unsigned depth, kg_id *out, kgq_error **err) {
  if (term->kind == KG_TERM_BNODE) {
    return kg_txn_keep_bnode(r->txn, term->text, out, err);
  }
  if (term->kind == KG_TERM_TRIPLE) {
    if (depth == 0) {
      return kg_fail(err, KGQ_LIMIT, "a triple term is nested more than %d levels deep", KG_LIMIT_NESTING);
    }
    for (size_t i = 0; i < 3; i++) {
      KGQ_TRY(intern(r, &term->triple[i], depth - 1, out, err));
    }
  }
  return kg_txn_intern(r->txn, term, out, err);
}

static kgq_status insert(rescue *r, size_t i, kgq_error **err) {
  kg_id quad[4] = { 0, 0, 0, KG_ID_DEFAULT_GRAPH };
  for (size_t c = 0; c < 4; c++) {
    if (r->terms[c][i].kind != KG_TERM_NONE) {
      KGQ_TRY(intern(r, &r->terms[c][i], KG_LIMIT_NESTING, &quad[c], err));
    }
  }
  return kg_txn_insert(r->txn, quad, err);
}

/* Of the rows from `first` on, at most *count, as kg_dict_get_rows does. */
static kgq_status read_terms(rescue *r, size_t first, size_t *count, kgq_error **err) {
  kg_term_rows rows = { .columns = 4 };
  for (size_t c = 0; c < 4; c++) {
    rows.ids[c] = r->ids[c];
    rows.out[c] = r->terms[c];
  }
  return kg_dict_get_rows(r->from, &rows, first, count, &r->arena, err);
}

/* What is left of a fact: its readable terms, and a question mark for the others. */
static void tell_fact(rescue *r, size_t i) {
  kg_buf text;
  kgq_error *message = NULL;
  kg_buf_init(&text, &r->from->db->allocator);
  for (size_t c = 0; c < 4; c++) {
    kg_term term = { .kind = KG_TERM_NONE };
    const bool known = kg_dict_get(r->from, r->ids[c][i], &r->arena, &term, NULL) == KGQ_OK;
    if (c < 3 || r->ids[c][i] != KG_ID_NONE) {
      (void)kg_buf_add_str(&text, KG_STR(" "), NULL);
      (void)(known ? kg_term_print(&term, &text, NULL) : kg_buf_add_str(&text, KG_STR("?"), NULL));
    }
  }
  const int bytes = text.len < 1000 ? (int)text.len : 1000;
  (void)kg_fail(&message, KGQ_CORRUPT, "a fact is lost with its terms:%.*s", bytes, text.bytes);
  warn(r, message);
  kg_buf_free(&text);
}

/* One by one: some of the rows from `first` on have terms that cannot be read. */
static kgq_status insert_readable(rescue *r, size_t first, size_t count, kgq_error **err) {
  for (size_t i = first; i < first + count; i++) {
    kgq_error *found = NULL;
    size_t one = 1;
    const kgq_status st = read_terms(r, i, &one, &found);
    if (st == KGQ_OK) {
      KGQ_TRY(insert(r, i, err));
    } else if (kg_is_damage(st)) {
      kgq_error_free(found);
      if (r->without_terms++ < FACTS_TOLD) {
        tell_fact(r, i);
      }
    } else {
      kg_error_append(err, found);
      return st;
    }
  }
  return KGQ_OK;
}

/* Some of the rows at hand; *count: how many. */
static kgq_status write_some(rescue *r, size_t first, size_t *count, kgq_error **err) {
  kgq_error *found = NULL;
  const kgq_status st = read_terms(r, first, count, &found);
  if (kg_is_damage(st)) {
    kgq_error_free(found);
    return insert_readable(r, first, *count, err);
  }
  if (st != KGQ_OK) {
    kg_error_append(err, found);
    return st;
  }
  for (size_t i = first; i < first + *count; i++) {
    KGQ_TRY(insert(r, i, err));
  }
  return KGQ_OK;
}

static kgq_status write_rows(rescue *r, kgq_error **err) {
  size_t some = r->count;
  for (size_t done = 0; done < r->count; done += some, some *= 2) {
    some = some < r->count - done ? some : r->count - done;
    KGQ_TRY(write_some(r, done, &some, err));
  }
  r->count = 0;
  return kg_conn_progress(r->conn, "rescuing", r->rows, r->from->counts.quads, err);
}

/* ---- what the orders give -------------------------------------------------------------------------- */

static kgq_status take_row(void *arg, const kg_id quad[4], kgq_error **err) {
  rescue *r = arg;
  for (size_t c = 0; c < 4; c++) {
    r->ids[c][r->count] = c == KG_G && quad[c] == KG_ID_DEFAULT_GRAPH ? KG_ID_NONE : quad[c];
  }
  r->rows++;
  return ++r->count < ROWS_AT_ONCE ? KGQ_OK : write_rows(r, err);
}

static kgq_status take_lost(void *arg, kg_perm perm, const kg_row *low, const kg_row *high,
                            const kgq_error *cause, kgq_error **err) {
  (void)err;
  rescue *r = arg;
  kgq_error *message = NULL;
  r->stretches++;
  (void)kg_fail(&message, KGQ_CORRUPT,
                "the order %s cannot be read from row %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64
                " to row %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 ": %s",
                kg_perm_name[perm], low->c[0], low->c[1], low->c[2], low->c[3], high->c[0], high->c[1],
                high->c[2], high->c[3], kgq_error_message(cause));
  warn(r, message);
  return KGQ_OK;
}

static kgq_status take_prefix(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  const rescue *r = arg;
  return kg_txn_prefix(r->txn, name, iri, err);
}

static kgq_status take_prefixes(rescue *r, kgq_error **err) {
  kgq_error *found = NULL;
  const kgq_status st = kg_prefix_each(r->from, take_prefix, r, &found);
  if (kg_is_damage(st)) {
    warn(r, found);
    return KGQ_OK;
  }
  kg_error_append(err, found);
  return st;
}

/* ---- all of it ------------------------------------------------------------------------------------- */

static void tell_finding(void *arg, const char *finding) {
  kgq_error *message = NULL;
  (void)kg_fail(&message, KGQ_CORRUPT, "the new database: %s", finding);
  warn(arg, message);
}

/* The new database is looked at as any other. */
static kgq_status check_new(rescue *r, kgq_error **err) {
  kg_snap *snap;
  uint64_t findings = 0;
  KGQ_TRY(kg_store_verify(r->to->store, err));
  KGQ_TRY(kg_snap_take(r->to, &snap, err));
  const kgq_status st = kg_check(snap, tell_finding, r, &r->cancel, &findings, err);
  kg_snap_drop(snap);
  if (st == KGQ_OK && findings > 0) {
    return kg_fail(err, KGQ_CORRUPT, "the new database is not whole (%" PRIu64 " findings)", findings);
  }
  return st;
}

static kgq_status fill(rescue *r, kgq_error **err) {
  const kg_rescue_told told = { take_row, take_lost, r };
  KGQ_TRY(kg_txn_begin(r->to, 0, &r->cancel, &r->txn, err));
  kg_txn_allow_spill(r->txn);
  KGQ_TRY(take_prefixes(r, err));
  KGQ_TRY(kg_rescue_rows(r->from, &told, &r->cancel, err));
  KGQ_TRY(write_rows(r, err));
  KGQ_TRY(kg_txn_commit(r->txn, NULL, err));
  kg_txn_end(r->txn);
  r->txn = NULL;
  KGQ_TRY(check_new(r, err));
  return kg_store_mark(r->to->store, err);
}

static void tell_number(kgq_info_fn fn, void *arg, const char *key, uint64_t number, bool known) {
  char text[32];
  (void)snprintf(text, sizeof text, "%" PRIu64, number);
  (void)fn(arg, key, known ? text : "unknown");
}

/* More rows than the counts record says: then it, too, says nothing. */
static void tell_result(const rescue *r, kgq_info_fn fn, void *arg) {
  const uint64_t expected = r->from->counts.quads, kept = r->rows - r->without_terms;
  if (fn) {
    tell_number(fn, arg, "facts", kept, true);
    tell_number(fn, arg, "facts lost", expected - kept, r->rows <= expected);
    tell_number(fn, arg, "of them for want of a term", r->without_terms, true);
    tell_number(fn, arg, "places that cannot be read", r->stretches, true);
    tell_number(fn, arg, "commits lost", r->commits_lost, true);
  }
}

/* Not what memory holds of the old database: damage is met where it lies. */
static kgq_status take_from(rescue *r, kgq_error **err) {
  kgq_error *damage;
  KGQ_TRY(kg_snap_take_readable(r->conn->db, &r->from, &damage, err));
  r->commits_lost = kg_store_snapshot_commit(r->from->store) - r->from->commit;
  if (damage) {
    kgq_error *message = NULL;
    (void)kg_fail(&message, KGQ_CORRUPT, "the commits after %" PRIu64 " are lost (%" PRIu64 "): %s",
                  r->from->commit, r->commits_lost, kgq_error_message(damage));
    kgq_error_free(damage);
    warn(r, message);
  }
  return KGQ_OK;
}

kgq_status kgq_rescue(kgq_conn *conn, const char *dir, kgq_info_fn fn, void *arg, kgq_error **err) {
  KGQ_TRY(kg_conn_usable(conn, err));
  if (dir == NULL || dir[0] == '\0' || strcmp(dir, ":memory:") == 0) {
    return kg_fail(err, KGQ_MISUSE, "kgq_rescue needs the name of a folder");
  }
  const kgq_allocator *a = &conn->db->allocator;
  rescue *r = kg_alloc_zero(a, 1, sizeof *r);
  if (!r) {
    return kg_fail_memory(err);
  }
  r->conn = conn;
  atomic_store(&conn->interrupt, 0);
  kg_cancel_init(&r->cancel, a, &conn->interrupt);
  kg_cancel_start(&r->cancel, conn->limit_time_ms, 0);
  kg_arena_init(&r->arena, a);
  const bool is_new = access(dir, F_OK) != 0;
  kgq_status st;
  KGQ_TRY_DONE(take_from(r, err));
  KGQ_TRY_DONE(kg_db_new_unmarked(dir, conn->db, &r->to, err));
  st = fill(r, err);
done:
  kg_txn_end(r->txn);
  const bool is_broken = st == KGQ_FULL || st == KGQ_IO || st == KGQ_NOMEM;
  const bool is_ours = r->to != NULL || (is_new && is_broken); /* else it is a folder that was refused */
  (void)kgq_close(r->to);
  if (st == KGQ_OK) {
    tell_result(r, fn, arg);
  } else if (is_ours) {
    kg_folder_discard(dir, is_new);
  }
  kg_snap_drop(r->from);
  kg_arena_free(&r->arena);
  kg_free(a, r, sizeof *r);
  return st;
}
