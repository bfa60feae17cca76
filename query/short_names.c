/* query/short_names.c: what the names of a short query mean: nodes, verbs, classes, units
 * (SHORT-LANGUAGE 3.1).
 *
 * Asks the resolver for every node that a name fits, keeps those that can stand in the place, and takes the
 * one that is left; several are an error that lists them, none one that suggests. Words of 4.1 come from
 * short_words_table.h.
 */
#include "query/short_internal.h"

#include "core/text.h"
#include "graph/unit.h"
#include "query/short_words_table.h"

#define KG_NAMES_AT_ONCE 32
#define KG_NAMES_SHOWN   9
#define KG_NAMES_MAX     10000 /* nodes of one ~name: more would be a query of its own */

static kgq_status fail_name(kg_short *s, size_t offset, const char *message) {
  const kg_place place = kg_place_in_text(s->lexer.name, s->lexer.text, offset);
  return kg_fail_at(s->p.err, KGQ_NAME, &place, "%s", message);
}

/* ---- words the language knows ------------------------------------------------------------------- */

typedef struct kg_known_verb {
  const char *word;
  bool text;
  const char *iris[8];
} kg_known_verb;

static const kg_known_verb verbs[] = {
#define KG_VERB(word, text, ...) { word, text, { __VA_ARGS__ } },
  KG_SHORT_VERBS(KG_VERB)
#undef KG_VERB
};
#define KG_VERB_COUNT (sizeof verbs / sizeof verbs[0])

static const char *const values[][2] = {
#define KG_VALUE(word, verb) { word, verb },
  KG_SHORT_VALUES(KG_VALUE)
#undef KG_VALUE
};

static const char *const classes[][2] = {
#define KG_CLASS(word, iri) { word, iri },
  KG_SHORT_CLASSES(KG_CLASS)
#undef KG_CLASS
};

static kgq_status fold(kg_short *s, kgq_str name, kgq_str *out) {
  kg_buf folded;
  kg_buf_init(&folded, s->p.ast->arena.allocator);
  kgq_status st = kg_fold(name, &folded, s->p.err);
  if (st == KGQ_OK) {
    st = kg_arena_copy(&s->p.ast->arena, kg_buf_str(&folded), out, s->p.err);
  }
  kg_buf_free(&folded);
  return st;
}

static const kg_known_verb *known_verb(kgq_str folded) {
  for (size_t i = 0; i < KG_VERB_COUNT; i++) {
    if (kg_str_equal(folded, kg_str(verbs[i].word))) {
      return &verbs[i];
    }
  }
  return NULL;
}

bool kg_short_verb_is(const kg_short_verb *verb, const char *word) {
  const kg_short_path *path = verb ? verb->path : NULL;
  return path && path->kind == KG_PATH_LINK && !path->inverse && !path->modifier &&
         (path->token.kind == KG_ST_WORD || path->token.kind == KG_ST_BRACKETED) &&
         kg_str_equal(path->token.text, kg_str(word));
}

/* ---- IRIs and prefixes -------------------------------------------------------------------------- */

kgq_status kg_short_use_iri(kg_short *s, kgq_str iri) {
  const kg_resolver *r = s->p.resolver;
  kgq_str shorter = KG_STR("");
  bool found = false;
  KGQ_TRY(r->shorten(r->arg, iri, &s->p.ast->arena, &shorter, &found, s->p.err));
  const char *colon = found ? memchr(shorter.ptr, ':', shorter.len) : NULL;
  if (!colon) {
    return KGQ_OK;
  }
  const size_t prefix = (size_t)(colon - shorter.ptr);
  const size_t local = shorter.len - prefix - 1;
  return local < iri.len ? kg_declare_prefix(&s->p, kg_str_n(shorter.ptr, prefix),
                                             kg_str_n(iri.ptr, iri.len - local), false)
                         : KGQ_OK;
}

