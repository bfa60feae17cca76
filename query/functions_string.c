/* query/functions_string.c: functions on strings (SPARQL 1.2, 17.4.3). They count in code points. */
#include "query/functions.h"

#include <math.h>

#include "core/text.h"
#include "query/compare.h"
#include "query/regex.h"

/* 17.4.3.1.2: a simple string goes with every other; two language strings need the same language and
 * direction. */
static kgq_status read_compatible(kg_calc *ev, kg_value *args, bool *compatible, kgq_error **err) {
  *compatible = kg_value_is_text(args[0].kind) && kg_value_is_text(args[1].kind);
  if (!*compatible) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, &args[0], err));
  KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, &args[1], err));
  *compatible = args[1].kind == KG_VALUE_STRING || (kg_lang_equal(args[0].term->lang, args[1].term->lang) &&
                                                    args[0].term->direction == args[1].term->direction);
  return KGQ_OK;
}

/* Position of `part` in `text`, or text.len + 1. */
static size_t find(kgq_str text, kgq_str part) {
  if (part.len == 0) {
    return 0;
  }
  const char *at = text.len >= part.len ? (const char *)memmem(text.ptr, text.len, part.ptr, part.len) : NULL;
  return at ? (size_t)(at - text.ptr) : text.len + 1;
}

static bool ends_with(kgq_str text, kgq_str part) {
  return text.len >= part.len &&
         (part.len == 0 || memcmp(text.ptr + text.len - part.len, part.ptr, part.len) == 0);
}

kgq_status kg_fn_STRLEN(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kgq_str text;
  if (kg_value_is_text(args[0].kind)) {
    KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
    kg_value_set_int(out, (int64_t)kg_utf8_count(text));
  }
  return KGQ_OK;
}

kgq_status kg_fn_CONTAINS(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  bool compatible = false;
  KGQ_TRY(read_compatible(ev, args, &compatible, err));
  if (compatible) {
    kg_value_set_boolean(out, find(args[0].term->text, args[1].term->text) <= args[0].term->text.len);
  }
  return KGQ_OK;
}

kgq_status kg_fn_STRSTARTS(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  bool compatible = false;
  KGQ_TRY(read_compatible(ev, args, &compatible, err));
  if (compatible) {
    kg_value_set_boolean(out, args[1].term->text.len == 0 ||
                                  kg_str_starts(args[0].term->text, args[1].term->text));
  }
  return KGQ_OK;
}

kgq_status kg_fn_STRENDS(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  bool compatible = false;
  KGQ_TRY(read_compatible(ev, args, &compatible, err));
  if (compatible) {
    kg_value_set_boolean(out, ends_with(args[0].term->text, args[1].term->text));
  }
  return KGQ_OK;
}

/* 17.4.3.9, 17.4.3.10: where the part does not occur, an empty simple string, without the language. */
static kgq_status give_around(kg_calc *ev, kg_value *args, bool after, kg_value *out, kgq_error **err) {
  bool compatible = false;
  KGQ_TRY(read_compatible(ev, args, &compatible, err));
  if (!compatible) {
    return KGQ_OK;
  }
  const kgq_str text = args[0].term->text;
  const size_t part_bytes = args[1].term->text.len;
  const size_t at = find(text, args[1].term->text);
  if (at > text.len) {
    return kg_give_string(ev, KG_STR(""), out, err);
  }
  const size_t end = at + part_bytes;
  const kgq_str rest = after ? kg_str_n(text.ptr + end, text.len - end) : kg_str_n(text.ptr, at);
  return kg_give_like(ev, rest, &args[0], out, err);
}

kgq_status kg_fn_STRBEFORE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_around(ev, args, false, out, err);
}

kgq_status kg_fn_STRAFTER(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_around(ev, args, true, out, err);
}

/* ---- SUBSTR ------------------------------------------------------------------------------------- */

/* fn:round as XPath has it: half toward positive infinity. */
static double round_half_up(double v) {
  const double below = floor(v);
  return v - below >= 0.5 ? below + 1 : below;
}

/* Bytes up to character number `position` (from 1). */
static size_t bytes_before(kgq_str text, double position) {
  size_t at = 0;
  uint32_t c = 0;
  for (double i = 1; i < position && at < text.len; i++) {
    const size_t n = kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
    at += n > 0 ? n : 1;
  }
  return at;
}

/* fn:substring: the characters at positions p with round(start) <= p < round(start) + round(length). */
kgq_status kg_fn_SUBSTR(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  kgq_str text;
  if (!kg_value_is_text(args[0].kind) || !kg_value_is_number(args[1].kind) ||
      (count == 3 && !kg_value_is_number(args[2].kind))) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  const double start = round_half_up(kg_value_double(&args[1]));
  const double end = count == 3 ? start + round_half_up(kg_value_double(&args[2])) : (double)INFINITY;
  if (isnan(start) || isnan(end) || end <= start) {
    return kg_give_like(ev, KG_STR(""), &args[0], out, err);
  }
  const size_t from = bytes_before(text, start), to = bytes_before(text, end);
  return kg_give_like(ev, kg_str_n(text.ptr + from, to - from), &args[0], out, err);
}

/* ---- new texts ---------------------------------------------------------------------------------- */

