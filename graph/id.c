/* graph/id.c: values that live in their id: integers, decimals, booleans, dates.
 *
 * A literal is inlined only if printing the id gives back its bytes and datatype: "01", "+5", "-0.0",
 * "1.50"^^xsd:float and the like stay in the dictionary. So two ids differ exactly when their terms differ.
 * Everything here is a pure function. Payloads, 60 bits, are on disk: never change one.
 *
 *   INTEGER      v + 2^59                                              60
 *   DECIMAL      scale 5 | mantissa + 2^54                             55
 *   BOOLEAN      0 or 1                                                 1
 *   the dates:   59 ... 37 | 36..33 | 32..28 | 27..23 | 22..17 | 16..11 | 10..0
 *                year+2^22 | month  | day    | hour   | minute | second | zone
 *
 * A zone is 0 for none, else its minutes + 841 (so Z is 841; "+00:00" and "-00:00" are in the dictionary).
 * The zone stands last, so that ids of one tag without a zone, or with one and the same, are in order of
 * time. What a kind of date does not have is 0: no gYear has a month. Years have up to 7 digits; a dateTime
 * has whole seconds.
 */
#include "graph/id.h"

#include <assert.h>

#include "graph/vocab.h"

#define INTEGER_BIAS  ((int64_t)1 << 59)
#define MANTISSA_BITS 55
#define MANTISSA_BIAS ((int64_t)1 << 54)
#define SCALE_MAX     KG_ID_DECIMAL_SCALE_MAX
#define YEAR_BIAS     ((int64_t)1 << 22)
#define ZONE_BIAS     841

/* ---- numbers ----------------------------------------------------------------------------------------- */

/* "-"? digits without superfluous leading zeros, at most 18 digits; gives the length read, 0 for none. */
static size_t read_digits(kgq_str text, bool *negative, int64_t *value) {
  size_t at = 0;
  *negative = text.len > 0 && text.ptr[0] == '-';
  at += *negative ? 1u : 0u;
  const size_t start = at;
  int64_t v = 0;
  while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9') {
    if (at - start >= 18) {
      return 0;
    }
    v = v * 10 + (text.ptr[at] - '0');
    at++;
  }
  const bool leading_zero = at - start > 1 && text.ptr[start] == '0';
  *value = v;
  return at == start || leading_zero ? 0 : at;
}

bool kg_id_from_int(int64_t v, kg_id *out) {
  if (v <= -INTEGER_BIAS || v >= INTEGER_BIAS) {
    return false;
  }
  *out = kg_id_make(KG_TAG_INTEGER, (uint64_t)(v + INTEGER_BIAS));
  return true;
}

static bool inline_integer(kgq_str text, kg_id *out) {
  bool negative;
  int64_t v;
  if (text.len == 0 || read_digits(text, &negative, &v) != text.len || (negative && v == 0)) {
    return false;
  }
  return kg_id_from_int(negative ? -v : v, out);
}

static bool inline_decimal(kgq_str text, kg_id *out) {
  bool negative;
  int64_t v;
  const size_t whole = read_digits(text, &negative, &v);
  if (whole == 0 || whole + 1 >= text.len || text.ptr[whole] != '.' || text.len - whole - 1 > SCALE_MAX) {
    return false;
  }
  for (size_t at = whole + 1; at < text.len; at++) {
    if (text.ptr[at] < '0' || text.ptr[at] > '9' || v >= MANTISSA_BIAS / 10 + 1) {
      return false;
    }
    v = v * 10 + (text.ptr[at] - '0');
  }
  if (v >= MANTISSA_BIAS || (negative && v == 0)) {
    return false;
  }
  const uint64_t scale = text.len - whole - 1;
  *out = kg_id_make(KG_TAG_DECIMAL, scale << MANTISSA_BITS | (uint64_t)((negative ? -v : v) + MANTISSA_BIAS));
  return true;
}

