/* core/decimal.c: exact decimals of up to 38 digits, and the texts of doubles and floats.
 *
 * A decimal is mantissa * 10^-scale; |mantissa| < 10^38 and scale <= 38 hold for everything that parse and
 * arithmetic give back, so that two mantissas can be added without overflow of 128 bits. Doubles are read and
 * written here too, since the C library's functions follow the host program's locale and XSD's forms do not.
 * Does not know literals or datatypes: query/value.c does.
 */
#include "core/decimal.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX 38
__extension__ typedef unsigned __int128 uint128;

static kg_int128 power_of_ten(int32_t exponent) {
  assert(exponent >= 0 && exponent <= DIGITS_MAX);
  kg_int128 p = 1;
  while (exponent-- > 0) {
    p *= 10;
  }
  return p;
}

/* 10^38: the first mantissa that does not fit. */
static kg_int128 mantissa_end(void) {
  return (kg_int128)10000000000000000000ull * (kg_int128)10000000000000000000ull;
}

static bool fits(kg_decimal d) {
  return d.mantissa < mantissa_end() && d.mantissa > -mantissa_end() && d.scale <= DIGITS_MAX;
}

/* Division of 128 bits is a call of some 30 ns, that of 64 an instruction: most mantissas are short. */
static bool is_short(kg_int128 mantissa) {
  return mantissa <= INT64_MAX && mantissa >= INT64_MIN;
}

kg_decimal kg_decimal_normal(kg_decimal d) {
  if (d.mantissa == 0) {
    return (kg_decimal){ 0, 0 };
  }
  while (d.scale > 0 && !is_short(d.mantissa) && d.mantissa % 10 == 0) {
    d.mantissa /= 10;
    d.scale--;
  }
  if (d.scale > 0 && is_short(d.mantissa)) {
    int64_t m = (int64_t)d.mantissa;
    for (; d.scale > 0 && m % 10 == 0; d.scale--) {
      m /= 10;
    }
    d.mantissa = m;
  }
  return d;
}

/* Keeps a result as it is when it fits, else without its trailing zeros when that does. */
static bool settle(kg_decimal d, kg_decimal *out) {
  if (!fits(d)) {
    d = kg_decimal_normal(d);
    if (!fits(d)) {
      return false;
    }
  }
  *out = d;
  return true;
}

/* ---- text --------------------------------------------------------------------------------------- */

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Zeros of the fraction wait in `zeros` until a digit follows them: a number may have more than fit. */
typedef struct digits {
  kg_int128 mantissa;
  int32_t scale;
  size_t zeros;
} digits;

static bool push_digit(digits *d, int value, bool fraction) {
  if (fraction && value == 0) {
    d->zeros++;
    return true;
  }
  size_t shifts = fraction ? d->zeros + 1 : 1;
  if (fraction && (shifts > DIGITS_MAX || d->scale + (int32_t)shifts > DIGITS_MAX)) {
    return false;
  }
  for (size_t i = 0; i < shifts; i++) {
    if (d->mantissa >= mantissa_end() / 10) {
      return false;
    }
    d->mantissa *= 10;
  }
  d->mantissa += value;
  d->scale += fraction ? (int32_t)shifts : 0;
  d->zeros = 0;
  return true;
}

/* Trailing zeros of the fraction are part of the scale as far as they fit. */
static void keep_zeros(digits *d) {
  for (; d->zeros > 0 && d->scale < DIGITS_MAX && d->mantissa < mantissa_end() / 10; d->zeros--) {
    d->mantissa *= 10;
    d->scale++;
  }
}

bool kg_decimal_parse(kgq_str text, kg_decimal *out) {
  size_t i = 0;
  const bool negative = text.len > 0 && text.ptr[0] == '-';
  if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
    i = 1;
  }
  digits d = { 0, 0, 0 };
  size_t count = 0;
  bool fraction = false;
  for (; i < text.len; i++) {
    const char c = text.ptr[i];
    if (c == '.' && !fraction) {
      fraction = true;
    } else if (is_digit(c) && push_digit(&d, c - '0', fraction)) {
      count++;
    } else {
      return false;
    }
  }
  if (count == 0) {
    return false;
  }
  keep_zeros(&d);
  *out = (kg_decimal){ negative ? -d.mantissa : d.mantissa, d.scale };
  return true;
}

