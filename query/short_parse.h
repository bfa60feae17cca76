/* query/short_parse.h: what short_parse_value.c gives to short_parse.c: tokens, and the productions below a
 * statement. */
#ifndef KG_QUERY_SHORT_PARSE_H
#define KG_QUERY_SHORT_PARSE_H

#include "query/short_internal.h"

static inline bool kg_short_at(const kg_short *s, kg_short_token_kind kind) {
  return s->token.kind == kind;
}
bool kg_short_at_word(const kg_short *s, const char *word); /* a bare word, as behind a pipe */
bool kg_short_at_name(const kg_short *s);
bool kg_short_at_compare(const kg_short *s);
bool kg_short_at_verb(const kg_short *s);
kgq_status kg_short_advance(kg_short *s);
kgq_status kg_short_expect(kg_short *s, kg_short_token_kind kind);
kgq_status kg_short_unexpected(kg_short *s, const char *what);

/* VARIABLE: mentions it as a column. */
kgq_status kg_short_take_variable(kg_short *s, kg_var *out);
kgq_status kg_short_parse_value_term(kg_short *s, kg_short_value **out);
kgq_status kg_short_parse_list(kg_short *s, kg_short_value **out);
kgq_status kg_short_parse_sum(kg_short *s, kg_short_value **out);
kgq_status kg_short_parse_verb(kg_short *s, kg_short_verb *out);

#endif
