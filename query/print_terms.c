/* query/print_terms.c: terms, nodes, paths and VALUES as SPARQL text.
 *
 * IRIs are shortened with the longest fitting prefix of the tree or, behind those, of the built-in ones;
 * which were used is remembered for the PREFIX lines. Blank nodes get labels that cannot meet a label of the
 * text.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"
#include "graph/rdflex.h"
#include "graph/vocab.h"
#include "query/print_internal.h"

void kg_put_str(kg_printer *p, kgq_str text) {
  if (p->st == KGQ_OK) {
    p->st = kg_buf_add_str(&p->body, text, p->err);
  }
}

void kg_put(kg_printer *p, const char *text) {
  kg_put_str(p, kg_str(text));
}

void kg_put_number(kg_printer *p, uint64_t number) {
  char digits[24];
  (void)snprintf(digits, sizeof digits, "%" PRIu64, number);
  kg_put(p, digits);
}

void kg_put_break(kg_printer *p) {
  if (!p->pretty) {
    kg_put(p, " ");
    return;
  }
  kg_put(p, "\n");
  for (unsigned i = 0; i < p->indent; i++) {
    kg_put(p, "  ");
  }
}

/* ---- IRIs --------------------------------------------------------------------------------------- */

const char *const kg_print_builtin[][2] = {
#define KG_PAIR(name, space) { name, space },
  KG_BUILTIN_PREFIXES(KG_PAIR)
#undef KG_PAIR
};

static bool redeclared(const kg_printer *p, kgq_str name) {
  for (const kg_prefix_decl *d = p->ast->prefixes; d; d = d->next) {
    if (kg_str_equal(d->name, name)) {
      return true;
    }
  }
  return false;
}

/* A local name that needs no escape: letters, digits, "_" and, inside, "-". */
static bool plain_local(kgq_str local) {
  for (size_t at = 0; at < local.len;) {
    uint32_t c = 0;
    const size_t n = kg_utf8_decode(kg_str_n(local.ptr + at, local.len - at), &c);
    const bool digit = c >= '0' && c <= '9';
    if (n == 0 || !(kg_is_pn_chars_u(c) || digit || (at > 0 && c == '-'))) {
      return false;
    }
    at += n;
  }
  return true;
}

static bool fits(kgq_str iri, kgq_str space, size_t longest) {
  return space.len > longest && kg_str_starts(iri, space) &&
         plain_local(kg_str_n(iri.ptr + space.len, iri.len - space.len));
}

static bool put_short(kg_printer *p, kgq_str iri) {
  kgq_str name = KG_STR("");
  size_t best = SIZE_MAX;
  size_t longest = 0;
  size_t number = KG_PRINT_BUILTIN_PREFIXES;
  for (const kg_prefix_decl *d = p->ast->prefixes; d; d = d->next, number++) {
    if (fits(iri, d->iri, longest)) {
      best = number;
      longest = d->iri.len;
      name = d->name;
    }
  }
  for (size_t i = 0; i < KG_PRINT_BUILTIN_PREFIXES; i++) {
    const kgq_str space = kg_str(kg_print_builtin[i][1]);
    if (fits(iri, space, longest) && !redeclared(p, kg_str(kg_print_builtin[i][0]))) {
      best = i;
      longest = space.len;
      name = kg_str(kg_print_builtin[i][0]);
    }
  }
  if (best == SIZE_MAX) {
    return false;
  }
  p->prefix_used[best] = 1;
  kg_put_str(p, name);
  kg_put(p, ":");
  kg_put_str(p, kg_str_n(iri.ptr + longest, iri.len - longest));
  return true;
}

static void put_escaped(kg_printer *p, unsigned char byte) {
  char text[8];
  (void)snprintf(text, sizeof text, "\\u%04X", byte);
  kg_put(p, text);
}

void kg_put_iri(kg_printer *p, kgq_str iri) {
  if (put_short(p, iri)) {
    return;
  }
  kg_put(p, "<");
  for (size_t i = 0; i < iri.len; i++) {
    const unsigned char c = (unsigned char)iri.ptr[i];
    if (c <= 0x20 || strchr("<>\"{}|^`\\", c)) {
      put_escaped(p, c);
    } else {
      kg_put_str(p, kg_str_n(iri.ptr + i, 1));
    }
  }
  kg_put(p, ">");
}

/* ---- literals ----------------------------------------------------------------------------------- */

