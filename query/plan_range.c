/* query/plan_range.c: conditions on a pattern's variable as ranges of ids. See plan_range.h.
 *
 * Ids of one tag are in the order of their values where they are inline (integers, dates), and in the order
 * of their texts in the base range of the dictionary (graph/id.h). So `?n > 5`, `?d <
 * "2020-01-01"^^xsd:date`, STRSTARTS(?s, "x"), REGEX(?s, "^x"), LANG(?s) = "en" name a few ranges of ids;
 * terms whose ids have another order (other datatypes, appended terms) are ranges as a whole. The ranges hold
 * at least every id for which the condition is true: the filter itself is kept.
 */
#include "query/plan_range.h"

#include <math.h>

#include "query/value.h"

#define ALL_BITS KG_ID_PAYLOAD_MASK
/* Ranges of one condition, or of several. */
#define RANGES_MAX 32u
/* Decimals with up to so many digits behind the point have ranges of their own. */
#define FINE_SCALES 6u
/* Below so many rows decimals are one range: each range is a look-up. */
#define FINE_ROWS 1024.0
/* Whole numbers that doubles tell apart. */
#define DOUBLE_MAX 1e15
/* A date with a zone and one without may differ by 14 hours and still not be in an order. */
#define MARGIN_DAYS 2
/* Without knowing better: the part of the rows that a range leaves. */
#define SHARE 0.3

typedef struct ranges {
  kg_id_range list[RANGES_MAX];
  uint32_t count;
} ranges;

typedef enum { BELOW, ABOVE, EQUAL } side;

static void add(ranges *r, kg_id low, kg_id high) {
  if (low <= high && r->count < RANGES_MAX) {
    r->list[r->count++] = (kg_id_range){ low, high };
  }
}

static void add_tag(ranges *r, kg_tag tag) {
  add(r, kg_id_make(tag, 0), kg_id_make(tag, ALL_BITS));
}

/* Terms of a dictionary tag that came after the base range: in no order. */
static void add_appended(ranges *r, kg_tag tag) {
  add(r, kg_id_make(tag, KG_ID_APPEND), kg_id_make(tag, ALL_BITS));
}

/* ---- numbers ------------------------------------------------------------------------------------ */

/* Whole numbers around a value; false: too large to say. */
static bool whole_around(const kg_value *v, int64_t *floor_of, int64_t *ceiling_of) {
  if (!kg_value_is_exact(v->kind)) {
    const double x = kg_value_double(v);
    if (isnan(x) || x > DOUBLE_MAX || x < -DOUBLE_MAX) {
      return false;
    }
    *floor_of = (int64_t)floor(x) - 1;
    *ceiling_of = (int64_t)ceil(x) + 1;
    return true;
  }
  return kg_decimal_to_int(kg_decimal_round(v->as.decimal, 0, KG_ROUND_FLOOR), floor_of) &&
         kg_decimal_to_int(kg_decimal_round(v->as.decimal, 0, KG_ROUND_CEILING), ceiling_of);
}

static void add_integers(ranges *r, int64_t low, int64_t high, side s) {
  kg_id from = kg_id_make(KG_TAG_INTEGER, 0), to = kg_id_make(KG_TAG_INTEGER, ALL_BITS), id;
  if (s != BELOW && kg_id_from_int(low, &id)) {
    from = id;
  }
  if (s != ABOVE && kg_id_from_int(high, &id)) {
    to = id;
  }
  add(r, from, to);
}

