/* loaders/facts_amount.c: amounts to quantity literals (docs/FACTS.md 5.1).
 *
 * Two notations: a string `[bound words] number [to number] [scale] [unit]`, and a map of one bound with
 * `scale`, `unit`, `text`; the literal's own form (`<=50000 GPU`) is taken as well. Both end in the same
 * parts, from which the canonical literal is written. Numbers stay text (facts_number.c).
 */
#include "core/text.h"
#include "graph/quantity.h"
#include "loaders/facts_number.h"

static const kgq_str nothing = { "", 0 };

/* ---- the literal -------------------------------------------------------------------------------- */

typedef struct parts {
  kg_bound bound;
  bool range, high_open;
  kgq_str low, high; /* canonical numbers; high of a range */
  kg_yaml_spot spot; /* where the number stands */
} parts;

static kgq_status write_literal(kg_doc *doc, const parts *p, kgq_str unit, kg_value *out, kgq_error **err) {
  kgq_str text;
  KGQ_TRY(kg_arena_print(doc->arena, &text, err, "%s%.*s%s%.*s%s%.*s",
                         p->range ? "" : kg_bound_symbol(p->bound), (int)p->low.len, p->low.ptr,
                         p->range ? (p->high_open ? "..<" : "..") : "", p->range ? (int)p->high.len : 0,
                         p->range ? p->high.ptr : "", unit.len > 0 ? " " : "", (int)unit.len, unit.ptr));
  out->term = kg_term_typed(text, KG_STR(KG_KGQ_QUANTITY));
  out->unit = unit;
  return KGQ_OK;
}

static kgq_status finish(kg_doc *doc, const parts *p, kgq_str unit, kg_value *out, kgq_error **err) {
  if (p->low.len == 0 || (p->range && p->high.len == 0)) {
    return KGQ_OK; /* said already */
  }
  const int order = p->range ? kg_number_compare(p->low, p->high) : -1;
  if (order > 0 || (order == 0 && p->high_open)) {
    kg_yaml_error(doc->errors, p->spot, "the range ends (%.*s) before it begins (%.*s)", KG_CLIP(p->high),
                  KG_CLIP(p->low));
    return KGQ_OK;
  }
  return write_literal(doc, p, unit, out, err);
}

/* ---- units -------------------------------------------------------------------------------------- */

static kgq_status find_unit(kg_doc *doc, kg_yaml_spot spot, kgq_str spelling, kgq_str *unit, bool *known,
                            kgq_error **err) {
  KGQ_TRY(kg_world_unit(doc->world, spelling, unit, err));
  *known = unit->len > 0;
  if (*known) {
    return KGQ_OK;
  }
  kgq_error **item = kg_yaml_error(doc->errors, spot, "unknown unit ‘%.*s’", KG_CLIP(spelling));
  kg_nearest nearest = kg_nearest_to(spelling);
  if (!kg_yaml_errors_full(doc->errors)) {
    kg_world_offer_units(doc->world, &nearest);
  }
  if (memchr(spelling.ptr, ' ', spelling.len)) {
    kg_hint(item, "a unit is one word");
  } else if (nearest.best.len > 0) {
    kg_hint(item, "did you mean ‘%.*s’?  declare it under units: if it is new", KG_CLIP(nearest.best));
  } else {
    kg_hint(item, "declare it under units:");
  }
  return KGQ_OK;
}

/* ---- strings ------------------------------------------------------------------------------------ */

typedef struct words { /* what is left of the string */
  kg_doc *doc;
  const kg_yaml_node *node;
  size_t at; /* of the next word */
} words;

static kgq_str peek(const words *w) {
  const kgq_str text = w->node->text;
  size_t from = w->at, to;
  while (from < text.len && (text.ptr[from] == ' ' || text.ptr[from] == '\n')) {
    from++;
  }
  for (to = from; to < text.len && text.ptr[to] != ' ' && text.ptr[to] != '\n';) {
    to++;
  }
  return kg_str_n(text.ptr + from, to - from);
}

static void skip(words *w, kgq_str word) {
  w->at = (size_t)(word.ptr - w->node->text.ptr) + word.len;
}

