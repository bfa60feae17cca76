/* graph/quantity.c: kgq:quantity literals: text to value and back (docs/FACTS.md 5.2).
 *
 * Holds the grammar, the canonical form, the form for people and the names of bounds. quantity_compare.c has
 * tests, order and intervals, quantity_sum.c adds. Does not read YAML amounts: loaders/facts_amount.c does.
 */
#include "graph/quantity.h"

#include <assert.h>

#include "core/text.h"

/* By kg_bound: symbol in literals, symbol for people, key in YAML. */
typedef struct bound_name {
  const char *symbol, *shown, *key;
} bound_name;

static const bound_name bounds[] = {
  [KG_BOUND_LESS] = { "<", "<", "less_than" },
  [KG_BOUND_ALMOST] = { "<~", "<~", "almost" },
  [KG_BOUND_UP_TO] = { "<=", "≤", "up_to" },
  [KG_BOUND_UP_TO_ABOUT] = { "<=~", "≤~", "up_to_about" },
  [KG_BOUND_ABOUT] = { "~", "~", "about" },
  [KG_BOUND_EXACT] = { "", "", "exactly" },
  [KG_BOUND_AT_LEAST_ABOUT] = { ">=~", "≥~", "at_least_about" },
  [KG_BOUND_AT_LEAST] = { ">=", "≥", "at_least" },
  [KG_BOUND_JUST_OVER] = { ">~", ">~", "just_over" },
  [KG_BOUND_MORE] = { ">", ">", "more_than" },
};

/* ---- reading ---------------------------------------------------------------------------------- */

static bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool take(kgq_str *rest, const char *symbol) {
  const kgq_str wanted = kg_str(symbol);
  if (!kg_str_starts(*rest, wanted)) {
    return false;
  }
  *rest = kg_str_n(rest->ptr + wanted.len, rest->len - wanted.len);
  return true;
}

/* number = "-"? digit+ ("." digit+)?   The point of ".." belongs to the range. */
static bool take_number(kgq_str *rest, kg_decimal *out) {
  size_t at = rest->len > 0 && rest->ptr[0] == '-' ? 1 : 0;
  const size_t first = at;
  while (at < rest->len && is_ascii_digit(rest->ptr[at])) {
    at++;
  }
  if (at == first) {
    return false;
  }
  if (at + 1 < rest->len && rest->ptr[at] == '.' && is_ascii_digit(rest->ptr[at + 1])) {
    at++;
    while (at < rest->len && is_ascii_digit(rest->ptr[at])) {
      at++;
    }
  }
  if (!kg_decimal_parse(kg_str_n(rest->ptr, at), out)) {
    return false;
  }
  *rest = kg_str_n(rest->ptr + at, rest->len - at);
  return true;
}

bool kg_unit_valid(kgq_str unit) {
  if (unit.len == 0 || is_ascii_digit(unit.ptr[0]) || memchr("<>=~.-", unit.ptr[0], 6) != NULL) {
    return false;
  }
  for (size_t at = 0; at < unit.len;) {
    uint32_t c = (unsigned char)unit.ptr[at];
    const size_t n = c < 0x80 ? 1 : kg_utf8_decode(kg_str_n(unit.ptr + at, unit.len - at), &c);
    if (n == 0 || c <= 0x20 || c == 0x7F || (c >= 0x80 && kg_is_space(c))) {
      return false;
    }
    at += n;
  }
  return !kg_amount_word(unit);
}

bool kg_amount_word(kgq_str word) {
  static const char *const words[] = { "exactly", "up",       "to",    "less", "than",     "almost",
                                       "at",      "least",    "more",  "just", "over",     "about",
                                       "from",    "below",    "scale", "unit", "thousand", "million",
                                       "billion", "trillion", "万",    "億",   "兆",       "만",
                                       "억",      "조" };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (kg_str_equal(word, kg_str(words[i]))) {
      return true;
    }
  }
  return false;
}

/* (" " unit)? and the end of the text */
static bool take_unit(kgq_str *rest, kg_quantity *out) {
  if (rest->len == 0) {
    return true;
  }
  if (!take(rest, " ") || !kg_unit_valid(*rest)) {
    return false;
  }
  out->unit = *rest;
  return true;
}

static void swap_ends(kg_quantity *q) {
  const kg_decimal number = q->number;
  const bool open = q->low_open;
  q->number = q->upper;
  q->upper = number;
  q->low_open = q->high_open;
  q->high_open = open;
}

/* "~"? ">"? number ".." "<"? number (" " unit)?   Either order of the ends is the same value. */
static bool parse_range(kgq_str text, kg_quantity *out) {
  kgq_str rest = text;
  *out = (kg_quantity){ .bound = KG_BOUND_EXACT, .range = true, .unit = { "", 0 } };
  out->range_about = take(&rest, "~");
  out->low_open = take(&rest, ">");
  if (!take_number(&rest, &out->number) || !take(&rest, "..")) {
    return false;
  }
  out->high_open = take(&rest, "<");
  if (!take_number(&rest, &out->upper) || !take_unit(&rest, out)) {
    return false;
  }
  if (kg_decimal_compare(out->number, out->upper) > 0) {
    swap_ends(out);
  }
  return true;
}

