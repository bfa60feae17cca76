/* query/functions_date.c: functions on dates and times (SPARQL 1.2, 17.4.5).
 *
 * The standard defines them for xsd:dateTime. Here they also take the other types as far as those have the
 * part: YEAR of a date or a gYear, HOURS of a time.
 */
#include "query/functions.h"

typedef enum { PART_YEAR, PART_MONTH, PART_DAY, PART_CLOCK } date_part;

static bool has_part(const kg_value *v, date_part part) {
  if (v->kind != KG_VALUE_DATE) {
    return false;
  }
  const kg_date_kind kind = v->as.date.kind;
  switch (part) {
  case PART_YEAR: return kind != KG_DATE_TIME;
  case PART_MONTH: return kind == KG_DATE_YEAR_MONTH || kind == KG_DATE_DAY || kind == KG_DATE_DATETIME;
  case PART_DAY: return kind == KG_DATE_DAY || kind == KG_DATE_DATETIME;
  case PART_CLOCK: return kind == KG_DATE_TIME || kind == KG_DATE_DATETIME;
  }
  return false;
}

kgq_status kg_fn_NOW(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)args, (void)count, (void)err;
  kg_value_set_none(out);
  out->kind = KG_VALUE_DATE;
  out->as.date = ev->env.now;
  return KGQ_OK;
}

kgq_status kg_fn_YEAR(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_part(&args[0], PART_YEAR)) {
    kg_value_set_int(out, args[0].as.date.year);
  }
  return KGQ_OK;
}

kgq_status kg_fn_MONTH(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_part(&args[0], PART_MONTH)) {
    kg_value_set_int(out, args[0].as.date.month);
  }
  return KGQ_OK;
}

kgq_status kg_fn_DAY(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_part(&args[0], PART_DAY)) {
    kg_value_set_int(out, args[0].as.date.day);
  }
  return KGQ_OK;
}

kgq_status kg_fn_HOURS(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_part(&args[0], PART_CLOCK)) {
    kg_value_set_int(out, args[0].as.date.hour);
  }
  return KGQ_OK;
}

kgq_status kg_fn_MINUTES(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_part(&args[0], PART_CLOCK)) {
    kg_value_set_int(out, args[0].as.date.minute);
  }
  return KGQ_OK;
}

kgq_status kg_fn_SECONDS(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_part(&args[0], PART_CLOCK)) {
    kg_value_set_decimal(out, args[0].as.date.second, KG_VALUE_DECIMAL);
  }
  return KGQ_OK;
}

kgq_status kg_fn_TIMEZONE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (args[0].kind == KG_VALUE_DATE && args[0].as.date.zone_minutes != KG_NO_ZONE) {
    const int64_t seconds = (int64_t)args[0].as.date.zone_minutes * 60;
    kg_value_set_none(out);
    out->kind = KG_VALUE_DURATION;
    out->as.duration = (kg_duration){ 0, kg_decimal_from_int(seconds) };
  }
  return KGQ_OK;
}

/* The zone is what stands behind a date without one. */
kgq_status kg_fn_TZ(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  char with[KG_DATE_TEXT_MAX], without[KG_DATE_TEXT_MAX];
  kgq_str text;
  if (args[0].kind != KG_VALUE_DATE) {
    return KGQ_OK;
  }
  kg_date bare = args[0].as.date;
  bare.zone_minutes = KG_NO_ZONE;
  const size_t skip = kg_date_print(&bare, without), n = kg_date_print(&args[0].as.date, with);
  KGQ_TRY(kg_arena_copy(&ev->scratch, kg_str_n(with + skip, n - skip), &text, err));
  return kg_give_string(ev, text, out, err);
}
