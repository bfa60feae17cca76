/* query/parse.c: the doors of the parsers.
 *
 * kg_parse decides the language; kg_parse_sparql makes a kg_parser, runs the grammar from QueryUnit or
 * UpdateUnit and then the static checks of scope.c. Holds no other production.
 */
#include <assert.h>
#include <strings.h>

#include "core/text.h"
#include "query/parse_internal.h"

/* ---- the SPARQL door ---------------------------------------------------------------------------- */

static bool at_update(const kg_parser *p) {
  static const char *const words[] = { "INSERT", "DELETE", "LOAD", "CLEAR", "DROP",
                                       "CREATE", "ADD",    "MOVE", "COPY",  "WITH" };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (kg_at_word(p, words[i])) {
      return true;
    }
  }
  return false;
}

/* [1] QueryUnit ::= Query   [3] UpdateUnit ::= Update. An empty text is an update that does nothing. */
static kgq_status parse_unit(kg_parser *p) {
  const kg_parse_options *o = p->options;
  const bool any = o->update_allowed == o->query_allowed;
  KGQ_TRY(kg_advance(p));
  KGQ_TRY(kg_parse_Prologue(p));
  const bool update = at_update(p) || (kg_at(p, KG_TOK_END) && !(any || o->query_allowed));
  if (!any && update != o->update_allowed) {
    return kg_syntax_at(p, p->token.offset,
                        update ? "this is an update, but only queries are read here"
                               : "this is a query, but only updates are read here");
  }
  KGQ_TRY(update ? kg_parse_Update(p) : kg_parse_Query(p));
  if (!kg_at(p, KG_TOK_END)) {
    return kg_unexpected(p, "the end of the text");
  }
  return KGQ_OK;
}

static kgq_status check_text(kgq_str text, const char *name, kgq_error **err) {
  if (text.len > KG_LIMIT_QUERY_BYTES) {
    return kg_fail(err, KGQ_LIMIT, "a query or update text has at most %u bytes; load larger data",
                   KG_LIMIT_QUERY_BYTES);
  }
  const size_t good = kg_utf8_valid(text);
  if (good != text.len) {
    const kg_place place = kg_place_in_text(name, kg_str_n(text.ptr, good), good);
    return kg_fail_at(err, KGQ_SYNTAX, &place, "the text is not valid UTF-8 here");
  }
  return KGQ_OK;
}

static kgq_status parser_init(kg_parser *p, kgq_str text) {
  kg_arena *arena = &p->ast->arena;
  const kg_parse_options *o = p->options;
  KGQ_TRY(kg_arena_copy(arena, text, &p->ast->text, p->err));
  KGQ_TRY(kg_arena_copy(arena, o->base, &p->ast->base, p->err));
  p->lexer.name = o->name ? o->name : "query";
  p->lexer.text = p->ast->text;
  p->lexer.arena = arena;
  p->last_block = p->block = 1;
  p->expression = kg_parse_Expression;
  p->group_graph_pattern = kg_parse_GroupGraphPattern;
  p->sub_select = kg_parse_SubSelect;
  return KGQ_OK;
}

/* Runs `work` with a fresh parser; the tree stays in p->ast, or is freed. */
static kgq_status with_parser(kg_parser *p, kgq_str text, const kg_parse_options *options,
                              kgq_status (*work)(kg_parser *), kgq_error **err) {
  const kgq_allocator *a = options->allocator ? options->allocator : &kg_libc_allocator;
  const kg_resolver stored = kg_resolver_of(options->snap);
  kg_map *const maps[] = { &p->vars, &p->labels, &p->data_labels, &p->prefixes };
  KGQ_TRY(check_text(text, options->name ? options->name : "query", err));
  p->options = options;
  p->resolver = options->resolver ? options->resolver : &stored;
  p->err = err;
  p->ast = kg_alloc_zero(a, 1, sizeof *p->ast);
  if (!p->ast) {
    return kg_fail_memory(err);
  }
  kg_arena_init(&p->ast->arena, a);
  kg_buf_init(&p->lexer.scratch, a);
  for (size_t i = 0; i < 4; i++) {
    kg_map_init(maps[i], a);
  }
  kgq_status st = parser_init(p, text);
  st = st == KGQ_OK ? work(p) : st;
  for (size_t i = 0; i < 4; i++) {
    kg_map_free(maps[i]);
  }
  kg_buf_free(&p->lexer.scratch);
  if (st != KGQ_OK) {
    kg_ast_free(p->ast);
    p->ast = NULL;
  }
  return st;
}

static kgq_status parse_whole(kg_parser *p) {
  KGQ_TRY(parse_unit(p));
  assert(p->depth == 0);
  return kg_check_scopes(p->ast, p->lexer.name, p->err);
}

