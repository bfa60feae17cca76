/* graph/log.c: the changes of the log in memory: reading them, in the order of each permutation, and by
 * graph.
 *
 * Only SPOG and SPOT are made from the records; another order is made of them when somebody asks for it, and
 * from then on each commit keeps it up. Does not write to the store (txn_small.c).
 */
#include "graph/log.h"

#include <inttypes.h>

#include "graph/log_record.h"
#include "graph/txn_state.h"

/* ---- a log ----------------------------------------------------------------------------------------- */

kg_log *kg_log_hold(kg_log *log) {
  if (log) {
    atomic_fetch_add(&log->refs, 1);
  }
  return log;
}

void kg_log_drop(kg_log *log) {
  if (log && atomic_fetch_sub(&log->refs, 1) == 1) {
    for (int p = 0; p < KG_PERM_COUNT; p++) {
      kg_delta_drop(log->views[p]);
    }
    kg_free(log->allocator, log, sizeof *log);
  }
}

static kg_log *log_new(const kgq_allocator *a, uint64_t rows) {
  kg_log *log = kg_alloc_zero(a, 1, sizeof *log);
  if (log) {
    atomic_init(&log->refs, 1);
    log->allocator = a;
    log->rows = rows;
  }
  return log;
}

static kg_perm first_of(kg_perm perm) {
  return perm < KG_QUAD_PERMS ? KG_SPOG : KG_SPOT;
}

bool kg_log_any(const kg_snap *snap, kg_perm perm) {
  return snap->log && snap->log->views[first_of(perm)]->run_count > 0;
}

/* ---- reading the records --------------------------------------------------------------------------- */

/* One record; what it began to add when it was found damaged falls away again. */
static kgq_status read_record(kgq_str key, kgq_str value, uint64_t number, kg_log_content *content,
                              kgq_error **err) {
  if (key.len != KG_STORE_LOG_KEY_BYTES || kg_get_be64(key.ptr + 1) != number) {
    return kg_fail(err, KGQ_CORRUPT, "the record of commit %" PRIu64 " is missing in the log", number);
  }
  const size_t quads = content->quads->count, terms = content->terms->count;
  const kgq_status st = kg_log_record_read(value, number, content, err);
  if (st != KGQ_OK) {
    content->quads->count = quads;
    content->terms->count = terms;
  }
  return st;
}

/* *last: the commit up to which they could be read. */
static kgq_status read_records(kg_snap *snap, kg_log_content *content, uint64_t *last, kgq_error **err) {
  const char prefix = KG_STORE_LOG_TABLE;
  char first[KG_STORE_LOG_KEY_BYTES];
  kg_store_iter *it;
  *last = snap->settled;
  kg_store_log_key(snap->settled + 1, first);
  KGQ_TRY(kg_store_iter_open(snap->store, kg_str_n(&prefix, 1), &it, err));
  kgq_status st = KGQ_OK;
  for (kg_store_iter_seek(it, kg_str_n(first, sizeof first)); st == KGQ_OK && kg_store_iter_valid(it);
       kg_store_iter_next(it)) {
    if (*last - snap->settled == KG_LOG_ROWS) {
      st = kg_fail(err, KGQ_CORRUPT, "the log has more than %d records", KG_LOG_ROWS);
    } else {
      st = read_record(kg_store_iter_key(it), kg_store_iter_value(it), *last + 1, content, err);
    }
    *last += st == KGQ_OK;
  }
  if (st == KGQ_OK) {
    st = kg_store_iter_status(it, err);
  }
  kg_store_iter_close(it);
  if (st == KGQ_OK && *last != snap->commit) {
    st = kg_fail(err, KGQ_CORRUPT, "the record of commit %" PRIu64 " is missing in the log", *last + 1);
  }
  return st;
}

