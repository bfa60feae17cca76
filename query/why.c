/* query/why.c: why a query has no rows: each clause alone, then all together, then what is near.
 *
 * A clause is a statement of the pattern, with the graph around it; conditions are looked at last. What is
 * optional cannot be the cause. For kgq_explain(stmt, "why") and the .why of the shell; "reason" is the same
 * in one sentence, in bounded time.
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "query/inquiry.h"

#define CLAUSES_MAX  64   /* more than a person writes; the rest is left out */
#define ROWS_COUNTED 1000 /* "1,000 or more" is enough to know */
#define NEAR_SHOWN   4

typedef struct clauses {
  const kg_ast *ast;
  kgq_conn *conn;
  kg_arena arena;
  kg_pattern *made[CLAUSES_MAX]; /* members of a group, next NULL */
  const kg_pattern *triple[CLAUSES_MAX];
  size_t count, conditions_from; /* clauses, then conditions and BINDs */
  kg_pattern *conditions[CLAUSES_MAX];
  size_t condition_count;
  uint64_t deadline_ns; /* of a reason; 0: none */
} clauses;

static kg_pattern *copy_of(clauses *c, const kg_pattern *pattern) {
  kg_pattern *copy = (kg_pattern *)kg_arena_alloc(&c->arena, sizeof *copy);
  if (copy) {
    *copy = *pattern;
    copy->next = NULL;
  }
  return copy;
}

/* The member alone, inside its GRAPH. */
static kg_pattern *wrapped(clauses *c, const kg_pattern *member, const kg_pattern *graph) {
  kg_pattern *copy = copy_of(c, member);
  kg_pattern *group = graph ? (kg_pattern *)kg_arena_zero(&c->arena, sizeof *group) : NULL;
  kg_pattern *outer = graph ? copy_of(c, graph) : copy;
  if (!copy || !outer || (graph && !group)) {
    return NULL;
  }
  if (graph) {
    group->kind = KG_PATTERN_GROUP;
    group->first = copy;
    outer->first = group;
  }
  return outer;
}

static kgq_status add_member(clauses *c, const kg_pattern *member, const kg_pattern *graph, bool condition,
                             kgq_error **err) {
  if ((condition ? c->condition_count : c->count) == CLAUSES_MAX) {
    return KGQ_OK;
  }
  kg_pattern *made = wrapped(c, member, graph);
  if (!made) {
    return kg_fail_memory(err);
  }
  if (condition) {
    c->conditions[c->condition_count++] = made;
  } else {
    c->triple[c->count] = member;
    c->made[c->count++] = made;
  }
  return KGQ_OK;
}

/* As deep as the parser allowed: KG_LIMIT_NESTING. */
static kgq_status collect(clauses *c, const kg_pattern *group, const kg_pattern *graph, kgq_error **err) {
  for (const kg_pattern *m = group->first; m; m = m->next) {
    switch (m->kind) {
    case KG_PATTERN_GROUP: KGQ_TRY(collect(c, m, graph, err)); break;
    case KG_PATTERN_GRAPH: KGQ_TRY(collect(c, m->first, m, err)); break;
    case KG_PATTERN_SUBSELECT: KGQ_TRY(collect(c, m->select->where, graph, err)); break;
    case KG_PATTERN_TRIPLE:
    case KG_PATTERN_PATH:
    case KG_PATTERN_MATCHES:
    case KG_PATTERN_UNION:
    case KG_PATTERN_VALUES: KGQ_TRY(add_member(c, m, graph, false, err)); break;
    case KG_PATTERN_FILTER:
    case KG_PATTERN_BIND:
    case KG_PATTERN_MINUS: KGQ_TRY(add_member(c, m, graph, true, err)); break;
    case KG_PATTERN_OPTIONAL:
    case KG_PATTERN_SERVICE: break;
    }
  }
  return KGQ_OK;
}

