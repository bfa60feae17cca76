/* graph/turtle_print.c: Turtle notation of terms. See turtle_print.h.
 *
 * What Turtle can say shorter is said shorter only if it reads back as the same term: names whose local part
 * needs no escape, numbers whose text is of their datatype's own shape. Everything else is as in N-Triples.
 */
#include "graph/turtle_print.h"

#include <stdlib.h>

#include "core/limits.h"
#include "core/text.h"
#include "graph/rdflex.h"
#include "graph/vocab.h"

void kg_turtle_names_init(kg_turtle_names *names, const kgq_allocator *a) {
  *names = (kg_turtle_names){ .allocator = a };
  kg_arena_init(&names->texts, a);
  kg_map_init(&names->by_iri, a);
}

void kg_turtle_names_free(kg_turtle_names *names) {
  kg_free(names->allocator, names->items, names->capacity * sizeof *names->items);
  kg_map_free(&names->by_iri);
  kg_arena_free(&names->texts);
}

/* Where a namespace may end: only there is looked for one. */
static bool ends_namespace(char c) {
  return c && strchr("#/:?=&_-.", c);
}

kgq_status kg_turtle_names_add(kg_turtle_names *names, kgq_str name, kgq_str iri, kgq_error **err) {
  uint64_t *slot = NULL;
  bool added = false;
  if (iri.len == 0 || !ends_namespace(iri.ptr[iri.len - 1])) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_map_put(&names->by_iri, iri, &slot, &added, NULL, err));
  if (!added) {
    return KGQ_OK; /* one name a namespace is enough */
  }
  void *items = names->items;
  KGQ_TRY(kg_grow(names->allocator, &items, &names->capacity, names->count + 1, sizeof *names->items, err));
  names->items = items;
  kg_turtle_name *fresh = &names->items[names->count];
  *fresh = (kg_turtle_name){ .used = false };
  KGQ_TRY(kg_arena_copy(&names->texts, name, &fresh->name, err));
  KGQ_TRY(kg_arena_copy(&names->texts, iri, &fresh->iri, err));
  *slot = names->count++;
  return KGQ_OK;
}

/* A PN_LOCAL that needs no escape and cannot be misread: (PN_CHARS_U | [0-9]) ((PN_CHARS | '.')* PN_CHARS)?
 * or empty. */
static bool plain_local(kgq_str local) {
  size_t at = 0;
  while (at < local.len) {
    uint32_t c = 0;
    const size_t bytes = kg_utf8_decode(kg_str_n(local.ptr + at, local.len - at), &c);
    const bool digit = c >= '0' && c <= '9';
    const bool fits = at == 0 ? kg_is_pn_chars_u(c) || digit : kg_is_pn_chars(c) || c == '.';
    if (bytes == 0 || !fits) {
      return false;
    }
    at += bytes;
  }
  return local.len == 0 || local.ptr[local.len - 1] != '.';
}

/* The longest namespace of the IRI that leaves a plain local name. NULL: none. */
static kg_turtle_name *shorten(const kg_turtle_names *names, kgq_str iri, kgq_str *local) {
  for (size_t cut = iri.len; names->count && cut > 0; cut--) {
    if (!ends_namespace(iri.ptr[cut - 1])) {
      continue;
    }
    const uint64_t *index = kg_map_find(&names->by_iri, kg_str_n(iri.ptr, cut));
    *local = kg_str_n(iri.ptr + cut, iri.len - cut);
    if (index && plain_local(*local)) {
      return &names->items[*index];
    }
  }
  return NULL;
}

/* Does the text stand for itself without quotes? */
static bool bare(const kg_term *literal) {
  kgq_str datatype;
  if (literal->lang.len || literal->text.len == 0) {
    return false;
  }
  if (kg_str_equal(literal->datatype, KG_STR(KG_XSD_BOOLEAN))) {
    return kg_str_equal(literal->text, KG_STR("true")) || kg_str_equal(literal->text, KG_STR("false"));
  }
  const kg_lex_result number = kg_lex_number(literal->text, true, &datatype);
  return number.bytes == literal->text.len && kg_str_equal(datatype, literal->datatype);
}

static void note(kg_turtle_names *names, const kg_term *term, unsigned depth) {
  kgq_str local;
  const kgq_str iri = term->kind == KG_TERM_IRI ? term->text : term->datatype;
  if (term->kind == KG_TERM_TRIPLE && depth <= KG_LIMIT_NESTING) {
    for (size_t i = 0; i < 3; i++) {
      note(names, &term->triple[i], depth + 1);
    }
    return;
  }
  const bool named = term->kind == KG_TERM_IRI || (term->kind == KG_TERM_LITERAL && iri.len && !bare(term));
  kg_turtle_name *found = named ? shorten(names, iri, &local) : NULL;
  if (found) {
    found->used = true;
  }
}

