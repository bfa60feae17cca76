/* tests/model/differential.c: generated queries over generated data, by the engine and by the naive
 * evaluator.
 *
 *   differential [--count N] [--seed S] [--plan NAME] [--show]
 *
 * From seed S on, N answers that the specification determines are compared: each query once with the usual
 * plan and once with another one: some rewrite or join algorithm off, or an odd batch size. The seeds take
 * turns; --plan NAME is that one for all, and an unknown NAME lists them. Twenty seeds share their data,
 * which are stored in four ways: see `storage`. Each query is also printed and read again. A difference is
 * printed with the fewest quads that still show it.
 * --show prints each query with its answer. Closes with `N passed, N failed` and, before that, with how often
 * each plan was compared; status 1 if any failed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "query/parse.h"
#include "query/statement.h"
#include "tests/model/answers.h"
#include "tests/model/generate.h"
#include "tests/unit/ast_dump.h"

#define QUERIES_A_DATASET 20u
#define SHOWN_MAX         20u
#define TIME_LIMIT_MS     20000u

typedef struct named_plan {
  const char *name;
  kg_plan_options options;
} named_plan;

/* Each rewrite off alone, each join algorithm by the others being off, batch sizes other than the usual
 * 2,048. */
static const named_plan plans[] = {
  { "no-push-filters", { KG_OFF_PUSH_FILTERS, KG_BATCH_ROWS } },
  { "no-equal-constant", { KG_OFF_EQUAL_CONSTANT, KG_BATCH_ROWS } },
  { "no-flatten", { KG_OFF_FLATTEN, KG_BATCH_ROWS } },
  { "no-required-first", { KG_OFF_REQUIRED_FIRST, KG_BATCH_ROWS } },
  { "no-top-k", { KG_OFF_TOP_K, KG_BATCH_ROWS } },
  { "no-header-counts", { KG_OFF_HEADER_COUNTS, KG_BATCH_ROWS } },
  { "no-semi-join", { KG_OFF_SEMI_JOIN, KG_BATCH_ROWS } },
  { "no-seeds", { KG_OFF_SEEDS, KG_BATCH_ROWS } },
  { "no-prune", { KG_OFF_PRUNE, KG_BATCH_ROWS } },
  { "no-reorder", { KG_OFF_REORDER, KG_BATCH_ROWS } },
  { "no-equal-keys", { KG_OFF_EQUAL_KEYS, KG_BATCH_ROWS } },
  { "disk-sort", { KG_OFF_SORT_MEMORY, KG_BATCH_ROWS } },
  { "pairwise", { KG_OFF_LEAPFROG, KG_BATCH_ROWS } },
  { "leapfrog", { KG_OFF_PAIRWISE, KG_BATCH_ROWS } },
  { "no-ranges", { KG_OFF_RANGES, KG_BATCH_ROWS } },
  { "no-sideways", { KG_OFF_SIDEWAYS, KG_BATCH_ROWS } },
  { "all-rows", { KG_OFF_GOAL, KG_BATCH_ROWS } },
  { "first-row", { KG_OFF_ALL_ROWS, KG_BATCH_ROWS } },
  { "first-row-2", { KG_OFF_ALL_ROWS, 2 } },
  { "no-trial", { KG_OFF_TRIAL, KG_BATCH_ROWS } },
  { "plain-paths", { KG_OFF_REACH, KG_BATCH_ROWS } },
  { "count-late", { KG_OFF_COUNT_FIRST, KG_BATCH_ROWS } },
  { "count-first", { KG_OFF_COUNT_LATE, KG_BATCH_ROWS } },
  { "count-first-2", { KG_OFF_COUNT_LATE, 2 } },
  { "hash-join", { KG_OFF_INDEX_JOIN | KG_OFF_MERGE_JOIN, KG_BATCH_ROWS } },
  { "merge-join", { KG_OFF_INDEX_JOIN | KG_OFF_HASH_JOIN, KG_BATCH_ROWS } },
  { "index-join", { KG_OFF_MERGE_JOIN | KG_OFF_HASH_JOIN, KG_BATCH_ROWS } },
  { "plain", { UINT32_MAX, KG_BATCH_ROWS } },
  { "batch-1", { 0, 1 } },
  { "batch-2", { 0, 2 } },
  { "batch-7", { 0, 7 } },
  { "plain-batch-2", { UINT32_MAX, 2 } },
};
#define PLAN_COUNT (sizeof plans / sizeof plans[0])

