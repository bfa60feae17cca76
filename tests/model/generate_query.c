/* tests/model/generate_query.c: query texts from a grammar: forms, modifiers, groups, triples, paths. The
 * contract: generate.h.
 *
 * Variables of patterns are few, so that patterns meet; variables of BIND and AS are new ones each time, so
 * that the rules of scope hold by themselves. `scope` follows which variables a group may have bound so far.
 */
#include <stdio.h>
#include <stdlib.h>

#include "graph/vocab.h"
#include "tests/model/generate_internal.h"

#define DEPTH_MAX 3

void model_say(model_writer *w, const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof text || kg_buf_add(w->out, text, (size_t)n, NULL) != KGQ_OK) {
    fputs("no memory for a generated query\n", stderr);
    exit(2);
  }
}

static uint32_t below(model_writer *w, uint32_t limit) {
  return model_below(&w->random, limit);
}

static bool chance(model_writer *w, uint32_t percent) {
  return model_chance(&w->random, percent);
}

/* ---- variables ---------------------------------------------------------------------------------- */

#define POOL 6u

void model_say_var(model_writer *w, uint32_t var) {
  if (var < POOL) {
    model_say(w, "?%c", (int)('a' + (char)var));
  } else {
    model_say(w, "?n%u", var);
  }
}

uint32_t model_one_of(model_writer *w, uint32_t set) {
  uint32_t left = below(w, (uint32_t)__builtin_popcount(set));
  for (uint32_t v = 0;; v++) {
    if ((set >> v & 1) && left-- == 0) {
      return v;
    }
  }
}

uint32_t model_some_var(model_writer *w) {
  if (w->scope && chance(w, 62)) {
    return model_one_of(w, w->scope);
  }
  if (w->outer && chance(w, 45)) {
    return model_one_of(w, w->outer);
  }
  return below(w, POOL);
}

/* Up to 26 new variables; UINT32_MAX when they are used up. */
static uint32_t new_var(model_writer *w) {
  return w->fresh < 31 ? w->fresh++ : UINT32_MAX;
}

static void bind_var(model_writer *w) {
  const uint32_t v = model_some_var(w);
  model_say_var(w, v);
  w->scope |= 1u << v;
}

/* A variable for a value of the data: one that could have it, or one of the pool that is not in use here. */
static void var_for(model_writer *w, model_value value) {
  uint32_t v = below(w, POOL);
  for (uint32_t i = 0; i < 32 && !chance(w, 3); i++) {
    const uint32_t k = (v + i) % 32;
    if ((w->scope >> k & 1) && w->witness[k] && model_same(w->witness[k], value)) {
      v = k;
      break;
    }
  }
  for (uint32_t i = 0; i < POOL && (w->scope >> v & 1) && !model_same(w->witness[v], value); i++) {
    v = (v + 1) % POOL;
  }
  model_say_var(w, v);
  w->witness[v] = value;
  w->scope |= 1u << v;
}

/* ---- triples ------------------------------------------------------------------------------------ */

static void say_term(model_writer *w, model_value v) {
  if (kg_term_print(v, w->out, NULL) != KGQ_OK) {
    exit(2);
  }
}

/* A value of the data in a pattern: `constant` percent as itself, else as variable. Blank nodes are
 * variables. */
static void node_for(model_writer *w, model_value v, uint32_t constant, bool parts) {
  if (v->kind == KG_TERM_TRIPLE && parts && chance(w, 65)) {
    model_say(w, "<<( ");
    node_for(w, &v->triple[0], 25, false);
    model_say(w, " ");
    node_for(w, &v->triple[1], 60, false);
    model_say(w, " ");
    node_for(w, &v->triple[2], 25, true);
    model_say(w, " )>>");
  } else if (v->kind != KG_TERM_BNODE && v->kind != KG_TERM_TRIPLE && chance(w, constant)) {
    say_term(w, v);
  } else {
    var_for(w, v);
  }
}

/* Is the quad in the graph that patterns are matched against here? */
static bool is_active(const model_writer *w, const model_quad *q) {
  if (w->named) {
    return q->graph && (!w->graph || model_same(w->graph, q->graph));
  }
  return !w->strict || !q->graph;
}

