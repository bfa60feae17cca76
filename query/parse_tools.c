/* query/parse_tools.c: what all productions of SPARQL share: reading tokens, messages, variables, prefixes.
 *
 * The lowest file of the parser above the lexer: calls no production.
 */
#include <stdio.h>
#include <strings.h>

#include "core/text.h"
#include "query/parse_internal.h"

/* ---- tokens ------------------------------------------------------------------------------------- */

static bool word_equal(kgq_str text, const char *word) {
  return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

bool kg_at_word(const kg_parser *p, const char *word) {
  return p->token.kind == KG_TOK_WORD && word_equal(p->token.text, word);
}

kgq_status kg_advance(kg_parser *p) {
  return kg_lex_next(&p->lexer, &p->token, p->err);
}

kgq_status kg_expect(kg_parser *p, kg_token_kind kind) {
  if (!kg_at(p, kind)) {
    return kg_unexpected(p, kg_token_name(kind));
  }
  return kg_advance(p);
}

kgq_status kg_expect_word(kg_parser *p, const char *word) {
  if (!kg_at_word(p, word)) {
    return kg_unexpected(p, word);
  }
  return kg_advance(p);
}

kgq_status kg_accept_word(kg_parser *p, const char *word, bool *there) {
  const bool found = kg_at_word(p, word);
  if (there) {
    *there = found;
  }
  return found ? kg_advance(p) : KGQ_OK;
}

kgq_status kg_enter(kg_parser *p) {
  if (p->depth >= KG_LIMIT_NESTING) {
    const kg_place place = kg_place_in_text(p->lexer.name, p->ast->text, p->token.offset);
    return kg_fail_at(p->err, KGQ_LIMIT, &place, "the text is nested more than %d levels deep",
                      KG_LIMIT_NESTING);
  }
  p->depth++;
  return KGQ_OK;
}

/* ---- messages ----------------------------------------------------------------------------------- */

/* Keywords that a misspelt word may have meant. */
static const char *const keywords[] = { "SELECT",
                                        "ASK",
                                        "CONSTRUCT",
                                        "DESCRIBE",
                                        "WHERE",
                                        "FROM",
                                        "NAMED",
                                        "PREFIX",
                                        "BASE",
                                        "VERSION",
                                        "DISTINCT",
                                        "REDUCED",
                                        "AS",
                                        "GROUP",
                                        "BY",
                                        "HAVING",
                                        "ORDER",
                                        "ASC",
                                        "DESC",
                                        "LIMIT",
                                        "OFFSET",
                                        "VALUES",
                                        "UNDEF",
                                        "OPTIONAL",
                                        "GRAPH",
                                        "UNION",
                                        "MINUS",
                                        "FILTER",
                                        "BIND",
                                        "SERVICE",
                                        "SILENT",
                                        "EXISTS",
                                        "NOT",
                                        "IN",
                                        "SEPARATOR",
                                        "INSERT",
                                        "DELETE",
                                        "DATA",
                                        "USING",
                                        "WITH",
                                        "LOAD",
                                        "INTO",
                                        "CLEAR",
                                        "DROP",
                                        "CREATE",
                                        "ADD",
                                        "MOVE",
                                        "COPY",
                                        "TO",
                                        "ALL",
                                        "DEFAULT",
                                        "COUNT",
                                        "SUM",
                                        "MIN",
                                        "MAX",
                                        "AVG",
                                        "SAMPLE",
                                        "GROUP_CONCAT",
                                        "TRUE",
                                        "FALSE",
#define KG_FN_TEXT(name, text, low, high) text,
                                        KG_BUILTIN_FUNCTIONS(KG_FN_TEXT)
#undef KG_FN_TEXT
};

static const char *nearest_keyword(kgq_str word) {
  char upper[32];
  if (word.len >= sizeof upper) {
    return NULL;
  }
  for (size_t i = 0; i < word.len; i++) {
    const char c = word.ptr[i];
    upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
  }
  const size_t limit = word.len / 3;
  const char *best = NULL;
  size_t best_distance = limit + 1;
  for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
    const size_t distance = kg_edit_distance(kg_str_n(upper, word.len), kg_str(keywords[i]), limit);
    if (distance > 0 && distance < best_distance) {
      best = keywords[i];
      best_distance = distance;
    }
  }
  return best;
}