typedef struct settings {
  uint64_t count, seed;
  const named_plan *plan; /* NULL: the seeds take turns */
  bool show;
} settings;

typedef struct tally {
  uint64_t passed, failed, open, too_big, refused;
  uint64_t compared[PLAN_COUNT], stored[4];
} tally;

/* Where quads and terms lie. A second commit brings its terms into the append range and its quads into the
 * delta; compacting puts all that is there into ordered terms and blocks. */
typedef enum { STORED_DELTA, STORED_TWO_COMMITS, STORED_BLOCKS, STORED_HALF_AND_HALF } storage;
static const char *const storage_names[] = { "one commit in the delta", "two commits in the delta",
                                             "blocks and ordered terms",
                                             "half in blocks, half appended, some deleted" };

/* Quads in a database of their own. */
typedef struct world {
  kg_arena arena;
  model_quad *quads;
  size_t count;
  storage stored;
  bool strict;
  kgq_db *db;
  kgq_conn *conn;
} world;

static void die(const char *what, kgq_error *err) {
  fprintf(stderr, "%s: %s\n", what, kgq_error_message(err));
  exit(2);
}

/* ---- two documents ------------------------------------------------------------------------------ */

/* Blank node labels hold within one document: those of a second one are other nodes. */
static void rename_blank_nodes(kg_arena *arena, kg_term *t) {
  if (t->kind == KG_TERM_BNODE) {
    if (kg_arena_print(arena, &t->text, NULL, "%.*sx", KG_ARG(t->text)) != KGQ_OK) {
      exit(2);
    }
  } else if (t->kind == KG_TERM_TRIPLE) {
    kg_term *parts = model_alloc(arena, 3 * sizeof *parts);
    for (int i = 0; i < 3; i++) {
      parts[i] = t->triple[i];
      rename_blank_nodes(arena, &parts[i]);
    }
    t->triple = parts;
  }
}

static model_value renamed(kg_arena *arena, model_value v) {
  kg_term t = v ? *v : (kg_term){ .kind = KG_TERM_NONE };
  rename_blank_nodes(arena, &t);
  return v ? model_term(arena, t) : NULL;
}

static void make_second_document(world *w, size_t from) {
  for (size_t i = from; i < w->count; i++) {
    for (int k = 0; k < 3; k++) {
      w->quads[i].part[k] = renamed(&w->arena, w->quads[i].part[k]);
    }
    w->quads[i].graph = renamed(&w->arena, w->quads[i].graph);
  }
}

/* ---- the engine's side -------------------------------------------------------------------------- */

static void load(kgq_conn *conn, const model_quad *quads, size_t count) {
  kgq_error *err = NULL;
  kgq_load *job = NULL;
  kg_buf text;
  kgq_load_options options = KGQ_LOAD_OPTIONS_INIT;
  options.format = "nq";
  kg_buf_init(&text, NULL);
  model_write_nquads(quads, count, &text);
  if (kgq_load_begin(conn, &options, &job, &err) != KGQ_OK ||
      kgq_load_bytes(job, "generated.nq", text.bytes ? text.bytes : "", text.len, &err) != KGQ_OK ||
      kgq_load_commit(job, NULL, &err) != KGQ_OK) {
    die("the generated data do not load", err);
  }
  kgq_load_free(job);
  kg_buf_free(&text);
}

