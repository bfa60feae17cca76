/* graph/quantity_node.c: the terms in which schema.org can say a quantity. See quantity_node.h.
 *
 * schema.org has value, minValue and maxValue, but no word for an open end or for "about": there stand terms
 * of kgq. kgq:bound has the exact word, and rdf:value the literal itself, so that nothing is lost.
 */
#include "graph/quantity_node.h"

#include <assert.h>

#include "core/digest.h"
#include "graph/quantity.h"
#include "graph/unit.h"
#include "graph/vocab.h"

enum { digest_digits = 32 };

/* Built-in units in the codes of others: UN/CEFACT Recommendation 20, which schema:unitCode takes, and QUDT.
 * All compared with the vocabulary of units of QUDT, which has both (qudt:uneceCommonCode). */
typedef struct unit_code {
  const char *name, *cefact, *qudt;
} unit_code;

static const unit_code unit_codes[] = {
  { "%", "P1", "PERCENT" },   { "s", "SEC", "SEC" },       { "min", "MIN", "MIN" },
  { "h", "HUR", "HR" },       { "d", "DAY", "DAY" },       { "wk", "WEE", "WK" },
  { "mo", "MON", "MO" },      { "a", "ANN", "YR" },        { "km", "KMT", "KiloM" },
  { "m", "MTR", "M" },        { "m2", "MTK", "M2" },       { "kg", "KGM", "KiloGM" },
  { "t", "TNE", "TONNE" },    { "B", "AD", "BYTE" },       { "kB", "2P", "KiloBYTE" },
  { "MB", "4L", "MegaBYTE" }, { "GB", "E34", "GigaBYTE" }, { "TB", "E35", "TeraBYTE" },
  { "W", "WTT", "W" },        { "kW", "KWT", "KiloW" },    { "MW", "MAW", "MegaW" },
  { "GW", "A90", "GigaW" },   { "Wh", "WHR", "W-HR" },     { "kWh", "KWH", "KiloW-HR" },
  { "Hz", "HTZ", "HZ" },      { "K", "KEL", "K" },         { "Cel", "CEL", "DEG_C" },
};

static const unit_code *code_of(kgq_str unit) {
  for (size_t i = 0; i < sizeof unit_codes / sizeof unit_codes[0]; i++) {
    if (kg_str_equal(unit, kg_str(unit_codes[i].name))) {
      return &unit_codes[i];
    }
  }
  return NULL;
}

static void add(kg_quantity_node *node, const char *predicate, kg_term object) {
  assert(node->count < KG_QUANTITY_NODE_PROPERTIES);
  node->properties[node->count++] = (kg_node_property){ kg_term_iri(kg_str(predicate)), object };
}

static void add_true(kg_quantity_node *node, bool holds, const char *predicate) {
  if (holds) {
    add(node, predicate, kg_term_typed(KG_STR("true"), KG_STR(KG_XSD_BOOLEAN)));
  }
}

static kgq_status add_number(kg_quantity_node *node, const char *predicate, kg_decimal number,
                             kg_arena *arena, kgq_error **err) {
  char text[KG_DECIMAL_TEXT_MAX];
  const size_t bytes = kg_decimal_print(number, text);
  const bool whole = !memchr(text, '.', bytes);
  kgq_str copy;
  KGQ_TRY(kg_arena_copy(arena, kg_str_n(text, bytes), &copy, err));
  add(node, predicate, kg_term_typed(copy, whole ? KG_STR(KG_XSD_INTEGER) : KG_STR(KG_XSD_DECIMAL)));
  return KGQ_OK;
}

/* What a bound says of its one number. */
typedef struct bound_terms {
  const char *predicate;
  bool open, near;
} bound_terms;

static bound_terms terms_of(kg_bound bound) {
  static const bound_terms table[] = {
    [KG_BOUND_LESS] = { KG_NS_SCHEMA "maxValue", true, false },
    [KG_BOUND_ALMOST] = { KG_NS_SCHEMA "maxValue", true, true },
    [KG_BOUND_UP_TO] = { KG_NS_SCHEMA "maxValue", false, false },
    [KG_BOUND_UP_TO_ABOUT] = { KG_NS_SCHEMA "maxValue", false, true },
    [KG_BOUND_ABOUT] = { KG_NS_SCHEMA "value", false, true },
    [KG_BOUND_EXACT] = { KG_NS_SCHEMA "value", false, false },
    [KG_BOUND_AT_LEAST_ABOUT] = { KG_NS_SCHEMA "minValue", false, true },
    [KG_BOUND_AT_LEAST] = { KG_NS_SCHEMA "minValue", false, false },
    [KG_BOUND_JUST_OVER] = { KG_NS_SCHEMA "minValue", true, true },
    [KG_BOUND_MORE] = { KG_NS_SCHEMA "minValue", true, false },
  };
  return table[bound];
}