/* Rows of the first `count` clauses and `conditions` conditions, or of clause `only` alone. */
static kgq_status rows_of(clauses *c, size_t only, size_t count, size_t conditions, uint64_t *rows,
                          kgq_error **err) {
  kg_pattern group, *last = NULL;
  memset(&group, 0, sizeof group);
  group.kind = KG_PATTERN_GROUP;
  for (size_t i = only < c->count ? only : 0; i < (only < c->count ? only + 1 : count + conditions); i++) {
    kg_pattern *copy = copy_of(c, i < count || only < c->count ? c->made[i] : c->conditions[i - count]);
    if (!copy) {
      return kg_fail_memory(err);
    }
    *(last ? &last->next : &group.first) = copy;
    last = copy;
  }
  kg_buf text;
  kg_buf_init(&text, &c->conn->db->allocator);
  kgq_status st = kg_inquiry_text(c->ast, &group, "SELECT (1 AS ?kgq_one)", &text, err);
  if (st == KGQ_OK) {
    st = kg_inquiry_count(c->conn, kg_buf_str(&text), ROWS_COUNTED, rows, err);
  }
  kg_buf_free(&text);
  return st;
}

/* ---- what is near ------------------------------------------------------------------------------- */

static kgq_str local_part(kgq_str iri) {
  size_t at = iri.len;
  while (at > 0 && !strchr("/#:", iri.ptr[at - 1])) {
    at--;
  }
  return kg_str_n(iri.ptr + at, iri.len - at);
}

/* "near: a, b" from names whose spelling is close. */
static kgq_status tell_near(clauses *c, kgq_str iri, kg_buf *out, kgq_error **err) {
  kg_snap *snap = NULL;
  kg_name near[NEAR_SHOWN];
  size_t count = 0;
  KGQ_TRY(kg_snap_take(c->conn->db, &snap, err));
  kgq_status st = kg_names_near(snap, local_part(iri), &c->arena, near, NEAR_SHOWN, &count, err);
  for (size_t i = 0; st == KGQ_OK && i < count && i < NEAR_SHOWN; i++) {
    st = kg_buf_print(out, err, "%s%.*s", i ? ", " : "; nearest: ", KG_ARG(near[i].text));
  }
  kg_snap_drop(snap);
  return st;
}

/* "; HEAD a, b, c": the values that a text gives in its only column. */
static kgq_status tell_values(clauses *c, const char *head, kgq_str text, kg_buf *out, kgq_error **err) {
  kgq_stmt *stmt = NULL;
  KGQ_TRY(kgq_prepare(c->conn, text.ptr, text.len, &stmt, err));
  kgq_status st = KGQ_OK;
  for (unsigned n = 0; st == KGQ_OK && (st = kgq_step(stmt, err)) == KGQ_ROW; n++) {
    const kgq_str label = kgq_column_label(stmt, 0, NULL);
    st = kg_buf_print(out, err, "%s%.*s", n ? ", " : head, KG_ARG(label));
  }
  kgq_finalize(stmt);
  return st == KGQ_DONE ? KGQ_OK : st;
}

static kgq_status add_node(const kg_node *node, const char *variable, kg_buf *out, kgq_error **err) {
  return node && node->kind == KG_NODE_TERM ? kg_term_print(&node->term, out, err)
                                            : kg_buf_add_text(out, variable, err);
}

/* "SELECT DISTINCT ?want WHERE { s p o } LIMIT n", variables where nothing is fixed. */
static kgq_status pattern_text(const char *want, const kg_node *s, const kg_node *p, const kg_node *o,
                               kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_print(out, err, "SELECT DISTINCT %s WHERE { ", want));
  KGQ_TRY(add_node(s, "?s", out, err));
  KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  KGQ_TRY(add_node(p, "?p", out, err));
  KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  KGQ_TRY(add_node(o, "?o", out, err));
  return kg_buf_add_text(out, " } LIMIT 6", err);
}

static kgq_status occurs(clauses *c, const kg_node *s, const kg_node *p, const kg_node *o, bool *yes,
                         kgq_error **err) {
  kg_buf text;
  uint64_t rows = 0;
  kg_buf_init(&text, &c->conn->db->allocator);
  kgq_status st = pattern_text("*", s, p, o, &text, err);
  if (st == KGQ_OK) {
    st = kg_inquiry_count(c->conn, kg_buf_str(&text), 1, &rows, err);
  }
  *yes = rows > 0;
  kg_buf_free(&text);
  return st;
}

