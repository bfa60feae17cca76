/* query/parse_call.c: calls in expressions, productions [127] to [136] of SPARQL 1.2: built-ins, functions by
 * IRI, aggregates, EXISTS.
 *
 * Names and numbers of arguments of built-ins come from the table in ast.h. kgq:agree is the one aggregate
 * named by an IRI (SHORT-LANGUAGE 7.3). Arguments and groups are read through the pointers in kg_parser.
 */
#include <strings.h>

#include "query/parse_expr.h"

/* ---- making expressions ------------------------------------------------------------------------- */

kgq_status kg_expr_new(kg_parser *p, kg_expr_kind kind, size_t offset, kg_expr **out) {
  kg_expr *e = KG_NEW(p, kg_expr);
  KG_NEED(p, e);
  e->kind = kind;
  e->var = KG_NO_VAR;
  e->offset = offset;
  e->iri = e->separator = e->term.text = e->term.datatype = e->term.lang = KG_STR("");
  e->depth = 1;
  *out = e;
  return KGQ_OK;
}

kgq_status kg_expr_set_args(kg_parser *p, kg_expr *e, kg_expr *args) {
  e->args = args;
  for (const kg_expr *arg = args; arg; arg = arg->next) {
    e->depth = arg->depth >= e->depth ? arg->depth + 1 : e->depth;
  }
  p->deepest = e->depth > p->deepest ? e->depth : p->deepest;
  if (e->depth > KG_LIMIT_EXPRESSION_DEPTH) {
    const kg_place place = kg_place_in_text(p->lexer.name, p->ast->text, e->offset);
    return kg_fail_at(p->err, KGQ_LIMIT, &place, "an expression has at most %d operations inside each other",
                      KG_LIMIT_EXPRESSION_DEPTH);
  }
  return KGQ_OK;
}

kgq_status kg_expr_binary(kg_parser *p, kg_expr_kind kind, kg_expr *left, kg_expr *right, kg_expr **out) {
  KGQ_TRY(kg_expr_new(p, kind, left->offset, out));
  left->next = right;
  right->next = NULL;
  return kg_expr_set_args(p, *out, left);
}

/* A balanced tree of the first `count` operands of *list, which moves behind them. */
static kgq_status balance(kg_parser *p, kg_expr_kind kind, kg_expr **list, size_t count, kg_expr **out) {
  if (count == 1) {
    *out = *list;
    *list = (*list)->next;
    (*out)->next = NULL;
    return KGQ_OK;
  }
  kg_expr *left = NULL;
  kg_expr *right = NULL;
  KGQ_TRY(balance(p, kind, list, count / 2, &left));
  KGQ_TRY(balance(p, kind, list, count - count / 2, &right));
  return kg_expr_binary(p, kind, left, right, out);
}

/* Puts the operands of e, or e itself if it is of another kind, at the end of a list. */
static void flatten(kg_expr_kind kind, kg_expr *e, kg_expr ***end, size_t *count) {
  if (e->kind == kind) { /* such trees are balanced: no deeper than the logarithm of their size */
    kg_expr *right = e->args->next;
    flatten(kind, e->args, end, count);
    flatten(kind, right, end, count);
    return;
  }
  **end = e;
  *end = &e->next;
  ++*count;
}

kgq_status kg_expr_join(kg_parser *p, kg_expr_kind kind, kg_expr *list, kg_expr **out) {
  kg_expr *flat = NULL;
  kg_expr **end = &flat;
  size_t count = 0;
  while (list) {
    kg_expr *following = list->next;
    flatten(kind, list, &end, &count);
    list = following;
  }
  *end = NULL;
  return balance(p, kind, &flat, count, out);
}

/* ---- tables ------------------------------------------------------------------------------------- */

typedef struct kg_builtin {
  const char *name;
  int least, most; /* arguments; most -1: any number */
} kg_builtin;

static const kg_builtin builtins[] = {
#define KG_FN_ROW(name, text, low, high) { text, low, high },
  KG_BUILTIN_FUNCTIONS(KG_FN_ROW)
#undef KG_FN_ROW
};
#define KG_BUILTIN_COUNT ((int)(sizeof builtins / sizeof builtins[0]))

static const struct {
  const char *name;
  kg_agg_kind kind;
} aggregates[] = {
  { "COUNT", KG_AGG_COUNT },
  { "SUM", KG_AGG_SUM },
  { "MIN", KG_AGG_MIN },
  { "MAX", KG_AGG_MAX },
  { "AVG", KG_AGG_AVG },
  { "SAMPLE", KG_AGG_SAMPLE },
  { "GROUP_CONCAT", KG_AGG_GROUP_CONCAT },
};
#define KG_AGGREGATE_COUNT ((int)(sizeof aggregates / sizeof aggregates[0]))