static kg_yaml_spot spot_of_word(const words *w, kgq_str word) {
  return kg_yaml_spot_inside(w->doc->errors, w->node->spot, w->node->text,
                             (size_t)(word.ptr - w->node->text.ptr));
}

/* Takes the phrase if it comes next, word by word. */
static bool take_phrase(words *w, const char *phrase) {
  words ahead = *w;
  for (kgq_str rest = kg_str(phrase); rest.len > 0;) {
    const char *space = memchr(rest.ptr, ' ', rest.len);
    const size_t len = space ? (size_t)(space - rest.ptr) : rest.len;
    const kgq_str word = peek(&ahead);
    if (!kg_str_equal(word, kg_str_n(rest.ptr, len))) {
      return false;
    }
    skip(&ahead, word);
    rest = kg_str_n(rest.ptr + len + (space != NULL), rest.len - len - (space != NULL));
  }
  *w = ahead;
  return true;
}

static bool take_bound(words *w, kg_bound *bound) {
  static const struct {
    const char *phrase;
    kg_bound bound;
  } phrases[] = { /* longer ones first */
                  { "up to about", KG_BOUND_UP_TO_ABOUT },
                  { "at least about", KG_BOUND_AT_LEAST_ABOUT },
                  { "up to", KG_BOUND_UP_TO },
                  { "less than", KG_BOUND_LESS },
                  { "almost", KG_BOUND_ALMOST },
                  { "at least", KG_BOUND_AT_LEAST },
                  { "more than", KG_BOUND_MORE },
                  { "just over", KG_BOUND_JUST_OVER },
                  { "about", KG_BOUND_ABOUT },
                  { "exactly", KG_BOUND_EXACT }
  };
  for (size_t i = 0; i < KG_COUNT(phrases); i++) {
    if (take_phrase(w, phrases[i].phrase)) {
      *bound = phrases[i].bound;
      return true;
    }
  }
  *bound = KG_BOUND_EXACT;
  return false;
}

/* What may be meant as a number: digits in any script, or a sign or point before one. */
static bool begins_number(kgq_str word) {
  uint32_t c = 0;
  if (word.len > 1 && memchr("-+.", word.ptr[0], 3)) {
    word = kg_str_n(word.ptr + 1, word.len - 1);
  }
  return kg_utf8_decode(word, &c) > 0 && kg_is_digit(c);
}

static void say_no_number(const words *w, bool bounded) {
  const kgq_str word = peek(w);
  kg_doc *doc = w->doc;
  if (bounded) {
    kg_yaml_error(doc->errors, spot_of_word(w, word), "a number is missing after the bound in ‘%.*s’",
                  KG_CLIP(w->node->text));
    return;
  }
  kg_hint(kg_yaml_error(doc->errors, w->node->spot, "‘%.*s’ does not begin with a number or a bound",
                        KG_CLIP(w->node->text)),
          "exactly, up to, less than, almost, at least, more than, just over, about");
}

typedef struct amount_words { /* the words of a string by their parts */
  kg_bound bound;
  bool bounded;
  kgq_str low, high, unit; /* as written; high empty: no range */
  uint32_t power;
} amount_words;

/* [bound words] number [to number] [scale] [unit]; false: a mistake has been recorded. */
static bool split_string(words *w, amount_words *a) {
  a->bounded = take_bound(w, &a->bound);
  a->low = peek(w);
  if (!begins_number(a->low)) {
    say_no_number(w, a->bounded);
    return false;
  }
  skip(w, a->low);
  if (take_phrase(w, "to")) {
    a->high = peek(w);
    if (!begins_number(a->high) || a->bounded) {
      kg_hint(kg_yaml_error(w->doc->errors, spot_of_word(w, a->high),
                            a->bounded ? "a range takes no bound" : "a number is missing after ‘to’"),
              "10 to 14 trillion KRW");
      return false;
    }
    skip(w, a->high);
  }
  const kgq_str scale = peek(w);
  if (kg_scale_power(scale, &a->power)) {
    skip(w, scale);
  }
  a->unit = peek(w);
  if (a->unit.len > 0) {
    a->unit.len = w->node->text.len - (size_t)(a->unit.ptr - w->node->text.ptr);
  }
  return true;
}