static kgq_status tell_pattern(clauses *c, const char *head, const char *want, const kg_node *s,
                               const kg_node *p, const kg_node *o, kg_buf *out, kgq_error **err) {
  kg_buf text;
  kg_buf_init(&text, &c->conn->db->allocator);
  kgq_status st = pattern_text(want, s, p, o, &text, err);
  if (st == KGQ_OK) {
    st = tell_values(c, head, kg_buf_str(&text), out, err);
  }
  kg_buf_free(&text);
  return st;
}

static bool is_iri(const kg_node *node) {
  return node->kind == KG_NODE_TERM && node->term.kind == KG_TERM_IRI;
}

/* What can be said of a triple pattern without rows: an unknown word, or what goes with the known ones. */
static kgq_status advise(clauses *c, const kg_pattern *t, kg_buf *out, kgq_error **err) {
  const kg_node *s = &t->subject, *p = &t->predicate, *o = &t->object;
  bool yes = true;
  if (is_iri(p)) {
    KGQ_TRY(occurs(c, NULL, p, NULL, &yes, err));
  }
  if (!yes) {
    KGQ_TRY(kg_buf_add_text(out, "            nothing has this predicate", err));
    return tell_near(c, p->term.text, out, err);
  }
  if (is_iri(s)) {
    KGQ_TRY(occurs(c, s, NULL, NULL, &yes, err));
    KGQ_TRY(kg_buf_add_text(
        out, yes ? "            the subject" : "            nothing is said of the subject", err));
    return yes ? tell_pattern(c, " has only: ", "?p", s, NULL, NULL, out, err)
               : tell_near(c, s->term.text, out, err);
  }
  if (o->kind == KG_NODE_TERM && is_iri(p)) {
    KGQ_TRY(tell_pattern(c, "            objects of this predicate are: ", "?o", NULL, p, NULL, out, err));
    KGQ_TRY(is_iri(o) ? occurs(c, NULL, NULL, o, &yes, err) : KGQ_OK);
    return yes ? KGQ_OK : tell_near(c, o->term.text, out, err);
  }
  return KGQ_OK;
}

/* ---- the report --------------------------------------------------------------------------------- */

static kgq_status tell_clause(clauses *c, size_t i, uint64_t rows, kg_buf *out, kgq_error **err) {
  char number[32] = "none";
  if (rows > 0) {
    (void)snprintf(number, sizeof number, rows < ROWS_COUNTED ? "%llu" : "%llu+", (unsigned long long)rows);
  }
  KGQ_TRY(kg_buf_print(out, err, "%10s  ", number));
  KGQ_TRY(kg_inquiry_show(c->ast, c->made[i], out, err));
  KGQ_TRY(kg_buf_add_byte(out, '\n', err));
  if (rows > 0 || c->triple[i]->kind != KG_PATTERN_TRIPLE) {
    return KGQ_OK;
  }
  const size_t before = out->len;
  KGQ_TRY(advise(c, c->triple[i], out, err));
  return out->len > before ? kg_buf_add_byte(out, '\n', err) : KGQ_OK;
}

static kgq_status tell_alone(clauses *c, size_t *empty, kg_buf *out, kgq_error **err) {
  KGQ_TRY(kg_buf_add_text(out, "rows alone  clause\n", err));
  for (size_t i = 0; i < c->count; i++) {
    uint64_t rows = 0;
    KGQ_TRY(rows_of(c, i, 0, 0, &rows, err));
    *empty += rows == 0;
    KGQ_TRY(tell_clause(c, i, rows, out, err));
  }
  return KGQ_OK;
}

static kgq_status tell_together(clauses *c, kg_buf *out, kgq_error **err) {
  uint64_t rows = 1, before = 0;
  size_t n = 1;
  const size_t all = c->count + c->condition_count;
  for (; n <= all && rows > 0; n++) {
    before = rows;
    KGQ_TRY(rows_of(c, c->count, n < c->count ? n : c->count, n < c->count ? 0 : n - c->count, &rows, err));
  }
  if (rows > 0) {
    return kg_buf_add_text(out, "together they have rows: what comes after them leaves none\n", err);
  }
  kg_pattern *last = n - 2 < c->count ? c->made[n - 2] : c->conditions[n - 2 - c->count];
  KGQ_TRY(kg_buf_print(out, err, "together the %s before it have %llu%s; with this one none:\n            ",
                       n - 2 <= c->count ? "clauses" : "clauses and conditions", (unsigned long long)before,
                       before >= ROWS_COUNTED ? " or more" : ""));
  KGQ_TRY(kg_inquiry_show(c->ast, last, out, err));
  return kg_buf_add_byte(out, '\n', err);
}