/* A triple of the data, rather one whose subject or object a variable in scope could have. */
static const model_quad *known_quad(model_writer *w, bool reifies) {
  const model_quad *q = &w->quads[below(w, (uint32_t)w->quad_count)];
  for (uint32_t i = 0; i < 24; i++) {
    bool joins = w->scope == 0;
    for (uint32_t v = 0; v < 32; v++) {
      joins = joins || ((w->scope >> v & 1) && w->witness[v] &&
                        (model_same(w->witness[v], q->part[0]) || model_same(w->witness[v], q->part[2])));
    }
    if (joins && is_active(w, q) && (!reifies || kg_str_equal(q->part[1]->text, KG_STR(KG_RDF_REIFIES)))) {
      break;
    }
    q = &w->quads[below(w, (uint32_t)w->quad_count)];
  }
  return q;
}

static void subject(model_writer *w) {
  if (chance(w, 80)) {
    bind_var(w);
  } else if (chance(w, 20)) {
    model_say(w, "[]");
  } else {
    model_say(w, ":s%u", below(w, 4));
  }
}

static void predicate(model_writer *w) {
  if (chance(w, 35)) {
    bind_var(w);
  } else {
    model_say(w, chance(w, 4) ? "a" : ":p%u", below(w, 4));
  }
}

static void object(model_writer *w, bool nested) {
  const uint32_t kind = below(w, 100);
  if (kind < 82) {
    bind_var(w);
  } else if (kind < 90) {
    model_say(w, ":s%u", below(w, 4));
  } else if (kind < 95 || nested) {
    model_say(w, "%s", model_literal_text(&w->random));
  } else {
    model_say(w, "[ :p%u ", below(w, 4));
    object(w, true);
    model_say(w, " ]");
  }
}

static void parts_for(model_writer *w, const model_value *part) {
  node_for(w, part[0], 15, false);
  model_say(w, " ");
  node_for(w, part[1], 75, false);
  model_say(w, " ");
  node_for(w, part[2], 18, true);
}

/* The forms of SPARQL 1.2 that speak of triples, for a quad with rdf:reifies or any other. */
static void reified(model_writer *w, const model_quad *q) {
  const bool reifies = q->part[2]->kind == KG_TERM_TRIPLE;
  model_value part[3];
  for (int i = 0; i < 3; i++) {
    part[i] = reifies ? &q->part[2]->triple[i] : q->part[i];
  }
  switch (below(w, 4)) {
  case 0:
    model_say(w, "<< ");
    parts_for(w, part);
    model_say(w, " >> ");
    predicate(w);
    model_say(w, " ");
    object(w, true);
    break;
  case 1:
    model_say(w, "<< ");
    parts_for(w, part);
    model_say(w, " ~ ");
    node_for(w, q->part[0], 20, false);
    model_say(w, " >> ");
    break;
  case 2:
    parts_for(w, part);
    model_say(w, " ~ ");
    node_for(w, q->part[0], 20, false);
    break;
  default:
    parts_for(w, part);
    model_say(w, " {| ");
    predicate(w);
    model_say(w, " ");
    object(w, true);
    model_say(w, " |}");
  }
}

static void random_triple(model_writer *w) {
  subject(w);
  model_say(w, " ");
  predicate(w);
  model_say(w, " ");
  object(w, false);
  if (chance(w, 12)) {
    model_say(w, " ; ");
    predicate(w);
    model_say(w, " ");
    object(w, false);
  } else if (chance(w, 6)) {
    model_say(w, " , ");
    object(w, false);
  }
}

static void triples(model_writer *w) {
  const uint32_t count = 1 + below(w, 3);
  for (uint32_t i = 0; i < count && w->budget > 0; i++, w->budget--) {
    if (w->quad_count == 0 || chance(w, 10)) {
      random_triple(w);
    } else if (chance(w, 10)) {
      reified(w, known_quad(w, true));
    } else {
      parts_for(w, known_quad(w, false)->part);
    }
    model_say(w, " . ");
  }
}

/* ---- paths -------------------------------------------------------------------------------------- */

static void negated_set(model_writer *w) {
  const uint32_t count = 1 + below(w, 3);
  model_say(w, "!(");
  for (uint32_t i = 0; i < count; i++) {
    model_say(w, "%s%s:p%u", i ? "|" : "", chance(w, 30) ? "^" : "", below(w, 5));
  }
  model_say(w, ")");
}