static kgq_status prefixed(kg_short *s, const kg_short_token *name, kgq_str *out) {
  const kg_resolver *r = s->p.resolver;
  const char *colon = memchr(name->text.ptr, ':', name->text.len);
  const size_t length = (size_t)(colon - name->text.ptr);
  const kgq_str prefix = kg_str_n(name->text.ptr, length);
  kgq_str space = KG_STR("");
  bool found = false;
  KGQ_TRY(r->prefix(r->arg, prefix, &s->p.ast->arena, &space, &found, s->p.err));
  if (!found) {
    const kgq_status st = kg_short_fail(s, name->offset, "no prefix is called %.*s:", KG_ARG(prefix));
    kg_hint(s->p.err, "as a name write [%.*s]", KG_ARG(name->text));
    return st;
  }
  KGQ_TRY(kg_declare_prefix(&s->p, prefix, space, false));
  return kg_arena_print(&s->p.ast->arena, out, s->p.err, "%.*s%.*s", (int)space.len, space.ptr,
                        (int)(name->text.len - length - 1), colon + 1);
}

/* ---- candidates --------------------------------------------------------------------------------- */

typedef struct kg_candidates {
  kg_candidate *items;
  size_t count;
} kg_candidates;

static kg_candidate *find_iri(const kg_candidates *list, kgq_str iri) {
  for (size_t i = 0; i < list->count; i++) {
    if (kg_str_equal(list->items[i].iri, iri)) {
      return &list->items[i];
    }
  }
  return NULL;
}

static bool has_iri(const kg_candidates *list, kgq_str iri) {
  return find_iri(list, iri) != NULL;
}

/* Rule 4: a form that an article writes counts everywhere but in a clause about another, fixed article. */
static bool counts_here(const kg_short *s, const kg_candidate *c) {
  return c->kind != KG_NAME_WRITTEN || s->article.len == 0 || kg_str_equal(c->graph, s->article);
}

/* All nodes that are called so, each once. */
static kgq_status find_all(kg_short *s, kgq_str name, kg_candidates *out) {
  const kg_resolver *r = s->p.resolver;
  kg_arena *arena = &s->p.ast->arena;
  size_t capacity = KG_NAMES_AT_ONCE;
  size_t count = 0;
  *out = (kg_candidates){ .items = NULL };
  for (;;) {
    out->items = kg_arena_alloc(arena, capacity * sizeof *out->items);
    KG_NEED(&s->p, out->items);
    KGQ_TRY(r->find(r->arg, name, arena, out->items, capacity, &count, s->p.err));
    if (count <= capacity || capacity == KG_NAMES_MAX) {
      break;
    }
    capacity = count < KG_NAMES_MAX ? count : KG_NAMES_MAX;
  }
  const size_t given = count < capacity ? count : capacity;
  for (size_t i = 0; i < given; i++) {
    const kg_candidate c = out->items[i];
    kg_candidate *same = find_iri(out, c.iri);
    if (counts_here(s, &c) && !same) {
      out->items[out->count++] = c;
    } else if (same && same->kind == KG_NAME_WRITTEN && c.kind != KG_NAME_WRITTEN) {
      *same = c; /* a name good everywhere says more than one article's */
    }
  }
  return KGQ_OK;
}

static kgq_status add_known(kg_short *s, kg_candidates *list, const char *iri, kgq_str word) {
  if (has_iri(list, kg_str(iri))) {
    return KGQ_OK;
  }
  kg_candidate *larger = kg_arena_alloc(&s->p.ast->arena, (list->count + 1) * sizeof *larger);
  KG_NEED(&s->p, larger);
  if (list->count) {
    memcpy(larger, list->items, list->count * sizeof *larger);
  }
  larger[list->count] =
      (kg_candidate){ .iri = kg_str(iri), .text = word, .graph = KG_STR(""), .kind = KG_NAME_ID };
  list->items = larger;
  list->count++;
  return KGQ_OK;
}

static void keep_roles(kg_candidates *list, unsigned roles, bool wanted) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++) {
    if (((list->items[i].roles & roles) != 0) == wanted) {
      list->items[kept++] = list->items[i];
    }
  }
  list->count = kept;
}

static size_t count_roles(const kg_candidates *list, unsigned roles) {
  size_t count = 0;
  for (size_t i = 0; i < list->count; i++) {
    count += (list->items[i].roles & roles) != 0;
  }
  return count;
}

