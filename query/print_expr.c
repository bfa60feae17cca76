/* query/print_expr.c: expressions as SPARQL text, with no more parentheses than the grammar needs.
 *
 * Reading the text again gives the same tree: || and && print flat since the parser balances them, other
 * chains keep their left-to-right shape.
 */
#include "graph/vocab.h"
#include "query/print_internal.h"

/* Precedence: productions [118] to [125]. */
enum { LEVEL_OR = 1, LEVEL_AND, LEVEL_RELATION, LEVEL_ADD, LEVEL_MULTIPLY, LEVEL_UNARY, LEVEL_PRIMARY };

typedef struct kg_operator {
  kg_expr_kind kind;
  const char *text;
  int level, left, right; /* own level; least levels of the sides without parentheses */
} kg_operator;

static const kg_operator operators[] = {
  { KG_EXPR_OR, " || ", LEVEL_OR, LEVEL_OR, LEVEL_OR },
  { KG_EXPR_AND, " && ", LEVEL_AND, LEVEL_AND, LEVEL_AND },
  { KG_EXPR_EQUAL, " = ", LEVEL_RELATION, LEVEL_ADD, LEVEL_ADD },
  { KG_EXPR_NOT_EQUAL, " != ", LEVEL_RELATION, LEVEL_ADD, LEVEL_ADD },
  { KG_EXPR_LESS, " < ", LEVEL_RELATION, LEVEL_ADD, LEVEL_ADD },
  { KG_EXPR_LESS_EQUAL, " <= ", LEVEL_RELATION, LEVEL_ADD, LEVEL_ADD },
  { KG_EXPR_GREATER, " > ", LEVEL_RELATION, LEVEL_ADD, LEVEL_ADD },
  { KG_EXPR_GREATER_EQUAL, " >= ", LEVEL_RELATION, LEVEL_ADD, LEVEL_ADD },
  { KG_EXPR_ADD, " + ", LEVEL_ADD, LEVEL_ADD, LEVEL_MULTIPLY },
  { KG_EXPR_SUBTRACT, " - ", LEVEL_ADD, LEVEL_ADD, LEVEL_MULTIPLY },
  { KG_EXPR_MULTIPLY, " * ", LEVEL_MULTIPLY, LEVEL_MULTIPLY, LEVEL_UNARY },
  { KG_EXPR_DIVIDE, " / ", LEVEL_MULTIPLY, LEVEL_MULTIPLY, LEVEL_UNARY },
};

static const kg_operator *operator_of(kg_expr_kind kind) {
  for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
    if (operators[i].kind == kind) {
      return &operators[i];
    }
  }
  return NULL;
}

static int level_of(const kg_expr *e) {
  const kg_operator *o = operator_of(e->kind);
  if (o) {
    return o->level;
  }
  if (e->kind == KG_EXPR_IN || e->kind == KG_EXPR_NOT_IN) {
    return LEVEL_RELATION;
  }
  return e->kind == KG_EXPR_NOT || e->kind == KG_EXPR_NEGATE || e->kind == KG_EXPR_PLUS ? LEVEL_UNARY
                                                                                        : LEVEL_PRIMARY;
}

static void put(kg_printer *p, const kg_expr *e, int least);

static void put_list(kg_printer *p, const kg_expr *e) {
  kg_put(p, "(");
  for (; e; e = e->next) {
    put(p, e, LEVEL_OR);
    kg_put(p, e->next ? ", " : "");
  }
  kg_put(p, ")");
}

static void put_call(kg_printer *p, const kg_expr *e) {
  if (e->function == KG_FN_IRI_CALL) {
    kg_put_iri(p, e->iri);
  } else {
    kg_put(p, kg_function_name(e->function));
    p->needs_base = p->needs_base || e->function == KG_FN_IRI || e->function == KG_FN_URI;
  }
  put_list(p, e->args);
}

static void put_aggregate(kg_printer *p, const kg_expr *e) {
  static const char *const names[] = { "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT" };
  if (e->aggregate == KG_AGG_AGREE) {
    kg_put_iri(p, KG_STR(KG_NS_KGQ "agree"));
  } else {
    kg_put(p, names[e->aggregate]);
  }
  kg_put(p, e->distinct ? "(DISTINCT " : "(");
  if (e->star) {
    kg_put(p, "*");
  } else {
    put(p, e->args, LEVEL_OR);
  }
  if (e->aggregate == KG_AGG_GROUP_CONCAT && !kg_str_equal(e->separator, KG_STR(" "))) {
    kg_put(p, "; SEPARATOR=");
    kg_put_quoted(p, e->separator);
  }
  kg_put(p, ")");
}

static void put_triple(kg_printer *p, const kg_expr *e) {
  kg_put(p, "<<( ");
  for (const kg_expr *part = e->args; part; part = part->next) {
    put(p, part, LEVEL_PRIMARY);
    kg_put(p, " ");
  }
  kg_put(p, ")>>");
}

static void put_exists(kg_printer *p, const kg_expr *e) {
  kg_put(p, e->kind == KG_EXPR_EXISTS ? "EXISTS " : "NOT EXISTS ");
  p->group(p, e->pattern);
}

/* "- 5" has a space: "-5" would be a number of its own. */
static void put_sign(kg_printer *p, const kg_expr *e) {
  kg_put(p, e->kind == KG_EXPR_NEGATE ? "-" : "+");
  kg_put(p, e->args->kind == KG_EXPR_TERM ? " " : "");
  put(p, e->args, LEVEL_PRIMARY);
}

static void put_binary(kg_printer *p, const kg_expr *e, const kg_operator *o) {
  put(p, e->args, o->left);
  kg_put(p, o->text);
  put(p, e->args->next, o->right);
}

static void put_primary(kg_printer *p, const kg_expr *e) {
  switch ((int)e->kind) {
  case KG_EXPR_VAR: kg_put_var(p, e->var); return;
  case KG_EXPR_TERM: kg_put_term(p, &e->term); return;
  case KG_EXPR_NOT:
    kg_put(p, "!");
    put(p, e->args, LEVEL_UNARY);
    return;
  case KG_EXPR_NEGATE:
  case KG_EXPR_PLUS: put_sign(p, e); return;
  case KG_EXPR_CALL: put_call(p, e); return;
  case KG_EXPR_EXISTS:
  case KG_EXPR_NOT_EXISTS: put_exists(p, e); return;
  case KG_EXPR_AGGREGATE: put_aggregate(p, e); return;
  case KG_EXPR_TRIPLE: put_triple(p, e); return;
  case KG_EXPR_IN:
  case KG_EXPR_NOT_IN:
    put(p, e->args, LEVEL_ADD);
    kg_put(p, e->kind == KG_EXPR_IN ? " IN " : " NOT IN ");
    put_list(p, e->args->next);
    return;
  default: return;
  }
}

static void put(kg_printer *p, const kg_expr *e, int least) {
  const kg_operator *o = operator_of(e->kind);
  const bool wrap = level_of(e) < least;
  kg_put(p, wrap ? "(" : "");
  if (o) {
    put_binary(p, e, o);
  } else {
    put_primary(p, e);
  }
  kg_put(p, wrap ? ")" : "");
}

void kg_put_expr(kg_printer *p, const kg_expr *e) {
  put(p, e, LEVEL_OR);
}

void kg_put_condition(kg_printer *p, const kg_expr *e) {
  if (e->kind == KG_EXPR_EXISTS || e->kind == KG_EXPR_NOT_EXISTS) {
    put_exists(p, e);
    return;
  }
  kg_put(p, "(");
  put(p, e, LEVEL_OR);
  kg_put(p, ")");
}