static bool inline_boolean(kgq_str text, kg_id *out) {
  const bool yes = kg_str_equal(text, KG_STR("true"));
  *out = kg_id_make(KG_TAG_BOOLEAN, yes);
  return yes || kg_str_equal(text, KG_STR("false"));
}

int64_t kg_id_integer(kg_id id) {
  assert(kg_id_tag(id) == KG_TAG_INTEGER);
  return (int64_t)kg_id_payload(id) - INTEGER_BIAS;
}

kg_decimal kg_id_decimal(kg_id id) {
  assert(kg_id_tag(id) == KG_TAG_DECIMAL);
  const uint64_t payload = kg_id_payload(id);
  const int64_t mantissa = (int64_t)(payload & (((uint64_t)1 << MANTISSA_BITS) - 1)) - MANTISSA_BIAS;
  return (kg_decimal){ .mantissa = mantissa, .scale = (int32_t)(payload >> MANTISSA_BITS) };
}

kg_id kg_id_decimal_bound(unsigned scale, int64_t mantissa) {
  const int64_t most = MANTISSA_BIAS - 1;
  const int64_t near = mantissa < -most ? -most : mantissa > most ? most : mantissa;
  assert(scale <= SCALE_MAX);
  return kg_id_make(KG_TAG_DECIMAL, (uint64_t)scale << MANTISSA_BITS | (uint64_t)(near + MANTISSA_BIAS));
}

/* Backwards from `end`, at least `width` digits; returns the first. */
static char *put_digits(char *end, uint64_t v, int width) {
  while (v > 0 || width > 0) {
    *--end = (char)('0' + v % 10);
    v /= 10;
    width--;
  }
  return end;
}

static kgq_str print_integer(kg_id id, char buffer[KG_INLINE_TEXT_MAX]) {
  const int64_t v = kg_id_integer(id);
  char *end = &buffer[KG_INLINE_TEXT_MAX - 1];
  char *start = put_digits(end, (uint64_t)(v < 0 ? -v : v), 1);
  if (v < 0) {
    *--start = '-';
  }
  return kg_str_n(start, (size_t)(end - start));
}

static kgq_str print_decimal(kg_id id, char buffer[KG_INLINE_TEXT_MAX]) {
  const kg_decimal d = kg_id_decimal(id);
  uint64_t v = (uint64_t)(d.mantissa < 0 ? -d.mantissa : d.mantissa);
  char *end = &buffer[KG_INLINE_TEXT_MAX - 1];
  char *start = end;
  for (int32_t i = 0; i < d.scale; i++, v /= 10) {
    *--start = (char)('0' + v % 10);
  }
  *--start = '.';
  start = put_digits(start, v, 1);
  if (d.mantissa < 0) {
    *--start = '-';
  }
  return kg_str_n(start, (size_t)(end - start));
}

/* ---- dates ------------------------------------------------------------------------------------------- */

static kg_date_kind date_kind(kg_tag tag) {
  assert(tag >= KG_TAG_DATE && tag <= KG_TAG_YEAR_MONTH);
  switch ((int)tag) {
  case KG_TAG_DATE: return KG_DATE_DAY;
  case KG_TAG_DATETIME: return KG_DATE_DATETIME;
  case KG_TAG_YEAR: return KG_DATE_YEAR;
  default: return KG_DATE_YEAR_MONTH;
  }
}

static kg_id pack_date(kg_tag tag, const kg_date *d) {
  const bool has_month = tag != KG_TAG_YEAR;
  const bool has_day = tag == KG_TAG_DATE || tag == KG_TAG_DATETIME;
  const bool has_time = tag == KG_TAG_DATETIME;
  uint64_t p = (uint64_t)(d->year + YEAR_BIAS);
  p = p << 4 | (has_month ? (uint64_t)d->month : 0);
  p = p << 5 | (has_day ? (uint64_t)d->day : 0);
  p = p << 5 | (has_time ? (uint64_t)d->hour : 0);
  p = p << 6 | (has_time ? (uint64_t)d->minute : 0);
  p = p << 6 | (has_time ? (uint64_t)d->second.mantissa : 0);
  p = p << 11 | (d->zone_minutes == KG_NO_ZONE ? 0 : (uint64_t)(d->zone_minutes + ZONE_BIAS));
  return kg_id_make(tag, p);
}

