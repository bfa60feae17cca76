/* tests/oxigraph/answers.c: generated data and queries with the engine's answers, for another engine to be
 * compared.
 *
 * answers COUNT [SEED] > records: a line `data BYTES`, `query SEED union|strict set|bag BYTES` or `answer
 * json|nt|error BYTES`, each followed by that many bytes and LF. Answers follow their query, queries their
 * data (N-Quads). Only queries whose answer the standard determines, by the naive evaluator of tests/model;
 * COUNT of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "query/parse.h"
#include "tests/model/answers.h"
#include "tests/model/generate.h"

#define QUERIES_A_DATASET 20u

#define XSD "http://www.w3.org/2001/XMLSchema#"

static const struct {
  const char *text, *datatype, *kept_text, *kept_datatype;
} replaced[] = {
  { "01", XSD "integer", "7", XSD "integer" },
  { "2", XSD "int", "6", XSD "integer" },
  { "+1", XSD "nonNegativeInteger", "8", XSD "integer" },
  { "1200", XSD "byte", "1200", XSD "integer" },
  { "1.0", XSD "decimal", "1.5", XSD "decimal" },
  { "2.50", XSD "decimal", "2.5", XSD "decimal" },
  { "1.0E0", XSD "double", "1", XSD "double" },
  { "2e0", XSD "double", "2", XSD "double" },
  { "-1.5E0", XSD "double", "-1.5", XSD "double" },
  { "1", XSD "boolean", "true", XSD "boolean" },
};
#define REPLACED_COUNT (sizeof replaced / sizeof replaced[0])

static void die(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(2);
}

/* ---- literals that Oxigraph keeps ----------------------------------------------------------------- */

static void keep_term(kg_arena *arena, kg_term *t) {
  if (kg_str_equal(t->lang, KG_STR("en-GB"))) {
    t->lang = KG_STR("en-gb");
  }
  for (size_t i = 0; t->kind == KG_TERM_LITERAL && i < REPLACED_COUNT; i++) {
    if (kg_str_equal(t->text, kg_str(replaced[i].text)) &&
        kg_str_equal(t->datatype, kg_str(replaced[i].datatype))) {
      t->text = kg_str(replaced[i].kept_text);
      t->datatype = kg_str(replaced[i].kept_datatype);
      return;
    }
  }
  if (t->kind == KG_TERM_TRIPLE) {
    kg_term *parts = model_alloc(arena, 3 * sizeof *parts);
    for (int i = 0; i < 3; i++) {
      parts[i] = t->triple[i];
      keep_term(arena, &parts[i]);
    }
    t->triple = parts;
  }
}

static void keep_quads(kg_arena *arena, model_quad *quads, size_t count) {
  for (size_t i = 0; i < count; i++) {
    for (int k = 0; k < 3; k++) {
      kg_term t = *quads[i].part[k];
      keep_term(arena, &t);
      quads[i].part[k] = model_term(arena, t);
    }
  }
}

/* The query's literals, which stand there in full. */
static void keep_query(const kg_buf *in, kg_buf *out) {
  const char *at = in->bytes;
  while (*at) {
    char found[160], kept[160];
    if (strncmp(at, "@en-GB", 6) == 0) {
      at += 6;
      if (kg_buf_add_text(out, "@en-gb", NULL) != KGQ_OK) {
        die("no memory");
      }
      continue;
    }
    size_t i = 0, length = 1;
    for (; *at == '"' && i < REPLACED_COUNT; i++) {
      snprintf(found, sizeof found, "\"%s\"^^<%s>", replaced[i].text, replaced[i].datatype);
      snprintf(kept, sizeof kept, "\"%s\"^^<%s>", replaced[i].kept_text, replaced[i].kept_datatype);
      if (strncmp(at, found, strlen(found)) == 0) {
        length = strlen(found);
        break;
      }
    }
    if ((length > 1 ? kg_buf_add_text(out, kept, NULL) : kg_buf_add(out, at, 1, NULL)) != KGQ_OK) {
      die("no memory");
    }
    at += length;
  }
  if (kg_buf_add(out, "", 1, NULL) != KGQ_OK) {
    die("no memory");
  }
  out->len--;
}

/* ---- the engine ----------------------------------------------------------------------------------- */

static int take(void *arg, const char *bytes, size_t count) {
  return kg_buf_add((kg_buf *)arg, bytes, count, NULL) == KGQ_OK ? 0 : 1;
}