static kgq_status collect_all(clauses *c, kgq_stmt *stmt, kgq_error **err) {
  memset(c, 0, sizeof *c);
  c->ast = stmt->ast;
  c->conn = stmt->conn;
  kg_arena_init(&c->arena, &stmt->conn->db->allocator);
  return stmt->ast->select.where ? collect(c, stmt->ast->select.where, NULL, err) : KGQ_OK;
}

static kgq_status tell(kgq_stmt *stmt, kg_buf *out, kgq_error **err) {
  uint64_t rows = 0;
  kgq_status st = kgq_reset(stmt);
  while (rows == 0 && (st = kgq_step(stmt, err)) == KGQ_ROW && stmt->ast->form != KG_FORM_ASK) {
    rows++;
  }
  rows += stmt->ast->form == KG_FORM_ASK && st == KGQ_ROW &&
          kg_str_equal(kgq_column_text(stmt, 0), KG_STR("true"));
  (void)kgq_reset(stmt);
  if (st != KGQ_ROW && st != KGQ_DONE) {
    return st;
  }
  if (rows > 0) {
    return kg_buf_add_text(out, "it has rows\n", err);
  }
  clauses c;
  size_t empty = 0;
  st = collect_all(&c, stmt, err);
  if (st == KGQ_OK) {
    st = tell_alone(&c, &empty, out, err);
  }
  if (st == KGQ_OK && empty == 0 && c.count > 0) {
    st = tell_together(&c, out, err);
  }
  kg_arena_free(&c.arena);
  return st;
}

kgq_status kg_explain_why(kgq_stmt *stmt, kg_buf *out, kgq_error **err) {
  if (stmt->ast->form == KG_FORM_UPDATE) {
    return kg_buf_add_text(out, "an update has no rows\n", err);
  }
  const kg_quiet before = kg_quiet_begin(stmt->conn);
  const kgq_status st = tell(stmt, out, err);
  kg_quiet_end(stmt->conn, &before);
  return st;
}

/* ---- in one sentence ---------------------------------------------------------------------------- */

#define REASON_NS 500000000u /* a query that took longer, or whose reason would, gets none */

/* The clause of a short text that holds the offset: between commas, pipes and braces outside of strings,
 * [names] and parentheses. */
static kgq_str clause_around(kgq_str text, size_t offset) {
  size_t start = 0, end = 0;
  int depth = 0;
  for (; end < text.len; end++) {
    const char c = text.ptr[end];
    const char *close =
        c == '"' || c == '[' ? memchr(text.ptr + end + 1, c == '"' ? '"' : ']', text.len - end - 1) : NULL;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (close) {
      end = (size_t)(close - text.ptr);
    } else if (depth <= 0 && strchr(",|{};", c)) {
      if (end > offset) {
        break;
      }
      start = end + 1;
    }
  }
  while (start < end && strchr(" \t\n", text.ptr[start])) {
    start++;
  }
  while (end > start && strchr(" \t\n", text.ptr[end - 1])) {
    end--;
  }
  return kg_str_n(text.ptr + start, end - start);
}

/* A member of the group as it was written, or as SPARQL. */
static kgq_status quote(clauses *c, kg_pattern *made, kg_buf *out, kgq_error **err) {
  const kg_pattern *inner = made->kind == KG_PATTERN_GRAPH && made->first ? made->first->first : made;
  const bool statement = inner && (inner->kind == KG_PATTERN_TRIPLE || inner->kind == KG_PATTERN_PATH);
  KGQ_TRY(kg_buf_add_byte(out, '`', err));
  if (c->ast->short_form && inner) {
    const size_t offset = statement ? inner->subject.offset : inner->offset;
    KGQ_TRY(kg_buf_add_str(out, clause_around(c->ast->text, offset), err));
  } else {
    KGQ_TRY(kg_inquiry_show(c->ast, made, out, err));
  }
  return kg_buf_add_byte(out, '`', err);
}

