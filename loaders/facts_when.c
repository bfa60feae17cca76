/* loaders/facts_when.c: dates, and the time of a statement (docs/FACTS.md 5.3).
 *
 * A date keeps the precision that is known: year, month, day or minute, each its own XSD type. `text` and
 * `inferred` say what the article prints and what we added. Does not compute with dates: core/date.c does.
 */
#include "core/date.h"
#include "loaders/facts_doc.h"

/* ---- one date ----------------------------------------------------------------------------------- */

/* The shape of a text: 'd' for each digit, other characters as they are. */
static bool has_shape(kgq_str text, const char *shape) {
  size_t i = 0;
  for (; i < text.len && shape[i]; i++) {
    const bool digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
    if (shape[i] == 'd' ? !digit : text.ptr[i] != shape[i]) {
      return false;
    }
  }
  return i == text.len && !shape[i];
}

typedef struct date_shape {
  const char *shape, *datatype, *what;
  kg_date_kind kind;
} date_shape;

static const date_shape shapes[] = {
  { "dddd", KG_XSD_GYEAR, "year", KG_DATE_YEAR },
  { "dddd-dd", KG_XSD_GYEARMONTH, "month", KG_DATE_YEAR_MONTH },
  { "dddd-dd-dd", KG_XSD_DATE, "day", KG_DATE_DAY },
};

static void say_not_date(kg_doc *doc, const kg_yaml_node *node) {
  kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not a date", KG_CLIP(node->text)),
          "2030, 2025-10, 2025-10-31 or 2025-10-31T17:29; printed words go to text:");
}

/* …T17:29 or …T17:29:00, with the zone as printed. */
static kgq_status read_date_time(kg_doc *doc, const kg_yaml_node *node, kgq_str *text, kg_date *date,
                                 bool *fine, kgq_error **err) {
  const size_t minutes_end = sizeof "2025-10-31T17:29" - 1;
  *fine = false;
  *text = node->text;
  if (text->len < minutes_end || !has_shape(kg_str_n(text->ptr, minutes_end), "dddd-dd-ddTdd:dd")) {
    say_not_date(doc, node);
    return KGQ_OK;
  }
  const kgq_str rest = kg_str_n(text->ptr + minutes_end, text->len - minutes_end);
  if (rest.len == 0 || rest.ptr[0] != ':') {
    KGQ_TRY(kg_arena_print(doc->arena, text, err, "%.*s:00%.*s", (int)minutes_end, text->ptr, KG_CLIP(rest)));
  }
  *fine = kg_date_parse(*text, KG_DATE_DATETIME, date);
  if (!*fine) {
    kg_yaml_error(doc->errors, node->spot, "%.*s is not a time of a day", KG_CLIP(node->text));
  }
  return KGQ_OK;
}

static kgq_status read_date(kg_doc *doc, const kg_yaml_node *node, kg_term *term, kg_date *date,
                            kgq_error **err) {
  kgq_str text;
  bool fine;
  *term = (kg_term){ .kind = KG_TERM_NONE };
  if (!kg_is_scalar(doc, node, "a date")) {
    return KGQ_OK;
  }
  for (size_t i = 0; i < KG_COUNT(shapes); i++) {
    if (!has_shape(node->text, shapes[i].shape)) {
      continue;
    }
    if (kg_date_parse(node->text, shapes[i].kind, date)) {
      *term = kg_term_typed(node->text, kg_str(shapes[i].datatype));
    } else {
      kg_yaml_error(doc->errors, node->spot, "%.*s is not a %s", KG_CLIP(node->text), shapes[i].what);
    }
    return KGQ_OK;
  }
  KGQ_TRY(read_date_time(doc, node, &text, date, &fine, err));
  if (fine) {
    *term = kg_term_typed(text, KG_STR(KG_XSD_DATETIME));
  }
  return KGQ_OK;
}

/* ---- maps --------------------------------------------------------------------------------------- */

enum { ON, FROM, TO, BY, BEFORE, AFTER, ABOUT, LIMITS, TEXT = LIMITS, INFERRED, WHEN_KEYS };

static const char *const when_keys[WHEN_KEYS] = { "on",    "from",  "to",   "by",      "before",
                                                  "after", "about", "text", "inferred" };
static const char *const date_keys[] = { "on", "text", "inferred" };

bool kg_is_date_map(const kg_yaml_node *node) {
  return node->kind == KG_YAML_MAP && kg_yaml_get(node, "on") != NULL;
}

static void read_part(kg_doc *doc, const kg_yaml_node *node, unsigned *parts) {
  if (!kg_is_scalar(doc, node, "year, month, day or time")) {
    return;
  }
  const int part = kg_word_index(node->text, kg_date_parts, KG_DATE_PARTS);
  if (part >= 0) {
    *parts |= 1u << part;
  } else {
    kg_say_unknown_word(doc, node, "part of a date", kg_date_parts, KG_DATE_PARTS, true);
  }
}

static unsigned read_parts(kg_doc *doc, const kg_yaml_node *node) {
  unsigned parts = 0;
  const bool list = node->kind == KG_YAML_LIST;
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    read_part(doc, item, &parts);
  }
  return parts;
}