size_t kg_decimal_print(kg_decimal d, char out[KG_DECIMAL_TEXT_MAX]) {
  d = kg_decimal_normal(d);
  assert(d.scale >= 0 && d.scale <= DIGITS_MAX);
  char reversed[KG_DECIMAL_TEXT_MAX];
  size_t n = 0;
  const bool negative = d.mantissa < 0;
  uint128 m = negative ? (uint128)0 - (uint128)d.mantissa : (uint128)d.mantissa;
  for (int32_t place = 0; m > 0 || place <= d.scale; place++) {
    if (place == d.scale && d.scale > 0) {
      reversed[n++] = '.';
    }
    const unsigned digit = m <= UINT64_MAX ? (unsigned)((uint64_t)m % 10) : (unsigned)(m % 10);
    m = m <= UINT64_MAX ? (uint64_t)m / 10 : m / 10;
    reversed[n++] = (char)('0' + digit);
  }
  if (negative) {
    reversed[n++] = '-';
  }
  assert(n < KG_DECIMAL_TEXT_MAX);
  for (size_t i = 0; i < n; i++) {
    out[i] = reversed[n - 1 - i];
  }
  return n;
}

/* ---- conversion --------------------------------------------------------------------------------- */

kg_decimal kg_decimal_from_int(int64_t v) {
  return (kg_decimal){ v, 0 };
}

bool kg_decimal_to_int(kg_decimal d, int64_t *out) {
  d = kg_decimal_normal(d);
  if (d.scale != 0 || d.mantissa > INT64_MAX || d.mantissa < INT64_MIN) {
    return false;
  }
  *out = (int64_t)d.mantissa;
  return true;
}

double kg_decimal_to_double(kg_decimal d) {
  static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11 };
  char text[KG_DECIMAL_TEXT_MAX];
  double v = 0;
  d = kg_decimal_normal(d);
  if (d.scale >= 0 && d.scale < (int32_t)(sizeof powers / sizeof powers[0]) &&
      d.mantissa < ((kg_int128)1 << 53) && d.mantissa > -((kg_int128)1 << 53)) {
    return (double)(int64_t)d.mantissa / powers[d.scale]; /* both are exact, so the quotient is the nearest */
  }
  const size_t n = kg_decimal_print(d, text);
  const bool read = kg_double_parse(kg_str_n(text, n), false, &v);
  assert(read);
  return read ? v : 0;
}

/* digits * 10^exponent as a decimal. */
static bool decimal_from_parts(kg_int128 mantissa, int32_t exponent, kg_decimal *out) {
  kg_decimal d = { mantissa, exponent < 0 ? -exponent : 0 };
  if (mantissa == 0) {
    *out = (kg_decimal){ 0, 0 };
    return true;
  }
  for (; exponent > 0; exponent--) {
    if (d.mantissa >= mantissa_end() / 10 || d.mantissa <= -(mantissa_end() / 10)) {
      return false;
    }
    d.mantissa *= 10;
  }
  return settle(kg_decimal_normal(d), out);
}

/* The shortest digits (at most 17) that give v back: mantissa * 10^exponent. v is finite and not negative. Up
 * to 15 digits (floats: 6) survive the way through a normal number, so that a shorter form is a longer one
 * with zeros. */
static uint64_t shortest_digits(double v, bool single, int *exponent) {
  char text[40];
  uint64_t m = 0;
  const bool normal = v >= (single ? (double)FLT_MIN : DBL_MIN);
  for (int precision = !normal ? 0 : single ? FLT_DIG - 1 : DBL_DIG - 1; precision < 17; precision++) {
    snprintf(text, sizeof text, "%.*e", precision, v);
    const double back = single ? (double)strtof(text, NULL) : strtod(text, NULL);
    if (back != v && precision < 16) {
      continue;
    }
    m = 0;
    const char *p = text;
    for (; *p != 'e'; p++) { /* the point is whatever the host's locale has */
      m = is_digit(*p) ? m * 10 + (uint64_t)(*p - '0') : m;
    }
    *exponent = (int)strtol(p + 1, NULL, 10) - precision;
    break;
  }
  for (; m != 0 && m % 10 == 0; m /= 10) {
    ++*exponent;
  }
  return m;
}

