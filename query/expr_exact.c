/* query/expr_exact.c: arithmetic over short exact numbers, straight from ids.
 *
 * Inline ids hold integers and decimals of some 17 digits (graph/id.h). `?p * 2 > ?y / 10` over them needs no
 * typed values of 128 bits: mantissas of 64 bits with a scale give the same, as long as nothing overflows and
 * every quotient ends. What does not fit is left to functions_number.c.
 */
#include "query/expr_exact.h"

#include "query/functions.h"

#define DIGITS_MAX 18

/* mantissa * 10^-scale */
typedef struct number {
  int64_t mantissa;
  int32_t scale;
  bool decimal; /* xsd:decimal; else xsd:integer */
} number;

static bool is_arithmetic(const kg_cexpr *e) {
  const int kind = (int)e->kind;
  return kind == KG_EXPR_ADD || kind == KG_EXPR_SUBTRACT || kind == KG_EXPR_MULTIPLY ||
         kind == KG_EXPR_DIVIDE;
}

/* Depth is bounded by the compiler. */
static bool fits(const kg_cexpr *e) {
  if (e->kind == KG_EXPR_TERM) {
    return kg_value_is_exact(e->value.kind);
  }
  return e->kind == KG_EXPR_VAR || (is_arithmetic(e) && fits(e->args[0]) && fits(e->args[1]));
}

bool kg_exact_computes(const kg_cexpr *e) {
  return is_arithmetic(e) && fits(e);
}

bool kg_exact_compares(const kg_cexpr *e) {
  return e->kind >= KG_EXPR_EQUAL && e->kind <= KG_EXPR_GREATER_EQUAL && fits(e->args[0]) && fits(e->args[1]);
}

/* ---- numbers ------------------------------------------------------------------------------------ */

static bool from_decimal(kg_decimal d, bool decimal, number *out) {
  *out = (number){ (int64_t)d.mantissa, d.scale, decimal };
  return d.mantissa < INT64_MAX && d.mantissa > -INT64_MAX && d.scale <= DIGITS_MAX;
}

static bool from_id(kg_id id, number *out) {
  switch ((int)kg_id_tag(id)) {
  case KG_TAG_INTEGER: *out = (number){ kg_id_integer(id), 0, false }; return true;
  case KG_TAG_DECIMAL: return from_decimal(kg_id_decimal(id), true, out);
  default: return false;
  }
}

static bool align(number *a, number *b) {
  number *low = a->scale < b->scale ? a : b;
  const number *high = a->scale < b->scale ? b : a;
  for (; low->scale < high->scale; low->scale++) {
    if (__builtin_mul_overflow(low->mantissa, 10, &low->mantissa)) {
      return false;
    }
  }
  return true;
}

/* Digit by digit, until nothing is left over. */
static bool divide(number a, number b, number *out) {
  if (b.mantissa == 0) {
    return false;
  }
  int64_t quotient = a.mantissa / b.mantissa, rest = a.mantissa % b.mantissa;
  int32_t scale = a.scale - b.scale;
  for (; rest != 0 || scale < 0; scale++) {
    if (scale >= DIGITS_MAX || __builtin_mul_overflow(quotient, 10, &quotient) ||
        __builtin_mul_overflow(rest, 10, &rest) ||
        __builtin_add_overflow(quotient, rest / b.mantissa, &quotient)) {
      return false;
    }
    rest %= b.mantissa;
  }
  *out = (number){ quotient, scale, true };
  return true;
}

static bool compute(const kg_cexpr *e, number a, number b, number *out) {
  bool overflow = false;
  if (e->kind == KG_EXPR_DIVIDE) {
    return divide(a, b, out);
  }
  out->decimal = a.decimal || b.decimal;
  if (e->kind == KG_EXPR_MULTIPLY) {
    overflow = __builtin_mul_overflow(a.mantissa, b.mantissa, &out->mantissa);
    out->scale = a.scale + b.scale;
  } else {
    overflow = !align(&a, &b) ||
               (e->kind == KG_EXPR_ADD ? __builtin_add_overflow(a.mantissa, b.mantissa, &out->mantissa)
                                       : __builtin_sub_overflow(a.mantissa, b.mantissa, &out->mantissa));
    out->scale = a.scale;
  }
  /* one less than the range: -mantissa is a number too */
  return !overflow && out->scale <= DIGITS_MAX && out->mantissa > -INT64_MAX;
}

static bool evaluate(const kg_cexpr *e, uint32_t row, number *out) {
  number a, b;
  if (e->kind == KG_EXPR_VAR) {
    const kg_batch *batch = e->ev->batch;
    return e->column < batch->column_count && from_id(batch->columns[e->column][row], out);
  }
  if (e->kind == KG_EXPR_TERM) {
    return from_decimal(e->value.as.decimal, e->value.kind == KG_VALUE_DECIMAL, out);
  }
  return evaluate(e->args[0], row, &a) && evaluate(e->args[1], row, &b) && compute(e, a, b, out);
}

/* ---- results ------------------------------------------------------------------------------------ */

int kg_exact_truth(const kg_cexpr *e, uint32_t row) {
  number a, b;
  if (!evaluate(e->args[0], row, &a) || !evaluate(e->args[1], row, &b) || !align(&a, &b)) {
    return 2;
  }
  switch ((int)e->kind) {
  case KG_EXPR_EQUAL: return a.mantissa == b.mantissa;
  case KG_EXPR_NOT_EQUAL: return a.mantissa != b.mantissa;
  case KG_EXPR_LESS: return a.mantissa < b.mantissa;
  case KG_EXPR_LESS_EQUAL: return a.mantissa <= b.mantissa;
  case KG_EXPR_GREATER: return a.mantissa > b.mantissa;
  default: return a.mantissa >= b.mantissa;
  }
}

bool kg_exact_value(const kg_cexpr *e, uint32_t row, kg_value *out) {
  number n;
  if (!evaluate(e, row, &n)) {
    return false;
  }
  const kg_decimal d = { n.mantissa, n.scale };
  kg_value_set_decimal(out, d, n.decimal ? KG_VALUE_DECIMAL : KG_VALUE_INTEGER);
  return true;
}