static void path(model_writer *w, unsigned depth) {
  static const char *const after[] = { "*", "+", "?" };
  const uint32_t kind = depth >= 3 ? 0 : below(w, 100);
  if (kind < 30) {
    model_say(w, ":p%u", below(w, 4));
  } else if (kind < 40) {
    model_say(w, "^(");
    path(w, depth + 1);
    model_say(w, ")");
  } else if (kind < 72) {
    model_say(w, "(");
    path(w, depth + 1);
    model_say(w, kind < 58 ? "/" : "|");
    path(w, depth + 1);
    model_say(w, ")");
  } else if (kind < 92) {
    model_say(w, "(");
    path(w, depth + 1);
    model_say(w, ")%s", after[below(w, 3)]);
  } else {
    negated_set(w);
  }
}

static void path_pattern(model_writer *w) {
  const uint32_t v = below(w, POOL);
  subject(w);
  model_say(w, " ");
  path(w, 0);
  model_say(w, " ");
  if (chance(w, 80)) {
    const uint32_t end = chance(w, 30) ? model_some_var(w) : v;
    model_say_var(w, end);
    w->scope |= 1u << end;
  } else if (chance(w, 75)) {
    model_say(w, ":s%u", below(w, 4));
  } else {
    model_say(w, "%s", model_literal_text(&w->random));
  }
  model_say(w, " . ");
  w->budget--;
}

/* ---- groups ------------------------------------------------------------------------------------- */

static void select_query(model_writer *w, unsigned depth, bool top);

/* A group with a scope of its own, which it leaves in w->scope. */
static void fresh_group(model_writer *w, unsigned depth) {
  const uint32_t outer = w->outer;
  w->outer |= w->scope;
  w->scope = 0;
  model_group_text(w, depth);
  w->outer = outer;
}

static void inner_group(model_writer *w, unsigned depth, bool visible) {
  const uint32_t scope = w->scope;
  fresh_group(w, depth + 1);
  w->scope = visible ? w->scope | scope : scope;
}

static void union_pattern(model_writer *w, unsigned depth) {
  const uint32_t count = 2 + chance(w, 20);
  for (uint32_t i = 0; i < count; i++) {
    model_say(w, i ? "UNION " : "");
    inner_group(w, depth, true);
  }
}

static void bind_pattern(model_writer *w, unsigned depth) {
  const uint32_t v = new_var(w);
  if (v != UINT32_MAX) {
    model_say(w, "BIND(");
    model_expression(w, MODEL_ANY, depth);
    model_say(w, " AS ");
    model_say_var(w, v);
    model_say(w, ") ");
    w->scope |= 1u << v;
  }
}

static bool speakable(model_value v) {
  return v && (v->kind == KG_TERM_IRI || v->kind == KG_TERM_LITERAL);
}

static void values_cell(model_writer *w, uint32_t var) {
  const uint32_t kind = below(w, 100);
  if (kind < 15) {
    model_say(w, "UNDEF ");
  } else if (speakable(w->witness[var]) && chance(w, 65)) {
    say_term(w, w->witness[var]);
    model_say(w, " ");
  } else if (kind < 60) {
    model_say(w, ":s%u ", below(w, 5));
  } else if (kind < 94) {
    model_say(w, "%s ", model_literal_text(&w->random));
  } else {
    model_say(w, "<<( :s%u :p%u :s%u )>> ", below(w, 4), below(w, 5), below(w, 4));
  }
}

void model_values_text(model_writer *w) {
  const uint32_t a = model_some_var(w), b = model_some_var(w), rows = below(w, 4);
  const bool two = a != b && chance(w, 45);
  model_say(w, "VALUES (");
  model_say_var(w, a);
  if (two) {
    model_say(w, " ");
    model_say_var(w, b);
  }
  model_say(w, ") { ");
  for (uint32_t i = 0; i < rows; i++) {
    model_say(w, "( ");
    values_cell(w, a);
    if (two) {
      values_cell(w, b);
    }
    model_say(w, ") ");
  }
  model_say(w, "} ");
  w->scope |= 1u << a | (two ? 1u << b : 0);
}

