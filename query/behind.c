/* query/behind.c: kgq_row_sources: the statements behind a row, with the article, words and speaker of each.
 *
 * The pattern is asked once more with the values of the row, which also finds what its hidden variables were;
 * the triples that come out are then looked up with all that is said about them. Of a path it is the triples
 * of a way from end to end (behind_path.c). Conditions and what is optional and absent have none. Values are
 * given as parameters, so that blank nodes, which no text can name, are found too.
 */
#include <string.h>

#include "core/map.h"
#include "graph/vocab.h"
#include "query/behind_path.h"
#include "query/inquiry.h"

#define SOLUTIONS_MAX 200 /* of one row: an aggregate has as many as its group */
#define TRIPLES_MAX   400

/* What is asked about each statement: a column of the answer, and the path to it. */
/* clang-format off */
#define ABOUT(X) \
  X(place, "kgq:place") \
  X(quote, "kgq:quote") \
  X(written, "kgq:objectWritten") \
  X(speaker, "prov:wasAttributedTo") \
  X(role, "kgq:saidAs") \
  X(status, "kgq:status") \
  X(date, "(kgq:on|kgq:from|kgq:to|kgq:by|kgq:before|kgq:after|kgq:about|kgq:saidOn)") \
  X(inferred, "kgq:inferred")
/* clang-format on */

typedef struct row { /* subject, predicate, object, graph; kind NONE: unknown */
  kg_term terms[4];
} row;

typedef struct behind {
  kgq_stmt *stmt;
  kg_arena arena;
  kg_map seen; /* printed rows */
  row *rows;
  size_t row_count;
  kgq_stmt *solutions;
  const kg_term *graph; /* of the path being walked; NULL: none */
} behind;

/* ---- the values of the row ---------------------------------------------------------------------- */

static bool uses_node(const kg_node *node, kg_var var) {
  return node->kind == KG_NODE_VAR && node->var == var;
}

/* Does a statement of the group (not one in a condition) have the variable? */
static bool uses(const kg_pattern *group, kg_var var) {
  for (const kg_pattern *m = group->first; m; m = m->next) {
    const bool statement =
        m->kind == KG_PATTERN_TRIPLE || m->kind == KG_PATTERN_PATH || m->kind == KG_PATTERN_MATCHES;
    if (statement &&
        (uses_node(&m->subject, var) || uses_node(&m->predicate, var) || uses_node(&m->object, var))) {
      return true;
    }
    if (m->kind == KG_PATTERN_GRAPH && uses_node(&m->graph, var)) {
      return true;
    }
    const bool inner = m->kind == KG_PATTERN_GROUP || m->kind == KG_PATTERN_OPTIONAL ||
                       m->kind == KG_PATTERN_GRAPH || m->kind == KG_PATTERN_UNION;
    if (inner && uses(m, var)) {
      return true;
    }
  }
  return false;
}

/* The text that finds the solutions behind the row: its pattern. */
static kgq_status solutions_text(behind *b, kg_buf *out, kgq_error **err) {
  const kg_ast *ast = b->stmt->ast;
  const kg_pattern *where = kg_inquiry_where(ast);
  kg_buf inner;
  kg_buf_init(&inner, out->allocator);
  kgq_status st = kg_inquiry_text(ast, where, "SELECT * WHERE { ", &inner, err);
  const kgq_str text = kg_buf_str(&inner);
  const char *second = st == KGQ_OK ? strstr(text.ptr, "SELECT * WHERE {  WHERE ") : NULL;
  if (second) { /* the group stands inside another */
    const size_t head = (size_t)(second - text.ptr) + strlen("SELECT * WHERE { ");
    st = kg_buf_add(out, text.ptr, head, err);
    if (st == KGQ_OK) {
      st = kg_buf_add(out, text.ptr + head + strlen(" WHERE "), text.len - head - strlen(" WHERE "), err);
    }
  }
  if (st == KGQ_OK) {
    st = kg_buf_print(out, err, " } LIMIT %d", SOLUTIONS_MAX);
  }
  kg_buf_free(&inner);
  return st;
}