static int find_builtin(const kg_parser *p) {
  for (int i = 0; i < KG_BUILTIN_COUNT; i++) {
    if (kg_at_word(p, builtins[i].name)) {
      return i;
    }
  }
  return -1;
}

static int find_aggregate(const kg_parser *p) {
  for (int i = 0; i < KG_AGGREGATE_COUNT; i++) {
    if (kg_at_word(p, aggregates[i].name)) {
      return i;
    }
  }
  return -1;
}

bool kg_at_call(const kg_parser *p) {
  return kg_at(p, KG_TOK_WORD) &&
         (find_builtin(p) >= 0 || find_aggregate(p) >= 0 || kg_at_word(p, "EXISTS") || kg_at_word(p, "NOT"));
}

/* ---- argument lists ----------------------------------------------------------------------------- */

/* '(' Expression ( ',' Expression )* ')' with the first "(" still to be read; *count how many. */
static kgq_status parse_arguments(kg_parser *p, kg_expr **out, int *count) {
  *count = 0;
  if (kg_at(p, KG_TOK_NIL)) {
    return kg_advance(p);
  }
  if (!kg_at(p, KG_TOK_LPAREN)) {
    return kg_unexpected(p, "\"(\"");
  }
  do {
    KGQ_TRY(kg_advance(p));
    KGQ_TRY(p->expression(p, out));
    out = &(*out)->next;
    ++*count;
  } while (kg_at(p, KG_TOK_COMMA));
  return kg_expect(p, KG_TOK_RPAREN);
}

/* ExpressionList ::= NIL | '(' Expression ( ',' Expression )* ')' */
kgq_status kg_parse_ExpressionList(kg_parser *p, kg_expr **out) {
  int count = 0;
  return parse_arguments(p, out, &count);
}

/* ---- EXISTS ------------------------------------------------------------------------------------- */

/* [133] ExistsFunc ::= 'EXISTS' GroupGraphPattern   [134] NotExistsFunc ::= 'NOT' 'EXISTS' GroupGraphPattern.
 * The group is not part of the basic graph pattern around it, and aggregates of the query around do not reach
 * into it. */
static kgq_status parse_ExistsFunc(kg_parser *p, kg_expr **out) {
  const bool negated = kg_at_word(p, "NOT");
  const uint32_t block = p->block;
  const uint32_t deepest = p->deepest;
  const bool allowed = p->aggregates;
  const bool inside = p->in_aggregate;
  KGQ_TRY(kg_expr_new(p, negated ? KG_EXPR_NOT_EXISTS : KG_EXPR_EXISTS, p->token.offset, out));
  if (negated) {
    KGQ_TRY(kg_advance(p));
  }
  KGQ_TRY(kg_expect_word(p, "EXISTS"));
  p->aggregates = p->in_aggregate = false;
  p->deepest = 0;
  KGQ_TRY(p->group_graph_pattern(p, &(*out)->pattern));
  (*out)->depth = p->deepest + 1;
  p->deepest = deepest;
  p->block = block;
  p->aggregates = allowed;
  p->in_aggregate = inside;
  return kg_expr_set_args(p, *out, NULL);
}

/* ---- aggregates --------------------------------------------------------------------------------- */

static kgq_status begin_aggregate(kg_parser *p, size_t offset) {
  if (p->in_aggregate) {
    return kg_syntax_at(p, offset, "an aggregate cannot stand inside another one");
  }
  if (!p->aggregates) {
    return kg_syntax_at(p, offset, "an aggregate can only stand in SELECT, HAVING or ORDER BY");
  }
  p->in_aggregate = p->saw_aggregate = true;
  return KGQ_OK;
}

/* ';' 'SEPARATOR' '=' String */
static kgq_status parse_separator(kg_parser *p, kg_expr *e) {
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_expect_word(p, "SEPARATOR"));
  KGQ_TRY(kg_expect(p, KG_TOK_EQUAL));
  if (!kg_at(p, KG_TOK_STRING)) {
    return kg_unexpected(p, "a string");
  }
  e->separator = p->token.text;
  return kg_advance(p);
}