/* Decimals with one number of digits behind the point are in order among themselves. */
static void add_decimals(ranges *r, int64_t low, int64_t high, side s) {
  kg_decimal unit = kg_decimal_from_int(1);
  for (unsigned scale = 0; scale <= FINE_SCALES; scale++) {
    kg_decimal from, to;
    kg_id a = kg_id_decimal_bound(scale, INT64_MIN), b = kg_id_decimal_bound(scale, INT64_MAX);
    int64_t mantissa = 0;
    if (s != BELOW && kg_decimal_multiply(kg_decimal_from_int(low), unit, &from)) {
      a = kg_decimal_to_int(from, &mantissa) ? kg_id_decimal_bound(scale, mantissa)
                                             : kg_id_decimal_bound(scale, low < 0 ? INT64_MIN : INT64_MAX);
    }
    if (s != ABOVE && kg_decimal_multiply(kg_decimal_from_int(high), unit, &to)) {
      b = kg_decimal_to_int(to, &mantissa) ? kg_id_decimal_bound(scale, mantissa)
                                           : kg_id_decimal_bound(scale, high < 0 ? INT64_MIN : INT64_MAX);
    }
    add(r, a, b);
    (void)kg_decimal_multiply(unit, kg_decimal_from_int(10), &unit);
  }
  add(r, kg_id_decimal_bound(FINE_SCALES + 1, INT64_MIN), kg_id_make(KG_TAG_DECIMAL, ALL_BITS));
}

static bool number_ranges(const kg_value *v, side s, double rows, ranges *out) {
  int64_t low = 0, high = 0;
  if (!whole_around(v, &low, &high)) {
    return false;
  }
  add_tag(out, KG_TAG_TYPED);
  add_tag(out, KG_TAG_LOCAL);
  add_integers(out, low, high, s);
  if (rows >= FINE_ROWS) {
    add_decimals(out, low, high, s);
  } else {
    add_tag(out, KG_TAG_DECIMAL);
  }
  return true;
}

/* ---- dates -------------------------------------------------------------------------------------- */

/* The day so many days later, in the Gregorian calendar; days from 1970-01-01. */
static kg_date day_of(int64_t days) {
  kg_date d = { .kind = KG_DATE_DAY, .second = kg_decimal_from_int(0), .zone_minutes = KG_NO_ZONE };
  const int64_t shifted = days + 719468; /* from 0000-03-01: leap days come last in a year */
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t of_era = shifted - era * 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;
  d.day = (int32_t)(of_year - (153 * month + 2) / 5 + 1);
  d.month = (int32_t)(month < 10 ? month + 3 : month - 9);
  d.year = year + era * 400 + (d.month <= 2 ? 1 : 0);
  return d;
}

static bool date_ranges(const kg_date *d, side s, ranges *out) {
  static const int tags[] = { KG_TAG_YEAR, KG_TAG_YEAR_MONTH, KG_TAG_DATE, 0, KG_TAG_DATETIME };
  const kg_tag tag = (kg_tag)tags[d->kind];
  int64_t seconds = 0;
  const kg_decimal whole = kg_decimal_round(kg_date_seconds(d), 0, KG_ROUND_FLOOR);
  if (d->kind == KG_DATE_TIME || !kg_decimal_to_int(whole, &seconds) || d->year < -100000 ||
      d->year > 100000) {
    return false;
  }
  const int64_t day = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
  const kg_date first = day_of(day - MARGIN_DAYS), last = day_of(day + MARGIN_DAYS);
  add_tag(out, KG_TAG_TYPED);
  add_tag(out, KG_TAG_LOCAL);
  add(out, s == BELOW ? kg_id_make(tag, 0) : kg_id_date_bound(tag, &first, false),
      s == ABOVE ? kg_id_make(tag, ALL_BITS) : kg_id_date_bound(tag, &last, true));
  return true;
}

/* ---- texts -------------------------------------------------------------------------------------- */