static void graph_pattern(model_writer *w, unsigned depth) {
  const uint32_t scope = w->scope;
  const bool named = w->named;
  const model_value graph = w->graph;
  uint32_t bound = 0;
  w->named = true;
  w->graph = NULL;
  model_say(w, "GRAPH ");
  if (chance(w, 60)) {
    const uint32_t v = model_some_var(w);
    model_say_var(w, v);
    bound = 1u << v;
  } else {
    const model_quad *q = w->quad_count ? &w->quads[below(w, (uint32_t)w->quad_count)] : NULL;
    if (q && speakable(q->graph) && chance(w, 90)) {
      w->graph = q->graph;
      say_term(w, q->graph);
    } else {
      model_say(w, ":g%u", below(w, 4));
    }
  }
  model_say(w, " ");
  w->scope |= bound;
  inner_group(w, depth, true);
  w->scope |= scope;
  w->named = named;
  w->graph = graph;
}

static void subselect(model_writer *w, unsigned depth) {
  const uint32_t scope = w->scope;
  model_say(w, "{ ");
  select_query(w, depth + 1, false);
  model_say(w, "} ");
  w->scope |= scope;
}

static void element(model_writer *w, unsigned depth) {
  const uint32_t kind = below(w, 100);
  const bool deep = depth >= DEPTH_MAX || w->budget <= 0;
  if (kind < 36 || (deep && kind < 60)) {
    triples(w);
  } else if (kind < 44) {
    path_pattern(w);
  } else if (kind < 55 && !deep) {
    model_say(w, "OPTIONAL ");
    inner_group(w, depth, true);
  } else if (kind < 62 && !deep) {
    union_pattern(w, depth);
  } else if (kind < 74) {
    const bool lenient = chance(w, 30); /* errors let rows pass */
    model_say(w, lenient ? "FILTER(COALESCE(" : "FILTER(");
    model_expression(w, MODEL_BOOLEAN, depth);
    model_say(w, lenient ? ", true)) " : ") ");
  } else if (kind < 81) {
    bind_pattern(w, depth);
  } else if (kind < 86 || deep) {
    model_values_text(w);
  } else if (kind < 92) {
    graph_pattern(w, depth);
  } else if (kind < 94) {
    model_say(w, "MINUS ");
    inner_group(w, depth, false);
  } else if (kind < 98) {
    subselect(w, depth);
  } else {
    inner_group(w, depth, true);
  }
}

void model_group_text(model_writer *w, unsigned depth) {
  const uint32_t count = depth ? 1 + below(w, 2) : 1 + below(w, 4);
  model_say(w, "{ ");
  if (chance(w, depth ? 70 : 85)) {
    triples(w);
  }
  for (uint32_t i = 0; i < count; i++) {
    if (chance(w, depth ? 60 : 85)) {
      element(w, depth);
    }
  }
  model_say(w, "} ");
}

void model_exists_text(model_writer *w, unsigned depth) {
  const uint32_t scope = w->scope, outer = w->outer;
  if (chance(w, 85)) {
    fresh_group(w, depth + 1);
  } else { /* a selection of its own, whose results may have names of the outside */
    w->outer |= scope;
    w->scope = 0;
    model_say(w, "{ ");
    select_query(w, depth + 1, false);
    model_say(w, "} ");
    w->outer = outer;
  }
  w->scope = scope;
}

/* ---- SELECT ------------------------------------------------------------------------------------- */

static uint32_t say_as(model_writer *w, model_sort sort, unsigned depth, uint32_t v) {
  if (v == UINT32_MAX) {
    return 0;
  }
  model_say(w, "(");
  model_expression(w, sort, depth);
  model_say(w, " AS ");
  model_say_var(w, v);
  model_say(w, ") ");
  return 1u << v;
}

static uint32_t say_expression_as(model_writer *w, model_sort sort, unsigned depth) {
  return say_as(w, sort, depth, new_var(w));
}

static void say_vars(model_writer *w, uint32_t set) {
  for (uint32_t v = 0; v < 32; v++) {
    if (set >> v & 1) {
      model_say_var(w, v);
      model_say(w, " ");
    }
  }
}

static uint32_t subset(model_writer *w, uint32_t set, uint32_t percent) {
  uint32_t chosen = 0;
  for (uint32_t v = 0; v < 32; v++) {
    chosen |= (set >> v & 1) && chance(w, percent) ? 1u << v : 0;
  }
  return chosen;
}