/* Sorts the changes; those that took each other back fall away. false: a row that came twice, or went. */
static bool net_of(const kgq_allocator *a, kg_delta_run **run) {
  kg_change *items = (*run)->items;
  size_t n = 0;
  kg_delta_run_sort(*run);
  for (size_t i = 0, next; i < (*run)->count; i = next) {
    int sum = 0;
    for (next = i; next < (*run)->count && kg_row_compare(&items[next].row, &items[i].row) == 0; next++) {
      sum += items[next].present ? 1 : -1;
    }
    if (sum < -1 || sum > 1) {
      return false;
    }
    if (sum != 0) {
      items[n] = items[i];
      items[n++].present = sum > 0;
    }
  }
  kg_delta_run_cut(a, run, n);
  kg_delta_run_count(*run);
  return true;
}

/* A view of one run, which is taken over. */
static kg_delta_view *view_of(const kgq_allocator *a, kg_delta_run *run) {
  kg_delta_view *view = kg_delta_view_new(a, NULL);
  if (!view || run->count == 0) {
    kg_delta_run_drop(a, run);
  } else {
    view->runs[view->run_count++] = run;
  }
  return view;
}

/* Takes the runs over. */
static kgq_status log_of(kg_snap *snap, kg_log_content *content, kgq_error **err) {
  const kgq_allocator *a = &snap->db->allocator;
  kg_log *log = log_new(a, content->quads->count + content->terms->count);
  if (!log) {
    return kg_fail_memory(err);
  }
  kgq_status st = net_of(a, &content->quads) && net_of(a, &content->terms)
                      ? KGQ_OK
                      : kg_fail(err, KGQ_CORRUPT, "a fact was inserted or deleted twice in the log");
  if (st == KGQ_OK) {
    log->views[KG_SPOG] = view_of(a, content->quads);
    log->views[KG_SPOT] = view_of(a, content->terms);
    content->quads = content->terms = NULL;
    st = log->views[KG_SPOG] && log->views[KG_SPOT] ? KGQ_OK : kg_fail_memory(err);
  }
  if (st != KGQ_OK) {
    kg_log_drop(log);
    return st;
  }
  kg_log_drop(snap->log);
  snap->log = log;
  snap->counts = content->counts;
  return KGQ_OK;
}

static kgq_status read_log(kg_snap *snap, kgq_error **damage, kgq_error **err) {
  const kgq_allocator *a = &snap->db->allocator;
  kg_log_content content = { .counts = snap->counts,
                             .quads = kg_delta_run_new(a, KG_LOG_ROWS),
                             .terms = kg_delta_run_new(a, KG_LOG_ROWS) };
  kgq_status st = content.quads && content.terms ? KGQ_OK : kg_fail_memory(err);
  if (st == KGQ_OK) {
    content.quads->count = content.terms->count = 0;
    kgq_error *found = NULL;
    uint64_t last;
    st = read_records(snap, &content, &last, &found);
    if (damage && (st == KGQ_CORRUPT || st == KGQ_IO)) {
      snap->commit = last; /* the state of the commit before the damage */
      *damage = found;
      st = KGQ_OK;
    } else {
      kg_error_append(err, found);
    }
  }
  if (st == KGQ_OK) {
    st = log_of(snap, &content, err);
  }
  kg_delta_run_drop(a, content.quads);
  kg_delta_run_drop(a, content.terms);
  return st;
}

static kgq_status read_settled(kg_snap *snap, kgq_error **err) {
  kg_pin pin = { 0 };
  snap->settled = 0;
  snap->counts = (kg_counts){ 0 };
  KGQ_TRY(kg_store_get(snap->store, KG_STR(KG_STORE_COMMIT_KEY), &pin, err));
  kgq_status st = KGQ_OK;
  if (pin.value.ptr) {
    st = pin.value.len == 8 ? KGQ_OK : kg_fail(err, KGQ_CORRUPT, "the stored commit number is no number");
    snap->settled = st == KGQ_OK ? kg_get_be64(pin.value.ptr) : 0;
  }
  kg_pin_free(&pin);
  KGQ_TRY(st);
  KGQ_TRY(kg_store_get(snap->store, KG_STR(KG_COUNTS_KEY), &pin, err));
  st = pin.value.ptr ? kg_counts_read(pin.value, &snap->counts, err) : KGQ_OK;
  kg_pin_free(&pin);
  return st;
}

