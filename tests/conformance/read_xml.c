/* tests/conformance/read_xml.c: SPARQL 1.2 Query Results XML Format, for tests.
 *
 * A strict reader of the part of XML 1.0 that results are written in (no document type, no entities of its
 * own), which makes a small tree in an arena, and the walk over it. Elements and attributes the format does
 * not name are refused.
 */
#include "core/text.h"
#include "tests/conformance/results.h"

#define DEPTH_MAX  64
#define NS_RESULTS "http://www.w3.org/2005/sparql-results#"
#define NS_ITS     "http://www.w3.org/2005/11/its"

typedef struct attribute {
  kgq_str name, value;
  struct attribute *next;
} attribute;

typedef struct element {
  kgq_str name, text; /* character data right below it */
  attribute *attributes;
  struct element *first, *last, *next, *parent;
  bool only_space;
} element;

typedef struct xml_reader {
  kgq_str text;
  size_t at;
  kg_arena *arena;
  kgq_error **err;
} xml_reader;

static kgq_status fail(const xml_reader *x, const char *what) {
  const kg_place place = kg_place_in_text("results", x->text, x->at);
  return kg_fail_at(x->err, KGQ_SYNTAX, &place, "%s", what);
}

/* ---- XML ---------------------------------------------------------------------------------------- */

static char peek(const xml_reader *x) {
  return x->at < x->text.len ? x->text.ptr[x->at] : '\0';
}
static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool looking_at(const xml_reader *x, const char *text) {
  return kg_str_starts(kg_str_n(x->text.ptr + x->at, x->text.len - x->at), kg_str(text));
}

static void skip_space(xml_reader *x) {
  while (is_space(peek(x))) {
    x->at++;
  }
}

/* Moves behind the next `end`; what lies before it in *inner. */
static kgq_status skip_past(xml_reader *x, const char *end, kgq_str *inner) {
  const size_t start = x->at;
  while (x->at < x->text.len && !looking_at(x, end)) {
    x->at++;
  }
  if (x->at == x->text.len) {
    return fail(x, "the text ends too early");
  }
  *inner = kg_str_n(x->text.ptr + start, x->at - start);
  x->at += strlen(end);
  return KGQ_OK;
}

static kgq_status read_name(xml_reader *x, kgq_str *out) {
  const size_t start = x->at;
  while (peek(x) && !is_space(peek(x)) && !strchr("=<>/\"'&?!", peek(x))) {
    x->at++;
  }
  *out = kg_str_n(x->text.ptr + start, x->at - start);
  return out->len ? KGQ_OK : fail(x, "a name is expected here");
}

static bool number_of(kgq_str digits, uint32_t base, uint32_t *out) {
  static const char hex[] = "0123456789abcdef";
  *out = 0;
  for (size_t i = 0; i < digits.len; i++) {
    const char c = digits.ptr[i], lower = c >= 'A' && c <= 'F' ? (char)(c + 32) : c;
    const char *found = lower ? strchr(hex, lower) : NULL;
    if (!found || (uint32_t)(found - hex) >= base || *out > 0x10FFFF) {
      return false;
    }
    *out = *out * base + (uint32_t)(found - hex);
  }
  return digits.len && *out && *out <= 0x10FFFF && !(*out >= 0xD800 && *out <= 0xDFFF);
}

/* Behind `&`. */
static kgq_status read_reference(xml_reader *x, kg_buf *out) {
  static const char *const names[] = { "lt", "gt", "amp", "quot", "apos" };
  static const char values[] = "<>&\"'";
  kgq_str name;
  KGQ_TRY(skip_past(x, ";", &name));
  for (size_t i = 0; i < 5; i++) {
    if (kg_str_equal(name, kg_str(names[i]))) {
      return kg_buf_add_byte(out, values[i], x->err);
    }
  }
  const bool hex = kg_str_starts(name, KG_STR("#x"));
  const size_t skip = hex ? 2 : 1;
  uint32_t c = 0;
  if (!kg_str_starts(name, KG_STR("#")) ||
      !number_of(kg_str_n(name.ptr + skip, name.len - skip), hex ? 16 : 10, &c)) {
    return fail(x, "an unknown reference");
  }
  char bytes[4];
  return kg_buf_add(out, bytes, kg_utf8_encode(c, bytes), x->err);
}