typedef struct when_map {
  const kg_yaml_node *values[WHEN_KEYS];
} when_map;

static kgq_status sort_when(kg_doc *doc, const kg_yaml_node *node, bool date_only, when_map *out,
                            kgq_error **err) {
  *out = (when_map){ { NULL } };
  for (const kg_yaml_node *key = node->first; key; key = kg_yaml_value(key)->next) {
    const int which = kg_word_index(key->text, when_keys, WHEN_KEYS);
    const bool allowed = which >= 0 && (!date_only || which == ON || which >= LIMITS);
    if (!allowed && !key->twin) {
      KGQ_TRY(date_only ? kg_say_unknown_key(doc, key, "a date", date_keys, KG_COUNT(date_keys), false, err)
                        : kg_say_unknown_key(doc, key, "when", when_keys, WHEN_KEYS, false, err));
    } else if (kg_has_value(doc, key) && allowed) {
      out->values[which] = kg_yaml_value(key);
    }
  }
  return KGQ_OK;
}

kgq_status kg_read_date(kg_doc *doc, const kg_yaml_node *node, kg_value *out, kgq_error **err) {
  kg_date date;
  *out = (kg_value){ .unit = { "", 0 }, .spot = node->spot };
  if (node->kind != KG_YAML_MAP) {
    return read_date(doc, node, &out->term, &date, err);
  }
  when_map map;
  KGQ_TRY(sort_when(doc, node, true, &map, err));
  if (map.values[INFERRED]) {
    out->inferred = read_parts(doc, map.values[INFERRED]);
  }
  if (map.values[TEXT]) {
    KGQ_TRY(kg_read_texts(doc, map.values[TEXT], KG_TEXT_LISTS, &out->written, err));
  }
  if (!map.values[ON]) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "this date has no ‘on’"), "{on: 2025-10-31, text: …}");
    return KGQ_OK;
  }
  return read_date(doc, map.values[ON], &out->term, &date, err);
}

/* ---- when --------------------------------------------------------------------------------------- */

static bool begins_after(const kg_date *from, const kg_date *to) {
  if (from->kind == KG_DATE_DATETIME && to->kind == KG_DATE_DATETIME) {
    return kg_date_compare(from, to) == 1;
  }
  const kg_date start = kg_date_start(from), end = kg_date_end(to);
  return kg_date_compare(&start, &end) == 1;
}

static void check_limits(kg_doc *doc, const kg_yaml_node *node, const when_map *map,
                         const kg_term terms[LIMITS], const kg_date dates[LIMITS]) {
  int limits = 0;
  for (int i = 0; i < LIMITS; i++) {
    limits += map->values[i] != NULL;
  }
  if (limits == 0 && !map->values[TEXT]) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "this time has no date and no text"),
            "when: 2025-10-31, when: {by: 2030} or when: {text: …}");
  } else if (map->values[ON] && limits > 1) {
    kg_yaml_error(doc->errors, node->spot, "‘on’ says the whole time: it goes with no other limit");
  } else if (terms[FROM].kind && terms[TO].kind && begins_after(&dates[FROM], &dates[TO])) {
    kg_yaml_error(doc->errors, map->values[FROM]->spot, "‘from’ (%.*s) is after ‘to’ (%.*s)",
                  KG_CLIP(terms[FROM].text), KG_CLIP(terms[TO].text));
  }
}

static kgq_status read_when_map(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err) {
  kg_term terms[LIMITS] = { { .kind = KG_TERM_NONE } };
  kg_date dates[LIMITS];
  kg_text *written = NULL;
  when_map map;
  KGQ_TRY(sort_when(doc, node, false, &map, err));
  for (int i = 0; i < LIMITS; i++) {
    if (map.values[i]) {
      kgq_str predicate;
      KGQ_TRY(read_date(doc, map.values[i], &terms[i], &dates[i], err));
      KGQ_TRY(kg_concat(doc, KG_STR(KG_NS_KGQ), kg_str(when_keys[i]), &predicate, err));
      KGQ_TRY(kg_props_add_iri(doc, props, predicate, &terms[i], err));
    }
  }
  check_limits(doc, node, &map, terms, dates);
  if (map.values[TEXT]) {
    KGQ_TRY(kg_read_texts(doc, map.values[TEXT], KG_TEXT_LISTS, &written, err));
  }
  KGQ_TRY(kg_props_add_texts(doc, props, KG_NS_KGQ "whenWritten", written, err));
  const unsigned parts = map.values[INFERRED] ? read_parts(doc, map.values[INFERRED]) : 0;
  return kg_props_add_parts(doc, props, KG_NS_KGQ "whenInferred", parts, err);
}

kgq_status kg_read_when(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err) {
  if (node->kind == KG_YAML_MAP) {
    return read_when_map(doc, node, props, err);
  }
  kg_term term;
  kg_date date;
  KGQ_TRY(read_date(doc, node, &term, &date, err));
  return kg_props_add(doc, props, KG_NS_KGQ "on", &term, err);
}
