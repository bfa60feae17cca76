/* loaders/turtle_lex.h: the state of a Turtle or TriG reader, and its tokens.
 *
 * turtle_lex.c: window, white space, keywords, prefixes, faults. turtle_term.c: terms. turtle.c: statements.
 * A token may end at the end of the window; then more is read and it is scanned again, so nothing may keep a
 * pointer into the window across a token: terms live on the text stack.
 */
#ifndef KG_LOADERS_TURTLE_LEX_H
#define KG_LOADERS_TURTLE_LEX_H

#include "core/map.h"
#include "graph/rdflex.h"
#include "loaders/input.h"
#include "loaders/sink.h"
#include "loaders/text_stack.h"

typedef struct kg_turtle_prefix {
  kgq_str name, iri; /* in prefix_texts */
} kg_turtle_prefix;

typedef struct kg_turtle {
  kg_input *in;
  const kg_reader_options *options;
  const kg_sink *sink;
  kg_buf scratch;      /* decoded tokens, for a moment */
  kg_text_stack stack; /* terms of the open statements */
  kg_buf base;
  kg_map prefix_index; /* name -> index in prefixes */
  kg_turtle_prefix *prefixes;
  size_t prefix_count, prefix_capacity;
  kg_arena prefix_texts;
  kg_turtle_prefix recent; /* the one used last */
  kg_term graph;           /* of the statements at hand; kind NONE: default */
  uint64_t anonymous;      /* blank nodes made so far */
  unsigned depth;          /* open brackets */
} kg_turtle;

kgq_status kg_turtle_open(kg_turtle *t, kg_input *in, const kg_reader_options *options, const kg_sink *sink,
                          kgq_error **err);
void kg_turtle_close(kg_turtle *t);

/* A fault at the byte `at` of the window. hint may be NULL. */
kgq_status kg_turtle_fail(const kg_turtle *t, const char *at, kgq_error **err, const char *hint,
                          const char *format, ...) KG_PRINTF(5, 6);
/* Where the byte number `offset` of the file lies, or the byte at hand if it has left the window. */
const char *kg_turtle_back(const kg_turtle *t, uint64_t offset);
/* A refused token. */
kgq_status kg_turtle_refuse(const kg_turtle *t, const kg_lex_result *token, kgq_error **err);
kgq_status kg_turtle_deeper(kg_turtle *t,
                            kgq_error **err); /* one more open bracket, within KG_LIMIT_NESTING */

/* White space and comments; then at least one byte is in the window, or the file has ended. */
kgq_status kg_turtle_space(kg_turtle *t, kgq_error **err);
/* At least `bytes` bytes in the window, unless the file ends before. */
kgq_status kg_turtle_need(kg_turtle *t, size_t bytes, kgq_error **err);
/* The byte at hand, 0 at the end of the file (a NUL in the file is refused wherever a byte is looked at). */
static inline char kg_turtle_byte(const kg_turtle *t) {
  return t->in->at < t->in->end ? *t->in->at : '\0';
}
static inline bool kg_turtle_ended(const kg_turtle *t) {
  return t->in->at == t->in->end;
}
/* Do these bytes stand here? kg_turtle_need has been called. */
bool kg_turtle_at(const kg_turtle *t, kgq_str bytes);
/* Is this keyword (capitals) here, in any case, and not the beginning of a longer name? */
kgq_status kg_turtle_keyword(kg_turtle *t, kgq_str keyword, bool *found, kgq_error **err);
/* Space, then this byte, which is consumed; or a fault. */
kgq_status kg_turtle_expect(kg_turtle *t, char byte, const char *message, kgq_error **err);
/* The unread window. */
static inline kgq_str kg_turtle_rest(const kg_turtle *t) {
  return kg_str_n(t->in->at, (size_t)(t->in->end - t->in->at));
}
/* After a scan that met the end of the window: *again, if there was more to read. */
kgq_status kg_turtle_again(kg_turtle *t, const kg_lex_result *token, bool *again, kgq_error **err);

kgq_status kg_turtle_set_prefix(kg_turtle *t, kgq_str name, kgq_str iri, kgq_error **err);
bool kg_turtle_find_prefix(kg_turtle *t, kgq_str name, kgq_str *iri);

#endif
