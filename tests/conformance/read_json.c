/* tests/conformance/read_json.c: SPARQL 1.2 Query Results JSON Format, for tests.
 *
 * A strict JSON reader (RFC 8259) that makes a small tree in an arena, and the walk over it. Members that the
 * format does not name are refused, but for `link` in the head.
 */
#include "core/text.h"
#include "tests/conformance/results.h"

#define DEPTH_MAX 64

typedef enum {
  JSON_NULL,
  JSON_FALSE,
  JSON_TRUE,
  JSON_NUMBER,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT
} json_kind;

typedef struct json {
  json_kind kind;
  kgq_str key, text;
  struct json *first, *next; /* members; sibling */
} json;

typedef struct json_reader {
  kgq_str text;
  size_t at;
  kg_arena *arena;
  kgq_error **err;
} json_reader;

static kgq_status fail(const json_reader *j, const char *what) {
  const kg_place place = kg_place_in_text("results", j->text, j->at);
  return kg_fail_at(j->err, KGQ_SYNTAX, &place, "%s", what);
}

/* ---- JSON --------------------------------------------------------------------------------------- */

static char peek(const json_reader *j) {
  return j->at < j->text.len ? j->text.ptr[j->at] : '\0';
}

static void skip_space(json_reader *j) {
  while (peek(j) == ' ' || peek(j) == '\t' || peek(j) == '\n' || peek(j) == '\r') {
    j->at++;
  }
}

static kgq_status expect(json_reader *j, char c) {
  skip_space(j);
  if (peek(j) != c || j->at >= j->text.len) {
    return fail(j, "another character of JSON is expected here");
  }
  j->at++;
  return KGQ_OK;
}

static bool hex4(json_reader *j, uint32_t *out) {
  *out = 0;
  for (size_t i = 0; i < 4; i++, j->at++) {
    const char c = peek(j);
    const char *digits = "0123456789abcdefABCDEF", *found = c ? strchr(digits, c) : NULL;
    if (!found) {
      return false;
    }
    const uint32_t value = (uint32_t)(found - digits);
    *out = *out * 16 + (value > 15 ? value - 6 : value);
  }
  return true;
}

static kgq_status read_unicode(json_reader *j, kg_buf *out) {
  uint32_t c = 0, low = 0;
  if (!hex4(j, &c)) {
    return fail(j, "four hexadecimal digits are expected");
  }
  if (c >= 0xD800 && c < 0xDC00) {
    const bool pair = peek(j) == '\\' && j->at + 1 < j->text.len && j->text.ptr[j->at + 1] == 'u';
    j->at += 2;
    if (!pair || !hex4(j, &low) || low < 0xDC00 || low > 0xDFFF) {
      return fail(j, "half of a surrogate pair");
    }
    c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
  } else if (c >= 0xDC00 && c <= 0xDFFF) {
    return fail(j, "half of a surrogate pair");
  }
  char bytes[4];
  return kg_buf_add(out, bytes, kg_utf8_encode(c, bytes), j->err);
}

static kgq_status read_escape(json_reader *j, kg_buf *out) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char c = peek(j);
  j->at++;
  if (c == 'u') {
    return read_unicode(j, out);
  }
  const char *found = c ? strchr(names, c) : NULL;
  return found ? kg_buf_add_byte(out, values[found - names], j->err) : fail(j, "unknown escape");
}

static kgq_status read_string_into(json_reader *j, kg_buf *out) {
  KGQ_TRY(expect(j, '"'));
  for (;;) {
    if (j->at >= j->text.len || (unsigned char)peek(j) < 0x20) {
      return fail(j, "a string does not end, or holds a control character");
    }
    const char c = j->text.ptr[j->at++];
    if (c == '"') {
      return KGQ_OK;
    }
    KGQ_TRY(c == '\\' ? read_escape(j, out) : kg_buf_add_byte(out, c, j->err));
  }
}

static kgq_status read_string(json_reader *j, kgq_str *out) {
  kg_buf buf;
  kg_buf_init(&buf, NULL);
  kgq_status st = read_string_into(j, &buf);
  st = st == KGQ_OK ? kg_arena_copy(j->arena, kg_buf_str(&buf), out, j->err) : st;
  kg_buf_free(&buf);
  return st;
}

static kgq_status read_value(json_reader *j, unsigned depth, json **out);

