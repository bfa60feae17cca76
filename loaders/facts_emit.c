/* loaders/facts_emit.c: quads of a document, and the names of its statements (docs/FACTS.md 4.2, 6.2).
 *
 * A plain fact is one quad. A fact of which something is said has a reifier that carries it as direct
 * properties; its name comes from its `id`, or from a digest over its own triples in canonical N-Triples, so
 * that the same statement has the same name in every order of the file. Quads go to the sink one by one;
 * nothing goes out after an error.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/digest.h"
#include "loaders/facts_doc.h"

enum { digest_digits = 32 };

const char *const kg_date_parts[KG_DATE_PARTS] = { "year", "month", "day", "time" };

/* ---- properties --------------------------------------------------------------------------------- */

kgq_status kg_props_add_iri(kg_doc *doc, kg_props *props, kgq_str predicate, const kg_term *object,
                            kgq_error **err) {
  kg_prop *prop = kg_arena_alloc(doc->arena, sizeof *prop);
  if (!prop) {
    return kg_fail_memory(err);
  }
  *prop = (kg_prop){ predicate, *object, NULL };
  if (props->last) {
    props->last->next = prop;
  } else {
    props->first = prop;
  }
  props->last = prop;
  props->count++;
  return KGQ_OK;
}

kgq_status kg_props_add(kg_doc *doc, kg_props *props, const char *predicate, const kg_term *object,
                        kgq_error **err) {
  return kg_props_add_iri(doc, props, kg_str(predicate), object, err);
}

kgq_status kg_props_add_texts(kg_doc *doc, kg_props *props, const char *predicate, const kg_text *texts,
                              kgq_error **err) {
  for (const kg_text *t = texts; t; t = t->next) {
    const kg_term term = kg_term_lang(t->text, t->lang);
    KGQ_TRY(kg_props_add(doc, props, predicate, &term, err));
  }
  return KGQ_OK;
}

kgq_status kg_props_add_word(kg_doc *doc, kg_props *props, const char *predicate, const char *local,
                             kgq_error **err) {
  kgq_str iri;
  KGQ_TRY(kg_concat(doc, KG_STR(KG_NS_KGQ), kg_str(local), &iri, err));
  const kg_term term = kg_term_iri(iri);
  return kg_props_add(doc, props, predicate, &term, err);
}

kgq_status kg_props_add_parts(kg_doc *doc, kg_props *props, const char *predicate, unsigned parts,
                              kgq_error **err) {
  for (unsigned i = 0; i < KG_DATE_PARTS; i++) {
    if (parts & 1u << i) {
      KGQ_TRY(kg_props_add_word(doc, props, predicate, kg_date_parts[i], err));
    }
  }
  return KGQ_OK;
}

/* ---- quads -------------------------------------------------------------------------------------- */

kgq_status kg_emit_iri(kg_doc *doc, kgq_str graph, const kg_term *s, kgq_str predicate, const kg_term *o,
                       kgq_error **err) {
  if (doc->errors->errors.total > 0) {
    return KGQ_OK;
  }
  const kg_term p = kg_term_iri(predicate), g = kg_term_iri(graph);
  return doc->sink->quad(doc->sink->arg, s, &p, o, &g, err);
}

kgq_status kg_emit(kg_doc *doc, kgq_str graph, const kg_term *s, const char *predicate, const kg_term *o,
                   kgq_error **err) {
  return kg_emit_iri(doc, graph, s, kg_str(predicate), o, err);
}

kgq_status kg_emit_texts(kg_doc *doc, kgq_str graph, const kg_term *s, const char *predicate,
                         const kg_text *texts, kgq_error **err) {
  for (const kg_text *t = texts; t; t = t->next) {
    const kg_term term = kg_term_lang(t->text, t->lang);
    KGQ_TRY(kg_emit(doc, graph, s, predicate, &term, err));
  }
  return KGQ_OK;
}

/* ---- names of statements -------------------------------------------------------------------------- */

typedef struct line_list { /* offsets while the buffer grows, strings once it is complete */
  size_t *starts;
  kgq_str *lines;
  size_t count;
} line_list;

static kgq_status add_line(kg_doc *doc, line_list *list, kgq_str predicate, const kg_term *object,
                           kgq_error **err) {
  const kg_term p = kg_term_iri(predicate);
  list->starts[list->count++] = doc->scratch.len;
  KGQ_TRY(kg_buf_add_text(&doc->scratch, "_:s ", err));
  KGQ_TRY(kg_term_print(&p, &doc->scratch, err));
  KGQ_TRY(kg_buf_add_byte(&doc->scratch, ' ', err));
  KGQ_TRY(kg_term_print(object, &doc->scratch, err));
  return kg_buf_add_text(&doc->scratch, " .\n", err);
}

static kgq_status add_props(kg_doc *doc, line_list *list, const kg_props *props, kgq_error **err) {
  for (const kg_prop *prop = props->first; prop; prop = prop->next) {
    KGQ_TRY(add_line(doc, list, prop->predicate, &prop->object, err));
  }
  return KGQ_OK;
}

static int compare_lines(const void *a, const void *b) {
  return kg_str_compare(*(const kgq_str *)a, *(const kgq_str *)b);
}