static kgq_status add_value(kg_short *s, kg_candidates *list, kgq_str folded, const kg_short_verb *verb,
                            bool only_its) {
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    if (!kg_str_equal(folded, kg_str(values[i][0])) || (only_its && !kg_short_verb_is(verb, values[i][1]))) {
      continue;
    }
    kgq_str iri;
    KGQ_TRY(kg_arena_print(&s->p.ast->arena, &iri, s->p.err, "%s%s", KG_NS_KGQ, values[i][0]));
    KGQ_TRY(add_known(s, list, iri.ptr, folded));
  }
  return KGQ_OK;
}

/* Elsewhere than as verb or class: nodes, and predicates only if no node is called so. */
static kgq_status candidates_node(kg_short *s, kgq_str folded, const kg_short_verb *verb,
                                  kg_candidates *list) {
  kg_candidates own = { .items = NULL };
  KGQ_TRY(add_value(s, &own, folded, verb, true));
  if (own.count > 0) {
    *list = own;
    return KGQ_OK;
  }
  if (count_roles(list, KG_ROLE_PREDICATE) < list->count) {
    keep_roles(list, KG_ROLE_PREDICATE, false);
    return KGQ_OK;
  }
  const kg_known_verb *known = known_verb(folded);
  if (known && !known->iris[1]) {
    KGQ_TRY(add_known(s, list, known->iris[0], folded));
  }
  return list->count == 0 ? add_value(s, list, folded, verb, false) : KGQ_OK;
}

static kgq_status candidates_class(kg_short *s, kgq_str folded, kg_candidates *list) {
  if (count_roles(list, KG_ROLE_CLASS) > 0) {
    keep_roles(list, KG_ROLE_CLASS, true);
  } else {
    keep_roles(list, KG_ROLE_PREDICATE, false);
  }
  for (size_t i = 0; list->count == 0 && i < sizeof classes / sizeof classes[0]; i++) {
    if (kg_str_equal(folded, kg_str(classes[i][0]))) {
      return add_known(s, list, classes[i][1], folded);
    }
  }
  return KGQ_OK;
}

/* What the name can be in that place; with `verb`, of what it is the object. */
static kgq_status candidates(kg_short *s, kgq_str name, kg_short_place place, const kg_short_verb *verb,
                             kg_candidates *out) {
  kgq_str folded;
  KGQ_TRY(fold(s, name, &folded));
  KGQ_TRY(find_all(s, name, out));
  if (place == KG_PLACE_CLASS) {
    return candidates_class(s, folded, out);
  }
  if (place == KG_PLACE_NODE) {
    return candidates_node(s, folded, verb, out);
  }
  keep_roles(out, KG_ROLE_PREDICATE, true);
  return KGQ_OK;
}

/* Rule 5: a bare word that finds nothing is tried with its - and _ as spaces. */
static kgq_status with_spaces(kg_short *s, kgq_str word, kgq_str *out) {
  KGQ_TRY(kg_arena_copy(&s->p.ast->arena, word, out, s->p.err));
  char *bytes = kg_arena_alloc(&s->p.ast->arena, word.len + 1);
  KG_NEED(&s->p, bytes);
  for (size_t i = 0; i < word.len; i++) {
    bytes[i] = word.ptr[i] == '-' || word.ptr[i] == '_' ? ' ' : word.ptr[i];
  }
  bytes[word.len] = '\0';
  *out = kg_str_n(bytes, word.len);
  return KGQ_OK;
}

static kgq_status look_up(kg_short *s, const kg_short_token *name, kg_short_place place,
                          const kg_short_verb *verb, kg_candidates *out) {
  KGQ_TRY(candidates(s, name->text, place, verb, out));
  if (out->count > 0 || name->kind != KG_ST_WORD) {
    return KGQ_OK;
  }
  kgq_str spaced;
  KGQ_TRY(with_spaces(s, name->text, &spaced));
  return kg_str_equal(spaced, name->text) ? KGQ_OK : candidates(s, spaced, place, verb, out);
}