/* The columns of the row that its pattern has become parameters of the statement that asks again. */
static kgq_status give_values(behind *b, kgq_error **err) {
  const kg_ast *ast = b->stmt->ast;
  const kg_pattern *where = kg_inquiry_where(ast);
  int column = 0;
  for (const kg_projection *p = ast->select.projection; p && ast->form == KG_FORM_SELECT;
       p = p->next, column++) {
    const kg_term *term = NULL;
    kg_id id;
    KGQ_TRY(kg_stmt_term(b->stmt, column, &term, &id, err));
    if (term && uses(where, p->var)) {
      kgq_str name;
      KGQ_TRY(kg_arena_copy(&b->arena, ast->vars[p->var].name, &name, err));
      KGQ_TRY(kg_stmt_bind(b->solutions, name.ptr, term, err));
    }
  }
  return KGQ_OK;
}

/* ---- the triples of a solution ------------------------------------------------------------------ */

/* The value of a node in the solution at hand; NULL: none. */
static kgq_status value_of(behind *b, const kg_node *node, const kg_term **out, kgq_error **err) {
  *out = node->kind == KG_NODE_TERM ? &node->term : NULL;
  int column = 0;
  for (const kg_projection *p = b->solutions->ast->select.projection; p && node->kind == KG_NODE_VAR;
       p = p->next, column++) {
    if (p->var == node->var) {
      kg_id id;
      KGQ_TRY(kg_stmt_term(b->solutions, column, out, &id, err));
    }
  }
  return KGQ_OK;
}

/* Notes the row unless it is there. */
static kgq_status add_row(behind *b, const kg_term *const terms[4], kgq_error **err) {
  if (!terms[0] || !terms[1] || !terms[2] || b->row_count == TRIPLES_MAX) {
    return KGQ_OK;
  }
  kg_buf text;
  bool added = false;
  uint64_t *value = NULL;
  kg_buf_init(&text, b->arena.allocator);
  kgq_status st = KGQ_OK;
  for (unsigned i = 0; i < 4 && st == KGQ_OK; i++) {
    st = terms[i] ? kg_term_print(terms[i], &text, err) : KGQ_OK;
    st = st == KGQ_OK ? kg_buf_add_byte(&text, '\n', err) : st;
  }
  if (st == KGQ_OK) {
    st = kg_map_put(&b->seen, kg_buf_str(&text), &value, &added, NULL, err);
  }
  kg_buf_free(&text);
  row *to = &b->rows[b->row_count];
  for (unsigned i = 0; i < 4 && st == KGQ_OK && added; i++) {
    to->terms[i].kind = KG_TERM_NONE;
    st = terms[i] ? kg_term_copy(&b->arena, terms[i], &to->terms[i], err) : KGQ_OK;
  }
  b->row_count += st == KGQ_OK && added;
  return st;
}

static kgq_status add_step(void *arg, const kg_term *s, const kg_term *p, const kg_term *o, kgq_error **err) {
  behind *b = arg;
  const kg_term *const terms[4] = { s, p, o, b->graph };
  return add_row(b, terms, err);
}

static kgq_status add_statement(behind *b, const kg_pattern *m, const kg_node *graph, kgq_error **err) {
  const kg_term *terms[4] = { NULL, NULL, NULL, NULL };
  KGQ_TRY(value_of(b, &m->subject, &terms[0], err));
  KGQ_TRY(value_of(b, &m->object, &terms[2], err));
  KGQ_TRY(graph ? value_of(b, graph, &terms[3], err) : KGQ_OK);
  if (m->kind == KG_PATTERN_PATH) {
    const kg_term *const ends[2] = { terms[0], terms[2] };
    b->graph = terms[3];
    return ends[0] && ends[1]
               ? kg_path_triples(b->stmt->conn, &b->arena, m->path, ends, b->graph, add_step, b, err)
               : KGQ_OK;
  }
  KGQ_TRY(value_of(b, &m->predicate, &terms[1], err));
  return add_row(b, terms, err);
}

static bool is_reifies(const kg_node *verb) {
  return verb->kind == KG_NODE_TERM && kg_str_equal(verb->term.text, KG_STR(KG_RDF_REIFIES));
}

/* What is said about a statement has the reifier as subject. */
static bool is_about(const kg_pattern *group, const kg_pattern *m) {
  for (const kg_pattern *r = group->first; r; r = r->next) {
    if (r->kind == KG_PATTERN_TRIPLE && is_reifies(&r->predicate) && m->subject.kind == KG_NODE_VAR &&
        uses_node(&r->subject, m->subject.var)) {
      return true;
    }
  }
  return false;
}