/* Characters up to one of `ends`; line ends become LF (XML 1.0, section 2.11), in attributes white space a
 * space. */
static kgq_status read_characters(xml_reader *x, const char *ends, bool in_attribute, kg_buf *out) {
  while (x->at < x->text.len && !(peek(x) && strchr(ends, peek(x)))) {
    char c = x->text.ptr[x->at++];
    if ((unsigned char)c < 0x20 && !is_space(c)) {
      return fail(x, "a control character that XML does not have");
    }
    if (c == '&') {
      KGQ_TRY(read_reference(x, out));
      continue;
    }
    if (c == '\r') {
      x->at += peek(x) == '\n';
      c = '\n';
    }
    KGQ_TRY(kg_buf_add_byte(out, in_attribute && is_space(c) ? ' ' : c, x->err));
  }
  return KGQ_OK;
}

static kgq_status read_attribute_value(xml_reader *x, kgq_str *out) {
  const char quote[3] = { peek(x), '<', '\0' };
  if (quote[0] != '"' && quote[0] != '\'') {
    return fail(x, "a quoted value is expected here");
  }
  x->at++;
  kg_buf buf;
  kg_buf_init(&buf, NULL);
  kgq_status st = read_characters(x, quote, true, &buf);
  st = st == KGQ_OK && peek(x) != quote[0] ? fail(x, "a value does not end") : st;
  x->at++;
  st = st == KGQ_OK ? kg_arena_copy(x->arena, kg_buf_str(&buf), out, x->err) : st;
  kg_buf_free(&buf);
  return st;
}

static kgq_status read_attributes(xml_reader *x, element *e) {
  for (;;) {
    const bool space = is_space(peek(x));
    skip_space(x);
    if (peek(x) == '>' || peek(x) == '/') {
      return KGQ_OK;
    }
    attribute *a = kg_arena_zero(x->arena, sizeof *a);
    if (!a) {
      return kg_fail_memory(x->err);
    }
    KGQ_TRY(space ? read_name(x, &a->name) : fail(x, "a space is expected here"));
    skip_space(x);
    KGQ_TRY(peek(x) == '=' ? KGQ_OK : fail(x, "'=' is expected here"));
    x->at++;
    skip_space(x);
    KGQ_TRY(read_attribute_value(x, &a->value));
    a->next = e->attributes;
    e->attributes = a;
  }
}

static kgq_status add_text(xml_reader *x, element *e, kgq_str text) {
  for (size_t i = 0; i < text.len; i++) {
    e->only_space = e->only_space && is_space(text.ptr[i]);
  }
  kgq_str joined;
  KGQ_TRY(kg_arena_print(x->arena, &joined, x->err, "%.*s%.*s", (int)e->text.len, e->text.ptr, (int)text.len,
                         text.ptr));
  e->text = joined;
  return KGQ_OK;
}

static kgq_status read_text(xml_reader *x, element *e) {
  kg_buf buf;
  kg_buf_init(&buf, NULL);
  kgq_status st = read_characters(x, "<", false, &buf);
  st = st == KGQ_OK ? add_text(x, e, kg_buf_str(&buf)) : st;
  kg_buf_free(&buf);
  return st;
}

static element *new_element(xml_reader *x, element *parent) {
  element *e = kg_arena_zero(x->arena, sizeof *e);
  if (e) {
    *e = (element){ .parent = parent, .text = KG_STR(""), .only_space = true };
    *(parent->last ? &parent->last->next : &parent->first) = e;
    parent->last = e;
  }
  return e;
}

/* Behind `<`. *current goes down, or stays for an empty element. */
static kgq_status read_start(xml_reader *x, element **current) {
  element *e = new_element(x, *current);
  if (!e) {
    return kg_fail_memory(x->err);
  }
  KGQ_TRY(read_name(x, &e->name));
  KGQ_TRY(read_attributes(x, e));
  const bool empty = peek(x) == '/';
  x->at += empty;
  KGQ_TRY(peek(x) == '>' ? KGQ_OK : fail(x, "'>' is expected here"));
  x->at++;
  *current = empty ? *current : e;
  return KGQ_OK;
}

