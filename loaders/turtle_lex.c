/* loaders/turtle_lex.c: window, space, keywords, prefixes and faults of the Turtle and TriG reader.
 *
 * What every production needs and none is about. Terms are in turtle_term.c, statements in turtle.c.
 */
#include "loaders/turtle_lex.h"

#include <stdio.h>
#include <strings.h>

#include "core/limits.h"

/* ---- the reader --------------------------------------------------------------------------------- */

kgq_status kg_turtle_open(kg_turtle *t, kg_input *in, const kg_reader_options *options, const kg_sink *sink,
                          kgq_error **err) {
  *t = (kg_turtle){ .in = in, .options = options, .sink = sink };
  kg_buf_init(&t->scratch, options->allocator);
  kg_buf_init(&t->base, options->allocator);
  kg_text_stack_init(&t->stack, options->allocator);
  kg_map_init(&t->prefix_index, options->allocator);
  kg_arena_init(&t->prefix_texts, options->allocator);
  return kg_buf_add_str(&t->base, options->base, err);
}

void kg_turtle_close(kg_turtle *t) {
  const kgq_allocator *a = t->options->allocator;
  kg_free(a, t->prefixes, t->prefix_capacity * sizeof *t->prefixes);
  kg_arena_free(&t->prefix_texts);
  kg_map_free(&t->prefix_index);
  kg_text_stack_free(&t->stack);
  kg_buf_free(&t->base);
  kg_buf_free(&t->scratch);
}

/* ---- faults ------------------------------------------------------------------------------------- */

kgq_status kg_turtle_fail(const kg_turtle *t, const char *at, kgq_error **err, const char *hint,
                          const char *format, ...) {
  char message[400];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(message, sizeof message, format, args);
  va_end(args);
  const kg_place place = kg_input_place(t->in, at);
  (void)kg_fail_at(err, KGQ_SYNTAX, &place, "%s", message);
  if (hint) {
    kg_hint(err, "%s", hint);
  }
  return KGQ_SYNTAX;
}

const char *kg_turtle_back(const kg_turtle *t, uint64_t offset) {
  const uint64_t back = kg_input_offset(t->in) - offset;
  return back <= (uint64_t)(t->in->at - t->in->start) ? t->in->at - back : t->in->at;
}

kgq_status kg_turtle_refuse(const kg_turtle *t, const kg_lex_result *token, kgq_error **err) {
  if (token->message == kg_lex_no_memory) {
    return kg_fail_memory(err);
  }
  return kg_turtle_fail(t, t->in->at + token->error_offset, err, NULL, "%s", token->message);
}

kgq_status kg_turtle_deeper(kg_turtle *t, kgq_error **err) {
  if (t->depth >= KG_LIMIT_NESTING) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "nested deeper than %d", KG_LIMIT_NESTING);
  }
  t->depth++;
  return KGQ_OK;
}

/* ---- window ------------------------------------------------------------------------------------- */

kgq_status kg_turtle_need(kg_turtle *t, size_t bytes, kgq_error **err) {
  while ((size_t)(t->in->end - t->in->at) < bytes && !t->in->eof) {
    KGQ_TRY(kg_input_more(t->in, err));
  }
  return KGQ_OK;
}

kgq_status kg_turtle_again(kg_turtle *t, const kg_lex_result *token, bool *again, kgq_error **err) {
  *again = token->truncated && !t->in->eof;
  return *again ? kg_input_more(t->in, err) : KGQ_OK;
}

/* The rest of a comment, which may be longer than the window. */
static kgq_status skip_comment(kg_turtle *t, kgq_error **err) {
  for (;;) {
    const char *p = t->in->at, *const end = t->in->end;
    while (p < end && *p != '\n' && *p != '\r') {
      p++;
    }
    t->in->at = p;
    if (p < end || t->in->eof) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_input_more(t->in, err));
  }
}

