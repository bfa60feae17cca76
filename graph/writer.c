/* graph/writer.c: formats by name, buffered output, and lines of N-Triples and N-Quads.
 *
 * Every writer of RDF goes through kg_out and its 64 KiB of patience. Terms are printed by term.c in
 * canonical form; Turtle and TriG are in turtle_writer.c, the database's export in export.c.
 */
#include "graph/writer.h"

#include <strings.h>

#include "core/limits.h"
#include "graph/rdflex.h"
#include "graph/vocab.h"

#define OUT_BYTES ((size_t)64 << 10)

/* ---- formats ------------------------------------------------------------------------------------ */

typedef struct format_name {
  const char *name;
  kg_format format;
} format_name;

static const format_name format_names[] = {
  { "nt", KG_FORMAT_NT },     { "ntriples", KG_FORMAT_NT }, { "nq", KG_FORMAT_NQ },
  { "nquads", KG_FORMAT_NQ }, { "ttl", KG_FORMAT_TTL },     { "turtle", KG_FORMAT_TTL },
  { "trig", KG_FORMAT_TRIG }, { "yaml", KG_FORMAT_YAML },   { "yml", KG_FORMAT_YAML },
};

static kg_format format_of(const char *name, size_t bytes) {
  for (size_t i = 0; i < sizeof format_names / sizeof format_names[0]; i++) {
    if (strlen(format_names[i].name) == bytes && strncasecmp(format_names[i].name, name, bytes) == 0) {
      return format_names[i].format;
    }
  }
  return KG_FORMAT_UNKNOWN;
}

kg_format kg_format_named(const char *name) {
  return format_of(name, strlen(name));
}

static bool ends_with(const char *path, size_t bytes, const char *ending) {
  const size_t n = strlen(ending);
  return bytes > n && strncasecmp(path + bytes - n, ending, n) == 0;
}

kg_format kg_format_of_path(const char *path) {
  size_t bytes = strlen(path);
  bytes -= ends_with(path, bytes, ".gz") ? 3 : ends_with(path, bytes, ".zst") ? 4 : 0;
  size_t dot = bytes;
  while (dot > 0 && path[dot - 1] != '.' && path[dot - 1] != '/') {
    dot--;
  }
  return dot > 0 && path[dot - 1] == '.' ? format_of(path + dot, bytes - dot) : KG_FORMAT_UNKNOWN;
}

/* ---- buffered output ---------------------------------------------------------------------------- */

void kg_out_init(kg_out *out, const kgq_allocator *a, kgq_write_fn write, void *arg) {
  *out = (kg_out){ .write = write, .arg = arg };
  kg_buf_init(&out->buf, a);
}

kgq_status kg_out_flush(kg_out *out, kgq_error **err) {
  if (out->buf.len == 0) {
    return KGQ_OK;
  }
  if (out->write(out->arg, out->buf.bytes, out->buf.len) != 0) {
    return kg_fail(err, KGQ_IO, "the output could not be written");
  }
  out->bytes += out->buf.len;
  out->buf.len = 0;
  return KGQ_OK;
}

kgq_status kg_out_breathe(kg_out *out, kgq_error **err) {
  return out->buf.len > OUT_BYTES ? kg_out_flush(out, err) : KGQ_OK;
}

void kg_out_free(kg_out *out) {
  kg_buf_free(&out->buf);
}

/* ---- lines -------------------------------------------------------------------------------------- */

static char *put(char *at, kgq_str text) {
  memcpy(at, text.ptr, text.len);
  return at + text.len;
}

static size_t room_for(const kg_term *term) {
  return term->text.len + term->datatype.len + term->lang.len + 16;
}

static char *put_iri(char *at, kgq_str iri) {
  const char *const end = iri.ptr + iri.len;
  if (kg_lex_skip_iri(iri.ptr, end) != end) {
    return NULL;
  }
  *at++ = '<';
  at = put(at, iri);
  *at++ = '>';
  return at;
}