/* ---- messages ----------------------------------------------------------------------------------- */

static const char *thing(kg_short_place place, bool several) {
  if (place == KG_PLACE_VERB) {
    return several ? "verbs" : "verb";
  }
  if (place == KG_PLACE_CLASS) {
    return several ? "classes" : "class";
  }
  return several ? "nodes" : "node";
}

static kgq_status shortened(kg_short *s, kgq_str iri, kgq_str *out) {
  const kg_resolver *r = s->p.resolver;
  bool found = false;
  KGQ_TRY(r->shorten(r->arg, iri, &s->p.ast->arena, out, &found, s->p.err));
  return found ? KGQ_OK : kg_arena_print(&s->p.ast->arena, out, s->p.err, "<%.*s>", (int)iri.len, iri.ptr);
}

/* One line for each candidate: number, id, names. */
static kgq_status list_candidates(kg_short *s, const kg_candidates *list, kg_buf *out) {
  const kg_resolver *r = s->p.resolver;
  size_t width = 0;
  kgq_str ids[KG_NAMES_SHOWN];
  const size_t shown = list->count < KG_NAMES_SHOWN ? list->count : KG_NAMES_SHOWN;
  for (size_t i = 0; i < shown; i++) {
    KGQ_TRY(shortened(s, list->items[i].iri, &ids[i]));
    const size_t columns = kg_display_width(ids[i]);
    width = columns > width ? columns : width;
  }
  for (size_t i = 0; i < shown; i++) {
    kgq_str about = KG_STR("");
    KGQ_TRY(r->describe(r->arg, list->items[i].iri, &s->p.ast->arena, &about, s->p.err));
    const int pad = (int)(width - kg_display_width(ids[i]));
    KGQ_TRY(kg_buf_print(out, s->p.err, "%zu %.*s%*s  %.*s", i + 1, KG_ARG(ids[i]), pad, "", KG_ARG(about)));
    if (list->items[i].kind == KG_NAME_WRITTEN) {
      kgq_str article;
      KGQ_TRY(shortened(s, list->items[i].graph, &article));
      KGQ_TRY(kg_buf_print(out, s->p.err, "; so written in %.*s", KG_ARG(article)));
    }
    KGQ_TRY(kg_buf_print(out, s->p.err, "\n        "));
  }
  if (list->count > shown) {
    KGQ_TRY(kg_buf_print(out, s->p.err, "and %zu more\n        ", list->count - shown));
  }
  return kg_buf_print(out, s->p.err, "write %.*s", KG_ARG(ids[0]));
}

static kgq_status fail_several(kg_short *s, const kg_short_token *name, kg_short_place place,
                               const kg_candidates *list) {
  kgq_str message;
  kg_buf hint;
  kg_buf_init(&hint, s->p.ast->arena.allocator);
  kgq_status st = list_candidates(s, list, &hint);
  if (st == KGQ_OK && place != KG_PLACE_VERB) {
    st = kg_buf_print(&hint, s->p.err, ", or ~%s%.*s%s for any of them",
                      name->kind == KG_ST_BRACKETED ? "[" : "", KG_ARG(name->text),
                      name->kind == KG_ST_BRACKETED ? "]" : "");
  }
  if (st == KGQ_OK) {
    st = kg_arena_print(&s->p.ast->arena, &message, s->p.err, "%.*s is %zu %s", KG_ARG(name->text),
                        list->count, thing(place, true));
  }
  if (st == KGQ_OK) {
    st = fail_name(s, name->offset, message.ptr);
    kg_hint(s->p.err, "%.*s", (int)hint.len, hint.bytes);
  }
  kg_buf_free(&hint);
  return st;
}

static bool fits_place(const kg_candidate *c, kg_short_place place) {
  if (place == KG_PLACE_VERB) {
    return (c->roles & KG_ROLE_PREDICATE) != 0;
  }
  return place != KG_PLACE_CLASS || (c->roles & KG_ROLE_CLASS) != 0;
}