/* The lines sorted by bytes, without repetitions, behind one another. */
static kgq_status sorted_text(kg_doc *doc, line_list *list, kgq_str *out, kgq_error **err) {
  const size_t bytes = doc->scratch.len;
  for (size_t i = 0; i < list->count; i++) {
    const size_t end = i + 1 < list->count ? list->starts[i + 1] : bytes;
    list->lines[i] = kg_str_n(doc->scratch.bytes + list->starts[i], end - list->starts[i]);
  }
  qsort(list->lines, list->count, sizeof *list->lines, compare_lines);
  char *text = kg_arena_alloc(doc->arena, bytes);
  if (!text) {
    return kg_fail_memory(err);
  }
  size_t at = 0;
  for (size_t i = 0; i < list->count; i++) {
    if (i == 0 || !kg_str_equal(list->lines[i], list->lines[i - 1])) {
      memcpy(text + at, list->lines[i].ptr, list->lines[i].len);
      at += list->lines[i].len;
    }
  }
  *out = kg_str_n(text, at);
  return KGQ_OK;
}

static kgq_status name_from_content(kg_doc *doc, const kg_statement *st, const kg_term *triple, kgq_str *name,
                                    kgq_error **err) {
  const size_t lines_max = 1u + st->common->count + st->own->count;
  line_list list = { kg_arena_alloc(doc->arena, lines_max * sizeof(size_t)),
                     kg_arena_alloc(doc->arena, lines_max * sizeof(kgq_str)), 0 };
  kgq_str text;
  char digits[KG_DIGEST_HEX_MAX];
  if (!list.starts || !list.lines) {
    return kg_fail_memory(err);
  }
  doc->scratch.len = 0;
  KGQ_TRY(add_line(doc, &list, KG_STR(KG_RDF_REIFIES), triple, err));
  KGQ_TRY(add_props(doc, &list, st->common, err));
  KGQ_TRY(add_props(doc, &list, st->own, err));
  assert(list.count == lines_max);
  KGQ_TRY(sorted_text(doc, &list, &text, err));
  if (kg_digest_hex(KG_SHA256, text, digits) < digest_digits) {
    return kg_fail(err, KGQ_UNSUPPORTED,
                   "this system's libcrypto has no SHA-256, by which statements are named");
  }
  kgq_str stem;
  KGQ_TRY(kg_concat(doc, doc->stem, KG_STR("s-"), &stem, err));
  return kg_concat(doc, stem, kg_str_n(digits, digest_digits), name, err);
}

/* ---- statements --------------------------------------------------------------------------------- */

/* Says so if the document has the same already; *again then. */
static kgq_status check_repeated(kg_doc *doc, kgq_str what, kg_yaml_spot spot, bool *again, kgq_error **err) {
  uint64_t *line;
  bool added;
  KGQ_TRY(kg_map_put(&doc->statements, what, &line, &added, NULL, err));
  *again = !added;
  if (added) {
    *line = spot.line;
  } else {
    kg_yaml_warning(doc->errors, spot, "warning: the same fact stands at line %llu",
                    (unsigned long long)*line);
  }
  return KGQ_OK;
}

static kgq_status emit_plain(kg_doc *doc, const kg_statement *st, const kg_term *triple, kgq_error **err) {
  bool again;
  doc->scratch.len = 0;
  KGQ_TRY(kg_term_print(triple, &doc->scratch, err));
  KGQ_TRY(check_repeated(doc, kg_buf_str(&doc->scratch), st->spot, &again, err));
  return again ? KGQ_OK : kg_emit_iri(doc, doc->graph, &st->subject, st->predicate.text, &st->object, err);
}

static kgq_status emit_props(kg_doc *doc, const kg_term *reifier, const kg_props *props, kgq_error **err) {
  for (const kg_prop *prop = props->first; prop; prop = prop->next) {
    KGQ_TRY(kg_emit_iri(doc, doc->graph, reifier, prop->predicate, &prop->object, err));
  }
  return KGQ_OK;
}

static kgq_status emit_reified(kg_doc *doc, const kg_statement *st, const kg_term *triple, kgq_error **err) {
  kgq_str name = st->name;
  bool again;
  if (name.len == 0) {
    KGQ_TRY(name_from_content(doc, st, triple, &name, err));
  }
  KGQ_TRY(check_repeated(doc, name, st->spot, &again, err));
  if (again) {
    return KGQ_OK;
  }
  const kg_term reifier = kg_term_iri(name);
  if (st->asserted) {
    KGQ_TRY(kg_emit_iri(doc, doc->graph, &st->subject, st->predicate.text, &st->object, err));
  }
  KGQ_TRY(kg_emit(doc, doc->graph, &reifier, KG_RDF_REIFIES, triple, err));
  KGQ_TRY(emit_props(doc, &reifier, st->common, err));
  return emit_props(doc, &reifier, st->own, err);
}

kgq_status kg_emit_statement(kg_doc *doc, const kg_statement *st, kgq_error **err) {
  const kg_term parts[3] = { st->subject, st->predicate, st->object };
  const kg_term triple = { .kind = KG_TERM_TRIPLE, .triple = parts };
  const bool plain = st->asserted && st->name.len == 0 && st->common->count + st->own->count == 0;
  return plain ? emit_plain(doc, st, &triple, err) : emit_reified(doc, st, &triple, err);
}