static void run_update(kgq_conn *conn, const char *verb, kgq_str triples) {
  kgq_error *err = NULL;
  kgq_stmt *stmt = NULL;
  kg_buf text;
  kg_buf_init(&text, NULL);
  if (kg_buf_print(&text, &err, "%s DATA { ", verb) != KGQ_OK ||
      kg_buf_add_str(&text, triples, &err) != KGQ_OK || kg_buf_add_text(&text, " }", &err) != KGQ_OK ||
      kgq_prepare(conn, text.bytes, text.len, &stmt, &err) != KGQ_OK || kgq_step(stmt, &err) != KGQ_DONE) {
    die("the generated data are not updated", err);
  }
  kgq_finalize(stmt);
  kg_buf_free(&text);
}

static bool holds(const world *w, const char *subject, const char *object) {
  for (size_t i = 0; i < w->count; i++) {
    const model_quad *q = &w->quads[i];
    if (!q->graph && kg_str_equal(q->part[0]->text, kg_str(subject)) &&
        kg_str_equal(q->part[1]->text, KG_STR("http://example.org/p1")) &&
        kg_str_equal(q->part[2]->text, kg_str(object))) {
      return true;
    }
  }
  return false;
}

/* Triples ?s :p1 ?o of the default graph that are not among the quads, and a graph of its own: to be stored
 * and deleted again. */
static void list_passing(const world *w, kg_buf *out) {
  for (unsigned i = 0; i < 16; i++) {
    char subject[32], object[32];
    snprintf(subject, sizeof subject, "http://example.org/s%u", i / 4);
    snprintf(object, sizeof object, "http://example.org/s%u", i % 4);
    if (!holds(w, subject, object) &&
        kg_buf_print(out, NULL, "<%s> <http://example.org/p1> <%s> . ", subject, object) != KGQ_OK) {
      exit(2);
    }
  }
  if (kg_buf_add_text(out,
                      "GRAPH <http://example.org/g9> { <http://example.org/s1> a <http://example.org/s9> }",
                      NULL) != KGQ_OK) {
    exit(2);
  }
}

static void compact(kgq_conn *conn) {
  kgq_error *err = NULL;
  if (kgq_compact(conn, &err) != KGQ_OK) {
    die("the generated data are not compacted", err);
  }
}

static void store(world *w, size_t first_commit) {
  kg_buf passing;
  kg_buf_init(&passing, NULL);
  list_passing(w, &passing);
  load(w->conn, w->quads, first_commit);
  if (w->stored == STORED_HALF_AND_HALF) {
    run_update(w->conn, "INSERT", kg_buf_str(&passing));
  }
  if (w->stored == STORED_BLOCKS || w->stored == STORED_HALF_AND_HALF) {
    compact(w->conn);
  }
  if (first_commit < w->count) {
    load(w->conn, w->quads + first_commit, w->count - first_commit);
  }
  if (w->stored == STORED_HALF_AND_HALF) {
    run_update(w->conn, "DELETE", kg_buf_str(&passing));
  }
  kg_buf_free(&passing);
}

static void world_open(world *w, size_t first_commit) {
  kgq_error *err = NULL;
  if (kgq_open(":memory:", NULL, &w->db, &err) != KGQ_OK || kgq_connect(w->db, &w->conn, &err) != KGQ_OK) {
    die("no database in memory", err);
  }
  kgq_set(w->conn, KGQ_SET_LANGUAGE, KGQ_LANG_SPARQL);
  store(w, first_commit);
  kgq_set(w->conn, KGQ_SET_DEFAULT_GRAPH, w->strict ? KGQ_DEFAULT_GRAPH_STRICT : KGQ_DEFAULT_GRAPH_UNION);
  kgq_set_limit(w->conn, KGQ_LIMIT_TIME_MS, TIME_LIMIT_MS);
}

/* Quads of the first commit. */
static size_t first_part(const world *w) {
  return w->stored == STORED_TWO_COMMITS || w->stored == STORED_HALF_AND_HALF ? w->count / 2 : w->count;
}

static void world_close(world *w) {
  kgq_disconnect(w->conn);
  kgq_close(w->db);
}