bool kg_decimal_from_double(double v, kg_decimal *out) {
  if (!isfinite(v)) {
    return false;
  }
  int exponent = 0;
  const uint64_t m = shortest_digits(fabs(v), false, &exponent);
  return decimal_from_parts(v < 0 ? -(kg_int128)m : (kg_int128)m, exponent, out);
}

/* ---- arithmetic --------------------------------------------------------------------------------- */

/* Brings both to one scale; false if a mantissa no longer fits. */
static bool align(kg_decimal *a, kg_decimal *b) {
  kg_decimal *low = a->scale < b->scale ? a : b;
  const int32_t scale = a->scale < b->scale ? b->scale : a->scale;
  while (low->scale < scale) {
    if (low->mantissa >= mantissa_end() / 10 || low->mantissa <= -(mantissa_end() / 10)) {
      return false;
    }
    low->mantissa *= 10;
    low->scale++;
  }
  return true;
}

static int sign_of(kg_int128 v) {
  return (v > 0) - (v < 0);
}

int kg_decimal_compare(kg_decimal a, kg_decimal b) {
  if (a.scale == b.scale) {
    return sign_of((kg_int128)((a.mantissa > b.mantissa) - (a.mantissa < b.mantissa)));
  }
  if (sign_of(a.mantissa) != sign_of(b.mantissa)) {
    return sign_of(a.mantissa) < sign_of(b.mantissa) ? -1 : 1;
  }
  a = kg_decimal_normal(a);
  b = kg_decimal_normal(b);
  const bool a_is_low = a.scale < b.scale;
  const int sign = sign_of(a.mantissa);
  if (!align(&a, &b)) { /* the one with fewer decimals outgrew 38 digits: it is farther from zero */
    return a_is_low ? sign : -sign;
  }
  return (a.mantissa > b.mantissa) - (a.mantissa < b.mantissa);
}

bool kg_decimal_add(kg_decimal a, kg_decimal b, kg_decimal *out) {
  kg_decimal x = a, y = b;
  if (!align(&x, &y)) {
    x = kg_decimal_normal(a);
    y = kg_decimal_normal(b);
    if (!align(&x, &y)) {
      return false;
    }
  }
  x.mantissa += y.mantissa; /* both below 10^38: no overflow of 128 bits */
  return settle(x, out);
}

bool kg_decimal_subtract(kg_decimal a, kg_decimal b, kg_decimal *out) {
  b.mantissa = -b.mantissa;
  return kg_decimal_add(a, b, out);
}

bool kg_decimal_multiply(kg_decimal a, kg_decimal b, kg_decimal *out) {
  kg_decimal product;
  a = kg_decimal_normal(a);
  b = kg_decimal_normal(b);
  if (__builtin_mul_overflow(a.mantissa, b.mantissa, &product.mantissa)) {
    return false;
  }
  product.scale = a.scale + b.scale;
  return settle(kg_decimal_normal(product), out);
}

/* The next digit of remainder / divisor; 10 * remainder may pass 128 bits, so it is added up. */
static unsigned next_digit(uint128 *remainder, uint128 divisor) {
  unsigned digit = 0;
  uint128 sum = 0;
  if (divisor <= ~(uint128)0 / 10) {
    sum = *remainder * 10;
    *remainder = sum % divisor;
    return (unsigned)(sum / divisor);
  }
  for (int i = 0; i < 10; i++) {
    sum += *remainder;
    if (sum >= divisor) {
      sum -= divisor;
      digit++;
    }
  }
  *remainder = sum;
  return digit;
}

/* More than, exactly or less than a half is left over: half to even. `rest`: something beyond the remainder.
 */
