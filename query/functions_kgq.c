/* query/functions_kgq.c: the functions of the kgq: namespace: quantities, stated dates, labels
 * (docs/QUERY.md).
 *
 * Quantities follow docs/FACTS.md 5.2; a plain number counts as a quantity without unit. kgq:matches is no
 * function but a computed property, which an operator answers.
 */
#include "query/functions.h"

#include "graph/iri.h"
#include "graph/names.h"
#include "graph/vocab.h"
#include "query/compare.h"

/* ---- quantities --------------------------------------------------------------------------------- */

static void give_decimal(kg_decimal d, kg_value *out) {
  d = kg_decimal_normal(d);
  kg_value_set_decimal(out, d, d.scale == 0 ? KG_VALUE_INTEGER : KG_VALUE_DECIMAL);
}

kgq_status kg_fn_kgq_value(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  kg_quantity q;
  if (kg_value_as_quantity(&args[0], &q) && !q.range) {
    give_decimal(q.number, out);
  }
  return KGQ_OK;
}

kgq_status kg_fn_kgq_unit(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kg_quantity q;
  kgq_str text;
  if (!kg_value_as_quantity(&args[0], &q)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arena_copy(&ev->scratch, q.unit, &text, err));
  return kg_give_string(ev, text, out, err);
}

kgq_status kg_fn_kgq_bound(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kg_quantity q;
  return kg_value_as_quantity(&args[0], &q) ? kg_give_string(ev, kg_str(kg_quantity_bound_name(&q)), out, err)
                                            : KGQ_OK;
}

kgq_status kg_fn_kgq_lower(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  kg_quantity q;
  kg_decimal d;
  if (kg_value_as_quantity(&args[0], &q) && kg_quantity_lower(&q, &d)) {
    give_decimal(d, out);
  }
  return KGQ_OK;
}

kgq_status kg_fn_kgq_upper(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  kg_quantity q;
  kg_decimal d;
  if (kg_value_as_quantity(&args[0], &q) && kg_quantity_upper(&q, &d)) {
    give_decimal(d, out);
  }
  return KGQ_OK;
}

kgq_status kg_fn_kgq_both(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  kg_quantity a, b, both;
  if (kg_value_as_quantity(&args[0], &a) && kg_value_as_quantity(&args[1], &b) &&
      kg_quantity_compatible(&a, &b) == 1 && kg_quantity_both(&a, &b, &both)) {
    kg_value_set_none(out);
    out->kind = KG_VALUE_QUANTITY;
    out->as.quantity = both;
  }
  return KGQ_OK;
}

/* Amounts clash when both cannot be true; other values when they are known to differ. */
kgq_status kg_values_clash(kg_terms *terms, kg_arena *arena, kg_value *a, kg_value *b, int *out,
                           kgq_error **err) {
  kg_quantity x, y;
  if (kg_value_as_quantity(a, &x) && kg_value_as_quantity(b, &y)) {
    const int fit = kg_quantity_compatible(&x, &y);
    *out = fit < 0 ? -1 : !fit;
    return KGQ_OK;
  }
  KGQ_TRY(kg_value_equal(terms, arena, a, b, out, err));
  *out = *out < 0 ? -1 : !*out;
  return KGQ_OK;
}

kgq_status kg_fn_kgq_clashes(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  int clash = -1;
  KGQ_TRY(kg_values_clash(ev->env.terms, &ev->scratch, &args[0], &args[1], &clash, err));
  if (clash >= 0) {
    kg_value_set_boolean(out, clash != 0);
  }
  return KGQ_OK;
}

kgq_status kg_fn_kgq_compatible(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  int clash = -1;
  KGQ_TRY(kg_values_clash(ev->env.terms, &ev->scratch, &args[0], &args[1], &clash, err));
  if (clash >= 0) {
    kg_value_set_boolean(out, clash == 0);
  }
  return KGQ_OK;
}

/* A quantity from its text or from a number. */
kgq_status kg_fn_kgq_quantity(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kg_quantity q;
  kgq_str text;
  bool ok = kg_value_as_quantity(&args[0], &q);
  if (args[0].kind == KG_VALUE_STRING) {
    KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
    ok = kg_quantity_parse(text, &q);
  }
  if (ok) {
    kg_value_set_none(out);
    out->kind = KG_VALUE_QUANTITY;
    out->as.quantity = q;
  }
  return KGQ_OK;
}

/* ---- stated dates ------------------------------------------------------------------------------- */

static bool has_days(const kg_value *v) {
  return v->kind == KG_VALUE_DATE && v->as.date.kind != KG_DATE_TIME;
}

static void give_date(kg_date d, kg_value *out) {
  kg_value_set_none(out);
  out->kind = KG_VALUE_DATE;
  out->as.date = d;
}

kgq_status kg_fn_kgq_start(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_days(&args[0])) {
    give_date(kg_date_start(&args[0].as.date), out);
  }
  return KGQ_OK;
}

kgq_status kg_fn_kgq_end(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_days(&args[0])) {
    give_date(kg_date_end(&args[0].as.date), out);
  }
  return KGQ_OK;
}

/* The day of a date or dateTime as printed: without the zone, since a day with a zone and one without have no
 * order. */
kgq_status kg_fn_kgq_day(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)ev, (void)count, (void)err;
  if (has_days(&args[0]) &&
      (args[0].as.date.kind == KG_DATE_DAY || args[0].as.date.kind == KG_DATE_DATETIME)) {
    kg_date day = kg_date_start(&args[0].as.date);
    day.zone_minutes = KG_NO_ZONE;
    give_date(day, out);
  }
  return KGQ_OK;
}

/* ---- labels ------------------------------------------------------------------------------------- */

/* The name of a node, else its IRI shortened with the stored prefixes, else as it is. */
static kgq_status label_of_node(kg_calc *ev, kg_value *node, kgq_str lang, kgq_str *out, kgq_error **err) {
  kg_snap *snap = kg_terms_snap(ev->env.terms);
  bool found = false;
  kg_id id = node->id;
  if (snap && id == KG_ID_NONE) {
    KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, node, err));
    KGQ_TRY(kg_terms_find(ev->env.terms, node->term, &id, err));
  }
  if (snap && id != KG_ID_NONE && kg_id_tag(id) != KG_TAG_LOCAL) {
    KGQ_TRY(kg_names_label(snap, id, lang, &ev->scratch, out, &found, err));
  }
  if (found) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, node, out, err));
  if (snap && node->kind == KG_VALUE_IRI) {
    kgq_str shortened;
    KGQ_TRY(kg_prefix_shorten(snap, *out, &ev->scratch, &shortened, &found, err));
    *out = found ? shortened : *out;
  }
  return KGQ_OK;
}

kgq_status kg_fn_kgq_label(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  kgq_str lang = KG_STR("en"), text;
  if (count == 2 && args[1].kind != KG_VALUE_STRING) {
    return KGQ_OK;
  }
  if (count == 2) {
    KGQ_TRY(kg_arg_text(ev, &args[1], &lang, err));
  }
  if (kg_value_is_literal(args[0].kind)) {
    KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  } else if (args[0].kind == KG_VALUE_IRI || args[0].kind == KG_VALUE_BNODE) {
    KGQ_TRY(label_of_node(ev, &args[0], lang, &text, err));
  } else {
    return KGQ_OK;
  }
  return kg_give_string(ev, text, out, err);
}
