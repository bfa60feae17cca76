/* tests/unit/calc_fixture.h: an empty database in memory and expressions over it, for the tests of query/.
 *
 * An expression is read as SPARQL and computed by query/expr.c; its result and the expected term are compared
 * by id, that is as RDF terms.
 */
#ifndef KG_TESTS_CALC_FIXTURE_H
#define KG_TESTS_CALC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "query/expr.h"
#include "query/parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct calc_fixture {
  kgq_db *db;
  kg_snap *snap;
  kg_terms *terms;
  kg_arena arena;
  kg_cancel cancel;
  void *shared; /* of expressions compiled into `arena` */
} calc_fixture;

static calc_fixture fx;

static void check(kgq_status st, kgq_error *err, const char *what) {
  if (st != KGQ_OK) {
    fail_msg("%s: %s", what, kgq_error_message(err));
  }
  kgq_error_free(err);
}

static inline int calc_setup(void **state) {
  kgq_error *err = NULL;
  (void)state;
  memset(&fx, 0, sizeof fx);
  if (kgq_open(":memory:", NULL, &fx.db, &err) != KGQ_OK || kg_snap_take(fx.db, &fx.snap, &err) != KGQ_OK) {
    print_error("%s\n", kgq_error_message(err));
    return -1;
  }
  kg_cancel_init(&fx.cancel, &kg_libc_allocator, NULL);
  kg_arena_init(&fx.arena, &kg_libc_allocator);
  return kg_terms_new(fx.snap, &kg_libc_allocator, &fx.terms, &err) == KGQ_OK ? 0 : -1;
}

static inline int calc_teardown(void **state) {
  (void)state;
  kg_terms_free(fx.terms);
  kg_snap_drop(fx.snap);
  kg_arena_free(&fx.arena);
  return kgq_close(fx.db) == KGQ_OK ? 0 : -1;
}

/* The tree of `SELECT (text AS ?result_) {}`; NULL with *err set if it cannot be read. */
static inline const kg_expr *calc_parse(const char *text, kg_ast **ast, kgq_error **err) {
  kg_buf query;
  const kg_parse_options options = { .name = "test",
                                     .query_allowed = true,
                                     .base = KG_STR("http://base.example/x/") };
  kg_buf_init(&query, &kg_libc_allocator);
  *ast = NULL;
  kgq_status st = kg_buf_print(&query, err, "PREFIX : <http://example/> SELECT (%s AS ?result_) {}", text);
  if (st == KGQ_OK) {
    st = kg_parse_sparql(kg_buf_str(&query), &options, ast, err);
  }
  kg_buf_free(&query);
  return st == KGQ_OK ? (*ast)->select.projection->expr : NULL;
}

/* Columns: variable ?a is column 0, ?b 1, ?c 2; all others have none. */
static inline kg_expr_env calc_env(const kg_ast *ast, kg_arena *arena) {
  uint32_t *columns = (uint32_t *)kg_arena_zero(arena, (ast->var_count + 1) * sizeof(uint32_t));
  for (uint32_t i = 0; i < ast->var_count; i++) {
    const kgq_str name = ast->vars[i].name;
    columns[i] = name.len == 1 && name.ptr[0] >= 'a' && name.ptr[0] <= 'c' ? (uint32_t)(name.ptr[0] - 'a')
                                                                           : UINT32_MAX;
  }
  kg_expr_env env = {
    .ast = ast, .terms = fx.terms, .cancel = &fx.cancel, .arena = arena, .var_column = columns
  };
  env.var_count = ast->var_count;
  env.base = KG_STR("http://base.example/x/");
  env.shared = arena == &fx.arena ? &fx.shared : NULL;
  kg_date_parse(KG_STR("2025-10-31T17:29:00.5+09:00"), KG_DATE_DATETIME, &env.now);
  return env;
}

/* Computes `text` for each row of up to three columns; out[row]. The code goes into the arena. */
static inline void calc_rows_in(kg_arena *arena, const char *text, kg_id **columns, uint32_t rows,
                                kg_id *out) {
  kgq_error *err = NULL;
  kg_ast *ast = NULL;
  kg_cexpr *code = NULL;
  const kg_expr *expr = calc_parse(text, &ast, &err);
  check(expr ? KGQ_OK : KGQ_SYNTAX, err, text);
  const kg_expr_env env = calc_env(ast, arena);
  const kg_batch batch = {
    .columns = columns, .column_count = columns ? 3 : 0, .row_count = rows, .capacity = rows
  };
  err = NULL;
  kgq_status st = kg_expr_compile(expr, &env, &code, &err);
  if (st == KGQ_OK) {
    st = kg_expr_eval(code, &batch, out, &err);
  }
  kg_ast_free(ast);
  check(st, err, text);
}

static inline void calc_rows(const char *text, kg_id **columns, uint32_t rows, kg_id *out) {
  kg_arena arena;
  kg_arena_init(&arena, &kg_libc_allocator);
  calc_rows_in(&arena, text, columns, rows, out);
  kg_arena_free(&arena);
}

static inline kg_id calc_id(const char *text) {
  kg_id id = KG_ID_NONE;
  calc_rows(text, NULL, 1, &id);
  return id;
}

static inline const char *calc_text(kg_id id) {
  static char out[400];
  kg_buf buf;
  const kg_term *term = NULL;
  if (id == KG_ID_NONE) {
    return "error";
  }
  kg_buf_init(&buf, &kg_libc_allocator);
  if (kg_terms_get(fx.terms, id, &term, NULL) == KGQ_OK && kg_term_print(term, &buf, NULL) == KGQ_OK) {
    snprintf(out, sizeof out, "%.*s", KG_ARG(kg_buf_str(&buf)));
  }
  kg_buf_free(&buf);
  return out;
}

/* expected NULL: an error of the expression. Says what differs. */
static inline bool value_is(const char *text, const char *expected) {
  const kg_id got = calc_id(text);
  const kg_id want = expected ? calc_id(expected) : KG_ID_NONE;
  if (got != want) {
    print_error("%s gives %s", text, calc_text(got));
    print_error(" instead of %s\n", calc_text(want));
  }
  return got == want;
}

#endif