/* The nearest words of 4.1, for verbs. */
static const char *near_verb(kgq_str name) {
  const size_t limit = kg_utf8_count(name) / 3;
  for (size_t distance = 1; distance <= limit; distance++) {
    for (size_t i = 0; i < KG_VERB_COUNT; i++) {
      if (kg_edit_distance(name, kg_str(verbs[i].word), distance) == distance) {
        return verbs[i].word;
      }
    }
  }
  return NULL;
}

/* A short id may have a name that is spelt the same but for case: that is what people know. */
static kgq_str name_to_show(kg_short *s, const kg_candidate *near) {
  const kg_resolver *r = s->p.resolver;
  kg_candidate names[KG_NAMES_AT_ONCE];
  size_t count = 0;
  if (near->kind == KG_NAME_ID &&
      r->find(r->arg, near->text, &s->p.ast->arena, names, KG_NAMES_AT_ONCE, &count, NULL) != KGQ_OK) {
    return near->text;
  }
  for (size_t i = 0; i < count && i < KG_NAMES_AT_ONCE; i++) {
    if (names[i].kind == KG_NAME_LABEL && kg_str_equal(names[i].iri, near->iri)) {
      return names[i].text;
    }
  }
  return near->text;
}

static kgq_status suggest(kg_short *s, const kg_short_token *name, kg_short_place place) {
  const kg_resolver *r = s->p.resolver;
  kg_candidate near[KG_NAMES_AT_ONCE];
  size_t count = 0;
  KGQ_TRY(r->near(r->arg, name->text, &s->p.ast->arena, near, KG_NAMES_AT_ONCE, &count, s->p.err));
  for (size_t i = 0; i < count && i < KG_NAMES_AT_ONCE; i++) {
    if (fits_place(&near[i], place)) {
      const kgq_str text = name_to_show(s, &near[i]);
      const bool words = memchr(text.ptr, ' ', text.len) != NULL;
      kg_hint(s->p.err, words ? "did you mean [%.*s]?" : "did you mean %.*s?", KG_ARG(text));
      return KGQ_OK;
    }
  }
  const char *word = place == KG_PLACE_VERB ? near_verb(name->text) : NULL;
  if (word) {
    kg_hint(s->p.err, "did you mean %s?", word);
  } else if (place == KG_PLACE_VERB) {
    kg_hint(s->p.err, "the command .schema lists the verbs of the data");
  } else if (name->kind == KG_ST_WORD) { /* kept only if there is no other hint */
    kg_hint(s->p.err, "variables begin with ?: ?%.*s", KG_ARG(name->text));
  }
  return KGQ_OK;
}

/* `name` holds text: write "Samsumg". */
static kgq_status hint_text(kg_short *s, const kg_short_token *name, const kg_short_verb *verb) {
  const kg_resolver *r = s->p.resolver;
  if (!verb || !verb->path || verb->path->kind != KG_PATH_LINK) {
    return KGQ_OK;
  }
  const kg_short_token *word = &verb->path->token;
  kg_short_names names;
  kgq_str folded;
  KGQ_TRY(fold(s, word->text, &folded));
  const kg_known_verb *known = known_verb(folded);
  bool text = known && known->text;
  if (!known) {
    KGQ_TRY(kg_short_verb_names(s, word, &names));
    KGQ_TRY(r->holds_text(r->arg, names.iris[0], &text, s->p.err));
  }
  if (text) {
    kg_hint(s->p.err, "`%.*s` holds text: write \"%.*s\"", KG_ARG(word->text), KG_ARG(name->text));
  }
  return KGQ_OK;
}

static kgq_status fail_none(kg_short *s, const kg_short_token *name, kg_short_place place,
                            const kg_short_verb *verb) {
  bool found = false;
  kgq_str message;
  KGQ_TRY(kg_short_number_word(s, name, &found));
  KGQ_TRY(kg_arena_print(&s->p.ast->arena, &message, s->p.err, "no %s is called %.*s", thing(place, false),
                         KG_ARG(name->text)));
  const kgq_status st =
      fail_name(s, name->offset, message.ptr); /* an error that is there is kept from here on */
  const kgq_status hinted = hint_text(s, name, verb);
  if (hinted == KGQ_OK) {
    (void)suggest(s, name, place);
  }
  return st;
}

