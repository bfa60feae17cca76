/* core/decimal.h: exact decimals of up to 38 digits (xsd:decimal, quantities).
 *
 * A decimal is mantissa * 10^-scale with a 128-bit mantissa. Digits beyond that make KGQ_LIMIT; callers
 * keep the text. Does not do doubles but for conversion.
 */
#ifndef KG_CORE_DECIMAL_H
#define KG_CORE_DECIMAL_H

#include "core/memory.h"

/* Aligned like a pointer, so that structures with decimals fit into arenas and the caller's own memory. */
__extension__ typedef __int128 kg_int128 __attribute__((aligned(8)));

typedef struct kg_decimal {
  kg_int128 mantissa;
  int32_t scale; /* digits after the point, >= 0 */
} kg_decimal;

#define KG_DECIMAL_TEXT_MAX 64

/* Reads [+-]? digits ("." digits)? with at least one digit; false if it is not one or does not fit. */
bool kg_decimal_parse(kgq_str text, kg_decimal *out);
/* Canonical: no leading or trailing zeros, "-" only if not zero; an integer has no point. Returns length. */
size_t kg_decimal_print(kg_decimal d, char out[KG_DECIMAL_TEXT_MAX]);
kg_decimal kg_decimal_from_int(int64_t v);
bool kg_decimal_from_double(double v,
                            kg_decimal *out); /* shortest digits that give v; false: nan, inf, too big */
double kg_decimal_to_double(kg_decimal d);
bool kg_decimal_to_int(kg_decimal d, int64_t *out); /* false if it has a fraction or does not fit */
kg_decimal kg_decimal_normal(kg_decimal d);         /* trailing zeros of the fraction removed */
int kg_decimal_compare(kg_decimal a, kg_decimal b);
/* false: does not fit in 38 digits. Division: `digits` after the point (fewer where 38 in all are full), half
 * to even; b must not be 0. */
bool kg_decimal_add(kg_decimal a, kg_decimal b, kg_decimal *out);
bool kg_decimal_subtract(kg_decimal a, kg_decimal b, kg_decimal *out);
bool kg_decimal_multiply(kg_decimal a, kg_decimal b, kg_decimal *out);
bool kg_decimal_divide(kg_decimal a, kg_decimal b, int32_t digits, kg_decimal *out);
typedef enum { KG_ROUND_HALF_UP, KG_ROUND_FLOOR, KG_ROUND_CEILING, KG_ROUND_HALF_EVEN } kg_rounding;
kg_decimal kg_decimal_round(kg_decimal d, int32_t digits,
                            kg_rounding mode); /* HALF_UP: toward +inf, as fn:round */

/* ---- doubles and floats (`single`) by XSD 1.1, whatever the host's locale ------------------------- */

#define KG_DOUBLE_TEXT_MAX 40
/* Numerals with or without point and exponent, INF, +INF, -INF, NaN. Too large: infinite; too small: zero. */
bool kg_double_parse(kgq_str text, bool single, double *out);
/* Canonical: 1.0E0, -1.5E-3, INF; the shortest digits that give v back. Returns length. */
size_t kg_double_print(double v, bool single, char out[KG_DOUBLE_TEXT_MAX]);

#endif