kg_id kg_id_date_bound(kg_tag tag, const kg_date *day, bool last) {
  assert(tag >= KG_TAG_DATE && tag <= KG_TAG_YEAR_MONTH && day->year > -YEAR_BIAS && day->year < YEAR_BIAS);
  const kg_id whole = pack_date(tag, day) >> 28; /* year, month */
  const uint64_t days = tag == KG_TAG_DATE || tag == KG_TAG_DATETIME ? (uint64_t)day->day : last ? 31 : 0;
  const uint64_t rest = last ? ((uint64_t)1 << 28) - 1 : 0;
  const kg_id id = (whole & ~(kg_id)31) << 28 | days << 28 | rest;
  return tag == KG_TAG_YEAR && last ? id | (kg_id)15 << 33 : id;
}

typedef struct date_parts {
  int64_t year;
  unsigned month, day, hour, minute, second, zone;
} date_parts;

static date_parts unpack_date(kg_id id) {
  const uint64_t p = kg_id_payload(id);
  return (date_parts){
    .year = (int64_t)(p >> 37) - YEAR_BIAS,
    .month = (unsigned)(p >> 33 & 15),
    .day = (unsigned)(p >> 28 & 31),
    .hour = (unsigned)(p >> 23 & 31),
    .minute = (unsigned)(p >> 17 & 63),
    .second = (unsigned)(p >> 11 & 63),
    .zone = (unsigned)(p & 2047),
  };
}

static bool date_fits(const kg_date *d) {
  return d->year > -YEAR_BIAS && d->year < YEAR_BIAS && d->second.scale == 0 && d->hour < 24;
}

static char *put_separated(char *end, char separator, unsigned v) {
  char *start = put_digits(end, v, 2);
  *--start = separator;
  return start;
}

static char *put_zone(char *end, unsigned zone) {
  if (zone == 0) {
    return end;
  }
  if (zone == ZONE_BIAS) {
    *--end = 'Z';
    return end;
  }
  const int minutes = (int)zone - ZONE_BIAS;
  const unsigned size = (unsigned)(minutes < 0 ? -minutes : minutes);
  char *start = put_separated(end, ':', size % 60);
  return put_separated(start, minutes < 0 ? '-' : '+', size / 60);
}

static kgq_str print_date(kg_id id, char buffer[KG_INLINE_TEXT_MAX]) {
  const date_parts d = unpack_date(id);
  char *end = &buffer[KG_INLINE_TEXT_MAX - 1];
  char *start = put_zone(end, d.zone);
  const kg_tag tag = kg_id_tag(id);
  if (tag == KG_TAG_DATETIME) {
    start = put_separated(start, ':', d.second);
    start = put_separated(start, ':', d.minute);
    start = put_separated(start, 'T', d.hour);
  }
  if (tag == KG_TAG_DATETIME || tag == KG_TAG_DATE) {
    start = put_separated(start, '-', d.day);
  }
  if (tag != KG_TAG_YEAR) {
    start = put_separated(start, '-', d.month);
  }
  start = put_digits(start, (uint64_t)(d.year < 0 ? -d.year : d.year), 4);
  if (d.year < 0) {
    *--start = '-';
  }
  return kg_str_n(start, (size_t)(end - start));
}

static bool inline_date(kg_tag tag, kgq_str text, kg_id *out) {
  kg_date d;
  if (text.len >= KG_INLINE_TEXT_MAX || !kg_date_parse(text, date_kind(tag), &d) || !date_fits(&d)) {
    return false;
  }
  char buffer[KG_INLINE_TEXT_MAX];
  *out = pack_date(tag, &d);
  return kg_str_equal(print_date(*out, buffer), text); /* not "+00:00", "-0000", 24:00:00 */
}