static kgq_status read_words(kg_doc *doc, const kg_yaml_node *node, kgq_str default_unit, kg_value *out,
                             kgq_error **err) {
  words w = { doc, node, 0 };
  amount_words a = { .high = nothing };
  kgq_str unit = default_unit;
  bool known = true;
  if (!split_string(&w, &a)) {
    return KGQ_OK;
  }
  parts p = { .bound = a.bound, .range = a.high.len > 0, .high = nothing, .spot = spot_of_word(&w, a.low) };
  KGQ_TRY(kg_number_canonical(doc, p.spot, a.low, a.power, &p.low, err));
  if (p.range) {
    KGQ_TRY(kg_number_canonical(doc, spot_of_word(&w, a.high), a.high, a.power, &p.high, err));
  }
  if (a.unit.len > 0) {
    KGQ_TRY(find_unit(doc, spot_of_word(&w, a.unit), a.unit, &unit, &known, err));
  }
  return known ? finish(doc, &p, unit, out, err) : KGQ_OK;
}

/* The literal's own form. */
static kgq_status read_symbols(kg_doc *doc, const kg_yaml_node *node, kgq_str default_unit, kg_value *out,
                               kgq_error **err) {
  kg_quantity q;
  bool known = true;
  if (!kg_quantity_parse(node->text, &q)) {
    kg_hint(kg_yaml_error(doc->errors, node->spot, "‘%.*s’ is not a quantity", KG_CLIP(node->text)),
            "write words, such as up to 50000 GPU, or \"<=50000 GPU\" with one space");
    return KGQ_OK;
  }
  if (q.unit.len == 0) {
    q.unit = default_unit;
  } else {
    KGQ_TRY(find_unit(doc, node->spot, q.unit, &q.unit, &known, err));
  }
  kg_buf text;
  kg_buf_init(&text, doc->allocator);
  kgq_str copy = nothing;
  kgq_status st = kg_quantity_print(&q, &text, err);
  if (st == KGQ_OK && known) {
    st = kg_arena_copy(doc->arena, kg_buf_str(&text), &copy, err);
    out->term = kg_term_typed(copy, KG_STR(KG_KGQ_QUANTITY));
    out->unit = q.unit;
  }
  kg_buf_free(&text);
  return st;
}

static bool has_symbols(kgq_str text) {
  if (text.len > 0 && memchr("<>~=", text.ptr[0], 4)) {
    return true;
  }
  for (size_t i = 0; i + 1 < text.len; i++) {
    if (text.ptr[i] == '.' && text.ptr[i + 1] == '.') {
      return true;
    }
  }
  return false;
}

/* ---- maps --------------------------------------------------------------------------------------- */

enum { BOUNDS = 10, FROM = BOUNDS, TO, BELOW, SCALE, UNIT, TEXT, AMOUNT_KEYS };

static const char *const amount_keys[AMOUNT_KEYS] = {
  "less_than", "almost",    "up_to", "up_to_about", "about", "exactly", "at_least_about", "at_least",
  "just_over", "more_than", "from",  "to",          "below", "scale",   "unit",           "text",
}; /* the first ten in the order of kg_bound */

bool kg_is_amount_map(const kg_yaml_node *node) {
  for (const kg_yaml_node *key = node->kind == KG_YAML_MAP ? node->first : NULL; key;
       key = kg_yaml_value(key)->next) {
    const int which = kg_word_index(key->text, amount_keys, AMOUNT_KEYS);
    if (which >= 0 && which != TEXT && which != TO) {
      return true;
    }
  }
  return false;
}

static kgq_status sort_keys(kg_doc *doc, const kg_yaml_node *node, const kg_yaml_node *values[AMOUNT_KEYS],
                            kgq_error **err) {
  for (const kg_yaml_node *key = node->first; key; key = kg_yaml_value(key)->next) {
    const int which = kg_word_index(key->text, amount_keys, AMOUNT_KEYS);
    if (which < 0 && !key->twin) {
      KGQ_TRY(kg_say_unknown_key(doc, key, "an amount", amount_keys, AMOUNT_KEYS, false, err));
    } else if (kg_has_value(doc, key)) {
      values[which] = kg_yaml_value(key);
    }
  }
  return KGQ_OK;
}

