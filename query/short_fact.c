/* query/short_fact.c: statements of the short language as patterns: subjects, verbs, objects, articles and
 * what is said about a statement (SHORT-LANGUAGE 4.2).
 *
 * Marks the query as hiding something wherever a fresh variable, `/` or `|` comes in.
 */
#include "query/short_internal.h"

/* ---- subjects and objects ----------------------------------------------------------------------- */

static kgq_status fresh_node(kg_short *s, size_t offset, kg_node *out) {
  *out = kg_node_of_var(0, offset);
  s->hidden = true;
  return kg_short_fresh(s, &out->var);
}

/* VALUES ?_1 { ... } and ?_1 */
static kgq_status one_of(kg_short *s, kg_short_group *to, const kg_short_names *names, size_t offset,
                         kg_node *out) {
  KGQ_TRY(fresh_node(s, offset, out));
  return kg_short_add_values(s, to, out->var, names, offset);
}

static bool names_only(const kg_short_value *list) {
  for (const kg_short_value *item = list->args; item; item = item->next) {
    if (item->kind != KG_SV_NAME) {
      return false;
    }
  }
  return true;
}

static kgq_status list_names(kg_short *s, const kg_short_value *list, const kg_short_verb *verb,
                             kg_short_names *out) {
  size_t count = 0;
  for (const kg_short_value *item = list->args; item; item = item->next) {
    count++;
  }
  out->iris = kg_arena_alloc(&s->p.ast->arena, (count + 1) * sizeof *out->iris);
  KG_NEED(&s->p, out->iris);
  out->count = 0;
  for (const kg_short_value *item = list->args; item; item = item->next) {
    kg_term term;
    KGQ_TRY(kg_short_term(s, item, verb, &term));
    out->iris[out->count++] = term.text;
  }
  return KGQ_OK;
}

/* A fresh variable and FILTER(test || test ...) on it. */
static kgq_status tested(kg_short *s, kg_short_group *where, const kg_short_value *value, kg_node *out) {
  kg_expr *var = NULL;
  kg_expr *test = NULL;
  KGQ_TRY(fresh_node(s, value->token.offset, out));
  KGQ_TRY(kg_short_var_expr(s, out->var, value->token.offset, &var));
  KGQ_TRY(kg_short_compare(s, var, KG_ST_EQUAL, value, &test));
  return kg_short_add_filter(s, where, test);
}

static kgq_status list_node(kg_short *s, kg_short_group *to, kg_short_group *where,
                            const kg_short_value *list, const kg_short_verb *verb, kg_node *out) {
  kg_short_names names;
  for (const kg_short_value *item = list->args; item; item = item->next) {
    if (item->kind > KG_SV_BOOLEAN || item->kind == KG_SV_VARIABLE || item->kind == KG_SV_ANY) {
      return kg_short_fail(s, item->token.offset, "a list holds names and values only");
    }
  }
  if (!names_only(list)) {
    return tested(s, where, list, out);
  }
  KGQ_TRY(list_names(s, list, verb, &names));
  return one_of(s, to, &names, list->token.offset, out);
}

/* The node for a subject (verb NULL) or an object. VALUES go to `to`, conditions to `where`. */
static kgq_status value_node(kg_short *s, kg_short_group *to, kg_short_group *where,
                             const kg_short_value *value, const kg_short_verb *verb, kg_node *out) {
  kg_short_names names;
  kg_term term;
  if (value->kind == KG_SV_VARIABLE) {
    *out = kg_node_of_var(value->var, value->token.offset);
    return KGQ_OK;
  }
  if (value->kind == KG_SV_ANY) {
    return fresh_node(s, value->token.offset, out);
  }
  if (value->kind == KG_SV_EACH) {
    KGQ_TRY(kg_short_each(s, &value->token, &names));
    return one_of(s, to, &names, value->token.offset, out);
  }
  if (value->kind == KG_SV_LIST && value->args->next) {
    return list_node(s, to, where, value, verb, out);
  }
  if (value->kind == KG_SV_LIST) {
    return value_node(s, to, where, value->args, verb,
                      out); /* parentheses nest no deeper than the parser allowed */
  }
  if (kg_short_is_test(value)) {
    return tested(s, where, value, out);
  }
  KGQ_TRY(kg_short_term(s, value, verb, &term));
  *out = kg_node_of_term(term, value->token.offset);
  return KGQ_OK;
}

