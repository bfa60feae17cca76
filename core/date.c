/* core/date.c: XSD 1.1 dates, times and durations: lexical forms, time line, order relation.
 *
 * Strings are read strictly by the grammars of XSD 1.1 part 2, 3.3.7 to 3.3.11 and 3.3.6; 24:00:00 becomes
 * 00:00:00 of the next day at once, as appendix D says. Years have at most 12 digits and seconds 18 decimals,
 * so that every point of the time line fits a decimal. Does not do calendars but the proleptic Gregorian one.
 */
#include "core/date.h"

#include <assert.h>
#include <stdio.h>

#define YEAR_DIGITS_MAX   12
#define SECOND_DIGITS_MAX 18
#define ZONE_MINUTES_MAX  (14 * 60)

/* ---- calendar ----------------------------------------------------------------------------------- */

static bool is_leap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int kg_days_in_month(int64_t year, int month) {
  static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  assert(month >= 1 && month <= 12);
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t floor_divide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

/* Days from 1970-01-01. Years begin in March, so that the leap day is the last of its year. */
static int64_t days_from_epoch(int64_t year, int month, int day) {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = floor_divide(y, 400);
  const int64_t year_of_era = y - era * 400;
  const int64_t month_index = (month + 9) % 12;
  const int64_t day_of_year = (153 * month_index + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void next_day(kg_date *d) {
  if (++d->day > kg_days_in_month(d->year, d->month)) {
    d->day = 1;
    if (++d->month > 12) {
      d->month = 1;
      d->year++;
    }
  }
}

/* ---- reading ------------------------------------------------------------------------------------ */

typedef struct cursor {
  const char *at, *end;
} cursor;

static bool take(cursor *c, char byte) {
  if (c->at < c->end && *c->at == byte) {
    c->at++;
    return true;
  }
  return false;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool take_two(cursor *c, int32_t low, int32_t high, int32_t *out) {
  if (c->end - c->at < 2 || !is_digit(c->at[0]) || !is_digit(c->at[1])) {
    return false;
  }
  *out = (c->at[0] - '0') * 10 + (c->at[1] - '0');
  c->at += 2;
  return *out >= low && *out <= high;
}

/* yearFrag ::= '-'? (([1-9] digit digit digit+)) | ('0' digit digit digit)) */
static bool take_year(cursor *c, int64_t *out) {
  const bool negative = take(c, '-');
  const char *start = c->at;
  int64_t v = 0;
  for (; c->at < c->end && is_digit(*c->at); c->at++) {
    if (c->at - start >= YEAR_DIGITS_MAX) {
      return false;
    }
    v = v * 10 + (*c->at - '0');
  }
  const ptrdiff_t count = c->at - start;
  *out = negative ? -v : v;
  return count == 4 || (count > 4 && *start != '0');
}

/* secondFrag ::= ([0-5] digit) ('.' digit+)? */
static bool take_second(cursor *c, kg_decimal *out) {
  const char *start = c->at;
  int32_t whole = 0;
  if (!take_two(c, 0, 59, &whole)) {
    return false;
  }
  if (take(c, '.')) {
    const char *fraction = c->at;
    while (c->at < c->end && is_digit(*c->at)) {
      c->at++;
    }
    if (c->at == fraction) {
      return false;
    }
  }
  if (!kg_decimal_parse(kg_str_n(start, (size_t)(c->at - start)), out)) {
    return false;
  }
  *out = kg_decimal_normal(*out);
  return out->scale <= SECOND_DIGITS_MAX;
}

/* timezoneFrag ::= 'Z' | ('+' | '-') (('0' digit | '1' [0-3]) ':' minuteFrag | '14:00') */
static bool take_zone(cursor *c, int32_t *out) {
  int32_t hour = 0, minute = 0;
  *out = KG_NO_ZONE;
  if (c->at == c->end) {
    return true;
  }
  if (take(c, 'Z')) {
    *out = 0;
    return true;
  }
  const bool negative = *c->at == '-';
  if (!take(c, '-') && !take(c, '+')) {
    return false;
  }
  if (!take_two(c, 0, 14, &hour) || !take(c, ':') || !take_two(c, 0, 59, &minute)) {
    return false;
  }
  *out = (negative ? -1 : 1) * (hour * 60 + minute);
  return hour < 14 || minute == 0;
}

static bool take_time(cursor *c, kg_date *d, bool *midnight_after) {
  const bool shape = take_two(c, 0, 24, &d->hour) && take(c, ':') && take_two(c, 0, 59, &d->minute) &&
                     take(c, ':') && take_second(c, &d->second);
  *midnight_after = shape && d->hour == 24;
  if (*midnight_after) {
    d->hour = 0;
    return d->minute == 0 && d->second.mantissa == 0;
  }
  return shape;
}

static bool take_day(cursor *c, kg_date *d) {
  return take_year(c, &d->year) && take(c, '-') && take_two(c, 1, 12, &d->month) && take(c, '-') &&
         take_two(c, 1, 31, &d->day) && d->day <= kg_days_in_month(d->year, d->month);
}

static bool take_kind(cursor *c, kg_date *d) {
  bool after = false;
  switch (d->kind) {
  case KG_DATE_YEAR: return take_year(c, &d->year);
  case KG_DATE_YEAR_MONTH: return take_year(c, &d->year) && take(c, '-') && take_two(c, 1, 12, &d->month);
  case KG_DATE_DAY: return take_day(c, d);
  case KG_DATE_TIME: return take_time(c, d, &after);
  case KG_DATE_DATETIME: break;
  }
  if (!take_day(c, d) || !take(c, 'T') || !take_time(c, d, &after)) {
    return false;
  }
  if (after) {
    next_day(d);
  }
  return true;
}

bool kg_date_parse(kgq_str text, kg_date_kind kind, kg_date *out) {
  kg_date d = { .kind = kind, .year = 1972, .month = 1, .day = 1, .zone_minutes = KG_NO_ZONE };
  if (kind == KG_DATE_TIME) { /* the reference day of XPath functions 10.4.5 */
    d.month = 12;
    d.day = 31;
  }
  cursor c = { text.ptr, text.ptr + text.len };
  if (text.len == 0 || !take_kind(&c, &d) || !take_zone(&c, &d.zone_minutes) || c.at != c.end) {
    return false;
  }
  *out = d;
  return true;
}

/* ---- writing ------------------------------------------------------------------------------------ */

static size_t put_second(kg_decimal second, char *out) {
  char text[KG_DECIMAL_TEXT_MAX];
  const size_t n = kg_decimal_print(second, text);
  const bool short_form = n == 1 || text[1] == '.';
  out[0] = '0';
  memcpy(out + (short_form ? 1 : 0), text, n);
  return n + (short_form ? 1 : 0);
}

static size_t put_zone(int32_t zone, char *out, size_t capacity) {
  if (zone == KG_NO_ZONE) {
    return 0;
  }
  assert(zone >= -ZONE_MINUTES_MAX && zone <= ZONE_MINUTES_MAX);
  if (zone == 0) {
    out[0] = 'Z';
    return 1;
  }
  const int size = zone < 0 ? -zone : zone;
  return (size_t)snprintf(out, capacity, "%c%02d:%02d", zone < 0 ? '-' : '+', size / 60, size % 60);
}

size_t kg_date_print(const kg_date *d, char out[KG_DATE_TEXT_MAX]) {
  size_t n = 0;
  if (d->kind != KG_DATE_TIME) {
    const long long size = (long long)(d->year < 0 ? -d->year : d->year);
    n = (size_t)snprintf(out, KG_DATE_TEXT_MAX, "%s%04lld", d->year < 0 ? "-" : "", size);
  }
  if (d->kind != KG_DATE_TIME && d->kind != KG_DATE_YEAR) {
    n += (size_t)snprintf(out + n, KG_DATE_TEXT_MAX - n, "-%02d", (int)d->month);
  }
  if (d->kind == KG_DATE_DAY || d->kind == KG_DATE_DATETIME) {
    n += (size_t)snprintf(out + n, KG_DATE_TEXT_MAX - n, "-%02d", (int)d->day);
  }
  if (d->kind == KG_DATE_TIME || d->kind == KG_DATE_DATETIME) {
    n += (size_t)snprintf(out + n, KG_DATE_TEXT_MAX - n, "%s%02d:%02d:", d->kind == KG_DATE_TIME ? "" : "T",
                          (int)d->hour, (int)d->minute);
    n += put_second(d->second, out + n);
  }
  n += put_zone(d->zone_minutes, out + n, KG_DATE_TEXT_MAX - n);
  assert(n < KG_DATE_TEXT_MAX);
  return n;
}

/* ---- order -------------------------------------------------------------------------------------- */

kg_decimal kg_date_seconds(const kg_date *d) {
  const int zone = d->zone_minutes == KG_NO_ZONE ? 0 : d->zone_minutes;
  const bool has_month = d->kind != KG_DATE_YEAR;
  const bool has_day = has_month && d->kind != KG_DATE_YEAR_MONTH;
  const int64_t days = days_from_epoch(d->year, has_month ? d->month : 1, has_day ? d->day : 1);
  const bool has_time = d->kind == KG_DATE_TIME || d->kind == KG_DATE_DATETIME;
  int64_t minutes = days * 1440 - zone;
  minutes += has_time ? d->hour * 60 + d->minute : 0;
  kg_decimal out = kg_decimal_from_int(0);
  const kg_decimal whole = { (kg_int128)minutes * 60, 0 };
  const bool added = kg_decimal_add(whole, has_time ? d->second : kg_decimal_from_int(0), &out);
  assert(added); /* 12 digits of years and 18 decimals fit in 38 digits */
  return added ? out : whole;
}

/* XSD 1.1 part 2, 3.3.7 (and XSD 1.0 3.2.7.4): without a zone a moment lies anywhere within 14 hours. */
static int compare_mixed(kg_decimal zoned, kg_decimal open) {
  const kg_decimal span = kg_decimal_from_int(ZONE_MINUTES_MAX * 60);
  kg_decimal low = open, high = open;
  if (!kg_decimal_subtract(open, span, &low) || !kg_decimal_add(open, span, &high)) {
    return 2;
  }
  return kg_decimal_compare(zoned, low) < 0 ? -1 : kg_decimal_compare(zoned, high) > 0 ? 1 : 2;
}

int kg_date_compare(const kg_date *a, const kg_date *b) {
  const bool a_zone = a->zone_minutes != KG_NO_ZONE, b_zone = b->zone_minutes != KG_NO_ZONE;
  const kg_decimal x = kg_date_seconds(a), y = kg_date_seconds(b);
  if (a_zone == b_zone) {
    return kg_decimal_compare(x, y);
  }
  if (a_zone) {
    return compare_mixed(x, y);
  }
  const int c = compare_mixed(y, x);
  return c == 2 ? 2 : -c;
}

kg_date kg_date_start(const kg_date *d) {
  assert(d->kind != KG_DATE_TIME);
  kg_date out = {
    .kind = KG_DATE_DAY, .year = d->year, .month = 1, .day = 1, .zone_minutes = d->zone_minutes
  };
  out.month = d->kind == KG_DATE_YEAR ? 1 : d->month;
  out.day = d->kind == KG_DATE_YEAR || d->kind == KG_DATE_YEAR_MONTH ? 1 : d->day;
  return out;
}

kg_date kg_date_end(const kg_date *d) {
  kg_date out = kg_date_start(d);
  if (d->kind == KG_DATE_YEAR) {
    out.month = 12;
  }
  if (d->kind == KG_DATE_YEAR || d->kind == KG_DATE_YEAR_MONTH) {
    out.day = kg_days_in_month(out.year, out.month);
  }
  return out;
}

/* ---- durations ---------------------------------------------------------------------------------- */

/* digit+ [YMDH], or with a fraction for S. Gives the letter; 0 if there is no such part here. */
static char take_part(cursor *c, kg_decimal *value) {
  const char *start = c->at;
  bool point = false;
  for (; c->at < c->end && (is_digit(*c->at) || (*c->at == '.' && !point)); c->at++) {
    point = point || *c->at == '.';
  }
  const kgq_str number = kg_str_n(start, (size_t)(c->at - start));
  const bool ends = number.len > 0 && (start[0] == '.' || number.ptr[number.len - 1] == '.');
  if (c->at == c->end || ends || !kg_decimal_parse(number, value) || (point && *c->at != 'S')) {
    return 0;
  }
  return *c->at++;
}

/* Parts of one half in the order of `letters`, each worth `weights`; *count how many there were. */
static bool take_parts(cursor *c, const char *letters, const int64_t *weights, kg_decimal *sum,
                       size_t *count) {
  size_t next = 0;
  while (c->at < c->end && *c->at != 'T') {
    kg_decimal value, scaled;
    const char letter = take_part(c, &value);
    while (letters[next] != 0 && letters[next] != letter) {
      next++;
    }
    if (letter == 0 || letters[next] == 0 ||
        !kg_decimal_multiply(value, kg_decimal_from_int(weights[next]), &scaled) ||
        !kg_decimal_add(*sum, scaled, sum)) {
      return false;
    }
    next++;
    ++*count;
  }
  return true;
}

/* duYearMonthFrag and duDayFrag; months and days go to different sums. */
static bool take_date_parts(cursor *c, kg_decimal *months, kg_decimal *seconds, size_t *count) {
  static const int64_t weights[2] = { 12, 1 };
  static const int64_t day_weight[1] = { 86400 };
  const char *day = c->at;
  while (day < c->end && *day != 'D' && *day != 'T') {
    day++;
  }
  if (day == c->end || *day != 'D') {
    return take_parts(c, "YM", weights, months, count);
  }
  const char *start = day;
  while (start > c->at && is_digit(start[-1])) {
    start--;
  }
  cursor head = { c->at, start }, tail = { start, day + 1 };
  c->at = day + 1;
  return take_parts(&head, "YM", weights, months, count) &&
         take_parts(&tail, "D", day_weight, seconds, count);
}

bool kg_duration_parse(kgq_str text, kg_duration *out) {
  static const int64_t weights[3] = { 3600, 60, 1 };
  cursor c = { text.ptr, text.ptr + text.len };
  kg_decimal months = kg_decimal_from_int(0), seconds = kg_decimal_from_int(0);
  size_t count = 0, time_count = 0;
  const bool negative = take(&c, '-');
  if (!take(&c, 'P') || !take_date_parts(&c, &months, &seconds, &count)) {
    return false;
  }
  if (take(&c, 'T') && (!take_parts(&c, "HMS", weights, &seconds, &time_count) || time_count == 0)) {
    return false;
  }
  int64_t whole_months = 0;
  if (c.at != c.end || count + time_count == 0 || !kg_decimal_to_int(months, &whole_months)) {
    return false;
  }
  seconds = kg_decimal_normal(seconds);
  if (seconds.scale > SECOND_DIGITS_MAX || kg_decimal_compare(seconds, kg_decimal_from_int(INT64_MAX)) > 0) {
    return false;
  }
  seconds.mantissa = negative ? -seconds.mantissa : seconds.mantissa;
  *out = (kg_duration){ negative ? -whole_months : whole_months, seconds };
  return true;
}

static size_t put_part(char *out, size_t n, long long value, char letter) {
  return value == 0 ? n : n + (size_t)snprintf(out + n, KG_DATE_TEXT_MAX - n, "%lld%c", value, letter);
}

/* Canonical: XSD 1.1 part 2, appendix E.2 (duration). */
size_t kg_duration_print(const kg_duration *d, char out[KG_DATE_TEXT_MAX]) {
  const bool negative = d->months < 0 || d->seconds.mantissa < 0;
  const uint64_t size = d->months < 0 ? (uint64_t)0 - (uint64_t)d->months : (uint64_t)d->months;
  const long long months = (long long)(size > INT64_MAX ? INT64_MAX : size);
  kg_decimal seconds = d->seconds;
  seconds.mantissa = seconds.mantissa < 0 ? -seconds.mantissa : seconds.mantissa;
  int64_t whole = 0;
  const bool fits = kg_decimal_to_int(kg_decimal_round(seconds, 0, KG_ROUND_FLOOR), &whole);
  assert(fits);
  kg_decimal rest = seconds;
  const bool left = kg_decimal_subtract(seconds, kg_decimal_from_int(whole - whole % 60), &rest);
  assert(left);
  if (!fits || !left) {
    return 0;
  }
  size_t n = (size_t)snprintf(out, KG_DATE_TEXT_MAX, "%sP", negative ? "-" : "");
  n = put_part(out, n, months / 12, 'Y');
  n = put_part(out, n, months % 12, 'M');
  n = put_part(out, n, whole / 86400, 'D');
  if (whole % 86400 != 0 || rest.mantissa != 0 || (months == 0 && whole == 0)) {
    out[n++] = 'T';
  }
  n = put_part(out, n, whole % 86400 / 3600, 'H');
  n = put_part(out, n, whole % 3600 / 60, 'M');
  if (rest.mantissa != 0 || (months == 0 && whole == 0)) {
    n += kg_decimal_print(rest, out + n);
    out[n++] = 'S';
  }
  assert(n < KG_DATE_TEXT_MAX);
  return n;
}