static kgq_status read_member(json_reader *j, json_kind kind, unsigned depth, json **out) {
  kgq_str key = { "", 0 };
  if (kind == JSON_OBJECT) {
    KGQ_TRY(read_string(j, &key));
    KGQ_TRY(expect(j, ':'));
  }
  KGQ_TRY(read_value(j, depth + 1, out));
  (*out)->key = key;
  return KGQ_OK;
}

static bool has_key(const json *object, kgq_str key) {
  for (const json *m = object->first; m; m = m->next) {
    if (kg_str_equal(m->key, key) && m->next) {
      return true;
    }
  }
  return false;
}

static kgq_status read_members(json_reader *j, json *parent, char close, unsigned depth) {
  json **tail = &parent->first;
  j->at++;
  skip_space(j);
  if (peek(j) == close) {
    j->at++;
    return KGQ_OK;
  }
  for (;;) {
    KGQ_TRY(read_member(j, parent->kind, depth, tail));
    if (parent->kind == JSON_OBJECT && has_key(parent, (*tail)->key)) {
      return fail(j, "a member comes twice");
    }
    tail = &(*tail)->next;
    skip_space(j);
    if (peek(j) == close) {
      j->at++;
      return KGQ_OK;
    }
    KGQ_TRY(expect(j, ','));
    skip_space(j);
  }
}

static kgq_status read_word(json_reader *j, json *out) {
  static const char *const words[] = { "null", "false", "true" };
  for (size_t i = 0; i < 3; i++) {
    const kgq_str rest = { j->text.ptr + j->at, j->text.len - j->at };
    if (kg_str_starts(rest, kg_str(words[i]))) {
      out->kind = (json_kind)i;
      j->at += strlen(words[i]);
      return KGQ_OK;
    }
  }
  const size_t start = j->at;
  while (peek(j) && strchr("+-.0123456789eE", peek(j))) {
    j->at++;
  }
  out->kind = JSON_NUMBER;
  return j->at > start ? KGQ_OK : fail(j, "a JSON value is expected here");
}

static kgq_status read_value(json_reader *j, unsigned depth, json **out) {
  json *value = kg_arena_zero(j->arena, sizeof *value);
  *out = value;
  if (!value) {
    return kg_fail_memory(j->err);
  }
  skip_space(j);
  if (depth > DEPTH_MAX) {
    return fail(j, "nested too deeply");
  }
  switch (peek(j)) {
  case '{': value->kind = JSON_OBJECT; return read_members(j, value, '}', depth);
  case '[': value->kind = JSON_ARRAY; return read_members(j, value, ']', depth);
  case '"': value->kind = JSON_STRING; return read_string(j, &value->text);
  default: return read_word(j, value);
  }
}

/* ---- the results -------------------------------------------------------------------------------- */

static kgq_status wrong(kgq_error **err, const char *what) {
  return kg_fail(err, KGQ_DATA, "JSON results: %s", what);
}

static const json *member(const json *object, const char *key, json_kind kind) {
  for (const json *m = object ? object->first : NULL; m; m = m->next) {
    if (object->kind == JSON_OBJECT && m->kind == kind && kg_str_equal(m->key, kg_str(key))) {
      return m;
    }
  }
  return NULL;
}

static kgq_str text_of(const json *object, const char *key) {
  const json *m = member(object, key, JSON_STRING);
  return m ? m->text : KG_STR("");
}

static bool only_keys(const json *object, const char *const *keys, size_t count) {
  for (const json *m = object->first; m; m = m->next) {
    bool known = false;
    for (size_t i = 0; i < count; i++) {
      known = known || kg_str_equal(m->key, kg_str(keys[i]));
    }
    if (!known) {
      return false;
    }
  }
  return true;
}

static kgq_status literal_of(const json *value, kg_term *out, kgq_error **err) {
  static const char *const keys[] = { "type", "value", "datatype", "xml:lang", "its:dir" };
  const kgq_str datatype = text_of(value, "datatype"), lang = text_of(value, "xml:lang");
  const kgq_str dir = text_of(value, "its:dir");
  if (!only_keys(value, keys, 5) || (datatype.len && lang.len) || (dir.len && !lang.len)) {
    return wrong(err, "a literal with members that do not go together");
  }
  const bool ltr = kg_str_equal(dir, KG_STR("ltr")), rtl = kg_str_equal(dir, KG_STR("rtl"));
  if (dir.len && !ltr && !rtl) {
    return wrong(err, "a direction is ltr or rtl");
  }
  *out = lang.len ? kg_term_lang(text_of(value, "value"), lang)
                  : kg_term_typed(text_of(value, "value"), datatype);
  out->direction = ltr ? KG_DIR_LTR : rtl ? KG_DIR_RTL : KG_DIR_NONE;
  return KGQ_OK;
}