/* '(' 'DISTINCT'? Expression ')', with '*' for COUNT and a separator for GROUP_CONCAT */
static kgq_status parse_aggregate_body(kg_parser *p, kg_expr *e) {
  KGQ_TRY(begin_aggregate(p, e->offset));
  KGQ_TRY(kg_expect(p, KG_TOK_LPAREN));
  KGQ_TRY(kg_accept_word(p, "DISTINCT", &e->distinct));
  if (e->aggregate == KG_AGG_COUNT && kg_at(p, KG_TOK_STAR)) {
    e->star = true;
    KGQ_TRY(kg_advance(p));
  } else {
    kg_expr *argument = NULL;
    KGQ_TRY(p->expression(p, &argument));
    KGQ_TRY(kg_expr_set_args(p, e, argument));
  }
  if (e->aggregate == KG_AGG_GROUP_CONCAT && kg_at(p, KG_TOK_SEMICOLON)) {
    KGQ_TRY(parse_separator(p, e));
  }
  p->in_aggregate = false;
  return kg_expect(p, KG_TOK_RPAREN);
}

/* [135] Aggregate ::= 'COUNT' '(' 'DISTINCT'? ( '*' | Expression ) ')' | 'SUM' ... | 'GROUP_CONCAT' '('
 * 'DISTINCT'? Expression ( ';' 'SEPARATOR' '=' String )? ')' */
static kgq_status parse_Aggregate(kg_parser *p, int which, kg_expr **out) {
  KGQ_TRY(kg_expr_new(p, KG_EXPR_AGGREGATE, p->token.offset, out));
  (*out)->aggregate = aggregates[which].kind;
  (*out)->separator = KG_STR(" ");
  KGQ_TRY(kg_advance(p));
  return parse_aggregate_body(p, *out);
}

/* ---- calls -------------------------------------------------------------------------------------- */

static kgq_status check_arguments(kg_parser *p, const kg_expr *call, int count) {
  const kg_builtin *b = &builtins[call->function];
  if (count >= b->least && (b->most < 0 || count <= b->most)) {
    if (call->function == KG_FN_BOUND && call->args->kind != KG_EXPR_VAR) {
      return kg_syntax_at(p, call->args->offset, "BOUND takes a variable");
    }
    return KGQ_OK;
  }
  if (b->least == b->most) {
    return kg_syntax_at(p, call->offset, "%s takes %d argument%s, not %d", b->name, b->least,
                        b->least == 1 ? "" : "s", count);
  }
  return kg_syntax_at(p, call->offset, "%s takes %d to %d arguments, not %d", b->name, b->least, b->most,
                      count);
}

/* [127] BuiltInCall ::= Aggregate | 'STR' '(' Expression ')' | ... | ExistsFunc | NotExistsFunc */
kgq_status kg_parse_BuiltInCall(kg_parser *p, kg_expr **out) {
  const int aggregate = find_aggregate(p);
  const int which = find_builtin(p);
  if (aggregate >= 0) {
    return parse_Aggregate(p, aggregate, out);
  }
  if (which < 0) {
    return parse_ExistsFunc(p, out);
  }
  kg_expr *args = NULL;
  int count = 0;
  KGQ_TRY(kg_expr_new(p, KG_EXPR_CALL, p->token.offset, out));
  (*out)->function = (kg_function)which;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(parse_arguments(p, &args, &count));
  KGQ_TRY(kg_expr_set_args(p, *out, args));
  return check_arguments(p, *out, count);
}

/* [136] iriOrFunction ::= iri ArgList?   ArgList ::= NIL | '(' 'DISTINCT'? Expression ( ',' Expression )* ')'
 */
kgq_status kg_parse_iriOrFunction(kg_parser *p, kg_expr **out) {
  int count = 0;
  kgq_str iri;
  KGQ_TRY(kg_expr_new(p, KG_EXPR_TERM, p->token.offset, out));
  KGQ_TRY(kg_parse_iri(p, &iri));
  if (!kg_at(p, KG_TOK_LPAREN) && !kg_at(p, KG_TOK_NIL)) {
    (*out)->term = kg_term_iri(iri);
    return KGQ_OK;
  }
  if (kg_str_equal(iri, KG_STR(KG_NS_KGQ "agree"))) {
    (*out)->kind = KG_EXPR_AGGREGATE;
    (*out)->aggregate = KG_AGG_AGREE;
    (*out)->separator = KG_STR(" ");
    return parse_aggregate_body(p, *out);
  }
  kg_expr *args = NULL;
  (*out)->kind = KG_EXPR_CALL;
  (*out)->function = KG_FN_IRI_CALL;
  (*out)->iri = iri;
  KGQ_TRY(parse_arguments(p, &args, &count));
  return kg_expr_set_args(p, *out, args);
}