static kgq_status read_end(xml_reader *x, element **current) {
  kgq_str name;
  KGQ_TRY(read_name(x, &name));
  skip_space(x);
  if (!(*current)->parent || !kg_str_equal(name, (*current)->name) || peek(x) != '>') {
    return fail(x, "an end that fits no start");
  }
  x->at++;
  *current = (*current)->parent;
  return KGQ_OK;
}

static kgq_status read_markup(xml_reader *x, element **current) {
  kgq_str inner;
  if (looking_at(x, "<!--") || looking_at(x, "<?")) {
    return skip_past(x, looking_at(x, "<?") ? "?>" : "-->", &inner);
  }
  if (looking_at(x, "<![CDATA[")) {
    x->at += strlen("<![CDATA[");
    KGQ_TRY(skip_past(x, "]]>", &inner));
    return add_text(x, *current, inner);
  }
  x->at++;
  if (peek(x) != '/') {
    return read_start(x, current);
  }
  x->at++;
  return read_end(x, current);
}

static kgq_status read_tree(xml_reader *x, element *document) {
  element *current = document;
  while (x->at < x->text.len) {
    KGQ_TRY(peek(x) == '<' ? read_markup(x, &current) : read_text(x, current));
  }
  const bool whole = current == document && document->first && !document->first->next && document->only_space;
  return whole ? KGQ_OK : fail(x, "a document has one root element");
}

/* ---- the results -------------------------------------------------------------------------------- */

static kgq_status wrong(kgq_error **err, const char *what) {
  return kg_fail(err, KGQ_DATA, "XML results: %s", what);
}

static bool is(const element *e, const char *name) {
  return e && kg_str_equal(e->name, kg_str(name));
}

static kgq_str attribute_of(const element *e, const char *name) {
  for (const attribute *a = e->attributes; a; a = a->next) {
    if (kg_str_equal(a->name, kg_str(name))) {
      return a->value;
    }
  }
  return KG_STR("");
}

static bool only_attributes(const element *e, const char *const *names, size_t count) {
  for (const attribute *a = e->attributes; a; a = a->next) {
    bool known = false;
    for (size_t i = 0; i < count; i++) {
      known = known || kg_str_equal(a->name, kg_str(names[i]));
    }
    if (!known) {
      return false;
    }
  }
  return true;
}

static bool declares_its(const element *e) {
  for (; e; e = e->parent) {
    if (kg_str_equal(attribute_of(e, "xmlns:its"), KG_STR(NS_ITS))) {
      return true;
    }
  }
  return false;
}

static kgq_status literal_of(const element *e, kg_term *out, kgq_error **err) {
  static const char *const names[] = { "datatype", "xml:lang", "its:dir", "its:version", "xmlns:its" };
  const kgq_str datatype = attribute_of(e, "datatype"), lang = attribute_of(e, "xml:lang");
  const kgq_str dir = attribute_of(e, "its:dir");
  const bool ltr = kg_str_equal(dir, KG_STR("ltr")), rtl = kg_str_equal(dir, KG_STR("rtl"));
  if (e->first || !only_attributes(e, names, 5) || (datatype.len && lang.len)) {
    return wrong(err, "a literal with attributes or children that do not go together");
  }
  if (dir.len && (!lang.len || !declares_its(e) || (!ltr && !rtl))) {
    return wrong(err, "a direction is ltr or rtl, in its namespace, beside a language");
  }
  *out = lang.len ? kg_term_lang(e->text, lang) : kg_term_typed(e->text, datatype);
  out->direction = ltr ? KG_DIR_LTR : rtl ? KG_DIR_RTL : KG_DIR_NONE;
  return KGQ_OK;
}

static kgq_status term_of(const element *e, kg_arena *arena, unsigned depth, kg_term *out, kgq_error **err);