static kgq_str copy(kg_arena *arena, kgq_str text) {
  kgq_str out = KG_STR("");
  if (kg_arena_copy(arena, text, &out, NULL) != KGQ_OK) {
    exit(2);
  }
  return out;
}

/* The triple term that a column's text writes. */
static model_value read_triple(kg_arena *arena, kgq_str text) {
  const kg_parse_options options = { .name = "cell" };
  kg_term term;
  if (kg_parse_term(text, &options, arena, &term, NULL) !=
      KGQ_OK) { /* with blank nodes inside: only its kind counts */
    kg_term *parts = model_alloc(arena, 3 * sizeof *parts);
    parts[0] = parts[1] = parts[2] = kg_term_iri(text);
    term = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = parts };
  }
  return model_term(arena, term);
}

/* A cell, and its term in *value, for looking at the order of rows. */
static kgq_str engine_cell(kg_arena *arena, kgq_stmt *stmt, int column, model_value *value) {
  kgq_term t;
  *value = NULL;
  if (kgq_column_term(stmt, column, &t) != KGQ_OK || t.kind == KGQ_UNBOUND) {
    return KG_STR("");
  }
  kg_term term = kg_term_typed(copy(arena, t.text), t.lang.len ? KG_STR("") : copy(arena, t.datatype));
  term.kind = (kg_term_kind)t.kind;
  term.direction = (kg_direction)t.direction;
  term.lang = copy(arena, t.lang);
  if (t.kind != KGQ_LITERAL) {
    term.datatype = KG_STR("");
  }
  *value = t.kind == KGQ_TRIPLE ? read_triple(arena, term.text) : model_term(arena, term);
  return t.kind == KGQ_TRIPLE ? term.text : model_cell(arena, &term);
}

typedef struct engine_rows {
  model_answers answers;
  model_value **values;
  size_t capacity;
} engine_rows;

static void take_row(kg_arena *arena, kgq_stmt *stmt, engine_rows *out) {
  model_answers *a = &out->answers;
  if (a->count == out->capacity) {
    const size_t capacity = out->capacity ? out->capacity * 2 : 32;
    kgq_str **rows = model_alloc(arena, capacity * sizeof *rows);
    model_value **values = model_alloc(arena, capacity * sizeof *values);
    if (a->count) {
      memcpy(rows, a->rows, a->count * sizeof *rows);
      memcpy(values, out->values, a->count * sizeof *values);
    }
    a->rows = rows;
    out->values = values;
    out->capacity = capacity;
  }
  a->rows[a->count] = model_alloc(arena, (a->width + 1u) * sizeof(kgq_str));
  out->values[a->count] = model_alloc(arena, (a->width + 1u) * sizeof(model_value));
  for (uint32_t c = 0; c < a->width; c++) {
    a->rows[a->count][c] = engine_cell(arena, stmt, (int)c, &out->values[a->count][c]);
  }
  a->count++;
}

static kgq_status read_rows(kg_arena *arena, kgq_stmt *stmt, engine_rows *out, kgq_error **err) {
  const int32_t form = kgq_stmt_form(stmt);
  kgq_status st = KGQ_OK;
  model_answers *a = &out->answers;
  a->width = form == KGQ_FORM_ASK ? 0 : (uint32_t)kgq_column_count(stmt);
  if (form == KGQ_FORM_SELECT) {
    a->names = model_alloc(arena, (a->width + 1u) * sizeof *a->names);
  }
  for (uint32_t c = 0; c < a->width && a->names; c++) {
    a->names[c] = copy(arena, kg_str(kgq_column_name(stmt, (int)c)));
  }
  while ((st = kgq_step(stmt, err)) == KGQ_ROW) {
    if (form == KGQ_FORM_ASK) {
      a->yes = kg_str_equal(kgq_column_text(stmt, 0), KG_STR("true"));
    } else {
      take_row(arena, stmt, out);
    }
  }
  return st == KGQ_DONE ? KGQ_OK : st;
}