static kgq_status term_of(const json *value, kg_arena *arena, kg_term *out, kgq_error **err);

static kgq_status triple_of(const json *value, kg_arena *arena, kg_term *out, kgq_error **err) {
  static const char *const keys[] = { "subject", "predicate", "object" };
  const json *parts = member(value, "value", JSON_OBJECT);
  kg_term *triple = kg_arena_zero(arena, 3 * sizeof *triple);
  if (!triple) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < 3; i++) {
    const json *part = member(parts, keys[i], JSON_OBJECT);
    KGQ_TRY(part ? term_of(part, arena, &triple[i], err) : wrong(err, "a triple without its three parts"));
  }
  *out = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = triple };
  return only_keys(parts, keys, 3) ? KGQ_OK : wrong(err, "a triple with a fourth part");
}

/* The depth is that of the JSON tree. */
static kgq_status term_of(const json *value, kg_arena *arena, kg_term *out, kgq_error **err) {
  static const char *const keys[] = { "type", "value" };
  const kgq_str type = text_of(value, "type");
  if (kg_str_equal(type, KG_STR("triple"))) {
    return triple_of(value, arena, out, err);
  }
  if (!member(value, "value", JSON_STRING)) {
    return wrong(err, "a term without value");
  }
  if (kg_str_equal(type, KG_STR("literal"))) {
    return literal_of(value, out, err);
  }
  const bool iri = kg_str_equal(type, KG_STR("uri"));
  if (!only_keys(value, keys, 2) || (!iri && !kg_str_equal(type, KG_STR("bnode")))) {
    return wrong(err, "a term that is no uri, bnode, literal or triple");
  }
  *out = iri ? kg_term_iri(text_of(value, "value")) : kg_term_bnode(text_of(value, "value"));
  return KGQ_OK;
}

static kgq_status read_rows(results *r, const json *bindings, kgq_error **err) {
  for (const json *row = bindings->first; row; row = row->next) {
    if (row->kind != JSON_OBJECT) {
      return wrong(err, "a row that is no object");
    }
    KGQ_TRY(results_add_row(r, err));
    for (const json *cell = row->first; cell; cell = cell->next) {
      kg_term term;
      KGQ_TRY(term_of(cell, &r->arena, &term, err));
      KGQ_TRY(results_bind(r, cell->key, &term, err));
    }
  }
  return KGQ_OK;
}

static const json *either(const json *object, const char *key, json_kind a, json_kind b) {
  const json *found = member(object, key, a);
  return found ? found : member(object, key, b);
}

static kgq_status read_document(results *r, const json *root, kgq_error **err) {
  static const char *const top[] = { "head", "results", "boolean" }, *const inner[] = { "bindings" };
  static const char *const in_head[] = { "vars", "link" };
  const json *head = member(root, "head", JSON_OBJECT), *body = member(root, "results", JSON_OBJECT);
  const json *boolean = either(root, "boolean", JSON_TRUE, JSON_FALSE);
  if (!head || !only_keys(root, top, 3) || !only_keys(head, in_head, 2) || !boolean == !body) {
    return wrong(err, "head, and either results or boolean, make a document");
  }
  if (boolean) {
    r->is_boolean = true;
    r->boolean = boolean->kind == JSON_TRUE;
    return KGQ_OK;
  }
  const json *vars = member(head, "vars", JSON_ARRAY), *bindings = member(body, "bindings", JSON_ARRAY);
  if (!vars || !bindings || !only_keys(body, inner, 1)) {
    return wrong(err, "vars or bindings are missing");
  }
  for (const json *v = vars->first; v; v = v->next) {
    KGQ_TRY(v->kind == JSON_STRING ? results_add_var(r, v->text, err)
                                   : wrong(err, "a name that is no string"));
  }
  return read_rows(r, bindings, err);
}

kgq_status results_read_json(results *r, kgq_str text, kgq_error **err) {
  json_reader j = { text, 0, &r->arena, err };
  json *root = NULL;
  KGQ_TRY(kg_utf8_valid(text) == text.len ? KGQ_OK : fail(&j, "not UTF-8"));
  KGQ_TRY(read_value(&j, 0, &root));
  skip_space(&j);
  KGQ_TRY(j.at == text.len ? KGQ_OK : fail(&j, "text behind the document"));
  return read_document(r, root, err);
}
