/* tests/model/expr.c: operators and functional forms of expressions. The contract: expr.h.
 *
 * Functions on values are in function.c, comparison and arithmetic in value.c; here is what has error rules
 * of its own: logic, IN, IF, COALESCE, BOUND, EXISTS, and aggregates, which aggregate.c worked out
 * beforehand.
 */
#include "tests/model/expr.h"
#include "tests/model/function.h"

static model_value from_truth(model *m, model_truth t) {
  return t == MODEL_ERROR ? NULL : model_boolean(m->arena, t == MODEL_TRUE);
}

static model_truth negated(model_truth t) {
  return t == MODEL_ERROR ? t : (model_truth)!t;
}

static model_truth truth_of(model *m, const kg_expr *e, const model_place *place) {
  return model_ebv(model_expr(m, e, place));
}

bool model_holds(model *m, const kg_expr *e, const model_place *place) {
  return truth_of(m, e, place) == MODEL_TRUE;
}

/* 17.2: the table of || and &&; `settles` is the value that one side alone is enough for. */
static model_truth logic(model *m, const kg_expr *e, const model_place *place, model_truth settles) {
  const model_truth a = truth_of(m, e->args, place), b = truth_of(m, e->args->next, place);
  if (a == settles || b == settles) {
    return settles;
  }
  return a == MODEL_ERROR || b == MODEL_ERROR ? MODEL_ERROR : negated(settles);
}

/* 17.4.1.9: (x = a) || (x = b) || ... */
static model_truth is_in(model *m, const kg_expr *e, const model_place *place) {
  const model_value left = model_expr(m, e->args, place);
  model_truth found = MODEL_FALSE;
  for (const kg_expr *item = e->args->next; item; item = item->next) {
    const model_truth same = model_equal(left, model_expr(m, item, place));
    if (same == MODEL_TRUE) {
      return MODEL_TRUE;
    }
    found = same == MODEL_ERROR ? MODEL_ERROR : found;
  }
  return left ? found : MODEL_ERROR;
}

static model_truth compare(model *m, const kg_expr *e, const model_place *place) {
  const model_value a = model_expr(m, e->args, place), b = model_expr(m, e->args->next, place);
  switch ((int)e->kind) {
  case KG_EXPR_EQUAL: return model_equal(a, b);
  case KG_EXPR_NOT_EQUAL: return model_not_equal(a, b);
  case KG_EXPR_LESS: return model_less(a, b);
  case KG_EXPR_GREATER: return model_less(b, a);
  case KG_EXPR_LESS_EQUAL: return model_less_equal(a, b);
  default: return model_less_equal(b, a);
  }
}

static model_value arithmetic(model *m, const kg_expr *e, const model_place *place, char operation) {
  const model_value a = model_expr(m, e->args, place), b = model_expr(m, e->args->next, place);
  return model_arithmetic(m->arena, operation, a, b);
}

/* op:numeric-unary-plus gives its operand, so as it is written; minus computes a new number. */
static model_value signed_number(model *m, const kg_expr *e, const model_place *place) {
  const model_value v = model_expr(m, e->args, place);
  model_number n = model_number_of(v);
  if (n.rank == MODEL_NO_NUMBER || e->kind == KG_EXPR_PLUS) {
    return n.rank == MODEL_NO_NUMBER ? NULL : v;
  }
  n.exact.mantissa = -n.exact.mantissa;
  n.real = -n.real;
  return model_number_term(m->arena, &n);
}

static model_value coalesce(model *m, const kg_expr *e, const model_place *place) {
  for (const kg_expr *arg = e->args; arg; arg = arg->next) {
    const model_value v = model_expr(m, arg, place);
    if (v) {
      return v;
    }
  }
  return NULL;
}

static model_value if_then_else(model *m, const kg_expr *e, const model_place *place) {
  const model_truth t = truth_of(m, e->args, place);
  if (t == MODEL_ERROR) {
    return NULL;
  }
  return model_expr(m, t == MODEL_TRUE ? e->args->next : e->args->next->next, place);
}

