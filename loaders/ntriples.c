/* loaders/ntriples.c: N-Triples 1.2 and N-Quads 1.2, line by line, in place.
 *
 *   ntriplesDoc ::= statement? (EOL statement)* EOL?
 *   statement   ::= directive | triple '.'             (N-Quads: subject predicate object graphLabel? '.')
 *   directive   ::= 'VERSION' STRING_LITERAL_QUOTE
 *
 * The window always holds whole lines, so a scanner that meets the end of the lines has met an error. A
 * function that reads something takes where it begins and returns where it ends, or NULL with the fault noted
 * in the reader; places are worked out only then.
 */
#include "loaders/ntriples.h"

#include "core/limits.h"
#include "graph/rdflex.h"
#include "graph/vocab.h"

enum { SUBJECT, PREDICATE, OBJECT, GRAPH };

typedef struct line_reader {
  kg_input *in;
  const kg_reader_options *options;
  const kg_sink *sink;
  const char *end; /* of the whole lines at hand */
  kg_arena arena;  /* decoded texts and triple terms of one statement */
  bool arena_used;
  kg_buf scratch;
  kg_term quad[4];
  kgq_str subject,
      graph;        /* the tokens that quad[SUBJECT] and quad[GRAPH] came from; length 0: none at hand */
  kgq_status fault; /* set with `message`, or by the sink */
  const char *message, *hint, *fault_at;
} line_reader;

static const char *fail(line_reader *r, const char *at, const char *message, const char *hint) {
  r->fault = message == kg_lex_no_memory ? KGQ_NOMEM : KGQ_SYNTAX;
  r->message = message;
  r->hint = hint;
  r->fault_at = at;
  return NULL;
}

static inline const char *skip_space(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t')) {
    p++;
  }
  return p;
}

static inline bool at_line_end(const char *p, const char *end) {
  return p == end || *p == '\n' || *p == '\r';
}

/* Texts decoded into the scratch buffer move to the statement's arena; slices of the line stay where they
 * are. */
static bool keep_text(line_reader *r, kgq_str *text) {
  if (text->ptr != r->scratch.bytes || text->len == 0) {
    return true;
  }
  r->arena_used = true;
  return kg_arena_copy(&r->arena, *text, text, NULL) == KGQ_OK;
}

/* ---- terms -------------------------------------------------------------------------------------- */

static inline bool has_scheme(const char *p, const char *end) {
  if (p == end || !kg_byte_is(*p, KG_BYTE_LETTER)) {
    return false;
  }
  do {
    p++;
  } while (p < end && kg_byte_is(*p, KG_BYTE_SCHEME));
  return p < end && *p == ':';
}

/* An IRI with escapes, or a refused one. */
static const char *odd_iri(line_reader *r, const char *p, kgq_str *out) {
  const kg_lex_result token = kg_lex_iriref(kg_str_n(p, (size_t)(r->end - p)), &r->scratch);
  *out = token.value;
  if (!token.bytes) {
    return fail(r, p + token.error_offset, token.message, NULL);
  }
  return keep_text(r, out) ? p + token.bytes : fail(r, p, kg_lex_no_memory, NULL);
}

/* IRIREF, which must be absolute (N-Triples 1.2, section 2.2). */
static inline const char *iri(line_reader *r, const char *p, kgq_str *out) {
  const char *stop = kg_lex_skip_iri(p + 1, r->end);
  if (stop < r->end && *stop == '>' && (size_t)(stop - p) <= KG_LIMIT_IRI_BYTES) {
    *out = kg_str_n(p + 1, (size_t)(stop - p - 1));
    stop++;
  } else {
    stop = odd_iri(r, p, out);
  }
  if (stop && !has_scheme(out->ptr, out->ptr + out->len)) {
    return fail(r, p,
                "this IRI is not absolute: it has no scheme such as https:", "line formats know no base");
  }
  return stop;
}

static const char *bnode(line_reader *r, const char *p, kg_term *out) {
  const kg_lex_result token = kg_lex_bnode(kg_str_n(p, (size_t)(r->end - p)));
  *out = kg_term_bnode(token.value);
  return token.bytes ? p + token.bytes : fail(r, p + token.error_offset, token.message, NULL);
}