static kgq_status run_engine(world *w, kgq_str query, const kg_plan_options *plan, kg_arena *arena,
                             engine_rows *out, kgq_error **err) {
  kgq_stmt *stmt = NULL;
  memset(out, 0, sizeof *out);
  kgq_status st = kgq_prepare(w->conn, query.ptr, query.len, &stmt, err);
  if (st == KGQ_OK) {
    if (plan) {
      kg_stmt_set_plan(stmt, plan);
    }
    st = read_rows(arena, stmt, out, err);
  }
  kgq_finalize(stmt);
  return st;
}

/* ---- one query ---------------------------------------------------------------------------------- */

typedef struct trial {
  kgq_str query;
  kg_ast *ast;
  model_result expected;
  model_answers answers;
  engine_rows found;
  const char *fault; /* NULL: none */
  char message[400];
} trial;

static kg_ast *parse(kgq_str query, char *message, size_t capacity) {
  kg_parse_options options = { .name = "query", .query_allowed = true };
  kg_ast *ast = NULL;
  kgq_error *err = NULL;
  if (kg_parse_sparql(query, &options, &ast, &err) != KGQ_OK) {
    snprintf(message, capacity, "%s", kgq_error_message(err));
    kgq_error_free(err);
    return NULL;
  }
  return ast;
}

static void judge(world *w, trial *t, const kg_plan_options *plan, kg_arena *arena) {
  kgq_error *err = NULL;
  const kg_form form = t->ast->form;
  const model_comparison how = form == KG_FORM_CONSTRUCT ? MODEL_SET
                               : t->ast->select.reduced  ? MODEL_REDUCED
                                                         : MODEL_MULTISET;
  t->fault = NULL;
  if (run_engine(w, t->query, plan, arena, &t->found, &err) != KGQ_OK) {
    t->fault = "the engine fails";
    snprintf(t->message, sizeof t->message, "%s %s", kgq_status_name(kgq_error_status(err)),
             kgq_error_message(err));
    kgq_error_free(err);
  } else if (!model_answers_same(arena, &t->answers, &t->found.answers, how)) {
    t->fault = "the answers differ";
  } else if (form == KG_FORM_SELECT && t->ast->select.order &&
             model_breaks_order(arena, t->ast, t->found.values, t->found.answers.count)) {
    t->fault = "the engine's rows are not in order";
  }
}

/* false: nothing to compare. */
static bool expect(const world *w, trial *t, kg_arena *arena) {
  t->expected = model_query(arena, t->ast, w->quads, w->count, !w->strict);
  if (t->expected.form == KG_FORM_ASK) {
    t->expected.width = 0;
    t->expected.count = 0;
  } else {
    t->expected.yes = false;
  }
  t->answers = model_answers_of(arena, &t->expected);
  return !t->expected.too_big && !t->expected.undetermined;
}

/* ---- printing a difference ---------------------------------------------------------------------- */

static bool still_differs(const world *w, const trial *t, const kg_plan_options *plan) {
  world smaller = *w;
  trial again = *t;
  kg_arena arena;
  kg_arena_init(&arena, NULL);
  again.fault = NULL;
  if (expect(&smaller, &again, &arena)) {
    world_open(&smaller, first_part(&smaller));
    judge(&smaller, &again, plan, &arena);
    world_close(&smaller);
  }
  kg_arena_free(&arena);
  return again.fault != NULL;
}

/* Leaves out quads as long as the difference stays. */
static void fewer_quads(world *w, const trial *t, const kg_plan_options *plan) {
  for (size_t i = w->count; i-- > 0;) {
    const model_quad left_out = w->quads[i];
    memmove(&w->quads[i], &w->quads[i + 1], (w->count - i - 1) * sizeof left_out);
    w->count--;
    if (!still_differs(w, t, plan)) {
      memmove(&w->quads[i + 1], &w->quads[i], (w->count - i) * sizeof left_out);
      w->quads[i] = left_out;
      w->count++;
    }
  }
}