/* rows_of with what is left of the time. */
static kgq_status timed_rows(clauses *c, size_t only, size_t count, size_t conditions, uint64_t *rows,
                             kgq_error **err) {
  const uint64_t now = kg_clock_ns();
  if (now >= c->deadline_ns) {
    return kg_fail(err, KGQ_LIMIT, "the reason takes too long to find");
  }
  c->conn->limit_time_ms = (c->deadline_ns - now) / 1000000 + 1;
  return rows_of(c, only, count, conditions, rows, err);
}

static kgq_status reason_alone(clauses *c, size_t i, kg_buf *out, kgq_error **err) {
  KGQ_TRY(quote(c, c->made[i], out, err));
  KGQ_TRY(kg_buf_add_text(out, c->count > 1 ? " alone finds nothing" : " finds nothing", err));
  if (c->triple[i]->kind != KG_PATTERN_TRIPLE) {
    return KGQ_OK;
  }
  kg_buf advice;
  kg_buf_init(&advice, out->allocator);
  kgq_status st = advise(c, c->triple[i], &advice, err);
  size_t skip = 0;
  while (skip < advice.len && advice.bytes[skip] == ' ') {
    skip++;
  }
  if (st == KGQ_OK && advice.len > skip) {
    st = kg_buf_print(out, err, ": %.*s", (int)(advice.len - skip), advice.bytes + skip);
  }
  kg_buf_free(&advice);
  return st;
}

/* The rows of the first clauses, one more each time, until there are none. */
static kgq_status reason_together(clauses *c, kg_buf *out, kgq_error **err) {
  const size_t all = c->count + c->condition_count;
  uint64_t rows = 1, before = 0;
  size_t n = 1;
  for (; n <= all && rows > 0; n++) {
    const size_t count = n < c->count ? n : c->count;
    before = rows;
    KGQ_TRY(timed_rows(c, c->count, count, n - count, &rows, err));
  }
  if (rows > 0 || n < 3) {
    return KGQ_OK;
  }
  n -= 2; /* the one that leaves none */
  if (n == 1) {
    KGQ_TRY(quote(c, c->made[0], out, err));
  } else {
    KGQ_TRY(kg_buf_print(out, err, "the %zu clauses before it", n));
  }
  KGQ_TRY(kg_buf_print(out, err, " %s %llu%s row%s, with ", n == 1 ? "alone has" : "have",
                       (unsigned long long)before, before >= ROWS_COUNTED ? " or more" : "",
                       before == 1 ? "" : "s"));
  KGQ_TRY(quote(c, n < c->count ? c->made[n] : c->conditions[n - c->count], out, err));
  return kg_buf_add_text(out, " none", err);
}

static kgq_status reason(clauses *c, kg_buf *out, kgq_error **err) {
  for (size_t i = 0; i < c->count; i++) {
    uint64_t rows = 0;
    KGQ_TRY(timed_rows(c, i, 0, 0, &rows, err));
    if (rows == 0) {
      return reason_alone(c, i, out, err);
    }
  }
  return c->count ? reason_together(c, out, err) : KGQ_OK;
}

kgq_status kg_explain_reason(kgq_stmt *stmt, kg_buf *out, kgq_error **err) {
  const bool rows = stmt->ast->form == KG_FORM_SELECT && stmt->state == KG_STMT_DONE && stmt->rows_given == 0;
  if (!rows || stmt->execution.run.unknown || stmt->ended_ns - stmt->started_ns > REASON_NS) {
    return KGQ_OK;
  }
  clauses c;
  kgq_error *ignored = NULL;
  const uint64_t limit = stmt->conn->limit_time_ms;
  const kg_quiet before = kg_quiet_begin(stmt->conn);
  kgq_status st = collect_all(&c, stmt, err);
  c.deadline_ns = kg_clock_ns() + REASON_NS;
  if (st == KGQ_OK) {
    st = reason(&c, out, &ignored);
    out->len = st == KGQ_OK ? out->len : 0; /* a limit, or a wish to stop: no reason */
    st = st == KGQ_NOMEM ? st : KGQ_OK;
    kgq_error_free(ignored);
  }
  kg_arena_free(&c.arena);
  kg_quiet_end(stmt->conn, &before);
  stmt->conn->limit_time_ms = limit;
  return st == KGQ_OK && out->len > 0 ? kg_buf_add_byte(out, '\n', err) : st;
}