/* ---- what was taken, for kgq_explain "ids" ------------------------------------------------------ */

static kgq_status note_use(kg_short *s, const kg_short_token *name, size_t offset, kgq_str text) {
  kg_name_use *use = kg_arena_zero(&s->p.ast->arena, sizeof *use);
  KG_NEED(&s->p, use);
  *use = (kg_name_use){ .offset = offset, .end = name->end, .next = s->p.ast->names };
  KGQ_TRY(kg_arena_copy(&s->p.ast->arena, text, &use->text, s->p.err));
  s->p.ast->names = use;
  return KGQ_OK;
}

static kgq_status note_one(kg_short *s, const kg_short_token *name, kgq_str iri) {
  kgq_str id;
  KGQ_TRY(shortened(s, iri, &id));
  return note_use(s, name, name->offset, id);
}

/* ~name is one of a list. The tilde stands before the name, white space may lie between. */
static kgq_status note_each(kg_short *s, const kg_short_token *name, const kg_short_names *all) {
  size_t offset = name->offset;
  while (offset > 0 && s->lexer.text.ptr[offset - 1] == ' ') {
    offset--;
  }
  if (offset == 0 || s->lexer.text.ptr[offset - 1] != '~') {
    return KGQ_OK; /* a wide tilde: left as it is */
  }
  kg_buf list;
  kg_buf_init(&list, s->p.ast->arena.allocator);
  kgq_status st = KGQ_OK;
  for (size_t i = 0; i < all->count && st == KGQ_OK; i++) {
    kgq_str id;
    st = shortened(s, all->iris[i], &id);
    if (st == KGQ_OK) {
      st = kg_buf_print(&list, s->p.err, "%s%.*s", i ? ", " : all->count > 1 ? "(" : "", KG_ARG(id));
    }
  }
  if (st == KGQ_OK) {
    st = kg_buf_add_text(&list, all->count > 1 ? ")" : "", s->p.err);
  }
  if (st == KGQ_OK) {
    st = note_use(s, name, offset - 1, kg_buf_str(&list));
  }
  kg_buf_free(&list);
  return st;
}

/* ---- doors -------------------------------------------------------------------------------------- */

static kgq_status exact(kg_short *s, const kg_short_token *name, kgq_str *out, bool *found) {
  *found = name->kind == KG_ST_IRI || name->kind == KG_ST_PREFIXED;
  if (name->kind == KG_ST_PREFIXED) {
    KGQ_TRY(prefixed(s, name, out));
  } else {
    *out = name->text;
  }
  return *found ? kg_short_use_iri(s, *out) : KGQ_OK;
}

kgq_status kg_short_name(kg_short *s, const kg_short_token *name, kg_short_place place,
                         const kg_short_verb *verb, kgq_str *out) {
  bool found = false;
  KGQ_TRY(exact(s, name, out, &found));
  if (found) {
    return KGQ_OK;
  }
  if (place == KG_PLACE_DATATYPE) {
    return kg_short_fail(s, name->offset, "a datatype is written as an id, such as xsd:date");
  }
  kg_candidates list;
  KGQ_TRY(look_up(s, name, place, verb, &list));
  if (list.count != 1) {
    return list.count == 0 ? fail_none(s, name, place, verb) : fail_several(s, name, place, &list);
  }
  *out = list.items[0].iri;
  KGQ_TRY(note_one(s, name, *out));
  return kg_short_use_iri(s, *out);
}

static kgq_status take_iris(kg_short *s, const kg_candidates *list, kg_short_names *out) {
  out->iris = kg_arena_alloc(&s->p.ast->arena, (list->count + 1) * sizeof *out->iris);
  KG_NEED(&s->p, out->iris);
  out->count = list->count;
  for (size_t i = 0; i < list->count; i++) {
    out->iris[i] = list->items[i].iri;
    KGQ_TRY(kg_short_use_iri(s, out->iris[i]));
  }
  return KGQ_OK;
}