static bool rounds_up(uint128 quotient, uint128 remainder, uint128 divisor, bool rest) {
  const uint128 other = divisor - remainder;
  if (remainder != other) {
    return remainder > other;
  }
  return rest || (quotient & 1) != 0;
}

bool kg_decimal_divide(kg_decimal a, kg_decimal b, int32_t places, kg_decimal *out) {
  assert(b.mantissa != 0);
  assert(places >= 0 && places <= DIGITS_MAX);
  a = kg_decimal_normal(a);
  b = kg_decimal_normal(b);
  const bool negative = (a.mantissa < 0) != (b.mantissa < 0);
  const uint128 divisor = (uint128)(b.mantissa < 0 ? -b.mantissa : b.mantissa);
  const uint128 number = (uint128)(a.mantissa < 0 ? -a.mantissa : a.mantissa);
  uint128 quotient = number / divisor;
  uint128 remainder = number - quotient * divisor;
  int32_t scale = a.scale - b.scale; /* of the quotient so far */
  while (scale < 0 || (remainder != 0 && scale < places)) {
    if (quotient >= (uint128)(mantissa_end() / 10)) {
      if (scale < 0) {
        return false;
      }
      break; /* 38 digits are full: round here */
    }
    quotient = quotient * 10 + next_digit(&remainder, divisor);
    scale++;
  }
  bool rest = false;
  uint128 unit = divisor;
  for (; scale > places; scale--) { /* more decimals than asked for: drop digits, remembering what is lost */
    rest = rest || remainder != 0;
    remainder = quotient % 10;
    quotient /= 10;
    unit = 10;
    if (scale - 1 > places) {
      rest = rest || remainder != 0;
      remainder = 0;
    }
  }
  quotient += rounds_up(quotient, remainder, unit, rest) ? 1 : 0;
  const kg_int128 m = (kg_int128)quotient;
  return settle(kg_decimal_normal((kg_decimal){ negative ? -m : m, scale }), out);
}

/* quotient and remainder of a division by 10^n are toward zero: what the mode adds to the quotient. */
static int round_step(kg_int128 quotient, kg_int128 remainder, kg_int128 divisor, kg_rounding mode) {
  const kg_int128 size = remainder < 0 ? -remainder : remainder;
  const int away = remainder < 0 ? -1 : 1;
  const int half = (size > divisor - size) - (size < divisor - size);
  if (remainder == 0) {
    return 0;
  }
  switch ((int)mode) {
  case KG_ROUND_FLOOR: return remainder < 0 ? -1 : 0;
  case KG_ROUND_CEILING: return remainder > 0 ? 1 : 0;
  case KG_ROUND_HALF_EVEN: return half > 0 || (half == 0 && quotient % 2 != 0) ? away : 0;
  default: return half > 0 || (half == 0 && remainder > 0) ? away : 0; /* HALF_UP: toward +inf */
  }
}

kg_decimal kg_decimal_round(kg_decimal d, int32_t places, kg_rounding mode) {
  if (d.scale <= places) {
    return d;
  }
  const int64_t drop = (int64_t)d.scale - places;
  if (drop > DIGITS_MAX) { /* less than half of the last place kept */
    const int step = round_step(0, d.mantissa == 0 ? 0 : sign_of(d.mantissa), mantissa_end(), mode);
    d = (kg_decimal){ step, places };
  } else {
    const kg_int128 divisor = power_of_ten((int32_t)drop);
    const kg_int128 quotient = d.mantissa / divisor;
    d.mantissa = quotient + round_step(quotient, d.mantissa % divisor, divisor, mode);
    d.scale = places;
  }
  for (; d.scale < 0; d.scale++) {
    d.mantissa = d.mantissa < mantissa_end() / 10 && d.mantissa > -(mantissa_end() / 10) ? d.mantissa * 10
                                                                                         : d.mantissa;
  }
  return d;
}

/* ---- doubles ------------------------------------------------------------------------------------ */

/* Digits beyond these cannot change which double is nearest but by not being zero (the longest exact half-way
 * point has 767 significant digits). */
#define SIGNIFICANT_MAX 780