/* A string with escapes, or a refused one. */
static const char *odd_string(line_reader *r, const char *p, kgq_str *out) {
  const kg_lex_result token = kg_lex_string(kg_str_n(p, (size_t)(r->end - p)), false, false, &r->scratch);
  *out = token.value;
  if (!token.bytes) {
    return fail(r, p + token.error_offset, token.message, NULL);
  }
  return keep_text(r, out) ? p + token.bytes : fail(r, p, kg_lex_no_memory, NULL);
}

static inline const char *string(line_reader *r, const char *p, kgq_str *out) {
  const char *stop = kg_lex_skip_string(p + 1, r->end, '"');
  if (stop < r->end && *stop == '"' && (size_t)(stop - p) <= KG_LIMIT_LITERAL_BYTES) {
    *out = kg_str_n(p + 1, (size_t)(stop - p - 1));
    return stop + 1;
  }
  return odd_string(r, p, out);
}

static const char *language(line_reader *r, const char *p, kg_term *out) {
  const kg_lex_result token = kg_lex_lang(kg_str_n(p, (size_t)(r->end - p)), &out->direction);
  out->lang = token.value;
  return token.bytes ? p + token.bytes : fail(r, p + token.error_offset, token.message, NULL);
}

/* '^^' IRIREF. xsd:string is the plain literal; the two language datatypes need a tag (Concepts 1.2,
 * section 3.4). */
static const char *datatype(line_reader *r, const char *p, kg_term *out) {
  const char *const at = skip_space(p + 2, r->end);
  if (p + 2 > r->end || p[1] != '^' || at == r->end || *at != '<') {
    return fail(r, p, "a datatype is written ^^<IRI>", NULL);
  }
  const char *behind = iri(r, at, &out->datatype);
  if (!behind) {
    return NULL;
  }
  if (kg_str_equal(out->datatype, KG_STR(KG_XSD_STRING))) {
    out->datatype = (kgq_str){ "", 0 };
  } else if (kg_str_equal(out->datatype, KG_STR(KG_RDF_LANG_STRING)) ||
             kg_str_equal(out->datatype, KG_STR(KG_RDF_DIR_LANG_STRING))) {
    return fail(r, at, "this datatype needs a language tag", "write the text as \"...\"@ko");
  }
  return behind;
}

/* literal ::= STRING_LITERAL_QUOTE ('^^' IRIREF | LANG_DIR)? */
static const char *literal(line_reader *r, const char *p, kg_term *out) {
  *out = (kg_term){ .kind = KG_TERM_LITERAL };
  const char *behind = string(r, p, &out->text);
  if (!behind) {
    return NULL;
  }
  const char *const mark = skip_space(behind, r->end);
  if (mark < r->end && *mark == '@') {
    return language(r, mark, out);
  }
  return mark < r->end && *mark == '^' ? datatype(r, mark, out) : behind;
}

static const char *object(line_reader *r, const char *p, kg_term *out, unsigned depth);

static inline const char *resource(line_reader *r, const char *p, kg_term *out, const char *wanted) {
  if (p < r->end && *p == '<') {
    *out = (kg_term){ .kind = KG_TERM_IRI };
    return iri(r, p, &out->text);
  }
  return p < r->end && *p == '_' ? bnode(r, p, out) : fail(r, p, wanted, NULL);
}

static inline const char *predicate(line_reader *r, const char *p, kg_term *out) {
  if (p == r->end || *p != '<') {
    return fail(r, p, "a predicate must be an IRI such as <https://example.org/p>", NULL);
  }
  *out = (kg_term){ .kind = KG_TERM_IRI };
  return iri(r, p, &out->text);
}

static const char not_subject[] = "a subject must be an IRI or a blank node";
static const char not_object[] =
    "an object must be an IRI, a blank node, a text in double quotes or <<( ... )>>";