void kg_put_quoted(kg_printer *p, kgq_str text) {
  kg_put(p, "\"");
  for (size_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.ptr[i];
    if (c == '"' || c == '\\') {
      kg_put(p, "\\");
      kg_put_str(p, kg_str_n(text.ptr + i, 1));
    } else if (c == '\n' || c == '\r' || c == '\t') {
      kg_put(p, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    } else if (c < 0x20 || c == 0x7F) {
      put_escaped(p, c);
    } else {
      kg_put_str(p, kg_str_n(text.ptr + i, 1));
    }
  }
  kg_put(p, "\"");
}

/* Numbers and booleans in the spelling that reads back as the same term. */
static bool put_bare(kg_printer *p, const kg_term *term) {
  kgq_str datatype = KG_STR("");
  bool bare = kg_str_equal(term->datatype, KG_STR(KG_XSD_BOOLEAN)) &&
              (kg_str_equal(term->text, KG_STR("true")) || kg_str_equal(term->text, KG_STR("false")));
  if (!bare && term->text.len > 0 && term->datatype.len > 0) {
    const kg_lex_result r = kg_lex_number(term->text, true, &datatype);
    bare = r.bytes == term->text.len && kg_str_equal(datatype, term->datatype);
  }
  if (bare) {
    kg_put_str(p, term->text);
  }
  return bare;
}

static void put_literal(kg_printer *p, const kg_term *term) {
  if (put_bare(p, term)) {
    return;
  }
  kg_put_quoted(p, term->text);
  if (term->lang.len > 0) {
    kg_put(p, "@");
    kg_put_str(p, term->lang);
    kg_put(p, term->direction == KG_DIR_LTR ? "--ltr" : term->direction == KG_DIR_RTL ? "--rtl" : "");
  } else if (term->datatype.len > 0) {
    kg_put(p, "^^");
    kg_put_iri(p, term->datatype);
  }
}

/* ---- blank nodes and variables ------------------------------------------------------------------ */

/* Fresh nodes are ".7", those of a text "label" or, in WHERE, ".:label". Fresh ones print as anon.7; a label
 * of the text that looks like one, or like the way out, gets "u." in front: no two can meet. */
static void put_label(kg_printer *p, kgq_str label) {
  kg_put(p, "_:");
  if (label.len > 1 && label.ptr[0] == '.' && label.ptr[1] != ':') {
    kg_put(p, "anon");
    kg_put_str(p, label);
    return;
  }
  const size_t skip = label.len > 1 && label.ptr[0] == '.' ? 2 : 0;
  const kgq_str own = kg_str_n(label.ptr + skip, label.len - skip);
  if (kg_str_starts(own, KG_STR("anon.")) || kg_str_starts(own, KG_STR("u."))) {
    kg_put(p, "u.");
  }
  kg_put_str(p, own);
}

void kg_put_var(kg_printer *p, kg_var var) {
  const kgq_str name = p->ast->vars[var].name;
  if (name.len > 1 && name.ptr[0] == '.' && name.ptr[1] != '_') {
    put_label(p, name);
    return;
  }
  kg_put(p, "?"); /* fresh variables of the short language are called "._1" and print as ?_1 */
  kg_put_str(p, name.len > 1 && name.ptr[0] == '.' ? kg_str_n(name.ptr + 1, name.len - 1) : name);
}

/* ---- terms and nodes ---------------------------------------------------------------------------- */

static bool is_type(const kg_term *term) {
  return term->kind == KG_TERM_IRI && kg_str_equal(term->text, KG_STR(KG_RDF_TYPE));
}

void kg_put_term(kg_printer *p, const kg_term *term) { /* as deep as the parser allowed */
  if (term->kind == KG_TERM_IRI) {
    kg_put_iri(p, term->text);
  } else if (term->kind == KG_TERM_BNODE) {
    put_label(p, term->text);
  } else if (term->kind == KG_TERM_LITERAL) {
    put_literal(p, term);
  } else if (term->kind == KG_TERM_TRIPLE) {
    kg_put(p, "<<( ");
    for (int i = 0; i < 3; i++) {
      if (i == 1 && is_type(&term->triple[1])) {
        kg_put(p, "a");
      } else {
        kg_put_term(p, &term->triple[i]);
      }
      kg_put(p, " ");
    }
    kg_put(p, ")>>");
  }
}

void kg_put_node(kg_printer *p, const kg_node *node) {
  if (node->kind == KG_NODE_VAR) {
    kg_put_var(p, node->var);
  } else if (node->kind == KG_NODE_TERM) {
    kg_put_term(p, &node->term);
  } else {
    kg_put(p, "<<( ");
    kg_put_node(p, &node->triple[0]);
    kg_put(p, " ");
    kg_put_predicate(p, &node->triple[1]);
    kg_put(p, " ");
    kg_put_node(p, &node->triple[2]);
    kg_put(p, " )>>");
  }
}

void kg_put_predicate(kg_printer *p, const kg_node *node) {
  if (node->kind == KG_NODE_TERM && is_type(&node->term)) {
    kg_put(p, "a");
  } else {
    kg_put_node(p, node);
  }
}

static bool node_equal(const kg_node *a, const kg_node *b) {
  if (a->kind != b->kind) {
    return false;
  }
  if (a->kind == KG_NODE_VAR) {
    return a->var == b->var;
  }
  if (a->kind == KG_NODE_TERM) {
    return kg_term_equal(&a->term, &b->term);
  }
  return node_equal(&a->triple[0], &b->triple[0]) && node_equal(&a->triple[1], &b->triple[1]) &&
         node_equal(&a->triple[2], &b->triple[2]);
}

static bool is_part(const kg_node *node, const kg_node *triple, int part) {
  if (triple->kind == KG_NODE_TRIPLE) {
    return node_equal(node, &triple->triple[part]);
  }
  return node->kind == KG_NODE_TERM && kg_term_equal(&node->term, &triple->term.triple[part]);
}

bool kg_reifies(const kg_node *s, const kg_node *v, const kg_node *o, const kg_node *verb,
                const kg_node *triple) {
  const bool term = triple->kind == KG_NODE_TERM && triple->term.kind == KG_TERM_TRIPLE;
  return verb->kind == KG_NODE_TERM && kg_str_equal(verb->term.text, KG_STR(KG_RDF_REIFIES)) &&
         (term || triple->kind == KG_NODE_TRIPLE) && is_part(s, triple, 0) && is_part(v, triple, 1) &&
         is_part(o, triple, 2);
}

/* ---- paths -------------------------------------------------------------------------------------- */

/* How tightly a path binds: | 1, / 2, ^ 3, * + ? 4, single 5. */
static int path_level(const kg_path *path) {
  switch (path->kind) {
  case KG_PATH_ALTERNATIVE: return 1;
  case KG_PATH_SEQUENCE: return 2;
  case KG_PATH_INVERSE: return 3;
  case KG_PATH_ZERO_OR_MORE:
  case KG_PATH_ONE_OR_MORE:
  case KG_PATH_ZERO_OR_ONE: return 4;
  case KG_PATH_LINK:
  case KG_PATH_NEGATED: return 5;
  }
  return 5;
}

static void put_path(kg_printer *p, const kg_path *path, int least);

static void put_path_list(kg_printer *p, const kg_path *path, const char *between, int least) {
  for (; path; path = path->next) {
    put_path(p, path, least);
    kg_put(p, path->next ? between : "");
  }
}

static void put_path_inside(kg_printer *p, const kg_path *path) {
  switch (path->kind) {
  case KG_PATH_LINK:
    if (kg_str_equal(path->iri, KG_STR(KG_RDF_TYPE))) {
      kg_put(p, "a");
    } else {
      kg_put_iri(p, path->iri);
    }
    return;
  case KG_PATH_INVERSE:
    kg_put(p, "^");
    put_path(p, path->first, 4);
    return;
  case KG_PATH_SEQUENCE: put_path_list(p, path->first, "/", 3); return;
  case KG_PATH_ALTERNATIVE: put_path_list(p, path->first, "|", 2); return;
  case KG_PATH_ZERO_OR_MORE:
    put_path(p, path->first, 5);
    kg_put(p, "*");
    return;
  case KG_PATH_ONE_OR_MORE:
    put_path(p, path->first, 5);
    kg_put(p, "+");
    return;
  case KG_PATH_ZERO_OR_ONE:
    put_path(p, path->first, 5);
    kg_put(p, "?");
    return;
  case KG_PATH_NEGATED:
    kg_put(p, "!(");
    put_path_list(p, path->first, "|", 3);
    kg_put(p, ")");
    return;
  }
}

static void put_path(kg_printer *p, const kg_path *path, int least) {
  const bool wrap = path_level(path) < least;
  kg_put(p, wrap ? "(" : "");
  put_path_inside(p, path);
  kg_put(p, wrap ? ")" : "");
}

void kg_put_path(kg_printer *p, const kg_path *path) {
  put_path(p, path, path->kind == KG_PATH_ALTERNATIVE ? 2 : 1);
}

/* ---- VALUES ------------------------------------------------------------------------------------- */

static void put_row(kg_printer *p, const kg_values *values, uint32_t row) {
  const bool one = values->var_count == 1;
  kg_put(p, one ? "" : "(");
  for (uint32_t i = 0; i < values->var_count; i++) {
    const kg_node *cell = values->cells[(size_t)row * values->var_count + i];
    kg_put(p, i ? " " : "");
    if (cell) {
      kg_put_node(p, cell);
    } else {
      kg_put(p, "UNDEF");
    }
  }
  kg_put(p, one ? " " : ") ");
}

void kg_put_values(kg_printer *p, const kg_values *values) {
  const bool one = values->var_count == 1;
  kg_put(p, one ? "VALUES " : "VALUES (");
  for (uint32_t i = 0; i < values->var_count; i++) {
    kg_put(p, i ? " " : "");
    kg_put_var(p, values->vars[i]);
  }
  kg_put(p, one ? " { " : ") { ");
  for (uint32_t row = 0; row < values->row_count; row++) {
    put_row(p, values, row);
  }
  kg_put(p, "}");
}