/* The columns of a SELECT without groups; returns which variables it gives. */
static uint32_t plain_columns(model_writer *w, uint32_t scope, unsigned depth) {
  if (chance(w, 20)) {
    model_say(w, "* ");
    return scope;
  }
  uint32_t columns = subset(w, scope, 60);
  columns |= columns == 0 || chance(w, 6) ? 1u << below(w, POOL) : 0;
  say_vars(w, columns);
  if (chance(w, 22)) {
    w->scope = scope;
    columns |= say_expression_as(w, MODEL_ANY, depth);
  }
  return columns;
}

/* Keys and columns of a grouped SELECT; keys go to `keys`, to be written behind the WHERE. A column may have
 * one of `names`, which are in use outside. */
static uint32_t grouped_columns(model_writer *w, uint32_t scope, uint32_t names, kg_buf *keys,
                                unsigned depth) {
  uint32_t key_set = scope && chance(w, 75) ? 1u << model_one_of(w, scope) : 0, columns = 0;
  kg_buf *head = w->out;
  key_set |= scope && key_set && chance(w, 25) ? 1u << model_one_of(w, scope) : 0;
  w->out = keys;
  say_vars(w, key_set);
  w->scope = scope;
  if (chance(w, 15)) {
    key_set |= say_expression_as(w, MODEL_ANY, depth);
  }
  w->out = head;
  columns = subset(w, key_set, 80);
  say_vars(w, columns);
  for (uint32_t i = 0; i < 2 && (i == 0 || chance(w, 50)); i++) {
    w->scope = scope;
    w->keys = key_set;
    const bool named = i == 0 && names && chance(w, 40);
    columns |= say_as(w, MODEL_AGGREGATE, depth, named ? model_one_of(w, names) : new_var(w));
  }
  w->keys = 0;
  return columns;
}

/* Conditions that leave no two different solutions without order, but for blank nodes and triple terms. */
static void total_order(model_writer *w, uint32_t columns) {
  for (uint32_t v = 0; v < 32; v++) {
    if (columns >> v & 1) {
      static const char *const keys[] = { "isTRIPLE", "STR", "LANG", "LANGDIR", "STR(DATATYPE" };
      for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        model_say(w, "%s(%s(", chance(w, 20) ? "DESC" : "ASC", keys[i]);
        model_say_var(w, v);
        model_say(w, i == 4 ? "))) " : ")) ");
      }
    }
  }
}

static void modifiers(model_writer *w, uint32_t columns, bool top, unsigned depth) {
  const bool limit = chance(w, top ? 16 : 25) && columns;
  const uint32_t scope = w->scope;
  if (limit || chance(w, top ? 30 : 8)) {
    w->scope = columns;
    model_say(w, "ORDER BY ");
    if (columns && chance(w, 60)) {
      model_say(w, chance(w, 40) ? "DESC(" : "ASC(");
      model_say_var(w, model_one_of(w, columns));
      model_say(w, ") ");
    } else {
      model_say(w, "(");
      w->outer = 0;
      model_expression(w, MODEL_ORDERED, depth);
      model_say(w, ") ");
    }
    if (limit) {
      total_order(w, columns);
    }
  }
  if (limit) {
    model_say(w, "LIMIT %u ", below(w, 6));
    if (chance(w, 40)) {
      model_say(w, "OFFSET %u ", below(w, 4));
    }
  }
  w->scope = scope;
}

static void dataset_clauses(model_writer *w) {
  if (chance(w, 7)) {
    const uint32_t count = 1 + below(w, 3);
    for (uint32_t i = 0; i < count; i++) {
      model_say(w, "FROM %s:g%u ", chance(w, 45) ? "NAMED " : "", below(w, 3));
    }
  }
}

static void add_text(model_writer *w, kg_buf *text) {
  if (text->len && kg_buf_add(w->out, text->bytes, text->len, NULL) != KGQ_OK) {
    exit(2);
  }
  kg_buf_free(text);
}

