/* loaders/facts_said.c: who says a statement, and in which words (docs/FACTS.md 2.6, `said_by` and `quote`).
 *
 * Both become direct properties of the reifier. Quotes longer than what finds the place get a warning.
 */
#include "core/text.h"
#include "loaders/facts_doc.h"

/* ---- said_by ------------------------------------------------------------------------------------ */

enum { WHO, ROLE, AT, WHEN, SAID_KEYS };
static const char *const said_keys[SAID_KEYS] = { "who", "role", "at", "when" };

/* A key, or `unnamed`: somebody says so, but no speaker is named. */
static kgq_status read_speaker(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err) {
  kgq_str iri = { "", 0 };
  if (node->kind == KG_YAML_SCALAR && kg_str_equal(node->text, KG_STR("unnamed"))) {
    return kg_props_add_word(doc, props, KG_NS_PROV "wasAttributedTo", "unnamed", err);
  }
  KGQ_TRY(kg_read_entity(doc, node, &iri, err));
  const kg_term term = kg_term_iri(iri);
  return kg_props_add(doc, props, KG_NS_PROV "wasAttributedTo", &term, err);
}

static kgq_status read_speakers(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err) {
  const bool list = node->kind == KG_YAML_LIST;
  for (const kg_yaml_node *item = list ? node->first : node; item; item = list ? item->next : NULL) {
    KGQ_TRY(read_speaker(doc, item, props, err));
  }
  return KGQ_OK;
}

static kgq_status read_said_when(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err) {
  kg_value value;
  KGQ_TRY(kg_read_date(doc, node, &value, err));
  KGQ_TRY(kg_props_add(doc, props, KG_NS_KGQ "saidOn", &value.term, err));
  KGQ_TRY(kg_props_add_texts(doc, props, KG_NS_KGQ "saidOnWritten", value.written, err));
  return kg_props_add_parts(doc, props, KG_NS_KGQ "saidOnInferred", value.inferred, err);
}

static kgq_status read_said_key(kg_doc *doc, int which, const kg_yaml_node *node, kg_props *props,
                                kgq_error **err) {
  kg_text *items;
  switch (which) {
  case WHO: return read_speakers(doc, node, props, err);
  case WHEN: return read_said_when(doc, node, props, err);
  case ROLE:
    KGQ_TRY(kg_read_texts(doc, node, KG_TEXT_LISTS, &items, err));
    return kg_props_add_texts(doc, props, KG_NS_KGQ "saidAs", items, err);
  default: break;
  }
  KGQ_TRY(kg_read_entities(doc, node, &items, err));
  for (const kg_text *item = items; item; item = item->next) {
    const kg_term term = kg_term_iri(item->text);
    KGQ_TRY(kg_props_add(doc, props, KG_NS_KGQ "saidAt", &term, err));
  }
  return KGQ_OK;
}

kgq_status kg_read_said_by(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err) {
  bool speaker = false;
  if (node->kind != KG_YAML_MAP) {
    return read_speakers(doc, node, props, err);
  }
  for (const kg_yaml_node *key = node->first; key; key = kg_yaml_value(key)->next) {
    const int which = kg_word_index(key->text, said_keys, SAID_KEYS);
    speaker = speaker || which == WHO;
    if (which < 0 && !key->twin) {
      KGQ_TRY(kg_say_unknown_key(doc, key, "said_by", said_keys, SAID_KEYS, false, err));
    } else if (kg_has_value(doc, key)) {
      KGQ_TRY(read_said_key(doc, which, kg_yaml_value(key), props, err));
    }
  }
  if (!speaker) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "said_by has no ‘who’"),
            "who: unnamed, if the article names nobody");
  }
  return KGQ_OK;
}

/* ---- quotes ------------------------------------------------------------------------------------- */

/* Hangul is written with spaces between words; Han and Kana are not. */
static bool is_unspaced(uint32_t c) {
  const bool hangul =
      (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x1100 && c <= 0x11FF) || (c >= 0x3130 && c <= 0x318F);
  return kg_is_cjk(c) && !hangul;
}

typedef struct quote_size {
  uint32_t words, unspaced;
} quote_size;

static quote_size measure(kgq_str text) {
  quote_size size = { 0, 0 };
  bool in_word = false;
  for (size_t at = 0; at < text.len;) {
    uint32_t c;
    const size_t n = kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
    const bool space = kg_is_space(c);
    size.words += !space && !in_word;
    size.unspaced += is_unspaced(c);
    in_word = !space;
    at += n ? n : 1;
  }
  return size;
}

static void check_quote(kg_doc *doc, const kg_text *quote) {
  const quote_size size = measure(quote->text);
  if (size.words > KG_LIMIT_QUOTE_WORDS) {
    kg_yaml_warning(doc->errors, quote->spot, "warning: quote of %u words; %d are enough to find the place",
                    (unsigned)size.words, KG_LIMIT_QUOTE_WORDS);
  } else if (size.unspaced > KG_LIMIT_QUOTE_CHARACTERS) {
    kg_yaml_warning(doc->errors, quote->spot,
                    "warning: quote of %u characters; %d are enough to find the place",
                    (unsigned)size.unspaced, KG_LIMIT_QUOTE_CHARACTERS);
  }
}

kgq_status kg_read_quote(kg_doc *doc, const kg_yaml_node *node, kg_props *props, kgq_error **err) {
  kg_text *quotes;
  KGQ_TRY(kg_read_texts(doc, node, KG_TEXT_LISTS, &quotes, err));
  for (const kg_text *q = quotes; q; q = q->next) {
    check_quote(doc, q);
  }
  return kg_props_add_texts(doc, props, KG_NS_KGQ "quote", quotes, err);
}