static void put(const char *head, const kg_buf *text) {
  printf("%s %zu\n", head, text->len);
  fwrite(text->len ? text->bytes : "", 1, text->len, stdout);
  putchar('\n');
}

static kgq_conn *open_with(kgq_db **db, const kg_buf *data, bool strict) {
  kgq_conn *conn = NULL;
  kgq_load *load = NULL;
  kgq_load_options options = KGQ_LOAD_OPTIONS_INIT;
  options.format = "nq";
  if (kgq_open(":memory:", NULL, db, NULL) != KGQ_OK || kgq_connect(*db, &conn, NULL) != KGQ_OK ||
      kgq_load_begin(conn, &options, &load, NULL) != KGQ_OK ||
      kgq_load_bytes(load, "data.nq", data->len ? data->bytes : "", data->len, NULL) != KGQ_OK ||
      kgq_load_commit(load, NULL, NULL) != KGQ_OK) {
    die("the generated data do not load");
  }
  kgq_load_free(load);
  kgq_set(conn, KGQ_SET_DEFAULT_GRAPH, strict ? KGQ_DEFAULT_GRAPH_STRICT : KGQ_DEFAULT_GRAPH_UNION);
  kgq_set(conn, KGQ_SET_LANGUAGE, KGQ_LANG_SPARQL);
  return conn;
}

/* Is the answer determined? If so, *how tells in which sense rows are compared. */
static bool is_determined(kgq_str query, const model_quad *quads, size_t count, bool strict,
                          const char **how) {
  const kg_parse_options options = { .name = "query", .query_allowed = true };
  kg_ast *ast = NULL;
  kg_arena arena;
  kg_arena_init(&arena, NULL);
  if (kg_parse_sparql(query, &options, &ast, NULL) != KGQ_OK) {
    die("a generated query is refused");
  }
  const model_result expected = model_query(&arena, ast, quads, count, !strict);
  *how = ast->form == KG_FORM_CONSTRUCT || ast->select.reduced ? "set" : "bag";
  kg_ast_free(ast);
  kg_arena_free(&arena);
  return !expected.too_big && !expected.undetermined;
}

static void answer(kgq_conn *conn, kgq_str query) {
  kg_buf out;
  kgq_stmt *stmt = NULL;
  kgq_error *err = NULL;
  kg_buf_init(&out, NULL);
  kgq_status st = kgq_prepare(conn, query.ptr, query.len, &stmt, &err);
  const bool graph = st == KGQ_OK && kgq_stmt_form(stmt) == KGQ_FORM_CONSTRUCT;
  if (st == KGQ_OK) {
    st = kgq_write_results(stmt, graph ? "nt" : "json", take, &out, &err);
  }
  put(st != KGQ_OK ? "answer error" : graph ? "answer nt" : "answer json", &out);
  kgq_error_free(err);
  kgq_finalize(stmt);
  kg_buf_free(&out);
}

/* The queries of one data set, until `left` of them are written. */
static uint64_t run_dataset(uint64_t seed, uint64_t *left) {
  const uint64_t number = seed / QUERIES_A_DATASET;
  const bool strict = (number & 2) != 0;
  kg_arena arena;
  kg_buf data;
  kgq_db *db = NULL;
  model_quad *quads = NULL;
  kg_arena_init(&arena, NULL);
  kg_buf_init(&data, NULL);
  const size_t count = model_generate_data(&arena, number, &quads);
  keep_quads(&arena, quads, count);
  model_write_nquads(quads, count, &data);
  put("data", &data);
  kgq_conn *conn = open_with(&db, &data, strict);
  do {
    kg_buf text, written;
    const char *how = "bag";
    kg_buf_init(&text, NULL);
    kg_buf_init(&written, NULL);
    model_generate_query(seed, quads, count, strict, &written);
    keep_query(&written, &text);
    if (is_determined(kg_buf_str(&text), quads, count, strict, &how)) {
      char head[100];
      snprintf(head, sizeof head, "query %llu %s %s", (unsigned long long)seed, strict ? "strict" : "union",
               how);
      put(head, &text);
      answer(conn, kg_buf_str(&text));
      --*left;
    }
    kg_buf_free(&text);
    kg_buf_free(&written);
  } while (++seed % QUERIES_A_DATASET && *left > 0);
  kgq_disconnect(conn);
  kgq_close(db);
  kg_buf_free(&data);
  kg_arena_free(&arena);
  return seed;
}

int main(int argc, char **argv) {
  uint64_t left = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
  uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  while (left > 0) {
    seed = run_dataset(seed, &left);
  }
  return 0;
}