kgq_status kg_turtle_space(kg_turtle *t, kgq_error **err) {
  for (;;) {
    const char *p = t->in->at, *const end = t->in->end;
    while (p < end && kg_byte_is(*p, KG_BYTE_SPACE)) {
      p++;
    }
    t->in->at = p;
    if (p < end && *p != '#') {
      return KGQ_OK;
    }
    if (p < end) {
      KGQ_TRY(skip_comment(t, err));
    } else if (t->in->eof) {
      return KGQ_OK;
    } else {
      KGQ_TRY(kg_input_more(t->in, err));
    }
  }
}

bool kg_turtle_at(const kg_turtle *t, kgq_str bytes) {
  return kg_str_starts(kg_turtle_rest(t), bytes);
}

/* Could this byte go on with a name that began before it? */
static bool goes_on(char byte) {
  return kg_byte_is(byte, KG_BYTE_NAME) || (unsigned char)byte >= 0x80 || byte == ':' || byte == '.' ||
         byte == '%';
}

kgq_status kg_turtle_keyword(kg_turtle *t, kgq_str keyword, bool *found, kgq_error **err) {
  *found = false;
  const char first = kg_turtle_byte(t);
  if ((first & ~0x20) != keyword.ptr[0]) {
    return KGQ_OK;
  }
  KGQ_TRY(kg_turtle_need(t, keyword.len + 1, err));
  const kgq_str rest = kg_turtle_rest(t);
  *found = rest.len >= keyword.len && strncasecmp(rest.ptr, keyword.ptr, keyword.len) == 0 &&
           (rest.len == keyword.len || !goes_on(rest.ptr[keyword.len]));
  return KGQ_OK;
}

kgq_status kg_turtle_expect(kg_turtle *t, char byte, const char *message, kgq_error **err) {
  KGQ_TRY(kg_turtle_space(t, err));
  if (kg_turtle_ended(t) || *t->in->at != byte) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "%s", message);
  }
  t->in->at++;
  return KGQ_OK;
}

/* ---- prefixes ----------------------------------------------------------------------------------- */

static kgq_status add_prefix(kg_turtle *t, kgq_str name, kgq_error **err) {
  if (t->prefix_count >= KG_LIMIT_PREFIXES) {
    return kg_turtle_fail(t, t->in->at, err, NULL, "a file may declare at most %d prefixes",
                          KG_LIMIT_PREFIXES);
  }
  void *grown = t->prefixes;
  KGQ_TRY(kg_grow(t->options->allocator, &grown, &t->prefix_capacity, t->prefix_count + 1,
                  sizeof *t->prefixes, err));
  t->prefixes = grown;
  kgq_str kept;
  KGQ_TRY(kg_arena_copy(&t->prefix_texts, name, &kept, err));
  t->prefixes[t->prefix_count++] = (kg_turtle_prefix){ kept, { "", 0 } };
  return KGQ_OK;
}

/* A prefix may be declared again with another IRI. The same one again costs nothing. */
kgq_status kg_turtle_set_prefix(kg_turtle *t, kgq_str name, kgq_str iri, kgq_error **err) {
  const uint64_t *known = kg_map_find(&t->prefix_index, name);
  uint64_t index = known ? *known : t->prefix_count;
  if (!known) {
    KGQ_TRY(add_prefix(t, name, err));
    uint64_t *slot = NULL;
    KGQ_TRY(kg_map_put(&t->prefix_index, name, &slot, NULL, NULL, err));
    *slot = index;
  }
  t->recent = (kg_turtle_prefix){ { "", 0 }, { "", 0 } };
  if (kg_str_equal(t->prefixes[index].iri, iri)) {
    return KGQ_OK;
  }
  return kg_arena_copy(&t->prefix_texts, iri, &t->prefixes[index].iri, err);
}

bool kg_turtle_find_prefix(kg_turtle *t, kgq_str name, kgq_str *iri) {
  if (t->recent.iri.len && kg_str_equal(t->recent.name, name)) {
    *iri = t->recent.iri;
    return true;
  }
  const uint64_t *index = kg_map_find(&t->prefix_index, name);
  if (!index) {
    return false;
  }
  t->recent = t->prefixes[*index];
  *iri = t->recent.iri;
  return true;
}