static void say_bounds(kg_doc *doc, const kg_yaml_node *node, const char *problem) {
  kg_hint(
      kg_yaml_error(doc->errors, node->spot, "%s", problem),
      "exactly, up_to, less_than, almost, at_least, more_than, just_over, about, or from with to or below");
}

/* Exactly one bound, or `from` with `to` or `below`. */
static bool choose_numbers(kg_doc *doc, const kg_yaml_node *node,
                           const kg_yaml_node *const values[AMOUNT_KEYS], parts *p, const kg_yaml_node **low,
                           const kg_yaml_node **high) {
  int bounds = 0;
  for (int i = 0; i < BOUNDS; i++) {
    if (values[i]) {
      bounds++;
      p->bound = (kg_bound)i;
    }
  }
  const bool ends = values[FROM] || values[TO] || values[BELOW];
  if (bounds + ends != 1) {
    say_bounds(doc, node,
               bounds + ends == 0 ? "this amount has no number" : "this amount has more than one bound");
    return false;
  }
  if (ends && (!values[FROM] || !values[TO] == !values[BELOW])) {
    say_bounds(doc, node, "a range has ‘from’, and ‘to’ or ‘below’");
    return false;
  }
  p->range = ends;
  p->high_open = values[BELOW] != NULL;
  *low = ends ? values[FROM] : values[p->bound];
  *high = values[TO] ? values[TO] : values[BELOW];
  return true;
}

static kgq_status read_scale(kg_doc *doc, const kg_yaml_node *node, uint32_t *power) {
  *power = 0;
  if (node && kg_is_scalar(doc, node, "a scale") && !kg_scale_power(node->text, power)) {
    kg_say_unknown_scale(doc, node);
  }
  return KGQ_OK;
}

static kgq_status read_map(kg_doc *doc, const kg_yaml_node *node, kgq_str default_unit, kg_value *out,
                           kgq_error **err) {
  const kg_yaml_node *values[AMOUNT_KEYS] = { NULL }, *low, *high;
  parts p = { .low = nothing, .high = nothing };
  kgq_str unit = default_unit;
  uint32_t power;
  bool known = true;
  KGQ_TRY(sort_keys(doc, node, values, err));
  KGQ_TRY(read_scale(doc, values[SCALE], &power));
  if (values[TEXT]) {
    KGQ_TRY(kg_read_texts(doc, values[TEXT], KG_TEXT_LISTS, &out->written, err));
  }
  if (values[UNIT] && kg_is_scalar(doc, values[UNIT], "a unit")) {
    KGQ_TRY(find_unit(doc, values[UNIT]->spot, values[UNIT]->text, &unit, &known, err));
  }
  if (!choose_numbers(doc, node, values, &p, &low, &high)) {
    return KGQ_OK;
  }
  if (kg_is_scalar(doc, low, "a number")) {
    KGQ_TRY(kg_number_canonical(doc, low->spot, low->text, power, &p.low, err));
  }
  if (p.range && kg_is_scalar(doc, high, "a number")) {
    KGQ_TRY(kg_number_canonical(doc, high->spot, high->text, power, &p.high, err));
  }
  p.spot = low->spot;
  return known ? finish(doc, &p, unit, out, err) : KGQ_OK;
}

kgq_status kg_read_amount(kg_doc *doc, const kg_yaml_node *node, kgq_str default_unit, kg_value *out,
                          kgq_error **err) {
  *out = (kg_value){ .unit = nothing, .spot = node->spot };
  if (node->kind == KG_YAML_MAP) {
    return read_map(doc, node, default_unit, out, err);
  }
  if (!kg_is_scalar(doc, node, "an amount")) {
    return KGQ_OK;
  }
  return has_symbols(node->text) ? read_symbols(doc, node, default_unit, out, err)
                                 : read_words(doc, node, default_unit, out, err);
}