static kgq_status give_mapped(kg_calc *ev, kg_value *v, kgq_status (*map)(kgq_str, kg_buf *, kgq_error **),
                              kg_value *out, kgq_error **err) {
  kgq_str text;
  if (!kg_value_is_text(v->kind)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, v, &text, err));
  ev->buf.len = 0;
  KGQ_TRY(map(text, &ev->buf, err));
  KGQ_TRY(kg_take_buf(ev, &text, err));
  return kg_give_like(ev, text, v, out, err);
}

kgq_status kg_fn_UCASE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_mapped(ev, &args[0], kg_upper, out, err);
}

kgq_status kg_fn_LCASE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  return give_mapped(ev, &args[0], kg_lower, out, err);
}

/* RFC 3986, 2.3. */
static bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

static kgq_status percent_encode(kgq_str text, kg_buf *buf, kgq_error **err) {
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    const char escaped[3] = { '%', hex[c >> 4], hex[c & 15] };
    const bool plain = is_unreserved(text.ptr[i]);
    KGQ_TRY(kg_buf_add(buf, plain ? &text.ptr[i] : escaped, plain ? 1 : 3, err));
  }
  return KGQ_OK;
}

kgq_status kg_fn_ENCODE_FOR_URI(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  (void)count;
  kgq_str text;
  if (!kg_value_is_text(args[0].kind)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  ev->buf.len = 0;
  KGQ_TRY(percent_encode(text, &ev->buf, err));
  KGQ_TRY(kg_take_buf(ev, &text, err));
  return kg_give_string(ev, text, out, err);
}

void kg_concat_start(kg_calc *ev, kg_concat *c) {
  *c = (kg_concat){ .same = true, .lang = KG_STR("") };
  kg_buf_init(&c->buf, &ev->pool.allocator);
}

kgq_status kg_concat_add(kg_calc *ev, kg_concat *c, kg_value *arg, kgq_error **err) {
  if (c->failed || !kg_value_is_text(arg->kind)) {
    c->failed = true;
    return KGQ_OK;
  }
  KGQ_TRY(kg_value_read(ev->env.terms, &ev->scratch, arg, err));
  const kg_term *term = arg->term;
  if (c->count++ == 0) {
    c->lang = term->lang;
    c->direction = term->direction;
  }
  c->same = c->same && kg_lang_equal(c->lang, term->lang) && c->direction == term->direction;
  if (c->buf.len + term->text.len > KG_LIMIT_LITERAL_BYTES) {
    return kg_fail(err, KGQ_LIMIT, "an expression made a text of more than %u MiB",
                   KG_LIMIT_LITERAL_BYTES >> 20);
  }
  return kg_buf_add_str(&c->buf, term->text, err);
}

kgq_status kg_concat_end(kg_calc *ev, kg_concat *c, kg_value *out, kgq_error **err) {
  kgq_status st = KGQ_OK;
  kg_value_set_none(out);
  if (!c->failed) {
    kg_term term = kg_term_string(KG_STR(""));
    term.lang = c->same ? c->lang : KG_STR("");
    term.direction = c->same ? c->direction : KG_DIR_NONE;
    st = kg_arena_copy(&ev->scratch, kg_buf_str(&c->buf), &term.text, err);
    st = st == KGQ_OK ? kg_value_set_term(out, &term, &ev->scratch, err) : st;
  }
  kg_buf_free(&c->buf);
  return st;
}

/* ---- regular expressions ------------------------------------------------------------------------ */

/* Pattern and flags must be simple strings. *regex NULL: not a regular expression. */
static kgq_status get_regex(kg_calc *ev, kg_value *pattern, kg_value *flags, kg_regex **regex,
                            kgq_error **err) {
  kgq_str text, letters = KG_STR("");
  *regex = NULL;
  if (pattern->kind != KG_VALUE_STRING || (flags && flags->kind != KG_VALUE_STRING)) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, pattern, &text, err));
  if (flags) {
    KGQ_TRY(kg_arg_text(ev, flags, &letters, err));
  }
  if (!ev->regexes) {
    KGQ_TRY(kg_regex_cache_new(&ev->pool.allocator, &ev->regexes, err));
  }
  return kg_regex_get(ev->regexes, text, letters, regex, err);
}

kgq_status kg_fn_REGEX(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  kgq_str text;
  kg_regex *regex = NULL;
  int found = 0;
  if (!kg_value_is_text(args[0].kind)) {
    return KGQ_OK;
  }
  KGQ_TRY(get_regex(ev, &args[1], count == 3 ? &args[2] : NULL, &regex, err));
  if (!regex) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  KGQ_TRY(kg_regex_find(regex, text, &found, err));
  if (found >= 0) {
    kg_value_set_boolean(out, found != 0);
  }
  return KGQ_OK;
}

kgq_status kg_fn_REPLACE(kg_calc *ev, kg_value *args, uint32_t count, kg_value *out, kgq_error **err) {
  kgq_str text, replacement;
  kg_regex *regex = NULL;
  bool ok = false;
  if (!kg_value_is_text(args[0].kind) || args[2].kind != KG_VALUE_STRING) {
    return KGQ_OK;
  }
  KGQ_TRY(get_regex(ev, &args[1], count == 4 ? &args[3] : NULL, &regex, err));
  if (!regex) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_arg_text(ev, &args[0], &text, err));
  KGQ_TRY(kg_arg_text(ev, &args[2], &replacement, err));
  ev->buf.len = 0;
  KGQ_TRY(kg_regex_replace(regex, text, replacement, &ev->buf, &ok, err));
  if (!ok) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_take_buf(ev, &text, err));
  return kg_give_like(ev, text, &args[0], out, err);
}
