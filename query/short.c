/* query/short.c: the doors of the short language: a text to the tree of one SPARQL query, and single terms.
 *
 * Sets up the state, then: read (short_parse.c), check (short_check.c), build (short_stage.c), and the static
 * checks of SPARQL over the result, which a translation must always pass.
 */
#include "core/text.h"
#include "query/short_internal.h"

static kgq_status init(kg_short *s, kgq_str text) {
  const kg_parse_options *o = s->p.options;
  KGQ_TRY(kg_arena_copy(&s->p.ast->arena, text, &s->p.ast->text, s->p.err));
  KGQ_TRY(kg_arena_copy(&s->p.ast->arena, o->base, &s->p.ast->base, s->p.err));
  s->p.ast->short_form = true;
  s->article = KG_STR("");
  s->lexer = (kg_short_lexer){ o->name ? o->name : "query", s->p.ast->text, 0, &s->p.ast->arena };
  s->p.lexer.name = s->lexer.name; /* messages of shared tools */
  s->p.lexer.text = s->lexer.text;
  s->p.lexer.arena = &s->p.ast->arena;
  return KGQ_OK;
}

static kgq_status check_text(kgq_str text, const kg_parse_options *o, kgq_error **err) {
  const char *name = o->name ? o->name : "query";
  const size_t good = kg_utf8_valid(text);
  if (text.len > KG_LIMIT_QUERY_BYTES) {
    return kg_fail(err, KGQ_LIMIT, "a query text has at most %u bytes", KG_LIMIT_QUERY_BYTES);
  }
  if (good != text.len) {
    const kg_place place = kg_place_in_text(name, kg_str_n(text.ptr, good), good);
    return kg_fail_at(err, KGQ_SYNTAX, &place, "the text is not valid UTF-8 here");
  }
  if (o->update_allowed && !o->query_allowed) {
    return kg_fail(err, KGQ_SYNTAX, "the short language only reads; updates are written in SPARQL");
  }
  return KGQ_OK;
}

static kgq_status translate(kg_short *s) {
  KGQ_TRY(kg_short_parse_query(s));
  KGQ_TRY(kg_short_check(s));
  KGQ_TRY(kg_short_build(s));
  KGQ_TRY(kg_check_scopes(s->p.ast, s->lexer.name, s->p.err));
  return kg_short_notes(s);
}

/* Runs `work` over a fresh state; the tree goes to *out, or is freed. */
static kgq_status with_state(kgq_str text, const kg_parse_options *options, kgq_status (*work)(kg_short *),
                             kg_short *s, kg_ast **out, kgq_error **err) {
  const kgq_allocator *a = options->allocator ? options->allocator : &kg_libc_allocator;
  const kg_resolver stored = kg_resolver_of(options->snap);
  s->p.options = options;
  s->p.resolver = options->resolver ? options->resolver : &stored;
  s->p.err = err;
  s->p.ast = kg_alloc_zero(a, 1, sizeof *s->p.ast);
  if (!s->p.ast) {
    return kg_fail_memory(err);
  }
  kg_arena_init(&s->p.ast->arena, a);
  kg_map_init(&s->p.vars, a);
  kg_map_init(&s->p.prefixes, a);
  kgq_status st = init(s, text);
  st = st == KGQ_OK ? work(s) : st;
  kg_map_free(&s->p.vars);
  kg_map_free(&s->p.prefixes);
  if (st != KGQ_OK) {
    kg_ast_free(s->p.ast);
    s->p.ast = NULL;
  }
  *out = s->p.ast;
  return st;
}

kgq_status kg_parse_short(kgq_str text, const kg_parse_options *options, kg_ast **out, kgq_error **err) {
  kg_short s = { .everything = false };
  kg_ast *ast = NULL;
  KGQ_TRY(check_text(text, options, err));
  KGQ_TRY(with_state(text, options, translate, &s, &ast, err));
  *out = ast;
  return KGQ_OK;
}

/* ---- one term ----------------------------------------------------------------------------------- */

static kgq_status read_term(kg_short *s) {
  kg_short_value *value = NULL;
  KGQ_TRY(kg_short_parse_term(s, &value));
  return kg_short_term(s, value, NULL, &s->term);
}

kgq_status kg_parse_short_term(kgq_str text, const kg_parse_options *options, kg_arena *arena, kg_term *out,
                               kgq_error **err) {
  kg_short s = { .everything = false };
  kg_ast *ast = NULL;
  const size_t good = kg_utf8_valid(text);
  if (good != text.len || text.len > KG_LIMIT_QUERY_BYTES) {
    return kg_fail(err, KGQ_SYNTAX, "the text of a term is not valid UTF-8, or too long");
  }
  KGQ_TRY(with_state(text, options, read_term, &s, &ast, err));
  const kgq_status st = kg_term_copy(arena, &s.term, out, err);
  kg_ast_free(ast);
  return st;
}
