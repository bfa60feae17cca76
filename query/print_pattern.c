/* query/print_pattern.c: groups, sub-selects and solution modifiers as SPARQL text.
 *
 * When pretty, each member of a group has its own line, but a short group of plain members stays on one. A
 * triple and its reifier print as `s p o ~ r`.
 */
#include "query/print_internal.h"

static void put_member(kg_printer *p, const kg_pattern *pattern);

/* ---- members ------------------------------------------------------------------------------------ */

/* The triple pattern behind `pattern` if it reifies it, else NULL. */
static const kg_pattern *reifier_of(const kg_pattern *pattern) {
  const kg_pattern *r = pattern->next;
  const bool named = r && (r->subject.kind == KG_NODE_VAR || r->subject.term.kind == KG_TERM_IRI);
  return named && pattern->kind == KG_PATTERN_TRIPLE && r->kind == KG_PATTERN_TRIPLE &&
                 kg_reifies(&pattern->subject, &pattern->predicate, &pattern->object, &r->predicate,
                            &r->object)
             ? r
             : NULL;
}

static void put_triple(kg_printer *p, const kg_pattern *pattern) {
  const kg_pattern *reifier = reifier_of(pattern);
  kg_put_node(p, &pattern->subject);
  kg_put(p, " ");
  if (pattern->kind == KG_PATTERN_PATH) {
    kg_put_path(p, pattern->path);
  } else {
    kg_put_predicate(p, &pattern->predicate);
  }
  kg_put(p, " ");
  kg_put_node(p, &pattern->object);
  if (reifier) {
    kg_put(p, " ~ ");
    kg_put_node(p, &reifier->subject);
  }
  kg_put(p, " .");
}

static void put_union(kg_printer *p, const kg_pattern *pattern) {
  for (const kg_pattern *side = pattern->first; side; side = side->next) {
    kg_put_group(p, side);
    kg_put(p, side->next ? " UNION " : "");
  }
}

static void put_with_group(kg_printer *p, const char *word, const kg_pattern *pattern) {
  kg_put(p, word);
  if (pattern->kind == KG_PATTERN_GRAPH || pattern->kind == KG_PATTERN_SERVICE) {
    kg_put(p, pattern->silent ? "SILENT " : "");
    kg_put_node(p, &pattern->graph);
    kg_put(p, " ");
  }
  kg_put_group(p, pattern->first);
}

static void put_bind(kg_printer *p, const kg_pattern *pattern) {
  kg_put(p, "BIND(");
  kg_put_expr(p, pattern->expr);
  kg_put(p, " AS ");
  kg_put_var(p, pattern->var);
  kg_put(p, ")");
}

static void put_filter(kg_printer *p, const kg_pattern *pattern) {
  const bool exists = pattern->expr->kind == KG_EXPR_EXISTS || pattern->expr->kind == KG_EXPR_NOT_EXISTS;
  kg_put(p, exists ? "FILTER " : "FILTER");
  kg_put_condition(p, pattern->expr);
}

static void put_member(kg_printer *p, const kg_pattern *pattern) {
  switch (pattern->kind) {
  case KG_PATTERN_TRIPLE:
  case KG_PATTERN_PATH:
  case KG_PATTERN_MATCHES: put_triple(p, pattern); return;
  case KG_PATTERN_GROUP: kg_put_group(p, pattern); return;
  case KG_PATTERN_OPTIONAL: put_with_group(p, "OPTIONAL ", pattern); return;
  case KG_PATTERN_MINUS: put_with_group(p, "MINUS ", pattern); return;
  case KG_PATTERN_GRAPH: put_with_group(p, "GRAPH ", pattern); return;
  case KG_PATTERN_SERVICE: put_with_group(p, "SERVICE ", pattern); return;
  case KG_PATTERN_UNION: put_union(p, pattern); return;
  case KG_PATTERN_FILTER: put_filter(p, pattern); return;
  case KG_PATTERN_BIND: put_bind(p, pattern); return;
  case KG_PATTERN_VALUES: kg_put_values(p, pattern->values); return;
  case KG_PATTERN_SUBSELECT: kg_put_select(p, pattern->select); return;
  }
}

/* ---- groups ------------------------------------------------------------------------------------- */