/* As deep as the parser allowed: KG_LIMIT_NESTING. `outer` has the reifiers. */
static kgq_status walk(behind *b, const kg_pattern *group, const kg_pattern *outer, const kg_node *graph,
                       kgq_error **err) {
  for (const kg_pattern *m = group->first; m; m = m->next) {
    switch (m->kind) {
    case KG_PATTERN_TRIPLE:
    case KG_PATTERN_PATH:
      if (!is_about(group, m) && !is_about(outer, m)) {
        KGQ_TRY(add_statement(b, m, graph, err));
      }
      break;
    case KG_PATTERN_GROUP:
      KGQ_TRY(walk(b, m, group->kind == KG_PATTERN_GROUP ? group : outer, graph, err));
      break;
    case KG_PATTERN_OPTIONAL:
    case KG_PATTERN_UNION: KGQ_TRY(walk(b, m, group, graph, err)); break;
    case KG_PATTERN_GRAPH: KGQ_TRY(walk(b, m, group, &m->graph, err)); break;
    case KG_PATTERN_MINUS:
    case KG_PATTERN_SERVICE:
    case KG_PATTERN_FILTER:
    case KG_PATTERN_BIND:
    case KG_PATTERN_VALUES:
    case KG_PATTERN_SUBSELECT:
    case KG_PATTERN_MATCHES: break;
    }
  }
  return KGQ_OK;
}

static kgq_status collect_solutions(behind *b, kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, &b->stmt->conn->db->allocator);
  kgq_status st = solutions_text(b, &text, err);
  if (st == KGQ_OK) {
    st = kgq_prepare(b->stmt->conn, text.bytes, text.len, &b->solutions, err);
  }
  kg_buf_free(&text);
  if (st == KGQ_OK) {
    st = give_values(b, err);
  }
  while (st == KGQ_OK && (st = kgq_step(b->solutions, err)) == KGQ_ROW) {
    const kg_pattern *where = b->solutions->ast->select.where;
    st = walk(b, where, where, NULL, err);
  }
  kgq_finalize(b->solutions);
  return st == KGQ_DONE ? KGQ_OK : st;
}

/* ---- what is said about them -------------------------------------------------------------------- */

#define ABOUT_HEAD(name, path)                                                                               \
  " (GROUP_CONCAT(DISTINCT kgq:label(?" #name "); SEPARATOR=\", \") AS ?" #name "s)"
#define ABOUT_PATTERN(name, path) " OPTIONAL { ?r " path " ?" #name " }"
#define ABOUT_FIELD(name, path)   .name = article ? kgq_column_label(stmt, COLUMN_##name, NULL) : none,
#define ABOUT_COLUMN(name, path)  COLUMN_##name,

enum { COLUMN_s, COLUMN_p, COLUMN_o, COLUMN_g, ABOUT(ABOUT_COLUMN) COLUMN_COUNT };

static kgq_status give(kgq_stmt *stmt, bool article, kgq_source_fn fn, void *arg, kgq_error **err) {
  const kgq_str none = kg_str("");
  const kgq_source source = { .struct_bytes = sizeof source,
                              .subject = kgq_column_label(stmt, COLUMN_s, NULL),
                              .predicate = kgq_column_label(stmt, COLUMN_p, NULL),
                              .object = kgq_column_label(stmt, COLUMN_o, NULL),
                              .article = article ? kgq_column_label(stmt, COLUMN_g, NULL) : none,
                              ABOUT(ABOUT_FIELD) };
  return fn(arg, &source) == 0 ? KGQ_OK : kg_fail(err, KGQ_IO, "the receiver of the sources stopped");
}

static kgq_status bind_row(kgq_stmt *stmt, const row *r, unsigned count, kgq_error **err) {
  static const char *const names[4] = { "s", "p", "o", "g" };
  (void)kgq_reset(stmt);
  (void)kgq_clear_bindings(stmt);
  for (unsigned i = 0; i < count; i++) {
    KGQ_TRY(r->terms[i].kind == KG_TERM_NONE ? KGQ_OK : kg_stmt_bind(stmt, names[i], &r->terms[i], err));
  }
  return KGQ_OK;
}