kgq_status kg_syntax_at(kg_parser *p, size_t offset, const char *format, ...) {
  char message[512];
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(message, sizeof message, format, args);
  va_end(args);
  const kg_place place = kg_place_in_text(p->lexer.name, p->ast->text, offset);
  return kg_fail_at(p->err, KGQ_SYNTAX, &place, "%s", n < 0 ? "the text cannot be read here" : message);
}

kgq_status kg_unexpected(kg_parser *p, const char *what) {
  const kg_token *t = &p->token;
  if (t->kind == KG_TOK_END) {
    return kg_syntax_at(p, t->offset, "the text ends where %s is expected", what);
  }
  const kgq_str seen = kg_str_n(p->ast->text.ptr + t->offset, t->bytes < 40 ? t->bytes : 40);
  const kgq_status st = kg_syntax_at(p, t->offset, "expected %s, not %.*s", what, KG_ARG(seen));
  const char *near = t->kind == KG_TOK_WORD ? nearest_keyword(t->text) : NULL;
  if (near) {
    kg_hint(p->err, "did you mean %s?", near);
  } else if (t->kind == KG_TOK_LESS && t->note) {
    kg_hint(p->err, "if an IRI was meant: %s", t->note);
  }
  return st;
}

/* ---- variables and labels ----------------------------------------------------------------------- */

static kgq_status add_var(kg_parser *p, const kg_ast_var *var) {
  kg_ast *ast = p->ast;
  if (ast->var_count >= KG_LIMIT_VARIABLES) {
    return kg_fail(p->err, KGQ_LIMIT, "a query has at most %d variables", KG_LIMIT_VARIABLES);
  }
  if ((ast->var_count & (ast->var_count - 1)) == 0) { /* 0, 1, 2, 4 ...: full */
    const size_t capacity = ast->var_count ? (size_t)ast->var_count * 2 : 1;
    kg_ast_var *larger = kg_arena_alloc(&ast->arena, capacity * sizeof *larger);
    KG_NEED(p, larger);
    if (ast->var_count) {
      memcpy(larger, ast->vars, ast->var_count * sizeof *larger);
    }
    ast->vars = larger;
  }
  ast->vars[ast->var_count++] = *var;
  return KGQ_OK;
}

kgq_status kg_var_named(kg_parser *p, kgq_str name, bool hidden, size_t offset, kg_var *out) {
  uint64_t *number = NULL;
  kgq_str stored;
  KGQ_TRY(kg_map_put(&p->vars, name, &number, NULL, &stored, p->err));
  if (*number == 0) {
    kg_ast_var var = { .hidden = hidden, .offset = offset };
    KGQ_TRY(kg_arena_copy(&p->ast->arena, name, &var.name, p->err));
    *number = (uint64_t)p->ast->var_count + 1;
    KGQ_TRY(add_var(p, &var));
  }
  *out = (kg_var)(*number - 1);
  return KGQ_OK;
}

kgq_status kg_fresh_label(kg_parser *p, kgq_str *out) {
  return kg_arena_print(&p->ast->arena, out, p->err, ".%u", ++p->fresh);
}

kgq_status kg_var_fresh(kg_parser *p, kg_var *out) {
  kgq_str name;
  KGQ_TRY(kg_fresh_label(p, &name));
  return kg_var_named(p, name, true, p->token.offset, out);
}

kgq_status kg_declare_prefix(kg_parser *p, kgq_str name, kgq_str iri, bool written) {
  uint64_t *slot = NULL;
  KGQ_TRY(kg_map_put(&p->prefixes, name, &slot, NULL, NULL, p->err));
  if (written && ++p->prefix_count > KG_LIMIT_PREFIXES) {
    return kg_fail(p->err, KGQ_LIMIT, "a text declares at most %d prefixes", KG_LIMIT_PREFIXES);
  }
  kg_prefix_decl *decl = (kg_prefix_decl *)(uintptr_t)*slot;
  if (!decl) {
    decl = KG_NEW(p, kg_prefix_decl);
    KG_NEED(p, decl);
    KGQ_TRY(kg_arena_copy(&p->ast->arena, name, &decl->name, p->err));
    decl->next = p->ast->prefixes;
    p->ast->prefixes = decl;
    *slot = (uint64_t)(uintptr_t)decl;
  }
  decl->iri = iri;
  return KGQ_OK;
}