/* tripleTerm ::= '<<(' subject predicate object ')>>' */
static const char *triple_term(line_reader *r, const char *p, kg_term *out, unsigned depth) {
  if (r->end - p < 3 || p[2] != '(') {
    return fail(r, p, "a triple term is written <<( subject predicate object )>>", NULL);
  }
  if (depth >= KG_LIMIT_NESTING) {
    return fail(r, p, "triple terms are nested deeper than 100", NULL);
  }
  r->arena_used = true;
  kg_term *parts = kg_arena_zero(&r->arena, 3 * sizeof *parts);
  if (!parts) {
    return fail(r, p, kg_lex_no_memory, NULL);
  }
  p = resource(r, skip_space(p + 3, r->end), &parts[0], not_subject);
  p = p ? predicate(r, skip_space(p, r->end), &parts[1]) : NULL;
  p = p ? object(r, skip_space(p, r->end), &parts[2], depth + 1) : NULL;
  if (!p) {
    return NULL;
  }
  p = skip_space(p, r->end);
  if (r->end - p < 3 || memcmp(p, ")>>", 3) != 0) {
    return fail(r, p, "a triple term ends with )>>", NULL);
  }
  *out = (kg_term){ .kind = KG_TERM_TRIPLE, .triple = parts };
  return p + 3;
}

/* object ::= IRIREF | BLANK_NODE_LABEL | literal | tripleTerm */
static const char *object(line_reader *r, const char *p, kg_term *out, unsigned depth) {
  if (p < r->end && *p == '"') {
    return literal(r, p, out);
  }
  if (r->end - p >= 2 && p[0] == '<' && p[1] == '<') {
    return triple_term(r, p, out, depth);
  }
  return resource(r, p, out, not_object);
}

/* ---- statements --------------------------------------------------------------------------------- */

/* The same token as in the statement before needs no second look: files are mostly grouped by subject and
 * graph. */
static inline const char *resource_again(line_reader *r, const char *p, kg_term *out, kgq_str *before) {
  if (before->len && (size_t)(r->end - p) > before->len && memcmp(p, before->ptr, before->len) == 0 &&
      before->ptr[0] == '<') {
    return p + before->len;
  }
  const char *behind = resource(r, p, out, not_subject);
  *before = kg_str_n(p, behind && out->text.ptr == p + 1 ? (size_t)(behind - p) : 0);
  return behind;
}

/* graphLabel ::= IRIREF | BLANK_NODE_LABEL; none: the default graph. */
static const char *graph_label(line_reader *r, const char *p) {
  if (p < r->end && *p == '.') {
    r->quad[GRAPH] = (kg_term){ .kind = KG_TERM_NONE };
    r->graph.len = 0;
    return p;
  }
  if (r->options->graphs && p < r->end && (*p == '<' || *p == '_')) {
    if (r->options->graph_refusal) {
      return fail(r, p, r->options->graph_refusal, NULL);
    }
    return resource_again(r, p, &r->quad[GRAPH], &r->graph);
  }
  return fail(r, p, "a '.' is missing at the end of the statement",
              !r->options->graphs && p < r->end && *p == '<' ? "a fourth term makes it N-Quads: --format nq"
                                                             : NULL);
}

/* triple ::= subject predicate object, or a quad; then '.' */
static const char *statement(line_reader *r, const char *p) {
  p = resource_again(r, p, &r->quad[SUBJECT], &r->subject);
  p = p ? predicate(r, skip_space(p, r->end), &r->quad[PREDICATE]) : NULL;
  p = p ? object(r, skip_space(p, r->end), &r->quad[OBJECT], 0) : NULL;
  p = p ? graph_label(r, skip_space(p, r->end)) : NULL;
  if (!p) {
    return NULL;
  }
  p = skip_space(p, r->end);
  return p < r->end && *p == '.' ? p + 1 : fail(r, p, "a '.' is missing at the end of the statement", NULL);
}

/* directive ::= 'VERSION' STRING_LITERAL_QUOTE. Any version is read as 1.2, which holds all older ones. */
static const char *version(line_reader *r, const char *p) {
  kgq_str label;
  const char *at = p + 7;
  if (r->end - p < 7 || memcmp(p, "VERSION", 7) != 0) {
    return fail(r, p, not_subject, NULL);
  }
  at = skip_space(at, r->end);
  return at < r->end && *at == '"' ? string(r, at, &label)
                                   : fail(r, at, "VERSION needs a text such as \"1.2\"", NULL);
}

static const char *skip_line(const char *p, const char *end) {
  const char *newline = memchr(p, '\n', (size_t)(end - p));
  const char *stop = newline ? newline : end;
  const char *alone = memchr(p, '\r', (size_t)(stop - p)); /* EOL ::= [#xD#xA]+ */
  return alone ? alone : stop;
}

