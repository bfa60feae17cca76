/* query/functions_number.c: arithmetic and functions on numbers (SPARQL 1.2, 17.3, 17.4.4).
 *
 * Integers and decimals are exact; what does not fit in 38 digits is an error of the expression, as XPath's
 * FOAR0002 is. Integer by integer gives a decimal.
 */
#include "query/functions.h"

#include <math.h>
#include <sys/random.h>

/* Digits after the point of a quotient that does not end; XPath functions 4.2 ask for 18 at least. */
#define QUOTIENT_DIGITS 18

typedef enum { OP_ADD, OP_SUBTRACT, OP_MULTIPLY, OP_DIVIDE } operation;

/* XPath B.1: the wider of the two types. */
static kg_value_kind promoted(const kg_value *a, const kg_value *b) {
  return a->kind > b->kind ? a->kind : b->kind;
}

static void exact(const kg_value *a, operation op, const kg_value *b, kg_value_kind kind, kg_value *out) {
  kg_decimal d;
  bool fits = false;
  switch (op) {
  case OP_ADD: fits = kg_decimal_add(a->as.decimal, b->as.decimal, &d); break;
  case OP_SUBTRACT: fits = kg_decimal_subtract(a->as.decimal, b->as.decimal, &d); break;
  case OP_MULTIPLY: fits = kg_decimal_multiply(a->as.decimal, b->as.decimal, &d); break;
  case OP_DIVIDE:
    kind = KG_VALUE_DECIMAL;
    fits =
        b->as.decimal.mantissa != 0 && kg_decimal_divide(a->as.decimal, b->as.decimal, QUOTIENT_DIGITS, &d);
    break;
  }
  if (fits) {
    kg_value_set_decimal(out, d, kind);
  }
}

static double inexact(double a, operation op, double b) {
  switch (op) {
  case OP_ADD: return a + b;
  case OP_SUBTRACT: return a - b;
  case OP_MULTIPLY: return a * b;
  case OP_DIVIDE: break;
  }
  if (b != 0) {
    return a / b;
  }
  return a == 0 || isnan(a) ? (double)NAN : copysign((double)INFINITY, signbit(a) == signbit(b) ? 1.0 : -1.0);
}

static void arithmetic(const kg_value *a, operation op, const kg_value *b, kg_value *out) {
  kg_value_set_none(out);
  if (!kg_value_is_number(a->kind) || !kg_value_is_number(b->kind)) {
    return;
  }
  const kg_value_kind kind = promoted(a, b);
  if (kg_value_is_exact(kind)) {
    exact(a, op, b, kind, out);
  } else if (kind == KG_VALUE_FLOAT) {
    const float x = (float)kg_value_double(a), y = (float)kg_value_double(b);
    kg_value_set_double(out, inexact((double)x, op, (double)y), kind);
  } else {
    kg_value_set_double(out, inexact(kg_value_double(a), op, kg_value_double(b)), kind);
  }
}

void kg_number_add(const kg_value *a, const kg_value *b, kg_value *out) {
  arithmetic(a, OP_ADD, b, out);
}
void kg_number_divide(const kg_value *a, const kg_value *b, kg_value *out) {
  arithmetic(a, OP_DIVIDE, b, out);
}

kgq_status kg_fn_add(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  arithmetic(&args[0], OP_ADD, &args[1], out);
  return KGQ_OK;
}

kgq_status kg_fn_subtract(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  arithmetic(&args[0], OP_SUBTRACT, &args[1], out);
  return KGQ_OK;
}

kgq_status kg_fn_multiply(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  arithmetic(&args[0], OP_MULTIPLY, &args[1], out);
  return KGQ_OK;
}

kgq_status kg_fn_divide(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  arithmetic(&args[0], OP_DIVIDE, &args[1], out);
  return KGQ_OK;
}

/* A number of the same type; types derived from xsd:integer give xsd:integer. */
static void give_number(const kg_value *like, kg_decimal d, double v, kg_value *out) {
  if (kg_value_is_exact(like->kind)) {
    kg_value_set_decimal(out, d, like->kind);
  } else if (kg_value_is_number(like->kind)) {
    kg_value_set_double(out, v, like->kind);
  }
}

kgq_status kg_fn_negate(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (kg_value_is_exact(args[0].kind)) {
    kg_decimal d = args[0].as.decimal;
    d.mantissa = -d.mantissa;
    give_number(&args[0], d, 0, out);
  } else if (kg_value_is_number(args[0].kind)) {
    give_number(&args[0], kg_decimal_from_int(0), -args[0].as.number, out);
  }
  return KGQ_OK;
}

/* XPath functions 4.2.7: semantically no operation, so the number stays as it is written. */
kgq_status kg_fn_plus(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (kg_value_is_number(args[0].kind)) {
    *out = args[0];
  }
  return KGQ_OK;
}

/* ---- functions ---------------------------------------------------------------------------------- */

kgq_status kg_fn_ABS(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  kg_decimal d = kg_decimal_from_int(0);
  double v = 0;
  if (kg_value_is_exact(args[0].kind)) {
    d = args[0].as.decimal;
    d.mantissa = d.mantissa < 0 ? -d.mantissa : d.mantissa;
  } else if (kg_value_is_number(args[0].kind)) {
    v = fabs(args[0].as.number);
  }
  give_number(&args[0], d, v, out);
  return KGQ_OK;
}

/* fn:round: half toward positive infinity; keeps the sign of zero. */
static double round_half_up(double v) {
  const double below = floor(v);
  return copysign(v - below >= 0.5 ? below + 1 : below, v);
}

static void give_rounded(const kg_value *v, kg_rounding mode, double (*round_double)(double), kg_value *out) {
  if (kg_value_is_exact(v->kind)) {
    give_number(v, kg_decimal_round(v->as.decimal, 0, mode), 0, out);
  } else if (kg_value_is_number(v->kind)) {
    give_number(v, kg_decimal_from_int(0), round_double(v->as.number), out);
  }
}

kgq_status kg_fn_CEIL(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  give_rounded(&args[0], KG_ROUND_CEILING, ceil, out);
  return KGQ_OK;
}

kgq_status kg_fn_FLOOR(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  give_rounded(&args[0], KG_ROUND_FLOOR, floor, out);
  return KGQ_OK;
}

kgq_status kg_fn_ROUND(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  give_rounded(&args[0], KG_ROUND_HALF_UP, round_half_up, out);
  return KGQ_OK;
}

kgq_status kg_fn_RAND(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)args, (void)count;
  uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits) {
    return kg_fail(err, KGQ_IO, "the system gives no random numbers");
  }
  kg_value_set_double(out, (double)(bits >> 11) * 0x1p-53, KG_VALUE_DOUBLE);
  return KGQ_OK;
}