static kgq_status subject_node(kg_short *s, kg_short_group *to, const kg_short_value *value, kg_node *out) {
  const kg_short_value *inner = value;
  while (inner->kind == KG_SV_LIST && !inner->args->next) {
    inner = inner->args;
  }
  const bool names = inner->kind != KG_SV_LIST || names_only(inner);
  if (!names || (inner->kind >= KG_SV_TEXT && inner->kind <= KG_SV_CALL)) {
    const kgq_status st = kg_short_fail(s, value->token.offset, "a number, date or text cannot do anything");
    kg_short_hint(s, "turn it round");
    return st;
  }
  return value_node(s, to, to, inner, NULL, out);
}

/* ---- verbs -------------------------------------------------------------------------------------- */

static kgq_status new_path(kg_short *s, kg_path_kind kind, kg_path *first, kg_path **out) {
  *out = KG_NEW(&s->p, kg_path);
  KG_NEED(&s->p, *out);
  (*out)->kind = kind;
  (*out)->first = first;
  (*out)->iri = KG_STR("");
  return KGQ_OK;
}

static kgq_status named_path(kg_short *s, const kg_short_token *name, kg_path **out) {
  kg_short_names names;
  KGQ_TRY(kg_short_verb_names(s, name, &names));
  kg_path *first = NULL;
  kg_path **end = &first;
  for (size_t i = 0; i < names.count; i++) {
    KGQ_TRY(new_path(s, KG_PATH_LINK, NULL, end));
    (*end)->iri = names.iris[i];
    end = &(*end)->next;
  }
  *out = first;
  s->hidden = s->hidden || names.count > 1;
  return names.count > 1 ? new_path(s, KG_PATH_ALTERNATIVE, first, out) : KGQ_OK;
}

static kgq_status build_path(kg_short *s, const kg_short_path *path, kg_path **out);

static kgq_status children(kg_short *s, const kg_short_path *path, kg_path **end) {
  for (const kg_short_path *child = path->first; child; child = child->next) {
    KGQ_TRY(build_path(s, child, end));
    end = &(*end)->next;
  }
  return KGQ_OK;
}

/* ^part-of+ is ^(part-of+), as in SPARQL. */
static kgq_status build_path(kg_short *s, const kg_short_path *path, kg_path **out) {
  kg_path *first = NULL;
  if (path->kind == KG_PATH_LINK) {
    KGQ_TRY(named_path(s, &path->token, out));
  } else if (path->first->next) {
    KGQ_TRY(children(s, path, &first));
    KGQ_TRY(new_path(s, path->kind, first, out));
    s->hidden = true;
  } else {
    KGQ_TRY(build_path(s, path->first, out)); /* (a): just a */
  }
  if (path->modifier) {
    const kg_path_kind kind = path->modifier == '*'   ? KG_PATH_ZERO_OR_MORE
                              : path->modifier == '+' ? KG_PATH_ONE_OR_MORE
                                                      : KG_PATH_ZERO_OR_ONE;
    KGQ_TRY(new_path(s, kind, *out, out));
  }
  return path->inverse ? new_path(s, KG_PATH_INVERSE, *out, out) : KGQ_OK;
}

typedef struct kg_predicate { /* a node, or a path */
  kg_node node;
  kg_path *path;
} kg_predicate;

static kgq_status build_verb(kg_short *s, const kg_short_verb *verb, kg_predicate *out) {
  const size_t offset = verb->token.offset;
  out->path = NULL;
  if (verb->token.kind == KG_ST_VARIABLE) {
    out->node = kg_node_of_var(verb->var, offset);
    return KGQ_OK;
  }
  if (!verb->path) {
    return fresh_node(s, offset, &out->node);
  }
  KGQ_TRY(build_path(s, verb->path, &out->path));
  if (out->path->kind == KG_PATH_LINK) {
    out->node = kg_node_of_iri(out->path->iri, offset);
    out->path = NULL;
  }
  return KGQ_OK;
}

static kgq_status add_link(kg_short *s, kg_short_group *to, const kg_node *subject, const kg_predicate *verb,
                           const kg_node *object) {
  kg_pattern *pattern = NULL;
  if (!verb->path) {
    return kg_short_add_triple(s, to, subject, &verb->node, object);
  }
  KGQ_TRY(kg_short_add(s, &to->patterns, KG_PATTERN_PATH, subject->offset, &pattern));
  KG_NEED(&s->p, pattern);
  pattern->subject = *subject;
  pattern->path = verb->path;
  pattern->object = *object;
  return KGQ_OK;
}

/* ---- what is said about a statement ------------------------------------------------------------- */