static kgq_status triple_of(const element *e, kg_arena *arena, unsigned depth, kg_term *out,
                            kgq_error **err) {
  static const char *const names[] = { "subject", "predicate", "object" };
  kg_term *triple = kg_arena_zero(arena, 3 * sizeof *triple);
  if (!triple) {
    return kg_fail_memory(err);
  }
  const element *part = e->first;
  for (size_t i = 0; i < 3; i++, part = part->next) {
    if (!is(part, names[i]) || !part->first || part->first->next) {
      return wrong(err, "a triple is subject, predicate and object");
    }
    KGQ_TRY(term_of(part->first, arena, depth + 1, &triple[i], err));
  }
  *out = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = triple };
  return part ? wrong(err, "a triple with a fourth part") : KGQ_OK;
}

static kgq_status term_of(const element *e, kg_arena *arena, unsigned depth, kg_term *out, kgq_error **err) {
  if (depth > DEPTH_MAX) {
    return wrong(err, "nested too deeply");
  }
  if (is(e, "literal")) {
    return literal_of(e, out, err);
  }
  if (e->attributes || (!is(e, "triple") && e->first) || (is(e, "triple") && !e->only_space)) {
    return wrong(err, "a term with attributes or children it cannot have");
  }
  if (is(e, "triple")) {
    return triple_of(e, arena, depth, out, err);
  }
  *out = is(e, "uri") ? kg_term_iri(e->text) : kg_term_bnode(e->text);
  return is(e, "uri") || is(e, "bnode") ? KGQ_OK
                                        : wrong(err, "a term that is no uri, bnode, literal or triple");
}

static kgq_status read_row(results *r, const element *row, kgq_error **err) {
  static const char *const names[] = { "name" };
  KGQ_TRY(is(row, "result") ? results_add_row(r, err) : wrong(err, "a row that is no result"));
  for (const element *b = row->first; b; b = b->next) {
    if (!is(b, "binding") || !b->only_space || !b->first || b->first->next || !only_attributes(b, names, 1)) {
      return wrong(err, "a binding has a name and one term");
    }
    kg_term term;
    KGQ_TRY(term_of(b->first, &r->arena, 0, &term, err));
    KGQ_TRY(results_bind(r, attribute_of(b, "name"), &term, err));
  }
  return row->only_space ? KGQ_OK : wrong(err, "text between bindings");
}

static kgq_status read_head(results *r, const element *head, kgq_error **err) {
  for (const element *v = head->first; v; v = v->next) {
    if (!is(v, "link")) {
      KGQ_TRY(is(v, "variable") ? results_add_var(r, attribute_of(v, "name"), err)
                                : wrong(err, "a head holds variables and links"));
    }
  }
  return KGQ_OK;
}

static kgq_status read_document(results *r, const element *root, kgq_error **err) {
  const element *head = root->first, *body = head ? head->next : NULL;
  if (!is(root, "sparql") || !kg_str_equal(attribute_of(root, "xmlns"), KG_STR(NS_RESULTS)) ||
      !is(head, "head") || !body || body->next || !root->only_space) {
    return wrong(err, "a head and one body make a document");
  }
  KGQ_TRY(read_head(r, head, err));
  if (is(body, "boolean")) {
    r->is_boolean = true;
    r->boolean = kg_str_equal(body->text, KG_STR("true"));
    return r->boolean || kg_str_equal(body->text, KG_STR("false")) ? KGQ_OK
                                                                   : wrong(err, "neither true nor false");
  }
  KGQ_TRY(is(body, "results") && body->only_space ? KGQ_OK : wrong(err, "neither results nor boolean"));
  for (const element *row = body->first; row; row = row->next) {
    KGQ_TRY(read_row(r, row, err));
  }
  return KGQ_OK;
}

kgq_status results_read_xml(results *r, kgq_str text, kgq_error **err) {
  xml_reader x = { text, 0, &r->arena, err };
  element document = { .only_space = true, .text = KG_STR("") };
  KGQ_TRY(kg_utf8_valid(text) == text.len ? KGQ_OK : fail(&x, "not UTF-8"));
  KGQ_TRY(read_tree(&x, &document));
  return read_document(r, document.first, err);
}