kgq_status kg_log_read(kg_snap *snap, kgq_error **damage, kgq_error **err) {
  KGQ_TRY(read_settled(snap, err));
  if (snap->settled < snap->commit) {
    return read_log(snap, damage, err);
  }
  kg_log_drop(snap->log);
  snap->log = NULL;
  return snap->settled == snap->commit
             ? KGQ_OK
             : kg_fail(err, KGQ_CORRUPT, "the stored commit number is greater than that of the last commit");
}

/* ---- orders ---------------------------------------------------------------------------------------- */

/* Those of the run that belong into a permutation, in its order. */
static kg_delta_run *permuted(const kgq_allocator *a, const kg_delta_run *from, kg_perm perm) {
  kg_delta_run *run = kg_delta_run_new(a, from->count);
  size_t n = 0;
  for (size_t i = 0; run && i < from->count; i++) {
    const kg_change *change = &from->items[i];
    if (perm != KG_GSPO || change->row.c[KG_G] != KG_ID_DEFAULT_GRAPH) {
      run->items[n++] = (kg_change){ kg_perm_row(perm, change->row.c), change->present };
    }
  }
  if (run) {
    kg_delta_run_cut(a, &run, n);
    kg_delta_run_sort(run);
    kg_delta_run_count(run);
  }
  return run;
}

static kg_delta_view *view_in_order(const kg_log *log, kg_perm perm) {
  const kgq_allocator *a = log->allocator;
  kg_delta_view *view = NULL, *all = kg_delta_view_merged(a, log->views[first_of(perm)]);
  if (all && all->run_count > 0) {
    kg_delta_run *run = permuted(a, all->runs[0], perm);
    view = run ? view_of(a, run) : NULL;
  } else if (all) {
    view = kg_delta_view_new(a, NULL);
  }
  kg_delta_drop(all);
  return view;
}

kgq_status kg_log_view(const kg_snap *snap, kg_perm perm, const kg_delta_view **out, kgq_error **err) {
  kg_log *log = snap->log;
  *out = NULL;
  if (!log || perm == first_of(perm)) {
    *out = log ? log->views[perm] : NULL;
    return KGQ_OK;
  }
  pthread_mutex_lock(&snap->db->delta_mutex);
  if (!log->views[perm]) {
    log->views[perm] = view_in_order(log, perm);
    snap->db->log_orders |= 1u << perm;
  }
  *out = log->views[perm];
  pthread_mutex_unlock(&snap->db->delta_mutex);
  return *out ? KGQ_OK : kg_fail_memory(err);
}

/* ---- graphs ---------------------------------------------------------------------------------------- */

kgq_status kg_log_graph(const kg_snap *snap, kg_id graph, int64_t *out, kgq_error **err) {
  const kg_delta_view *view;
  const kg_row first = { { graph, 0, 0, 0 } };
  *out = 0;
  KGQ_TRY(kg_log_view(snap, KG_GSPO, &view, err));
  for (unsigned r = 0; view && r < view->run_count; r++) {
    const kg_delta_run *run = view->runs[r];
    for (size_t i = kg_delta_run_find(run, 0, &first); i < run->count && run->items[i].row.c[0] == graph;
         i++) {
      *out += run->items[i].present ? 1 : -1;
    }
  }
  return KGQ_OK;
}

/* Sums the changes of each graph; `out` NULL: only counts the graphs. */
static size_t sum_graphs(const kg_delta_run *run, kg_graph_change *out) {
  size_t n = 0;
  kg_id last = KG_ID_NONE;
  for (size_t i = 0; run && i < run->count; i++) {
    const kg_id graph = run->items[i].row.c[0];
    n += graph != last;
    if (out && graph != last) {
      out[n - 1] = (kg_graph_change){ graph, 0 };
    }
    if (out) {
      out[n - 1].quads += run->items[i].present ? 1 : -1;
    }
    last = graph;
  }
  return n;
}

