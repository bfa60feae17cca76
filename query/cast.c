/* query/cast.c: casts xsd:TYPE(x) (SPARQL 1.2, 17.5; XPath functions 19).
 *
 * From text: white space around it goes, then the lexical space of the type decides. From values: by the
 * table of XPath functions 19.1. What has no place in the type is an error of the expression.
 */
#include "query/functions.h"

#include <math.h>

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static kgq_str trim(kgq_str text) {
  while (text.len > 0 && is_space(text.ptr[0])) {
    text.ptr++;
    text.len--;
  }
  while (text.len > 0 && is_space(text.ptr[text.len - 1])) {
    text.len--;
  }
  return text;
}

static void from_boolean(bool b, kg_value_kind kind, kg_value *out) {
  if (kg_value_is_exact(kind)) {
    kg_value_set_decimal(out, kg_decimal_from_int(b), kind);
  } else if (kg_value_is_number(kind)) {
    kg_value_set_double(out, b ? 1 : 0, kind);
  }
}

/* Decimals as long as a double can be are not had: 38 digits, else an error as FOCA0001 is. */
static void to_exact(const kg_value *from, kg_value_kind kind, kg_value *out) {
  kg_decimal d;
  if (kg_value_is_exact(from->kind)) {
    d = from->as.decimal;
  } else if (kind == KG_VALUE_INTEGER && isfinite(from->as.number)) {
    if (!kg_decimal_from_double(trunc(from->as.number), &d)) {
      return;
    }
  } else if (!kg_decimal_from_double(from->as.number, &d)) {
    return;
  }
  if (kind == KG_VALUE_INTEGER) {
    d = kg_decimal_round(d, 0, d.mantissa < 0 ? KG_ROUND_CEILING : KG_ROUND_FLOOR); /* toward zero */
  }
  kg_value_set_decimal(out, d, kind);
}

static void to_number(const kg_value *from, kg_value_kind kind, kg_value *out) {
  if (from->kind == KG_VALUE_BOOLEAN) {
    from_boolean(from->as.boolean, kind, out);
  } else if (!kg_value_is_number(from->kind)) {
    return;
  } else if (kg_value_is_exact(kind)) {
    to_exact(from, kind, out);
  } else {
    kg_value_set_double(out, kg_value_double(from), kind);
  }
}

static void to_boolean(const kg_value *from, kg_value *out) {
  if (from->kind == KG_VALUE_BOOLEAN) {
    kg_value_set_boolean(out, from->as.boolean);
  } else if (kg_value_is_exact(from->kind)) {
    kg_value_set_boolean(out, from->as.decimal.mantissa != 0);
  } else if (kg_value_is_number(from->kind)) {
    kg_value_set_boolean(out, from->as.number != 0 && !isnan(from->as.number));
  }
}

static kg_date_kind date_kind_of(kg_datatype to) {
  switch ((int)to) {
  case KG_TYPE_DATE: return KG_DATE_DAY;
  case KG_TYPE_TIME: return KG_DATE_TIME;
  case KG_TYPE_GYEAR: return KG_DATE_YEAR;
  case KG_TYPE_GYEARMONTH: return KG_DATE_YEAR_MONTH;
  default: return KG_DATE_DATETIME;
  }
}

/* A type can be had from one that has all of its parts; a date gives the dateTime at its beginning. */
static bool date_converts(kg_date_kind from, kg_date_kind to) {
  if (from == to || from == KG_DATE_DATETIME) {
    return true;
  }
  return from == KG_DATE_DAY && to != KG_DATE_TIME;
}

static void to_date(const kg_value *from, kg_datatype to, kg_value *out) {
  const kg_date_kind kind = date_kind_of(to);
  if (from->kind != KG_VALUE_DATE || !date_converts(from->as.date.kind, kind) ||
      (to == KG_TYPE_DATETIMESTAMP && from->as.date.zone_minutes == KG_NO_ZONE)) {
    return;
  }
  kg_value_set_none(out);
  out->kind = KG_VALUE_DATE;
  out->as.date = from->as.date;
  out->as.date.kind = kind;
  if (from->as.date.kind == KG_DATE_DAY) {
    out->as.date.hour = out->as.date.minute = 0;
    out->as.date.second = kg_decimal_from_int(0);
  }
}