kgq_status kg_short_each(kg_short *s, const kg_short_token *name, kg_short_names *out) {
  bool found = false;
  kgq_str iri;
  kg_candidates list = { .items = NULL };
  KGQ_TRY(exact(s, name, &iri, &found));
  if (found) {
    KGQ_TRY(add_known(s, &list, iri.ptr, name->text));
    list.items[0].iri = iri;
  } else {
    KGQ_TRY(look_up(s, name, KG_PLACE_NODE, NULL, &list));
  }
  if (list.count == 0) {
    return fail_none(s, name, KG_PLACE_NODE, NULL);
  }
  KGQ_TRY(take_iris(s, &list, out));
  return note_each(s, name, out);
}

static kgq_status known_iris(kg_short *s, const kg_known_verb *known, kgq_str folded, kg_candidates *out) {
  for (size_t i = 0; i < 8 && known->iris[i]; i++) {
    KGQ_TRY(add_known(s, out, known->iris[i], folded));
  }
  return KGQ_OK;
}

kgq_status kg_short_verb_names(kg_short *s, const kg_short_token *name, kg_short_names *out) {
  bool found = false;
  kgq_str iri;
  kgq_str folded;
  kg_candidates list = { .items = NULL };
  kg_candidates own = { .items = NULL };
  KGQ_TRY(exact(s, name, &iri, &found));
  if (found) {
    KGQ_TRY(add_known(s, &list, iri.ptr, name->text));
    list.items[0].iri = iri;
    return take_iris(s, &list, out);
  }
  KGQ_TRY(fold(s, name->text, &folded));
  const kg_known_verb *known = known_verb(folded);
  if (known) {
    KGQ_TRY(known_iris(s, known, folded, &own));
  }
  KGQ_TRY(known ? candidates(s, name->text, KG_PLACE_VERB, NULL, &list)
                : look_up(s, name, KG_PLACE_VERB, NULL, &list));
  const bool same = known && (list.count == 0 || (list.count == 1 && has_iri(&own, list.items[0].iri)));
  if (same) {
    return take_iris(s, &own, out);
  }
  if (known) {
    KGQ_TRY(known_iris(s, known, folded, &list));
  }
  if (list.count == 0) {
    return fail_none(s, name, KG_PLACE_VERB, NULL);
  }
  if (list.count > 1) {
    return fail_several(s, name, KG_PLACE_VERB, &list);
  }
  KGQ_TRY(note_one(s, name, list.items[0].iri));
  return take_iris(s, &list, out);
}

/* ---- units -------------------------------------------------------------------------------------- */

static kgq_status suggest_unit(kg_short *s, kgq_str name) {
  const kg_resolver *r = s->p.resolver;
  kg_candidate near[KG_NAMES_AT_ONCE];
  size_t count = 0;
  KGQ_TRY(r->near(r->arg, name, &s->p.ast->arena, near, KG_NAMES_AT_ONCE, &count, s->p.err));
  for (size_t i = 0; i < count && i < KG_NAMES_AT_ONCE; i++) {
    if (near[i].roles & KG_ROLE_UNIT) {
      kg_hint(s->p.err, "did you mean %.*s?", KG_ARG(near[i].text));
      return KGQ_OK;
    }
  }
  return KGQ_OK;
}

kgq_status kg_short_unit_name(kg_short *s, const kg_short_token *quantity, kgq_str *out) {
  const kg_resolver *r = s->p.resolver;
  bool found = false;
  kgq_str message;
  KGQ_TRY(r->unit(r->arg, quantity->unit, &s->p.ast->arena, out, &found, s->p.err));
  if (found) {
    return KGQ_OK;
  }
  *out = kg_unit_builtin(quantity->unit);
  if (out->len > 0) {
    return KGQ_OK;
  }
  KGQ_TRY(
      kg_arena_print(&s->p.ast->arena, &message, s->p.err, "no unit is called %.*s", KG_ARG(quantity->unit)));
  const kgq_status st = fail_name(s, quantity->unit_offset, message.ptr);
  (void)suggest_unit(s, quantity->unit);
  return st;
}