kgq_status kg_log_graphs(const kg_snap *snap, kg_graph_change **out, size_t *count, kgq_error **err) {
  const kgq_allocator *a = &snap->db->allocator;
  const kg_delta_view *view;
  *out = NULL;
  *count = 0;
  KGQ_TRY(kg_log_view(snap, KG_GSPO, &view, err));
  kg_delta_view *all = view ? kg_delta_view_merged(a, view) : NULL;
  const kg_delta_run *run = all && all->run_count > 0 ? all->runs[0] : NULL;
  kgq_status st = view && !all ? kg_fail_memory(err) : KGQ_OK;
  const size_t graphs = sum_graphs(run, NULL);
  if (graphs > 0) {
    *out = kg_alloc(a, graphs * sizeof **out);
    *count = *out ? sum_graphs(run, *out) : 0;
    st = *out ? KGQ_OK : kg_fail_memory(err);
  }
  kg_delta_drop(all);
  return st;
}

/* ---- from commit to commit ------------------------------------------------------------------------- */

bool kg_log_has_room(const kg_snap *base, size_t rows) {
  const uint64_t had = base->log ? base->log->rows : 0;
  return rows <= KG_LOG_COMMIT_ROWS && had + rows <= KG_LOG_ROWS &&
         base->commit - base->settled < KG_LOG_ROWS;
}

kgq_status kg_log_run(kgq_db *db, kg_perm perm, const uint64_t *words, size_t count, kg_delta_run **out,
                      kgq_error **err) {
  kg_delta_run *run = kg_delta_run_new(&db->allocator, count);
  size_t n = 0;
  *out = run;
  if (!run) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < count; i++) {
    const uint64_t *word = words + i * KG_OP_WORDS;
    const kg_id quad[4] = { word[0], word[1], word[2], word[3] & ~KG_OP_DELETE };
    if (perm != KG_GSPO || quad[KG_G] != KG_ID_DEFAULT_GRAPH) {
      run->items[n++] = (kg_change){ kg_perm_row(perm, quad), !(word[3] & KG_OP_DELETE) };
    }
  }
  kg_delta_run_cut(&db->allocator, out, n);
  if (perm != KG_SPOG) {
    kg_delta_run_sort(*out);
  }
  kg_delta_run_count(*out);
  return KGQ_OK;
}

/* One order of the log with these rows more; it is left out where nobody has asked for it. */
static kgq_status add_in_order(kgq_db *db, const kg_log *old, kg_perm perm, const uint64_t *words,
                               size_t count, kg_delta_view **out, kgq_error **err) {
  const kgq_allocator *a = &db->allocator;
  kg_delta_view *before = old ? old->views[perm] : NULL;
  *out = NULL;
  if (perm != first_of(perm) && (old ? !before : !(db->log_orders & 1u << perm))) {
    return KGQ_OK;
  }
  if (before && count == 0) {
    *out = kg_delta_hold(before);
    return KGQ_OK;
  }
  kg_delta_run *run;
  KGQ_TRY(kg_log_run(db, perm, words, count, &run, err));
  *out = before ? kg_delta_view_add(a, before, run) : view_of(a, run);
  return *out ? KGQ_OK : kg_fail_memory(err);
}

kgq_status kg_log_add(const kg_snap *base, const kg_log_rows *rows, kg_log **out, kgq_error **err) {
  kgq_db *db = base->db;
  const kg_log *old = base->log;
  const size_t count = rows->quad_count + rows->term_count;
  kg_log *log = log_new(&db->allocator, (old ? old->rows : 0) + count);
  kgq_status st = log ? KGQ_OK : kg_fail_memory(err);
  pthread_mutex_lock(&db->delta_mutex);
  for (int p = 0; st == KGQ_OK && p < KG_PERM_COUNT; p++) {
    const bool quads = p < KG_QUAD_PERMS;
    st = add_in_order(db, old, (kg_perm)p, quads ? rows->quads : rows->terms,
                      quads ? rows->quad_count : rows->term_count, &log->views[p], err);
  }
  pthread_mutex_unlock(&db->delta_mutex);
  if (st != KGQ_OK) {
    kg_log_drop(log);
    log = NULL;
  }
  *out = log;
  return st;
}