/* limit = "<=" "~"? | "<" "~"? | ">=" "~"? | ">" "~"? | "~" */
static kg_bound take_limit(kgq_str *rest) {
  static const kg_bound longest_first[] = { KG_BOUND_UP_TO_ABOUT, KG_BOUND_AT_LEAST_ABOUT, KG_BOUND_UP_TO,
                                            KG_BOUND_AT_LEAST,    KG_BOUND_ALMOST,         KG_BOUND_JUST_OVER,
                                            KG_BOUND_LESS,        KG_BOUND_MORE,           KG_BOUND_ABOUT };
  for (size_t i = 0; i < sizeof longest_first / sizeof longest_first[0]; i++) {
    if (take(rest, bounds[longest_first[i]].symbol)) {
      return longest_first[i];
    }
  }
  return KG_BOUND_EXACT;
}

/* limit? number (" " unit)? */
static bool parse_single(kgq_str text, kg_quantity *out) {
  kgq_str rest = text;
  *out = (kg_quantity){ .unit = { "", 0 } };
  out->bound = take_limit(&rest);
  return take_number(&rest, &out->number) && take_unit(&rest, out);
}

bool kg_quantity_parse(kgq_str text, kg_quantity *out) {
  assert(out != NULL);
  return parse_single(text, out) || parse_range(text, out);
}

/* ---- printing --------------------------------------------------------------------------------- */

const char *kg_bound_symbol(kg_bound bound) {
  return bounds[bound].symbol;
}
const char *kg_bound_key(kg_bound bound) {
  return bounds[bound].key;
}

const char *kg_quantity_bound_name(const kg_quantity *q) {
  return q->range ? "from_to" : bounds[q->bound].key;
}

static kgq_status add_number(kg_decimal number, kg_buf *out, kgq_error **err) {
  char text[KG_DECIMAL_TEXT_MAX];
  const size_t len = kg_decimal_print(number, text);
  return kg_buf_add(out, text, len, err);
}

/* With a comma before each group of three digits of the integer part. */
static kgq_status add_grouped(kg_decimal number, kg_buf *out, kgq_error **err) {
  char text[KG_DECIMAL_TEXT_MAX];
  const size_t len = kg_decimal_print(number, text);
  const char *point = memchr(text, '.', len);
  const size_t whole = point ? (size_t)(point - text) : len;
  for (size_t i = 0; i < whole; i++) {
    const bool after_digit = i > 0 && is_ascii_digit(text[i - 1]);
    if (after_digit && (whole - i) % 3 == 0) {
      KGQ_TRY(kg_buf_add_byte(out, ',', err));
    }
    KGQ_TRY(kg_buf_add_byte(out, text[i], err));
  }
  return kg_buf_add(out, text + whole, len - whole, err);
}

typedef kgq_status (*number_fn)(kg_decimal number, kg_buf *out, kgq_error **err);

static kgq_status add_range(const kg_quantity *q, number_fn add, const char *dots, kg_buf *out,
                            kgq_error **err) {
  KGQ_TRY(kg_buf_add_text(out, q->range_about ? "~" : "", err));
  KGQ_TRY(kg_buf_add_text(out, q->low_open ? ">" : "", err));
  KGQ_TRY(add(q->number, out, err));
  KGQ_TRY(kg_buf_add_text(out, dots, err));
  KGQ_TRY(kg_buf_add_text(out, q->high_open ? "<" : "", err));
  return add(q->upper, out, err);
}

static kgq_status add_unit(const kg_quantity *q, kg_buf *out, kgq_error **err) {
  if (q->unit.len == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  return kg_buf_add_str(out, q->unit, err);
}

kgq_status kg_quantity_print(const kg_quantity *q, kg_buf *out, kgq_error **err) {
  if (q->range) {
    KGQ_TRY(add_range(q, add_number, "..", out, err));
  } else {
    KGQ_TRY(kg_buf_add_text(out, bounds[q->bound].symbol, err));
    KGQ_TRY(add_number(q->number, out, err));
  }
  return add_unit(q, out, err);
}

kgq_status kg_quantity_show(const kg_quantity *q, kg_buf *out, kgq_error **err) {
  if (q->range) {
    KGQ_TRY(add_range(q, add_grouped, "–", out, err));
  } else {
    KGQ_TRY(kg_buf_add_text(out, bounds[q->bound].shown, err));
    KGQ_TRY(add_grouped(q->number, out, err));
  }
  return add_unit(q, out, err);
}