static void to_duration(const kg_value *from, kg_datatype to, kg_value *out) {
  if (from->kind != KG_VALUE_DURATION) {
    return;
  }
  kg_value_set_none(out);
  out->kind = KG_VALUE_DURATION;
  out->as.duration = from->as.duration;
  if (to == KG_TYPE_DAY_TIME_DURATION) {
    out->as.duration.months = 0;
  } else if (to == KG_TYPE_YEAR_MONTH_DURATION) {
    out->as.duration.seconds = kg_decimal_from_int(0);
  }
}

/* Values whose type is not the one that kg_value_read writes for their kind: derived types and durations. */
static kgq_status name_type(kg_calc *ev, kg_value *v, kg_datatype to, kg_value *out, kgq_error **err) {
  KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, v, err));
  kgq_str text = v->term->text;
  if (to == KG_TYPE_YEAR_MONTH_DURATION && v->as.duration.months == 0) {
    text = KG_STR("P0M"); /* PT0S is not in its lexical space */
  }
  const kg_term term = kg_term_typed(text, kg_datatype_iri(to));
  kg_value_set_none(out);
  KGQ_TRY(kg_value_set_term(out, &term, &ev->scratch, err));
  if (out->kind == KG_VALUE_ILL) { /* out of the range of the derived type */
    kg_value_set_none(out);
  }
  return KGQ_OK;
}

static kgq_status to_string(kg_calc *ev, kg_value *from, kg_value *out, kgq_error **err) {
  kgq_str text;
  if (from->kind == KG_VALUE_BNODE || from->kind == KG_VALUE_TRIPLE) {
    return KGQ_OK;
  }
  if (from->kind == KG_VALUE_BOOLEAN) {
    return kg_give_string(ev, from->as.boolean ? KG_STR("true") : KG_STR("false"), out, err);
  }
  if (kg_value_is_number(from->kind)) {
    char number[KG_NUMBER_TEXT_MAX];
    KGQ_TRY(kg_arena_copy(&ev->scratch, kg_str_n(number, kg_value_number_text(from, number)), &text, err));
    return kg_give_string(ev, text, out, err);
  }
  KGQ_TRY(kg_arg_text(ev, from, &text, err));
  return kg_give_string(ev, text, out, err);
}

static void convert(const kg_value *from, kg_datatype to, kg_value_kind kind, kg_value *out) {
  switch ((int)kind) {
  case KG_VALUE_BOOLEAN: to_boolean(from, out); return;
  case KG_VALUE_DATE: to_date(from, to, out); return;
  case KG_VALUE_DURATION: to_duration(from, to, out); return;
  default: to_number(from, kind, out); return;
  }
}

/* The types that kg_value_read does not write by itself. */
static bool needs_name(kg_datatype to, kg_value_kind kind) {
  return (kind == KG_VALUE_INTEGER && to != KG_TYPE_INTEGER) || kind == KG_VALUE_DURATION ||
         to == KG_TYPE_DATETIMESTAMP;
}

static const kg_value_kind kinds[] = {
#define KG_KIND_ROW(name, text, kind) [KG_TYPE_##name] = kind,
  KG_DATATYPES(KG_KIND_ROW)
#undef KG_KIND_ROW
};

kgq_status kg_cast(kg_calc *ev, kg_value *from, kg_datatype to, kg_value *out, kgq_error **err) {
  kgq_str text;
  kg_value value;
  kg_value_set_none(out);
  kg_value_set_none(&value);
  if (to == KG_TYPE_STRING) {
    return to_string(ev, from, out, err);
  }
  if (from->kind == KG_VALUE_STRING) {
    KGQ_TRY(kg_arg_text(ev, from, &text, err));
    if (!kg_value_parse(trim(text), to, &value)) {
      return KGQ_OK;
    }
  } else {
    convert(from, to, kinds[to], &value);
  }
  if (value.kind != KG_VALUE_NONE && needs_name(to, kinds[to])) {
    return name_type(ev, &value, to, out, err);
  }
  *out = value;
  return KGQ_OK;
}

#define KG_CAST_FUNCTION(name, text, kind)                                                                   \
  kgq_status kg_fn_cast_##name(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out,                   \
                               kgq_error **err) {                                                            \
    (void)count;                                                                                             \
    return kg_cast(ev, &args[0], KG_TYPE_##name, out, err);                                                  \
  }
KG_DATATYPES(KG_CAST_FUNCTION)
