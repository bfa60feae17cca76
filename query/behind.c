/* query/behind.c: kgq_row_sources: the statements behind a row, with the article, words and speaker of each.
 *
 * The pattern is asked once more with the values of the row, which also finds what its hidden variables were;
 * the triples that come out are then looked up with all that is said about them. A path of several steps has
 * no one triple; conditions and what is optional and absent have none either.
 */
#include <string.h>

#include "graph/vocab.h"
#include "query/inquiry.h"

#define SOLUTIONS_MAX 200 /* of one row: an aggregate has as many as its group */
#define TRIPLES_MAX   400

/* What is asked about each statement: a column of the answer, and the path to it. */
#define ABOUT(X)                                                                                             \
  X(place, "kgq:place")                                                                                      \
  X(quote, "kgq:quote")                                                                                      \
  X(written, "kgq:objectWritten")                                                                            \
  X(speaker, "prov:wasAttributedTo")                                                                         \
  X(role, "kgq:saidAs")                                                                                      \
  X(status, "kgq:status")                                                                                    \
  X(date, "(kgq:on|kgq:from|kgq:to|kgq:by|kgq:before|kgq:after|kgq:about|kgq:saidOn)")                       \
  X(inferred, "kgq:inferred")

typedef struct behind {
  kgq_stmt *stmt;
  kg_buf rows; /* lines of VALUES, each once */
  size_t row_count;
  kgq_stmt *solutions;
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

static kgq_status add_value(behind *b, int column, kg_var var, kg_buf *out, kgq_error **err) {
  const kg_term *term = NULL;
  kg_id id;
  KGQ_TRY(kg_stmt_term(b->stmt, column, &term, &id, err));
  if (!term || term->kind == KG_TERM_BNODE || term->kind == KG_TERM_TRIPLE) {
    return KGQ_OK;
  }
  const kgq_str name = b->stmt->ast->vars[var].name;
  KGQ_TRY(kg_buf_print(out, err, " VALUES ?%.*s { ", KG_ARG(name)));
  KGQ_TRY(kg_term_print(term, out, err));
  return kg_buf_add_text(out, " }", err);
}

/* The text that finds the solutions behind the row: its pattern, and the row's values. */
static kgq_status solutions_text(behind *b, kg_buf *out, kgq_error **err) {
  const kg_ast *ast = b->stmt->ast;
  const kg_pattern *where = kg_inquiry_where(ast);
  kg_buf inner;
  kg_buf_init(&inner, out->allocator);
  kgq_status st = kg_inquiry_text(ast, where, "SELECT * WHERE { ", &inner, err);
  const kgq_str text = kg_buf_str(&inner);
  const char *second = st == KGQ_OK ? strstr(text.ptr, "SELECT * WHERE {  WHERE ") : NULL;
  if (second) { /* the group stands inside another, before the values */
    const size_t head = (size_t)(second - text.ptr) + strlen("SELECT * WHERE { ");
    st = kg_buf_add(out, text.ptr, head, err);
    if (st == KGQ_OK) {
      st = kg_buf_add(out, text.ptr + head + strlen(" WHERE "), text.len - head - strlen(" WHERE "), err);
    }
  }
  int column = 0;
  for (const kg_projection *p = ast->select.projection; st == KGQ_OK && p && ast->form == KG_FORM_SELECT;
       p = p->next, column++) {
    st = uses(where, p->var) ? add_value(b, column, p->var, out, err) : KGQ_OK;
  }
  if (st == KGQ_OK) {
    st = kg_buf_print(out, err, " } LIMIT %d", SOLUTIONS_MAX);
  }
  kg_buf_free(&inner);
  return st;
}

/* ---- the triples of a solution ------------------------------------------------------------------ */

/* The value of a node in the solution at hand; NULL: none, or none that a text can name. */
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
  if (*out && ((*out)->kind == KG_TERM_BNODE || (*out)->kind == KG_TERM_TRIPLE)) {
    *out = NULL;
  }
  return KGQ_OK;
}

static kgq_status add_row(behind *b, const kg_term *const terms[4], kgq_error **err) {
  if (!terms[0] || !terms[1] || !terms[2] || b->row_count == TRIPLES_MAX) {
    return KGQ_OK;
  }
  const size_t start = b->rows.len;
  KGQ_TRY(kg_buf_add_text(&b->rows, "(", err));
  for (unsigned i = 0; i < 4; i++) {
    KGQ_TRY(kg_buf_add_byte(&b->rows, ' ', err));
    KGQ_TRY(terms[i] ? kg_term_print(terms[i], &b->rows, err) : kg_buf_add_text(&b->rows, "UNDEF", err));
  }
  KGQ_TRY(kg_buf_add_text(&b->rows, " )\n", err));
  const size_t bytes = b->rows.len - start;
  if (memmem(b->rows.bytes, start, b->rows.bytes + start, bytes)) {
    b->rows.len = start; /* it is there */
  } else {
    b->row_count++;
  }
  return KGQ_OK;
}