/* Base ids of the tag whose key behind the tag is >= from and < to; to empty: to the end of the tag. */
static kgq_status add_texts(const kg_planner *p, kg_tag tag, kgq_str from, kgq_str to, ranges *out,
                            kgq_error **err) {
  kg_arena *arena = p->run->arena;
  kgq_str low, high;
  uint64_t first = 0, end = 0;
  const int next = (int)tag + (to.len == 0 ? 1 : 0);
  KGQ_TRY(kg_arena_print(arena, &low, err, "%c", (int)tag));
  KGQ_TRY(kg_arena_print(arena, &high, err, "%c", next));
  kg_buf key;
  kgq_status st = KGQ_OK;
  kg_buf_init(&key, p->run->allocator);
  KGQ_TRY_DONE(kg_buf_add_str(&key, low, err));
  KGQ_TRY_DONE(kg_buf_add_str(&key, from, err));
  const size_t split = key.len;
  KGQ_TRY_DONE(kg_buf_add_str(&key, high, err));
  KGQ_TRY_DONE(kg_buf_add_str(&key, to, err));
  const kgq_str all = kg_buf_str(&key);
  KGQ_TRY_DONE(kg_dict_range(p->run->snap, kg_str_n(all.ptr, split),
                             kg_str_n(all.ptr + split, all.len - split), &first, &end, err));
  if (first < end) {
    add(out, kg_id_make(tag, first), kg_id_make(tag, end - 1));
  }
done:
  kg_buf_free(&key);
  return st;
}

/* The first text behind all that begin with `prefix`; false: there is none. */
static kgq_status behind(const kg_planner *p, kgq_str prefix, kgq_str *out, bool *there, kgq_error **err) {
  kgq_str copy;
  KGQ_TRY(kg_arena_copy(p->run->arena, prefix, &copy, err));
  while (copy.len > 0 && (unsigned char)copy.ptr[copy.len - 1] == 0xff) {
    copy.len--;
  }
  *there = copy.len > 0;
  if (*there) {
    char *bytes = (char *)kg_arena_zero(p->run->arena, copy.len);
    if (!bytes) {
      return kg_fail_memory(err);
    }
    memcpy(bytes, copy.ptr, copy.len);
    bytes[copy.len - 1] = (char)((unsigned char)bytes[copy.len - 1] + 1);
    *out = kg_str_n(bytes, copy.len);
  }
  return KGQ_OK;
}

static kgq_status add_prefix(const kg_planner *p, kg_tag tag, kgq_str prefix, ranges *out, kgq_error **err) {
  bool there = false;
  kgq_str to = { NULL, 0 };
  KGQ_TRY(behind(p, prefix, &to, &there, err));
  return add_texts(p, tag, prefix, there ? to : kg_str_n("", 0), out, err);
}

/* Texts that begin with `prefix`. of_str: of STR(?v), which all but blank nodes have; else ?v is a string. */
static kgq_status prefix_ranges(const kg_planner *p, kgq_str prefix, bool of_str, ranges *out,
                                kgq_error **err) {
  KGQ_TRY(add_prefix(p, KG_TAG_STRING, prefix, out, err));
  add_appended(out, KG_TAG_STRING);
  add_tag(out, KG_TAG_LANG);
  add_tag(out, KG_TAG_LOCAL);
  if (of_str) {
    KGQ_TRY(add_prefix(p, KG_TAG_IRI, prefix, out, err));
    add_appended(out, KG_TAG_IRI);
    add(out, kg_id_make(KG_TAG_TYPED, 0), kg_id_make(KG_TAG_TRIPLE, ALL_BITS));
    add(out, kg_id_make(KG_TAG_INTEGER, 0), UINT64_MAX);
  }
  return KGQ_OK;
}

/* Strings below or above a text. Those of languages are never in an order with it, but do no harm. */
static kgq_status text_ranges(const kg_planner *p, kgq_str text, side s, ranges *out, kgq_error **err) {
  const kgq_str none = { "", 0 };
  kgq_str through;
  KGQ_TRY(kg_arena_print(p->run->arena, &through, err, "%.*s%c", KG_ARG(text), 0));
  KGQ_TRY(add_texts(p, KG_TAG_STRING, s == BELOW ? none : text, s == ABOVE ? none : through, out, err));
  add_appended(out, KG_TAG_STRING);
  add_tag(out, KG_TAG_LANG);
  add_tag(out, KG_TAG_TYPED);
  add_tag(out, KG_TAG_LOCAL);
  return KGQ_OK;
}

