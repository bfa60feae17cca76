/* core/date.h: XSD dates and times: parse, print, compare, split (XSD 1.1 part 2, section 3.3 and appendix
 * D).
 *
 * Partial dates (gYear, gYearMonth) are first class. Does not know literals or RDF datatypes: callers say
 * which lexical form they expect.
 */
#ifndef KG_CORE_DATE_H
#define KG_CORE_DATE_H

#include "core/decimal.h"

typedef enum { KG_DATE_YEAR, KG_DATE_YEAR_MONTH, KG_DATE_DAY, KG_DATE_TIME, KG_DATE_DATETIME } kg_date_kind;

#define KG_NO_ZONE INT32_MIN

typedef struct kg_date {
  kg_date_kind kind;
  int64_t year; /* astronomical, 0 exists (XSD 1.1) */
  int32_t month, day, hour, minute;
  kg_decimal second;
  int32_t zone_minutes; /* offset from UTC, or KG_NO_ZONE */
} kg_date;

#define KG_DATE_TEXT_MAX 96

/* Strict lexical forms of xsd:gYear, gYearMonth, date, time, dateTime. Days must exist; 24:00:00 is allowed.
 */
bool kg_date_parse(kgq_str text, kg_date_kind kind, kg_date *out);
size_t kg_date_print(const kg_date *d, char out[KG_DATE_TEXT_MAX]);
/* Seconds from 1970-01-01T00:00:00Z of the beginning of the interval d names; without zone as if UTC. */
kg_decimal kg_date_seconds(const kg_date *d);
/* XSD order relation: -1, 0, 1; 2 when it is not determined (one has a zone, the other none, within 14
 * hours). */
int kg_date_compare(const kg_date *a, const kg_date *b);
int kg_days_in_month(int64_t year, int month);
/* First and last day of what d names, as KG_DATE_DAY with the zone of d. Not for KG_DATE_TIME. */
kg_date kg_date_start(const kg_date *d);
kg_date kg_date_end(const kg_date *d);

/* xsd:duration, yearMonthDuration, dayTimeDuration. */
typedef struct kg_duration {
  int64_t months;
  kg_decimal seconds;
} kg_duration;
bool kg_duration_parse(kgq_str text, kg_duration *out);
size_t kg_duration_print(const kg_duration *d, char out[KG_DATE_TEXT_MAX]);

#endif