/* Leaves in w->scope what the SELECT gives. The WHERE is made first, since the columns come from it. */
static void select_query(model_writer *w, unsigned depth, bool top) {
  kg_buf body, keys, *head = w->out;
  kg_buf_init(&body, NULL);
  kg_buf_init(&keys, NULL);
  const uint32_t outer = w->outer;
  w->out = &body;
  fresh_group(w, depth);
  w->out = head;
  const uint32_t scope = w->scope;
  const bool grouped = chance(w, 24);
  model_say(w, "SELECT %s", chance(w, 18) ? "DISTINCT " : top && !grouped && chance(w, 4) ? "REDUCED " : "");
  w->outer = 0;
  const uint32_t columns =
      grouped ? grouped_columns(w, scope, outer & ~scope, &keys, depth) : plain_columns(w, scope, depth);
  if (grouped && !columns) { /* variables ran out */
    model_say(w, "(COUNT(*) AS ?count) ");
  }
  if (top) {
    dataset_clauses(w);
  }
  model_say(w, "WHERE ");
  add_text(w, &body);
  if (keys.len) {
    model_say(w, "GROUP BY ");
  }
  add_text(w, &keys);
  if (grouped && chance(w, 25)) {
    w->scope = scope;
    model_say(w, "HAVING(");
    model_expression(w, MODEL_HAVING, depth);
    model_say(w, ") ");
  }
  modifiers(w, columns, top, depth);
  if (!grouped && chance(w, 4)) {
    w->scope = scope;
    model_values_text(w);
  }
  w->outer = outer;
  w->scope = columns;
}

/* ---- CONSTRUCT, ASK ----------------------------------------------------------------------------- */

static void template_node(model_writer *w, uint32_t scope, unsigned position) {
  const uint32_t kind = below(w, 100);
  if (kind < 65 && scope) {
    model_say_var(w, model_one_of(w, scope));
  } else if (kind < 78 || position == 1) {
    model_say(w, position == 1 ? ":p%u" : ":s%u", below(w, 5));
  } else if (kind < 88) {
    model_say(w, "_:t%u", below(w, 2));
  } else if (position == 2) {
    model_say(w, "%s", model_literal_text(&w->random));
  } else {
    model_say(w, "[]");
  }
}

static void template_triple(model_writer *w, uint32_t scope, unsigned depth) {
  for (unsigned i = 0; i < 3; i++) {
    if (i == 2 && depth == 0 && chance(w, 8)) {
      model_say(w, "<<( ");
      template_triple(w, scope, 1);
      model_say(w, ")>> ");
    } else if (depth && i == 0) {
      model_say(w, ":s%u ", below(w, 5));
    } else {
      template_node(w, depth && i == 2 ? 0 : scope, i);
      model_say(w, " ");
    }
  }
}

static void construct_query(model_writer *w) {
  kg_buf body, *head = w->out;
  if (chance(w, 10)) {
    model_say(w, "CONSTRUCT WHERE { ");
    triples(w);
    model_say(w, "}");
    return;
  }
  kg_buf_init(&body, NULL);
  w->out = &body;
  model_group_text(w, 0);
  w->out = head;
  model_say(w, "CONSTRUCT { ");
  for (uint32_t i = 0; i < 3 && (i == 0 || chance(w, 60)); i++) {
    template_triple(w, w->scope, 0);
    model_say(w, ". ");
  }
  model_say(w, "} ");
  dataset_clauses(w);
  model_say(w, "WHERE ");
  add_text(w, &body);
}

void model_generate_query(uint64_t seed, const model_quad *quads, size_t count, bool strict, kg_buf *out) {
  model_writer w = { .out = out,
                     .random = model_random_from(seed ^ 0x9E17u),
                     .fresh = POOL,
                     .quads = quads,
                     .quad_count = count,
                     .strict = strict };
  w.budget = 3 + (int)below(&w, 7);
  const uint32_t form = below(&w, 100);
  model_say(&w, "PREFIX : <http://example.org/> PREFIX xsd: <" KG_NS_XSD "> ");
  if (form < 84) {
    select_query(&w, 0, true);
  } else if (form < 92) {
    construct_query(&w);
  } else {
    model_say(&w, "ASK ");
    dataset_clauses(&w);
    model_group_text(&w, 0);
  }
  if (kg_buf_add_byte(out, 0, NULL) != KGQ_OK) {
    exit(2);
  }
  out->len--;
}