/* Literals of a language and of its varieties: keys are the tag, "--" and a direction perhaps, NUL, text. */
static kgq_status language_ranges(const kg_planner *p, kgq_str lang, ranges *out, kgq_error **err) {
  kg_buf tag;
  kgq_status st = KGQ_OK;
  kg_buf_init(&tag, p->run->allocator);
  KGQ_TRY_DONE(kg_term_tag(lang, &tag, err));
  const size_t length = tag.len;
  KGQ_TRY_DONE(kg_buf_add_byte(&tag, 0, err));
  KGQ_TRY_DONE(add_prefix(p, KG_TAG_LANG, kg_buf_str(&tag), out, err));
  tag.len = length;
  KGQ_TRY_DONE(kg_buf_add_byte(&tag, '-', err));
  KGQ_TRY_DONE(add_prefix(p, KG_TAG_LANG, kg_buf_str(&tag), out, err));
  add_appended(out, KG_TAG_LANG);
  add_tag(out, KG_TAG_LOCAL);
done:
  kg_buf_free(&tag);
  return st;
}

/* ---- conditions --------------------------------------------------------------------------------- */

static bool is_var(const kg_expr *e, kg_var v) {
  return e->kind == KG_EXPR_VAR && e->var == v;
}

static bool is_call_of(const kg_expr *e, kg_function function, kg_var v) {
  return e->kind == KG_EXPR_CALL && e->function == function && e->args && is_var(e->args, v);
}

static bool is_string(const kg_expr *e) {
  return e->kind == KG_EXPR_TERM && e->term.kind == KG_TERM_LITERAL && e->term.datatype.len == 0 &&
         e->term.lang.len == 0;
}

/* The bytes of the literal character at `at`, `\\.` and its like among them; 0: it may match another one.
 * *from: where they are. */
static size_t literal_bytes(kgq_str pattern, size_t at, size_t *from) {
  static const char special[] = "\\^$.|?*+()[]{}"; /* and `-`, which may be written either way */
  const bool escaped = pattern.ptr[at] == '\\';
  *from = at + (escaped ? 1 : 0);
  if (*from >= pattern.len || pattern.ptr[*from] == 0) {
    return 0;
  }
  const char c = pattern.ptr[*from];
  if (c != '-' && (strchr(special, c) != NULL) != escaped) {
    return 0;
  }
  size_t n = 1;
  while (*from + n < pattern.len && ((unsigned char)pattern.ptr[*from + n] & 0xc0) == 0x80) {
    n++;
  }
  return n;
}

/* The letters that every match of the pattern begins with: those between ^ and the first special character.
 */
static kgq_status regex_prefix(const kg_planner *p, kgq_str pattern, kgq_str *out, kgq_error **err) {
  *out = kg_str_n("", 0);
  if (pattern.len == 0 || pattern.ptr[0] != '^' || memchr(pattern.ptr, '|', pattern.len)) {
    return KGQ_OK;
  }
  char *bytes = (char *)kg_arena_zero(p->run->arena, pattern.len + 1);
  if (!bytes) {
    return kg_fail_memory(err);
  }
  size_t len = 0, from = 0, n = 0;
  for (size_t at = 1; at < pattern.len && (n = literal_bytes(pattern, at, &from)) > 0; at = from + n) {
    const char behind = from + n < pattern.len ? pattern.ptr[from + n] : 'a';
    if (behind == 0 || strchr("?*{", behind)) { /* it need not be there */
      break;
    }
    memcpy(bytes + len, pattern.ptr + from, n);
    len += n;
  }
  *out = kg_str_n(bytes, len);
  return KGQ_OK;
}