static kgq_status add_optional(kg_short *s, kg_short_group *to, kg_short_group *inner) {
  kg_pattern *optional = NULL;
  kg_pattern *group = NULL;
  KGQ_TRY(kg_short_close(s, inner, &group));
  KGQ_TRY(kg_short_add(s, &to->optionals, KG_PATTERN_OPTIONAL, inner->offset, &optional));
  KG_NEED(&s->p, optional);
  optional->first = group;
  return KGQ_OK;
}

/* reifier verb object, in an OPTIONAL of its own if `maybe` */
static kgq_status add_detail(kg_short *s, kg_short_group *to, const kg_node *reifier,
                             const kg_short_detail *detail) {
  kg_short_group inner = { 0 };
  kg_predicate verb;
  kg_node object;
  kg_short_group *where = detail->maybe ? &inner : to;
  if (detail->maybe) {
    kg_short_open(s, &inner, detail->verb.token.offset);
  }
  KGQ_TRY(build_verb(s, &detail->verb, &verb));
  KGQ_TRY(value_node(s, where, where, detail->object, &detail->verb, &object));
  KGQ_TRY(add_link(s, where, reifier, &verb, &object));
  return detail->maybe ? add_optional(s, to, &inner) : KGQ_OK;
}

/* s p o ~ ?_1 and the details on ?_1 */
static kgq_status add_reified(kg_short *s, kg_short_group *to, const kg_node triple[3],
                              const kg_short_detail *detail) {
  const kg_node reifies = kg_node_of_iri(KG_STR(KG_RDF_REIFIES), triple[0].offset);
  kg_node reifier;
  kg_node term;
  KGQ_TRY(fresh_node(s, triple[0].offset, &reifier));
  KGQ_TRY(kg_node_of_triple(&s->p, triple, triple[0].offset, &term));
  KGQ_TRY(kg_short_add_triple(s, to, &triple[0], &triple[1], &triple[2]));
  KGQ_TRY(kg_short_add_triple(s, to, &reifier, &reifies, &term));
  for (; detail; detail = detail->next) {
    KGQ_TRY(add_detail(s, to, &reifier, detail));
  }
  return KGQ_OK;
}

static bool all_maybe(const kg_short_detail *detail) {
  for (; detail; detail = detail->next) {
    if (!detail->maybe) {
      return false;
    }
  }
  return true;
}

/* The statement with its details. Nothing but `maybe`: a plain fact has no reifier and must not be lost. */
static kgq_status add_with_details(kg_short *s, kg_short_group *to, const kg_short_fact *fact,
                                   const kg_node *subject, const kg_predicate *verb, const kg_node *object) {
  const kg_short_detail *details = fact->source.details;
  const kg_node triple[3] = { *subject, verb->node, *object };
  if (!details) {
    return add_link(s, to, subject, verb, object);
  }
  if (verb->path) {
    const kgq_status st =
        kg_short_fail(s, fact->source.offset, "qualifiers belong to one statement, a path has several");
    kg_short_hint(s, "write the steps as clauses");
    return st;
  }
  if (!all_maybe(details)) {
    return add_reified(s, to, triple, details);
  }
  kg_short_group inner;
  KGQ_TRY(kg_short_add_triple(s, to, &triple[0], &triple[1], &triple[2]));
  kg_short_open(s, &inner, fact->source.offset);
  KGQ_TRY(add_reified(s, &inner, triple, details));
  return add_optional(s, to, &inner);
}

/* ---- statements --------------------------------------------------------------------------------- */

kgq_status kg_short_article(kg_short *s, const kg_short_source *source, kg_node *out) {
  const size_t offset = source->has_article ? source->article.offset : source->offset;
  if (!source->has_article || source->article.kind == KG_ST_ANY) {
    return fresh_node(s, offset, out);
  }
  if (source->article.kind == KG_ST_VARIABLE) {
    *out = kg_node_of_var(source->var, offset);
    return KGQ_OK;
  }
  kgq_str iri;
  KGQ_TRY(kg_short_name(s, &source->article, KG_PLACE_NODE, NULL, &iri));
  *out = kg_node_of_iri(iri, offset);
  return KGQ_OK;
}

static bool fixed_article(const kg_short_source *source) {
  return source->there && source->has_article && source->article.kind != KG_ST_ANY &&
         source->article.kind != KG_ST_VARIABLE;
}