/* A range has two ends, so which of them is open is said too. */
static kgq_status add_range(kg_quantity_node *node, const kg_quantity *q, kg_arena *arena, kgq_error **err) {
  KGQ_TRY(add_number(node, KG_NS_SCHEMA "minValue", q->number, arena, err));
  KGQ_TRY(add_number(node, KG_NS_SCHEMA "maxValue", q->upper, arena, err));
  add_true(node, q->low_open || q->high_open, KG_NS_KGQ "exclusive");
  add_true(node, q->low_open, KG_NS_KGQ "exclusiveMin");
  add_true(node, q->high_open, KG_NS_KGQ "exclusiveMax");
  add_true(node, q->range_about, KG_NS_KGQ "approximate");
  return KGQ_OK;
}

static kgq_status add_single(kg_quantity_node *node, const kg_quantity *q, kg_arena *arena, kgq_error **err) {
  const bound_terms terms = terms_of(q->bound);
  KGQ_TRY(add_number(node, terms.predicate, q->number, arena, err));
  add_true(node, terms.open, KG_NS_KGQ "exclusive");
  add_true(node, terms.near, KG_NS_KGQ "approximate");
  return KGQ_OK;
}

static bool is_currency(kgq_str unit) {
  return unit.len == 3 && kg_unit_builtin(unit).len > 0 && !code_of(unit);
}

static kgq_status add_unit(kg_quantity_node *node, kgq_str unit, kg_arena *arena, kgq_error **err) {
  if (unit.len == 0) {
    return KGQ_OK;
  }
  if (is_currency(unit)) {
    add(node, KG_NS_SCHEMA "currency", kg_term_string(unit));
    return KGQ_OK;
  }
  add(node, KG_NS_SCHEMA "unitText", kg_term_string(unit));
  const unit_code *code = code_of(unit);
  if (code) {
    kgq_str iri;
    KGQ_TRY(kg_arena_print(arena, &iri, err, "http://qudt.org/vocab/unit/%s", code->qudt));
    add(node, KG_NS_SCHEMA "unitCode", kg_term_string(kg_str(code->cefact)));
    add(node, "http://qudt.org/schema/qudt/unit", kg_term_iri(iri));
  }
  return KGQ_OK;
}

static kgq_status name_node(kg_quantity_node *node, kgq_str literal, kg_arena *arena, kgq_error **err) {
  char digits[KG_DIGEST_HEX_MAX];
  if (kg_digest_hex(KG_SHA256, literal, digits) < digest_digits) {
    return kg_fail_memory(err);
  }
  kgq_str iri;
  KGQ_TRY(kg_arena_print(arena, &iri, err, KG_GENID "quantity-%.*s", (int)digest_digits, digits));
  node->iri = kg_term_iri(iri);
  return KGQ_OK;
}

kgq_status kg_quantity_node_of(const kg_term *literal, kg_arena *arena, kg_quantity_node *out, bool *found,
                               kgq_error **err) {
  kg_quantity q;
  out->count = 0;
  *found = literal->kind == KG_TERM_LITERAL && kg_str_equal(literal->datatype, KG_STR(KG_KGQ_QUANTITY)) &&
           kg_quantity_parse(literal->text, &q);
  if (!*found) {
    return KGQ_OK;
  }
  KGQ_TRY(name_node(out, literal->text, arena, err));
  const char *const class =
      is_currency(q.unit) ? KG_NS_SCHEMA "MonetaryAmount" : KG_NS_SCHEMA "QuantitativeValue";
  add(out, KG_RDF_TYPE, kg_term_iri(kg_str(class)));
  add(out, KG_NS_RDF "value", *literal);
  add(out, KG_NS_KGQ "bound", kg_term_string(kg_str(kg_quantity_bound_name(&q))));
  KGQ_TRY(q.range ? add_range(out, &q, arena, err) : add_single(out, &q, arena, err));
  return add_unit(out, q.unit, arena, err);
}