static kgq_status string_condition(const kg_planner *p, const kg_expr *e, kg_var v, ranges *out, bool *known,
                                   kgq_error **err) {
  const kg_expr *text = e->args, *pattern = text ? text->next : NULL;
  const kg_expr *flags = pattern ? pattern->next : NULL;
  *known = false;
  if (!pattern || !is_string(pattern) || (!is_var(text, v) && !is_call_of(text, KG_FN_STR, v))) {
    return KGQ_OK;
  }
  if (flags &&
      (!is_string(flags) || (flags->term.text.len > 0 && !kg_str_equal(flags->term.text, KG_STR("s"))))) {
    return KGQ_OK;
  }
  kgq_str prefix = pattern->term.text;
  if (e->function == KG_FN_REGEX) {
    KGQ_TRY(regex_prefix(p, pattern->term.text, &prefix, err));
  }
  *known = prefix.len > 0;
  return *known ? prefix_ranges(p, prefix, !is_var(text, v), out, err) : KGQ_OK;
}

static kgq_status language_condition(const kg_planner *p, const kg_expr *lang, const kg_expr *wanted,
                                     kg_var v, ranges *out, bool *known, kgq_error **err) {
  *known = is_call_of(lang, KG_FN_LANG, v) && is_string(wanted) && wanted->term.text.len > 0 &&
           wanted->term.text.ptr[0] != '*';
  return *known ? language_ranges(p, wanted->term.text, out, err) : KGQ_OK;
}

static kgq_status comparison(const kg_planner *p, const kg_term *constant, side s, double rows, ranges *out,
                             bool *known, kgq_error **err) {
  kg_value value;
  kg_value_from_term(constant, &value);
  *known = true;
  if (kg_value_is_number(value.kind)) {
    *known = number_ranges(&value, s, rows, out);
  } else if (value.kind == KG_VALUE_DATE) {
    *known = date_ranges(&value.as.date, s, out);
  } else if (value.kind == KG_VALUE_STRING && memchr(constant->text.ptr, 0, constant->text.len) == NULL) {
    return text_ranges(p, constant->text, s, out, err);
  } else {
    *known = false;
  }
  return KGQ_OK;
}

/* The side that the variable is on; `left`: it stands on the left. */
static bool side_of(kg_expr_kind kind, bool left, side *out) {
  const int k = (int)kind;
  const bool less = k == KG_EXPR_LESS || k == KG_EXPR_LESS_EQUAL;
  const bool greater = k == KG_EXPR_GREATER || k == KG_EXPR_GREATER_EQUAL;
  *out = k == KG_EXPR_EQUAL ? EQUAL : less == left ? BELOW : ABOVE;
  return less || greater || k == KG_EXPR_EQUAL;
}

static kgq_status condition(const kg_planner *p, const kg_expr *e, kg_var v, double rows, ranges *out,
                            bool *known, kgq_error **err) {
  const kg_expr *left = e->args, *right = left ? left->next : NULL;
  side s = EQUAL;
  *known = false;
  if (!right) {
    return KGQ_OK;
  }
  if (e->kind == KG_EXPR_CALL) {
    if (e->function == KG_FN_LANGMATCHES) {
      return language_condition(p, left, right, v, out, known, err);
    }
    const bool string = e->function == KG_FN_STRSTARTS || e->function == KG_FN_REGEX;
    return string ? string_condition(p, e, v, out, known, err) : KGQ_OK;
  }
  if (e->kind == KG_EXPR_EQUAL) {
    KGQ_TRY(language_condition(p, left, right, v, out, known, err));
    if (!*known) {
      KGQ_TRY(language_condition(p, right, left, v, out, known, err));
    }
    if (*known) {
      return KGQ_OK;
    }
  }
  const bool is_left = is_var(left, v) && right->kind == KG_EXPR_TERM;
  if (!side_of(e->kind, is_left, &s) || (!is_left && !(is_var(right, v) && left->kind == KG_EXPR_TERM))) {
    return KGQ_OK;
  }
  return comparison(p, is_left ? &right->term : &left->term, s, rows, out, known, err);
}

/* ---- together ----------------------------------------------------------------------------------- */

/* Few, and in order but for the last ones. */
static void sort_ranges(ranges *r) {
  for (uint32_t i = 1; i < r->count; i++) {
    const kg_id_range x = r->list[i];
    uint32_t k = i;
    for (; k > 0 && r->list[k - 1].low > x.low; k--) {
      r->list[k] = r->list[k - 1];
    }
    r->list[k] = x;
  }
}