/* Up to three members with no group inside: one line. */
static bool on_one_line(const kg_pattern *group) {
  unsigned count = 0;
  for (const kg_pattern *m = group->first; m; m = m->next) {
    const bool plain = m->kind == KG_PATTERN_TRIPLE || m->kind == KG_PATTERN_PATH ||
                       m->kind == KG_PATTERN_MATCHES || m->kind == KG_PATTERN_BIND ||
                       m->kind == KG_PATTERN_VALUES;
    if (!plain || ++count > 3) {
      return false;
    }
  }
  return true;
}

static void put_lines(kg_printer *p, const kg_pattern *group) {
  kg_put(p, "{");
  p->indent++;
  for (const kg_pattern *m = group->first; m; m = m->next) {
    kg_put_break(p);
    put_member(p, m);
    m = reifier_of(m) ? m->next : m;
  }
  p->indent--;
  kg_put_break(p);
  kg_put(p, "}");
}

static void put_line(kg_printer *p, const kg_pattern *group) {
  kg_put(p, "{ ");
  for (const kg_pattern *m = group->first; m; m = m->next) {
    put_member(p, m);
    kg_put(p, " ");
    m = reifier_of(m) ? m->next : m;
  }
  kg_put(p, "}");
}

void kg_put_group(kg_printer *p, const kg_pattern *group) {
  if (on_one_line(group)) {
    put_line(p, group);
  } else {
    put_lines(p, group);
  }
}

/* ---- select ------------------------------------------------------------------------------------- */

static void put_order(kg_printer *p, const kg_order *order) {
  const bool bare = order->expr->kind == KG_EXPR_VAR && !order->descending;
  kg_put(p, bare ? "" : order->descending ? "DESC(" : "(");
  kg_put_expr(p, order->expr);
  kg_put(p, bare ? "" : ")");
}

static void put_group_key(kg_printer *p, const kg_group_key *key) {
  const bool bare = key->expr->kind == KG_EXPR_VAR && key->var == KG_NO_VAR;
  kg_put(p, bare ? "" : "(");
  kg_put_expr(p, key->expr);
  if (key->var != KG_NO_VAR) {
    kg_put(p, " AS ");
    kg_put_var(p, key->var);
  }
  kg_put(p, bare ? "" : ")");
}

void kg_put_modifiers(kg_printer *p, const kg_select *select) {
  kg_put(p, select->group ? " GROUP BY" : "");
  for (const kg_group_key *key = select->group; key; key = key->next) {
    kg_put(p, " ");
    put_group_key(p, key);
  }
  kg_put(p, select->having ? " HAVING" : "");
  for (const kg_expr *condition = select->having; condition; condition = condition->next) {
    kg_put(p, " ");
    kg_put_condition(p, condition);
  }
  kg_put(p, select->order ? " ORDER BY" : "");
  for (const kg_order *order = select->order; order; order = order->next) {
    kg_put(p, " ");
    put_order(p, order);
  }
  if (select->has_limit) {
    kg_put(p, " LIMIT ");
    kg_put_number(p, select->limit);
  }
  if (select->offset) {
    kg_put(p, " OFFSET ");
    kg_put_number(p, select->offset);
  }
}

static void put_projection(kg_printer *p, const kg_projection *item) {
  kg_put(p, item->expr ? " (" : " ");
  if (item->expr) {
    kg_put_expr(p, item->expr);
    kg_put(p, " AS ");
  }
  kg_put_var(p, item->var);
  kg_put(p, item->expr ? ")" : "");
}

/* SELECT * prints the columns it stands for: their order depends on the text it was read from. */
void kg_put_head(kg_printer *p, const kg_select *select) {
  kg_put(p, select->distinct ? "SELECT DISTINCT" : select->reduced ? "SELECT REDUCED" : "SELECT");
  kg_put(p, select->projection ? "" : " *");
  for (const kg_projection *item = select->projection; item; item = item->next) {
    put_projection(p, item);
  }
}

/* The WHERE group of a form always has lines of its own. */
void kg_put_select(kg_printer *p, const kg_select *select) {
  kg_put_head(p, select);
  kg_put(p, " WHERE ");
  put_lines(p, select->where);
  kg_put_modifiers(p, select);
  if (select->values) {
    kg_put(p, " ");
    kg_put_values(p, select->values);
  }
}