kgq_status kg_short_add_statement(kg_short *s, kg_short_group *to, const kg_short_fact *fact) {
  const kgq_str around = s->article;
  const bool fixed = fixed_article(&fact->source);
  kg_short_group inner = { 0 };
  kg_short_group *where = fact->source.there ? &inner : to;
  kg_node graph = { .kind = KG_NODE_TERM };
  kg_node subject;
  kg_node object;
  kg_predicate verb;
  if (fixed) { /* first, since names depend on it */
    KGQ_TRY(kg_short_article(s, &fact->source, &graph));
    s->article = graph.term.text;
  }
  if (fact->source.there) {
    kg_short_open(s, &inner, fact->offset);
  }
  KGQ_TRY(subject_node(s, to, fact->subject, &subject));
  KGQ_TRY(build_verb(s, &fact->verb, &verb));
  KGQ_TRY(value_node(s, to, where, fact->object, &fact->verb, &object));
  KGQ_TRY(fact->source.there && !fixed ? kg_short_article(s, &fact->source, &graph) : KGQ_OK);
  KGQ_TRY(add_with_details(s, where, fact, &subject, &verb, &object));
  s->article = around;
  return fact->source.there ? kg_short_add_graph(s, to, &graph, &inner) : KGQ_OK;
}

kgq_status kg_short_add_search(kg_short *s, kg_short_group *to, const kg_short_fact *fact) {
  kg_pattern *pattern = NULL;
  KGQ_TRY(kg_short_add(s, &to->patterns, KG_PATTERN_MATCHES, fact->offset, &pattern));
  KG_NEED(&s->p, pattern);
  pattern->subject = kg_node_of_var(fact->subject->var, fact->subject->token.offset);
  pattern->predicate = kg_node_of_iri(KG_STR(KG_NS_KGQ "matches"), fact->offset);
  pattern->object = kg_node_of_term(kg_term_string(fact->right->token.text), fact->right->token.offset);
  return KGQ_OK;
}

/* ---- a name alone ------------------------------------------------------------------------------- */

static kgq_status add_column(kg_short *s, const char *name, kg_node *out) {
  *out = kg_node_of_var(0, 0);
  KGQ_TRY(kg_var_named(&s->p, kg_str(name), false, 0, &out->var));
  s->columns[s->column_count++] = out->var;
  return KGQ_OK;
}

/* { s ?verb o . BIND(node AS ?as) } */
static kgq_status add_side(kg_short *s, const kg_node parts[3], const kg_node *node, const kg_node *as,
                           kg_pattern **out) {
  kg_short_group side;
  kg_pattern *bind = NULL;
  kg_short_open(s, &side, 0);
  KGQ_TRY(kg_short_add_triple(s, &side, &parts[0], &parts[1], &parts[2]));
  KGQ_TRY(kg_short_add(s, &side.patterns, KG_PATTERN_BIND, 0, &bind));
  KG_NEED(&s->p, bind);
  bind->var = as->var;
  KGQ_TRY(kg_short_var_expr(s, node->var, 0, &bind->expr));
  return kg_short_close(s, &side, out);
}

kgq_status kg_short_add_everything(kg_short *s, kg_short_group *to, const kg_short_value *name) {
  kg_short_names names = { .count = 1 };
  kgq_str iri;
  kg_node node;
  kg_node subject;
  kg_node verb;
  kg_node object;
  kg_node article;
  kg_pattern *either = NULL;
  kg_short_group inner;
  s->columns = kg_arena_alloc(&s->p.ast->arena, 4 * sizeof *s->columns);
  KG_NEED(&s->p, s->columns);
  if (name->kind == KG_SV_EACH) {
    KGQ_TRY(kg_short_each(s, &name->token, &names));
  } else {
    KGQ_TRY(kg_short_name(s, &name->token, KG_PLACE_NODE, NULL, &iri));
    names.iris = &iri;
  }
  KGQ_TRY(one_of(s, to, &names, name->token.offset, &node));
  KGQ_TRY(add_column(s, "subject", &subject));
  KGQ_TRY(add_column(s, "verb", &verb));
  KGQ_TRY(add_column(s, "object", &object));
  KGQ_TRY(add_column(s, "article", &article));
  const kg_node out[3] = { node, verb, object };
  const kg_node in[3] = { subject, verb, node };
  kg_short_open(s, &inner, 0);
  KGQ_TRY(kg_short_add(s, &inner.patterns, KG_PATTERN_UNION, 0, &either));
  KG_NEED(&s->p, either);
  KGQ_TRY(add_side(s, out, &node, &subject, &either->first));
  KGQ_TRY(add_side(s, in, &node, &object, &either->first->next));
  return kg_short_add_graph(s, to, &article, &inner);
}