/* Both sorted, each without overlaps. */
static void intersect(ranges *r, const ranges *other) {
  ranges both = { .count = 0 };
  for (uint32_t i = 0, k = 0; i < r->count && k < other->count;) {
    const kg_id_range a = r->list[i], b = other->list[k];
    add(&both, a.low > b.low ? a.low : b.low, a.high < b.high ? a.high : b.high);
    if (a.high < b.high) {
      i++;
    } else {
      k++;
    }
  }
  if (both.count < RANGES_MAX) { /* else some may be missing */
    *r = both;
  }
}

static kgq_status ranges_of(const kg_planner *p, const kg_expr *const *exprs, uint32_t count, kg_var v,
                            double rows, ranges *out, bool *known, kgq_error **err) {
  *known = false;
  for (uint32_t i = 0; i < count; i++) {
    ranges one = { .count = 0 };
    bool is_range = false;
    KGQ_TRY(condition(p, exprs[i], v, rows, &one, &is_range, err));
    if (!is_range || one.count == RANGES_MAX) {
      continue;
    }
    sort_ranges(&one);
    if (*known) {
      intersect(out, &one);
    } else {
      *out = one;
    }
    *known = true;
  }
  return KGQ_OK;
}

/* How many rows the ranges leave: exact where they are few. */
static kgq_status narrow_estimate(const kg_planner *p, const kg_leaf *leaf, kg_var v, kg_estimate *e,
                                  kgq_error **err) {
  kg_quads_spec spec;
  double rows = 0;
  kg_leaf_spec(leaf, p->frame, &spec);
  for (uint32_t i = 0; i < leaf->range_count && rows < e->rows; i++) {
    double some = 0;
    bool whole = false;
    KGQ_TRY(
        kg_quads_estimate_range(p->run->snap, &spec, leaf->range_slot, &leaf->ranges[i], &some, &whole, err));
    rows += whole ? some : e->rows * SHARE;
  }
  rows = rows < e->rows ? rows : e->rows;
  const double share = e->rows > 0 ? rows / e->rows : 1;
  e->rows = rows;
  for (uint32_t i = 0; i < e->var_count; i++) {
    const double distinct = e->vars[i] == v ? e->distinct[i] * share : e->distinct[i];
    e->distinct[i] = distinct < rows ? distinct : rows;
  }
  return KGQ_OK;
}

kgq_status kg_plan_ranges(const kg_planner *p, const kg_expr *const *exprs, uint32_t count, kg_leaf *leaf,
                          kg_estimate *estimate, kgq_error **err) {
  static const int slots[] = { KG_O, KG_S };
  if (count == 0 || leaf->missing || kg_run_off(p->run, KG_OFF_RANGES)) {
    return KGQ_OK;
  }
  for (size_t i = 0; i < 2; i++) {
    const kg_var v = leaf->slot[slots[i]].var;
    kg_quads_spec spec;
    ranges found = { .count = 0 };
    bool known = false;
    kg_leaf_spec(leaf, p->frame, &spec);
    if (v == KG_NO_VAR || kg_frame_gives(p->frame, v) || !kg_quads_can_sort(&spec, slots[i])) {
      continue;
    }
    KGQ_TRY(ranges_of(p, exprs, count, v, estimate->rows, &found, &known, err));
    if (known) {
      kg_id_range *list =
          (kg_id_range *)kg_arena_zero(p->run->arena, (found.count + 1) * sizeof(kg_id_range));
      if (!list) {
        return kg_fail_memory(err);
      }
      memcpy(list, found.list, found.count * sizeof(kg_id_range));
      leaf->ranges = list;
      leaf->range_count = found.count;
      leaf->range_slot = slots[i];
      return narrow_estimate(p, leaf, v, estimate, err);
    }
  }
  return KGQ_OK;
}