static bool all_arguments(model *m, const kg_expr *e, const model_place *place, model_value *args,
                          size_t *count) {
  *count = 0;
  for (const kg_expr *arg = e->args; arg; arg = arg->next) {
    if (*count == MODEL_ARGUMENTS_MAX) {
      m->undetermined = true;
      return false;
    }
    args[*count] = model_expr(m, arg, place);
    if (!args[(*count)++]) {
      return false;
    }
  }
  return true;
}

static model_value call(model *m, const kg_expr *e, const model_place *place) {
  model_value args[MODEL_ARGUMENTS_MAX] = { NULL };
  size_t count = 0;
  switch ((int)e->function) {
  case KG_FN_BOUND: return model_boolean(m->arena, model_expr(m, e->args, place) != NULL);
  case KG_FN_IF: return if_then_else(m, e, place);
  case KG_FN_COALESCE: return coalesce(m, e, place);
  default: break;
  }
  if (!model_function_known(e)) {
    m->undetermined = true; /* outside of what the model covers */
    return NULL;
  }
  return all_arguments(m, e, place, args, &count) ? model_function(m->arena, e, args, count) : NULL;
}

static model_value triple(model *m, const kg_expr *e, const model_place *place) {
  model_value args[MODEL_ARGUMENTS_MAX] = { NULL };
  size_t count = 0;
  return all_arguments(m, e, place, args, &count) ? model_triple_term(m->arena, args) : NULL;
}

static model_value aggregate(const kg_expr *e, const model_place *place) {
  for (const model_answer *a = place->answers; a; a = a->next) {
    if (a->call == e) {
      return a->value;
    }
  }
  return NULL;
}

static model_truth exists(model *m, const kg_expr *e, const model_place *place) {
  return m->exists(m, e->pattern, place->graph, place->row) ? MODEL_TRUE : MODEL_FALSE;
}

model_value model_expr(model *m, const kg_expr *e, const model_place *place) {
  switch (e->kind) {
  case KG_EXPR_VAR: return place->row[e->var];
  case KG_EXPR_TERM: return &e->term;
  case KG_EXPR_OR: return from_truth(m, logic(m, e, place, MODEL_TRUE));
  case KG_EXPR_AND: return from_truth(m, logic(m, e, place, MODEL_FALSE));
  case KG_EXPR_NOT: return from_truth(m, negated(truth_of(m, e->args, place)));
  case KG_EXPR_EQUAL:
  case KG_EXPR_NOT_EQUAL:
  case KG_EXPR_LESS:
  case KG_EXPR_LESS_EQUAL:
  case KG_EXPR_GREATER:
  case KG_EXPR_GREATER_EQUAL: return from_truth(m, compare(m, e, place));
  case KG_EXPR_IN: return from_truth(m, is_in(m, e, place));
  case KG_EXPR_NOT_IN: return from_truth(m, negated(is_in(m, e, place)));
  case KG_EXPR_ADD: return arithmetic(m, e, place, '+');
  case KG_EXPR_SUBTRACT: return arithmetic(m, e, place, '-');
  case KG_EXPR_MULTIPLY: return arithmetic(m, e, place, '*');
  case KG_EXPR_DIVIDE: return arithmetic(m, e, place, '/');
  case KG_EXPR_NEGATE:
  case KG_EXPR_PLUS: return signed_number(m, e, place);
  case KG_EXPR_CALL: return call(m, e, place);
  case KG_EXPR_EXISTS: return from_truth(m, exists(m, e, place));
  case KG_EXPR_NOT_EXISTS: return from_truth(m, negated(exists(m, e, place)));
  case KG_EXPR_AGGREGATE: return aggregate(e, place);
  case KG_EXPR_TRIPLE: return triple(m, e, place);
  }
  return NULL;
}