/* What may follow a statement on its line. */
static const char *line_rest(line_reader *r, const char *p) {
  p = skip_space(p, r->end);
  if (p < r->end && *p == '#') {
    return skip_line(p, r->end);
  }
  return at_line_end(p, r->end) ? p : fail(r, p, "only one statement may stand on a line", NULL);
}

/* One line from p on; behind it, or NULL with r->fault set. */
static const char *line(line_reader *r, const char *p, kgq_error **err) {
  p = skip_space(p, r->end);
  if (at_line_end(p, r->end)) {
    return p < r->end ? p + 1 : p;
  }
  if (*p == '#') {
    return skip_line(p, r->end);
  }
  const bool directive = *p == 'V';
  p = directive ? version(r, p) : statement(r, p);
  p = p ? line_rest(r, p) : NULL;
  if (p && !directive) {
    const kg_term *q = r->quad;
    r->fault = r->sink->quad(r->sink->arg, &q[SUBJECT], &q[PREDICATE], &q[OBJECT], &q[GRAPH], err);
    r->message = NULL;
    if (r->fault != KGQ_OK) {
      return NULL;
    }
  }
  if (r->arena_used) { /* the cached tokens are slices of the window: they stay */
    kg_arena_reset(&r->arena);
    r->arena_used = false;
  }
  return p;
}

/* ---- faults and the file ------------------------------------------------------------------------ */

static kgq_status report(const line_reader *r, kgq_error **err) {
  if (!r->message) {
    return r->fault; /* the sink has told */
  }
  if (r->fault == KGQ_NOMEM) {
    return kg_fail_memory(err);
  }
  const kg_place place = kg_input_place(r->in, r->fault_at);
  const kgq_status st = kg_fail_at(err, r->fault, &place, "%s", r->message);
  if (r->hint) {
    kg_hint(err, "%s", r->hint);
  }
  return st;
}

/* After a fault in the line at p: where to go on, or NULL to stop with *st. */
static const char *recover(line_reader *r, const char *p, kgq_status *st, kgq_error **err) {
  if (!r->options->bad_line || !r->message || r->fault != KGQ_SYNTAX) {
    *st = report(r, err);
    return NULL;
  }
  kgq_error *bad = NULL;
  (void)report(r, &bad);
  r->subject.len = r->graph.len = 0;
  kg_arena_reset(&r->arena);
  *st = r->options->bad_line(r->options->bad_line_arg, bad, err);
  return *st == KGQ_OK ? skip_line(p, r->end) : NULL;
}

static kgq_status lines(line_reader *r, kgq_error **err) {
  kgq_status st = KGQ_OK;
  const char *p = r->in->at;
  r->subject.len = r->graph.len = 0; /* the window has moved */
  while (p < r->end) {
    const char *behind = line(r, p, err);
    p = behind ? behind : recover(r, p, &st, err);
    if (!p) {
      return st;
    }
  }
  r->in->at = r->end;
  return KGQ_OK;
}

/* Behind the last whole line of the window; NULL: there is none yet. */
static const char *whole_lines(const kg_input *in) {
  if (in->eof) {
    return in->end;
  }
  const size_t count = (size_t)(in->end - in->at);
  const char *last = count ? memrchr(in->at, '\n', count) : NULL;
  last = last || !count ? last : memrchr(in->at, '\r', count);
  return last ? last + 1 : NULL;
}

kgq_status kg_ntriples_read(kg_input *in, const kg_reader_options *options, const kg_sink *sink,
                            kgq_error **err) {
  line_reader r = { .in = in, .options = options, .sink = sink };
  kg_arena_init(&r.arena, options->allocator);
  kg_buf_init(&r.scratch, options->allocator);
  kgq_status st = kg_input_skip_mark(in, err);
  while (st == KGQ_OK) {
    r.end = whole_lines(in);
    st = r.end ? lines(&r, err) : KGQ_OK;
    if (st != KGQ_OK || in->eof) {
      break;
    }
    st = kg_input_more(in, err);
  }
  kg_buf_free(&r.scratch);
  kg_arena_free(&r.arena);
  return st;
}