static void print_data(const world *w) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  model_write_nquads(w->quads, w->count, &text);
  printf("%.*s", (int)text.len, text.len ? text.bytes : "");
  kg_buf_free(&text);
}

static void report(const world *w, trial *t, const named_plan *other, uint64_t seed) {
  const kg_plan_options *plan = other ? &other->options : NULL;
  world small = *w;
  kg_arena arena;
  kg_arena_init(&arena, NULL);
  small.quads = model_alloc(&arena, (w->count + 1) * sizeof *small.quads);
  if (w->count) {
    memcpy(small.quads, w->quads, w->count * sizeof *small.quads);
  }
  printf("--- seed %llu (%s default graph; %s; plan: %s): %s\n", (unsigned long long)seed,
         w->strict ? "strict" : "union", storage_names[w->stored], other ? other->name : "usual", t->fault);
  trial again = *t;
  if (still_differs(&small, t, plan)) {
    fewer_quads(&small, t, plan);
    expect(&small, &again, &arena);
    world_open(&small, first_part(&small));
    judge(&small, &again, plan, &arena);
    world_close(&small);
  }
  print_data(&small);
  printf("  query: %.*s\n  expected:\n", (int)t->query.len, t->query.ptr);
  model_answers_print(&again.answers, t->ast->form);
  printf("  found: %s\n", again.message);
  model_answers_print(&again.found.answers, t->ast->form);
  kg_arena_free(&arena);
}

/* A tree printed as SPARQL and read again is the same tree. */
static void print_and_read(trial *t, bool pretty) {
  kg_buf text;
  kg_buf_init(&text, NULL);
  kg_ast *again = kg_ast_print(t->ast, pretty, &text, NULL) == KGQ_OK
                      ? parse(kg_buf_str(&text), t->message, sizeof t->message)
                      : NULL;
  char *before = dump_ast(t->ast), *after = again ? dump_ast(again) : NULL;
  if (!after || strcmp(before, after)) {
    t->fault = "its print is another query";
    printf("---\n%s\n%s\n%.*s\n", before, after ? after : t->message, (int)text.len, text.bytes);
  }
  free(before);
  free(after);
  kg_ast_free(again);
  kg_buf_free(&text);
}

/* ---- the run ------------------------------------------------------------------------------------ */

static const named_plan *plan_of(uint64_t seed, const settings *s) {
  return s->plan ? s->plan : &plans[seed % PLAN_COUNT];
}

static void show(const trial *t, uint64_t seed, bool compared) {
  printf("seed %llu%s: %.*s\n", (unsigned long long)seed, compared ? "" : " (not compared)",
         (int)t->query.len, t->query.ptr);
  if (compared) {
    model_answers_print(&t->answers, t->ast->form);
  }
}

static void compare_plans(world *w, trial *t, const settings *s, uint64_t seed, tally *sum, kg_arena *arena) {
  const named_plan *other = plan_of(seed, s), *plan = NULL;
  judge(w, t, NULL, arena);
  if (!t->fault) {
    plan = other;
    judge(w, t, &plan->options, arena);
  }
  if (!t->fault) {
    print_and_read(t, seed & 1);
  }
  sum->compared[other - plans]++;
  sum->stored[w->stored]++;
  sum->passed += t->fault == NULL;
  sum->failed += t->fault != NULL;
  if (t->fault && sum->failed <= SHOWN_MAX) {
    report(w, t, plan, seed);
  }
}