/* All articles that state the row. *found: there is one. */
static kgq_status look_up_articles(kgq_stmt *stmt, const row *r, kgq_source_fn fn, void *arg, bool *found,
                                   kgq_error **err) {
  KGQ_TRY(bind_row(stmt, r, 4, err));
  kgq_status st;
  while ((st = kgq_step(stmt, err)) == KGQ_ROW) {
    *found = true;
    KGQ_TRY(give(stmt, true, fn, arg, err));
  }
  return st == KGQ_DONE ? KGQ_OK : st;
}

/* A statement of the unnamed graph has no article. */
static kgq_status look_up_plain(kgq_stmt *stmt, const row *r, kgq_source_fn fn, void *arg, kgq_error **err) {
  KGQ_TRY(bind_row(stmt, r, 3, err));
  const kgq_status st = kgq_step(stmt, err);
  if (st == KGQ_ROW) {
    return give(stmt, false, fn, arg, err);
  }
  return st == KGQ_DONE ? KGQ_OK : st;
}

static const char articles_text[] =
    "SELECT ?s ?p ?o ?g" ABOUT(ABOUT_HEAD) " WHERE { GRAPH ?g { ?s ?p ?o "
                                           "OPTIONAL { ?r rdf:reifies <<( ?s ?p ?o )>>" ABOUT(
                                               ABOUT_PATTERN) " } } } GROUP BY ?s ?p ?o ?g ?r ORDER BY ?g";
static const char plain_text[] = "SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 1";

static kgq_status look_up(behind *b, kgq_source_fn fn, void *arg, kgq_error **err) {
  kgq_stmt *articles = NULL, *plain = NULL;
  kgq_status st = kgq_prepare(b->stmt->conn, articles_text, sizeof articles_text - 1, &articles, err);
  if (st == KGQ_OK) {
    st = kgq_prepare(b->stmt->conn, plain_text, sizeof plain_text - 1, &plain, err);
  }
  for (size_t i = 0; i < b->row_count && st == KGQ_OK; i++) {
    bool found = false;
    st = look_up_articles(articles, &b->rows[i], fn, arg, &found, err);
    if (st == KGQ_OK && !found && b->rows[i].terms[3].kind == KG_TERM_NONE) {
      st = look_up_plain(plain, &b->rows[i], fn, arg, err);
    }
  }
  kgq_finalize(articles);
  kgq_finalize(plain);
  return st;
}

/* Rows of CONSTRUCT and DESCRIBE are triples themselves. */
static kgq_status add_graph_row(behind *b, kgq_error **err) {
  const kg_term *terms[4] = { NULL, NULL, NULL, NULL };
  for (int i = 0; i < 3; i++) {
    kg_id id;
    KGQ_TRY(kg_stmt_term(b->stmt, i, &terms[i], &id, err));
  }
  return add_row(b, terms, err);
}

kgq_status kgq_row_sources(kgq_stmt *stmt, kgq_source_fn fn, void *arg, kgq_error **err) {
  if (!stmt || !fn || !stmt->has_row) {
    return kg_fail(err, KGQ_MISUSE, "kgq_row_sources needs a statement with a row, and a function");
  }
  KGQ_TRY(kg_conn_usable(stmt->conn, err));
  behind b = { .stmt = stmt };
  const kg_quiet before = kg_quiet_begin(stmt->conn);
  kg_arena_init(&b.arena, &stmt->conn->db->allocator);
  kg_map_init(&b.seen, &stmt->conn->db->allocator);
  b.rows = (row *)kg_arena_zero(&b.arena, TRIPLES_MAX * sizeof *b.rows);
  const bool graph = stmt->ast->form == KG_FORM_CONSTRUCT || stmt->ast->form == KG_FORM_DESCRIBE;
  kgq_status st = !b.rows ? kg_fail_memory(err) : graph ? add_graph_row(&b, err) : collect_solutions(&b, err);
  if (st == KGQ_OK && b.row_count > 0) {
    st = look_up(&b, fn, arg, err);
  }
  kg_map_free(&b.seen);
  kg_arena_free(&b.arena);
  kg_quiet_end(stmt->conn, &before);
  return st;
}