typedef struct double_text {
  char digits[SIGNIFICANT_MAX + 40];
  size_t count;
  int64_t exponent; /* of the last digit kept */
} double_text;

static void keep_digit(double_text *t, char c, bool fraction) {
  if (t->count == 0 && c == '0') {
    t->exponent -= fraction ? 1 : 0;
  } else if (t->count < SIGNIFICANT_MAX) {
    t->digits[t->count++] = c;
    t->exponent -= fraction ? 1 : 0;
  } else {
    if (c != '0') {
      t->digits[SIGNIFICANT_MAX - 1] = '1'; /* sticky: above the half-way point */
    }
    t->exponent += fraction ? 0 : 1;
  }
}

/* [eE] [+-]? digits; the value is held to +-10^6, far beyond the range of any double. */
static bool read_exponent(kgq_str text, size_t *at, int64_t *out) {
  size_t i = *at + 1;
  const bool negative = i < text.len && text.ptr[i] == '-';
  i += i < text.len && (text.ptr[i] == '-' || text.ptr[i] == '+') ? 1 : 0;
  const size_t start = i;
  int64_t v = 0;
  for (; i < text.len && is_digit(text.ptr[i]); i++) {
    v = v < 1000000 ? v * 10 + (text.ptr[i] - '0') : v;
  }
  *out = negative ? -v : v;
  *at = i;
  return i > start;
}

/* The shape of xsd:double's numbers: noDecimalPtNumeral | decimalPtNumeral | scientificNotationNumeral. */
static bool scan_double(kgq_str text, size_t at, double_text *t) {
  size_t seen = 0;
  bool fraction = false;
  for (; at < text.len; at++) {
    const char c = text.ptr[at];
    if (c == '.' && !fraction) {
      fraction = true;
    } else if (is_digit(c)) {
      keep_digit(t, c, fraction);
      seen++;
    } else {
      break;
    }
  }
  int64_t exponent = 0;
  if (seen == 0) {
    return false;
  }
  if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E') && !read_exponent(text, &at, &exponent)) {
    return false;
  }
  /* digits lie within the text, so that the sum cannot overflow */
  t->exponent += exponent;
  return at == text.len;
}

bool kg_double_parse(kgq_str text, bool single, double *out) {
  const bool negative = text.len > 0 && text.ptr[0] == '-';
  const size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
  const kgq_str rest = kg_str_n(text.ptr + at, text.len - at);
  double v = 0;
  if (at == 0 && kg_str_equal(rest, KG_STR("NaN"))) {
    *out = (double)NAN;
    return true;
  }
  if (kg_str_equal(rest, KG_STR("INF"))) { /* "+INF" is new in XSD 1.1 */
    *out = negative ? -(double)INFINITY : (double)INFINITY;
    return true;
  }
  double_text t;
  t.count = 0;
  t.exponent = 0;
  if (!scan_double(text, at, &t)) {
    return false;
  }
  if (t.count > 0) {
    /* no point in it, so the host's locale has no say in how it is read */
    snprintf(t.digits + t.count, 32, "e%lld", (long long)t.exponent);
    v = single ? (double)strtof(t.digits, NULL) : strtod(t.digits, NULL);
  }
  *out = negative ? -v : v;
  return true;
}

size_t kg_double_print(double v, bool single, char out[KG_DOUBLE_TEXT_MAX]) {
  if (isnan(v) || isinf(v)) {
    const char *text = isnan(v) ? "NaN" : v < 0 ? "-INF" : "INF";
    const size_t n = strlen(text);
    memcpy(out, text, n);
    return n;
  }
  int exponent = 0;
  const uint64_t m = shortest_digits(fabs(v), single, &exponent);
  char text[24];
  const int n = snprintf(text, sizeof text, "%llu", (unsigned long long)m);
  exponent = m == 0 ? 0 : exponent + n - 1;
  const int written = snprintf(out, KG_DOUBLE_TEXT_MAX, "%s%c.%sE%d", signbit(v) ? "-" : "", text[0],
                               text[1] ? text + 1 : "0", exponent);
  assert(written > 0 && written < KG_DOUBLE_TEXT_MAX);
  return (size_t)written;
}