static void run_query(world *w, const settings *s, uint64_t seed, tally *sum) {
  trial t = { .fault = NULL };
  kg_buf text;
  kg_arena arena;
  kg_buf_init(&text, NULL);
  kg_arena_init(&arena, NULL);
  model_generate_query(seed, w->quads, w->count, w->strict, &text);
  t.query = kg_buf_str(&text);
  t.ast = parse(t.query, t.message, sizeof t.message);
  if (!t.ast) { /* the generator or the parser is wrong */
    sum->refused++;
    sum->failed++;
    printf("--- seed %llu: refused: %s\n  query: %s\n", (unsigned long long)seed, t.message, t.query.ptr);
  } else {
    const bool compared = expect(w, &t, &arena);
    sum->too_big += t.expected.too_big;
    sum->open += !compared && !t.expected.too_big;
    if (s->show) {
      show(&t, seed, compared);
    }
    if (compared) {
      compare_plans(w, &t, s, seed, sum, &arena);
    }
    kg_ast_free(t.ast);
  }
  kg_arena_free(&arena);
  kg_buf_free(&text);
}

/* The seeds from `seed` on that share its data. */
static uint64_t run_dataset(const settings *s, uint64_t seed, tally *sum) {
  const uint64_t number = seed / QUERIES_A_DATASET;
  world w = { .stored = (storage)((number & 1) | (number >> 1 & 2)), .strict = number & 2 };
  kg_arena_init(&w.arena, NULL);
  w.count = model_generate_data(&w.arena, number, &w.quads);
  const size_t first_commit = first_part(&w);
  make_second_document(&w, first_commit);
  world_open(&w, first_commit);
  do {
    run_query(&w, s, seed++, sum);
  } while (seed % QUERIES_A_DATASET && sum->passed + sum->failed < s->count);
  world_close(&w);
  kg_arena_free(&w.arena);
  return seed;
}

static const named_plan *plan_named(const char *name) {
  for (size_t i = 0; i < PLAN_COUNT; i++) {
    if (!strcmp(plans[i].name, name)) {
      return &plans[i];
    }
  }
  return NULL;
}

static void print_usage(void) {
  fputs("usage: differential [--count N] [--seed S] [--plan NAME] [--show]\nplans:", stderr);
  for (size_t i = 0; i < PLAN_COUNT; i++) {
    fprintf(stderr, " %s", plans[i].name);
  }
  fputc('\n', stderr);
}

static void print_coverage(const tally *sum) {
  printf("usual plan %llu", (unsigned long long)(sum->passed + sum->failed));
  for (size_t i = 0; i < PLAN_COUNT; i++) {
    printf(", %s %llu", plans[i].name, (unsigned long long)sum->compared[i]);
  }
  for (size_t i = 0; i < 4; i++) {
    printf("%s%s %llu", i ? ", " : "\n", storage_names[i], (unsigned long long)sum->stored[i]);
  }
  putchar('\n');
}

static bool read_settings(int argc, char **argv, settings *s) {
  for (int i = 1; i < argc; i++) {
    const bool more = i + 1 < argc;
    if (!strcmp(argv[i], "--count") && more) {
      s->count = strtoull(argv[++i], NULL, 10);
    } else if (!strcmp(argv[i], "--seed") && more) {
      s->seed = strtoull(argv[++i], NULL, 10);
    } else if (!strcmp(argv[i], "--plan") && more) {
      s->plan = plan_named(argv[++i]);
      if (!s->plan) {
        return false;
      }
    } else if (!strcmp(argv[i], "--show")) {
      s->show = true;
    } else {
      return false;
    }
  }
  return true;
}

int main(int argc, char **argv) {
  settings s = { .count = 2000, .seed = 1 };
  tally sum = { .passed = 0 };
  if (!read_settings(argc, argv, &s)) {
    print_usage();
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  uint64_t seed = s.seed;
  while (sum.passed + sum.failed < s.count) {
    seed = run_dataset(&s, seed, &sum);
  }
  printf("seeds %llu to %llu; not compared: %llu left open by the standard, %llu too large for the model\n",
         (unsigned long long)s.seed, (unsigned long long)seed - 1, (unsigned long long)sum.open,
         (unsigned long long)sum.too_big);
  print_coverage(&sum);
  printf("%llu passed, %llu failed\n", (unsigned long long)sum.passed, (unsigned long long)sum.failed);
  return sum.failed ? 1 : 0;
}