kgq_status kg_parse_sparql(kgq_str text, const kg_parse_options *options, kg_ast **out, kgq_error **err) {
  kg_parser p = { .depth = 0 };
  KGQ_TRY(with_parser(&p, text, options, parse_whole, err));
  *out = p.ast;
  return KGQ_OK;
}

/* ---- one term ----------------------------------------------------------------------------------- */

/* An IRI, literal or ground triple term in Turtle notation; the tree has it as its first described node. */
static kgq_status parse_one_term(kg_parser *p) {
  kg_node *node = KG_NEW(p, kg_node);
  KG_NEED(p, node);
  p->ast->describe = node;
  KGQ_TRY(kg_advance(p));
  if (kg_at(p, KG_TOK_TRIPLE_OPEN)) {
    KGQ_TRY(kg_parse_TripleTermData(p, node));
  } else if (kg_at_iri(p)) {
    node->term = kg_term_iri(KG_STR(""));
    KGQ_TRY(kg_parse_iri(p, &node->term.text));
  } else {
    KGQ_TRY(kg_parse_literal(p, &node->term));
  }
  return kg_at(p, KG_TOK_END) ? KGQ_OK : kg_unexpected(p, "the end of the term");
}

kgq_status kg_parse_term(kgq_str text, const kg_parse_options *options, kg_arena *arena, kg_term *out,
                         kgq_error **err) {
  kg_parser p = { .depth = 0 };
  if (with_parser(&p, text, options, parse_one_term, NULL) != KGQ_OK) {
    return kg_parse_short_term(text, options, arena, out, err);
  }
  const kgq_status st = kg_term_copy(arena, &p.ast->describe->term, out, err);
  kg_ast_free(p.ast);
  return st;
}

/* ---- which language ----------------------------------------------------------------------------- */

/* SHORT-LANGUAGE 2.2: the words that make a text SPARQL. */
static const char *const sparql_words[] = { "BASE",     "PREFIX", "VERSION", "SELECT", "ASK",   "CONSTRUCT",
                                            "DESCRIBE", "INSERT", "DELETE",  "LOAD",   "CLEAR", "DROP",
                                            "CREATE",   "ADD",    "MOVE",    "COPY",   "WITH" };

static bool word_equal(kgq_str text, const char *word) {
  return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static kgq_str first_word(kgq_str text) {
  const size_t start = kg_lex_space(text);
  size_t end = start;
  while (end < text.len &&
         ((text.ptr[end] >= 'A' && text.ptr[end] <= 'Z') || (text.ptr[end] >= 'a' && text.ptr[end] <= 'z'))) {
    end++;
  }
  const unsigned char next = end < text.len ? (unsigned char)text.ptr[end] : 0;
  const bool goes_on = next >= 0x80 || next == '_' || next == '-' || next == ':' || next == '%' ||
                       next == '\'' || next == '&' || (next >= '0' && next <= '9');
  return kg_str_n(text.ptr + start, goes_on ? 0 : end - start);
}

bool kg_is_sparql(kgq_str text) {
  const kgq_str word = first_word(text);
  for (size_t i = 0; i < sizeof sparql_words / sizeof sparql_words[0]; i++) {
    if (word_equal(word, sparql_words[i])) {
      return true;
    }
  }
  return false;
}

/* A SPARQL error right behind the first word may be about a name that is spelt like a keyword. */
static void hint_name(kgq_str text, kgq_error **err) {
  const kgq_str word = first_word(text);
  if (!err || !*err || word.len == 0) {
    return;
  }
  const size_t behind = (size_t)(word.ptr + word.len - text.ptr);
  const size_t second = behind + kg_lex_space(kg_str_n(text.ptr + behind, text.len - behind));
  if (kgq_error_status(*err) == KGQ_SYNTAX && kgq_error_offset(*err) == second) {
    kg_hint(err, "this is read as SPARQL; a name in the short language is written [%.*s]", KG_ARG(word));
  }
}

kgq_status kg_parse(kgq_str text, int32_t language, const kg_parse_options *options, kg_ast **out,
                    kgq_error **err) {
  if (language == KGQ_LANG_SHORT || (language == KGQ_LANG_AUTO && !kg_is_sparql(text))) {
    return kg_parse_short(text, options, out, err);
  }
  const kgq_status st = kg_parse_sparql(text, options, out, err);
  if (st != KGQ_OK && language == KGQ_LANG_AUTO) {
    hint_name(text, err);
  }
  return st;
}

int32_t kgq_text_language(const char *text, size_t bytes) {
  const kgq_str query = bytes == KGQ_NUL_TERMINATED ? kg_str(text) : kg_str_n(text, bytes);
  return kg_is_sparql(query) ? KGQ_LANG_SPARQL : KGQ_LANG_SHORT;
}