/* Every link of a path is tried as the predicate: `part-of?` and `(a|b)` are one triple, longer ones none. */
static kgq_status add_path(behind *b, const kg_path *path, const kg_term *terms[4], kgq_error **err) {
  if (path->kind == KG_PATH_LINK) {
    const kg_term link = { .kind = KG_TERM_IRI, .text = path->iri };
    const kg_term *const forward[4] = { terms[0], &link, terms[2], terms[3] };
    const kg_term *const back[4] = { terms[2], &link, terms[0], terms[3] };
    KGQ_TRY(add_row(b, forward, err));
    return terms[2] && terms[2]->kind == KG_TERM_IRI ? add_row(b, back, err) : KGQ_OK;
  }
  for (const kg_path *p = path->first; p && path->kind != KG_PATH_NEGATED; p = p->next) {
    KGQ_TRY(add_path(b, p, terms, err));
  }
  return KGQ_OK;
}

static kgq_status add_statement(behind *b, const kg_pattern *m, const kg_node *graph, kgq_error **err) {
  const kg_term *terms[4] = { NULL, NULL, NULL, NULL };
  KGQ_TRY(value_of(b, &m->subject, &terms[0], err));
  KGQ_TRY(value_of(b, &m->object, &terms[2], err));
  KGQ_TRY(graph ? value_of(b, graph, &terms[3], err) : KGQ_OK);
  if (m->kind == KG_PATTERN_PATH) {
    return add_path(b, m->path, terms, err);
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
#define ABOUT_FIELD(name, path)   .name = kgq_column_label(stmt, COLUMN_##name, NULL),
#define ABOUT_COLUMN(name, path)  COLUMN_##name,

enum { COLUMN_s, COLUMN_p, COLUMN_o, COLUMN_g, ABOUT(ABOUT_COLUMN) COLUMN_COUNT };

static kgq_status give_sources(kgq_stmt *stmt, kgq_source_fn fn, void *arg, kgq_error **err) {
  kgq_status st = KGQ_ROW;
  while ((st = kgq_step(stmt, err)) == KGQ_ROW) {
    const kgq_source source = { .struct_bytes = sizeof source,
                                .subject = kgq_column_label(stmt, COLUMN_s, NULL),
                                .predicate = kgq_column_label(stmt, COLUMN_p, NULL),
                                .object = kgq_column_label(stmt, COLUMN_o, NULL),
                                .article = kgq_column_label(stmt, COLUMN_g, NULL),
                                ABOUT(ABOUT_FIELD) };
    if (fn(arg, &source) != 0) {
      return kg_fail(err, KGQ_IO, "the receiver of the sources stopped");
    }
  }
  return st == KGQ_DONE ? KGQ_OK : st;
}

static kgq_status look_up(behind *b, kgq_source_fn fn, void *arg, kgq_error **err) {
  kg_buf text;
  kgq_stmt *stmt = NULL;
  kg_buf_init(&text, &b->stmt->conn->db->allocator);
  kgq_status st = kg_buf_add_text(
      &text, "SELECT ?s ?p ?o ?g" ABOUT(ABOUT_HEAD) " WHERE {\nVALUES (?s ?p ?o ?g) {\n", err);
  if (st == KGQ_OK) {
    st = kg_buf_add_str(&text, kg_buf_str(&b->rows), err);
  }
  if (st == KGQ_OK) {
    st = kg_buf_add_text(&text,
                         "}\nGRAPH ?g { ?s ?p ?o OPTIONAL { ?r rdf:reifies <<( ?s ?p ?o )>>" ABOUT(
                             ABOUT_PATTERN) " } } } GROUP BY ?s ?p ?o ?g ?r ORDER BY ?s ?p ?o ?g",
                         err);
  }
  if (st == KGQ_OK) {
    st = kgq_prepare(b->stmt->conn, text.bytes, text.len, &stmt, err);
  }
  if (st == KGQ_OK) {
    st = give_sources(stmt, fn, arg, err);
  }
  kgq_finalize(stmt);
  kg_buf_free(&text);
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
  kg_buf_init(&b.rows, &stmt->conn->db->allocator);
  const bool graph = stmt->ast->form == KG_FORM_CONSTRUCT || stmt->ast->form == KG_FORM_DESCRIBE;
  kgq_status st = graph ? add_graph_row(&b, err) : collect_solutions(&b, err);
  if (st == KGQ_OK && b.row_count > 0) {
    st = look_up(&b, fn, arg, err);
  }
  kg_buf_free(&b.rows);
  kg_quiet_end(stmt->conn, &before);
  return st;
}