void kg_id_date(kg_id id, kg_date *out) {
  const date_parts d = unpack_date(id);
  *out = (kg_date){
    .kind = date_kind(kg_id_tag(id)),
    .year = d.year,
    .month = d.month == 0 ? 1 : (int32_t)d.month,
    .day = d.day == 0 ? 1 : (int32_t)d.day,
    .hour = (int32_t)d.hour,
    .minute = (int32_t)d.minute,
    .second = kg_decimal_from_int(d.second),
    .zone_minutes = d.zone == 0 ? KG_NO_ZONE : (int32_t)d.zone - ZONE_BIAS,
  };
}

/* ---- by datatype ------------------------------------------------------------------------------------- */

#define XSD_LENGTH (sizeof KG_NS_XSD - 1)

static const struct {
  kgq_str datatype;
  kg_tag tag;
} inline_types[] = {
  { { KG_XSD_INTEGER, sizeof KG_XSD_INTEGER - 1 }, KG_TAG_INTEGER },
  { { KG_XSD_DECIMAL, sizeof KG_XSD_DECIMAL - 1 }, KG_TAG_DECIMAL },
  { { KG_XSD_BOOLEAN, sizeof KG_XSD_BOOLEAN - 1 }, KG_TAG_BOOLEAN },
  { { KG_XSD_DATE, sizeof KG_XSD_DATE - 1 }, KG_TAG_DATE },
  { { KG_XSD_DATETIME, sizeof KG_XSD_DATETIME - 1 }, KG_TAG_DATETIME },
  { { KG_XSD_GYEAR, sizeof KG_XSD_GYEAR - 1 }, KG_TAG_YEAR },
  { { KG_XSD_GYEARMONTH, sizeof KG_XSD_GYEARMONTH - 1 }, KG_TAG_YEAR_MONTH },
};

static kg_tag inline_tag(kgq_str datatype) {
  if (datatype.len <= XSD_LENGTH) {
    return KG_TAG_NONE;
  }
  for (size_t i = 0; i < sizeof inline_types / sizeof inline_types[0]; i++) {
    if (kg_str_equal(datatype, inline_types[i].datatype)) {
      return inline_types[i].tag;
    }
  }
  return KG_TAG_NONE;
}

bool kg_id_inline(const kg_term *term, kg_id *out) {
  if (term->kind != KG_TERM_LITERAL || term->datatype.len == 0 || term->lang.len > 0) {
    return false;
  }
  kg_id id = KG_ID_NONE;
  bool fits = false;
  const kg_tag tag = inline_tag(term->datatype);
  switch ((int)tag) {
  case KG_TAG_NONE: break;
  case KG_TAG_INTEGER: fits = inline_integer(term->text, &id); break;
  case KG_TAG_DECIMAL: fits = inline_decimal(term->text, &id); break;
  case KG_TAG_BOOLEAN: fits = inline_boolean(term->text, &id); break;
  default: fits = inline_date(tag, term->text, &id); break;
  }
  if (fits) {
    *out = id;
  }
  return fits;
}

void kg_id_inline_term(kg_id id, char buffer[KG_INLINE_TEXT_MAX], kg_term *out) {
  assert(kg_id_is_inline(id));
  *out = (kg_term){ .kind = KG_TERM_LITERAL };
  buffer[KG_INLINE_TEXT_MAX - 1] = 0;
  switch ((int)kg_id_tag(id)) {
  case KG_TAG_INTEGER: out->text = print_integer(id, buffer); break;
  case KG_TAG_DECIMAL: out->text = print_decimal(id, buffer); break;
  case KG_TAG_BOOLEAN: out->text = kg_id_boolean(id) ? KG_STR("true") : KG_STR("false"); break;
  default: out->text = print_date(id, buffer); break;
  }
  for (size_t i = 0; i < sizeof inline_types / sizeof inline_types[0]; i++) {
    if (inline_types[i].tag == kg_id_tag(id)) {
      out->datatype = inline_types[i].datatype;
    }
  }
}