void kg_turtle_names_note(kg_turtle_names *names, const kg_term *term) {
  note(names, term, 1);
}

static int compare_names(const void *a, const void *b) {
  const kg_turtle_name *const *x = a, *const *y = b;
  return kg_str_compare((*x)->name, (*y)->name);
}

static kgq_status print_prefix(const kg_turtle_name *name, kg_buf *out, kgq_error **err) {
  const kg_term iri = kg_term_iri(name->iri);
  KGQ_TRY(kg_buf_add_text(out, "@prefix ", err));
  KGQ_TRY(kg_buf_add_str(out, name->name, err));
  KGQ_TRY(kg_buf_add_text(out, ": ", err));
  KGQ_TRY(kg_term_print(&iri, out, err));
  return kg_buf_add_text(out, " .\n", err);
}

kgq_status kg_turtle_names_print(const kg_turtle_names *names, bool only_used, kg_buf *out, kgq_error **err) {
  const kg_turtle_name **sorted = kg_alloc_zero(names->allocator, names->count + 1, sizeof *sorted);
  if (!sorted) {
    return kg_fail_memory(err);
  }
  for (size_t i = 0; i < names->count; i++) {
    sorted[i] = &names->items[i];
  }
  qsort(sorted, names->count, sizeof *sorted, compare_names);
  kgq_status st = KGQ_OK;
  for (size_t i = 0; i < names->count && st == KGQ_OK; i++) {
    st = only_used && !sorted[i]->used ? KGQ_OK : print_prefix(sorted[i], out, err);
  }
  kg_free(names->allocator, sorted, (names->count + 1) * sizeof *sorted);
  return st;
}

/* ---- terms -------------------------------------------------------------------------------------- */

static kgq_status print_iri(const kg_turtle_names *names, kgq_str iri, kg_buf *out, kgq_error **err) {
  kgq_str local;
  kg_turtle_name *name = shorten(names, iri, &local);
  if (!name) {
    const kg_term whole = kg_term_iri(iri);
    return kg_term_print(&whole, out, err);
  }
  name->used = true;
  KGQ_TRY(kg_buf_add_str(out, name->name, err));
  KGQ_TRY(kg_buf_add_byte(out, ':', err));
  return kg_buf_add_str(out, local, err);
}

static kgq_status print_literal(const kg_turtle_names *names, const kg_term *term, kg_buf *out,
                                kgq_error **err) {
  if (bare(term)) {
    return kg_buf_add_str(out, term->text, err);
  }
  kg_term text = *term;
  text.datatype = (kgq_str){ "", 0 };
  KGQ_TRY(kg_term_print(&text, out, err));
  if (term->datatype.len == 0) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_buf_add_text(out, "^^", err));
  return print_iri(names, term->datatype, out, err);
}

static kgq_status print(kg_turtle_names *names, const kg_term *term, unsigned depth, kg_buf *out,
                        kgq_error **err) {
  if (term->kind == KG_TERM_IRI) {
    return print_iri(names, term->text, out, err);
  }
  if (term->kind == KG_TERM_LITERAL) {
    return print_literal(names, term, out, err);
  }
  if (term->kind != KG_TERM_TRIPLE) {
    return kg_term_print(term, out, err);
  }
  if (depth > KG_LIMIT_NESTING) {
    return kg_fail(err, KGQ_LIMIT, "a triple term is nested deeper than %d", KG_LIMIT_NESTING);
  }
  KGQ_TRY(kg_buf_add_text(out, "<<( ", err));
  for (size_t i = 0; i < 3; i++) {
    KGQ_TRY(i == 1 ? kg_turtle_print_verb(names, &term->triple[i], out, err)
                   : print(names, &term->triple[i], depth + 1, out, err));
    KGQ_TRY(kg_buf_add_byte(out, ' ', err));
  }
  return kg_buf_add_text(out, ")>>", err);
}

kgq_status kg_turtle_print(kg_turtle_names *names, const kg_term *term, kg_buf *out, kgq_error **err) {
  return print(names, term, 1, out, err);
}

kgq_status kg_turtle_print_verb(kg_turtle_names *names, const kg_term *term, kg_buf *out, kgq_error **err) {
  const bool type = term->kind == KG_TERM_IRI && kg_str_equal(term->text, KG_STR(KG_RDF_TYPE));
  return type ? kg_buf_add_byte(out, 'a', err) : kg_turtle_print(names, term, out, err);
}