/* The common terms, straight into a buffer with room_for them: the same bytes as kg_term_print. NULL: not
 * that simple. */
static char *put_simple(char *at, const kg_term *term) {
  if (term->kind == KG_TERM_IRI) {
    return put_iri(at, term->text);
  }
  if (term->kind == KG_TERM_BNODE) {
    return put(put(at, KG_STR("_:")), term->text);
  }
  if (term->kind != KG_TERM_LITERAL || term->direction != KG_DIR_NONE ||
      !kg_lex_needs_no_escape(term->text)) {
    return NULL;
  }
  *at++ = '"';
  at = put(at, term->text);
  *at++ = '"';
  if (term->lang.len) {
    *at++ = '@';
    return put(at, term->lang);
  }
  const bool typed = term->datatype.len && !kg_str_equal(term->datatype, KG_STR(KG_XSD_STRING));
  return typed ? put_iri(put(at, KG_STR("^^")), term->datatype) : at;
}

/* Appends a term that is not simple, and makes room for what follows it. */
static kgq_status put_odd(kg_buf *buf, char **at, const kg_term *term, size_t room, kgq_error **err) {
  buf->len = (size_t)(*at - buf->bytes);
  KGQ_TRY(kg_term_print(term, buf, err));
  KGQ_TRY(kg_buf_reserve(buf, room, err));
  *at = buf->bytes + buf->len;
  return KGQ_OK;
}

kgq_status kg_write_quad(kg_out *out, const kg_term *s, const kg_term *p, const kg_term *o, const kg_term *g,
                         kgq_error **err) {
  const kg_term *const terms[] = { s, p, o, g };
  const size_t count = g && g->kind != KG_TERM_NONE ? 4 : 3;
  size_t room = 2;
  for (size_t i = 0; i < count; i++) {
    room += room_for(terms[i]);
  }
  KGQ_TRY(kg_buf_reserve(&out->buf, room, err));
  char *at = out->buf.bytes + out->buf.len;
  for (size_t i = 0; i < count; i++) {
    char *const behind = terms[i]->text.len ? put_simple(at, terms[i]) : NULL;
    if (behind) {
      at = behind;
    } else {
      KGQ_TRY(put_odd(&out->buf, &at, terms[i], room, err));
    }
    *at++ = ' ';
  }
  memcpy(at, ".\n", 2);
  out->buf.len = (size_t)(at + 2 - out->buf.bytes);
  return kg_out_breathe(out, err);
}

static kgq_status lower_tag(kgq_str tag, kg_arena *arena, kgq_str *out, kgq_error **err) {
  char *copy = kg_arena_alloc(arena, tag.len + 1);
  if (!copy) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < tag.len; i++) {
    const char c = tag.ptr[i];
    copy[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
  }
  *out = kg_str_n(copy, tag.len);
  return KGQ_OK;
}

static kgq_status lower_tags(const kg_term *term, kg_arena *arena, kg_term *out, unsigned depth,
                             kgq_error **err) {
  *out = *term;
  if (term->kind == KG_TERM_LITERAL && term->lang.len) {
    return lower_tag(term->lang, arena, &out->lang, err);
  }
  if (term->kind != KG_TERM_TRIPLE) {
    return KGQ_OK;
  }
  kg_term *parts = kg_arena_zero(arena, 3 * sizeof *parts);
  if (!parts) {
    return kg_fail_memory(err);
  }
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "a triple term is nested deeper than %d", KG_LIMIT_NESTING);
  }
  for (size_t i = 0; i < 3; i++) {
    KGQ_TRY(lower_tags(&term->triple[i], arena, &parts[i], depth + 1, err));
  }
  out->triple = parts;
  return KGQ_OK;
}

kgq_status kg_term_lower_tags(const kg_term *term, kg_arena *arena, kg_term *out, kgq_error **err) {
  return lower_tags(term, arena, out, 1, err);
}
