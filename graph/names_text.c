/* graph/names_text.c: finding the names of nodes in running text.
 *
 * The text is folded piece by piece (a character with its marks), so that each folded byte has a place in the
 * text. At each place where a name can begin, the index of names is walked down as if it were a tree: a seek
 * for what the text begins with gives the next record, whose common beginning with the text says where to
 * look next. The longest name whose end is a boundary wins. Costs a few seeks a word and does not depend on
 * how many names there are. How the index looks: names_key.h.
 */
#include "graph/names_text.h"

#include <assert.h>
#include <string.h>

#include "core/limits.h"
#include "core/map.h"
#include "core/text.h"
#include "graph/dict.h"
#include "graph/keys.h"
#include "graph/names_key.h"
#include "graph/vocab.h"

enum {
  LENGTHS_MAX = 32, /* names that begin one another at one place; shorter ones are forgotten */
  NAMES_MAX = 64,   /* nodes and graphs with one name; more are not told */
  PIECES_BETWEEN_CHECKS = 1024
};

typedef struct piece { /* where a character's folded form and the character itself begin */
  uint32_t folded, original;
} piece;

typedef struct search {
  kg_snap *snap;
  kg_id article;
  kg_cancel *cancel;
  kg_name_place_fn fn;
  void *arg;
  kg_arena arena; /* of the place at hand */
  kg_buf text;    /* folded */
  kg_buf key;
  piece *pieces; /* one more than there are: the end */
  size_t count, capacity;
  kg_store_iter *it;
  kg_id type, vocabulary[2]; /* rdf:type, rdf:Property, kgq:Unit; KG_ID_NONE: not in the database */
  kg_idmap known;            /* node -> 1: a node, 2: a word of ours */
} search;

/* ---- folding ------------------------------------------------------------------------------------ */

/* Does the character belong to the one before: marks, half-width voice marks, vowels and ends of Hangul. */
static bool continues(uint32_t c) {
  return kg_is_mark(c) || c == 0xFF9E || c == 0xFF9F || (c >= 0x1160 && c <= 0x11FF) ||
         (c >= 0xD7B0 && c <= 0xD7FF);
}

static size_t piece_end(kgq_str text, size_t at) {
  uint32_t c;
  at += kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
  while (at < text.len) {
    const size_t bytes = kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &c);
    if (!continues(c)) {
      break;
    }
    at += bytes;
  }
  return at;
}

static kgq_status add_piece(search *s, size_t original, kgq_error **err) {
  void *pieces = s->pieces;
  KGQ_TRY(kg_grow(&s->snap->db->allocator, &pieces, &s->capacity, s->count + 1, sizeof *s->pieces, err));
  s->pieces = pieces;
  s->pieces[s->count++] = (piece){ (uint32_t)s->text.len, (uint32_t)original };
  return KGQ_OK;
}

/* Runs of white space become one space, as in names. */
static kgq_status fold_piece(search *s, kgq_str part, kgq_error **err) {
  uint32_t c;
  (void)kg_utf8_decode(part, &c);
  if (!kg_is_space(c)) {
    return kg_fold(part, &s->text, err);
  }
  const bool first = s->text.len == 0 || s->text.bytes[s->text.len - 1] != ' ';
  return first ? kg_buf_add_byte(&s->text, ' ', err) : KGQ_OK;
}

static kgq_status fold_text(search *s, kgq_str text, kgq_error **err) {
  for (size_t at = 0; at < text.len;) {
    const size_t end = piece_end(text, at);
    assert(end > at);
    KGQ_TRY(add_piece(s, at, err));
    KGQ_TRY(fold_piece(s, kg_str_n(text.ptr + at, end - at), err));
    if (s->text.len > KG_LIMIT_LITERAL_BYTES) {
      return kg_fail(err, KGQ_LIMIT, "the text is longer than %u bytes", KG_LIMIT_LITERAL_BYTES);
    }
    at = end;
  }
  return add_piece(s, text.len, err);
}

/* ---- boundaries --------------------------------------------------------------------------------- */

/* In a script that parts words by spaces. */
static bool is_word(uint32_t c) {
  return (kg_is_letter(c) || kg_is_digit(c) || kg_is_mark(c)) && !kg_is_cjk(c);
}

/* Is the place between two characters of the folded text inside a word? */
static bool inside_word(const search *s, size_t at) {
  const kgq_str text = kg_buf_str(&s->text);
  if (at == 0 || at >= text.len) {
    return false;
  }
  size_t before = at - 1;
  while (before > 0 && ((unsigned char)text.ptr[before] & 0xC0) == 0x80) {
    before--;
  }
  uint32_t left = 0, right = 0;
  (void)kg_utf8_decode(kg_str_n(text.ptr + before, at - before), &left);
  (void)kg_utf8_decode(kg_str_n(text.ptr + at, text.len - at), &right);
  return is_word(left) && is_word(right);
}

/* The piece that begins where a name ends; `count` if no piece does. */
static size_t piece_at(const search *s, size_t from, size_t folded) {
  while (from < s->count && s->pieces[from].folded < folded) {
    from++;
  }
  return from < s->count && s->pieces[from].folded == folded ? from : s->count;
}

/* ---- names that begin at a place ---------------------------------------------------------------- */

typedef struct lengths { /* of names in folded bytes, rising */
  size_t items[LENGTHS_MAX], count;
} lengths;

static void add_length(lengths *l, size_t length) {
  if (l->count == LENGTHS_MAX) {
    l->count--;
    memmove(l->items, l->items + 1, l->count * sizeof *l->items);
  }
  l->items[l->count++] = length;
}

static size_t common_bytes(kgq_str a, kgq_str b) {
  const size_t most = a.len < b.len ? a.len : b.len;
  size_t n = 0;
  while (n < most && a.ptr[n] == b.ptr[n]) {
    n++;
  }
  return n;
}

/* The folded name of the first record that is not before `start`. *found false: there is none. */
static kgq_status next_name(search *s, kgq_str start, kgq_str *name, bool *found, kgq_error **err) {
  s->key.len = 0;
  KGQ_TRY(kg_buf_add_byte(&s->key, KG_KEY_NAME, err));
  KGQ_TRY(kg_buf_add_str(&s->key, start, err));
  kg_store_iter_seek(s->it, kg_buf_str(&s->key));
  *found = kg_store_iter_valid(s->it);
  if (!*found) {
    return kg_store_iter_status(s->it, err);
  }
  kg_name_key key;
  kgq_str lang, text;
  KGQ_TRY(kg_name_record_read(kg_store_iter_key(s->it), kg_store_iter_value(s->it), &key, &lang, &text, err));
  *name = key.folded;
  return KGQ_OK;
}

/* Names that the text at `window` begins with. The first record K not before the text's first k bytes
 * decides: no name in between can be meant; if K is a longer name that sorts behind the text, there is none
 * beyond it. */
static kgq_status find_lengths(search *s, kgq_str window, size_t first, lengths *out, kgq_error **err) {
  out->count = 0;
  for (size_t k = first; k <= window.len;) {
    kgq_str name;
    bool found;
    KGQ_TRY(next_name(s, kg_str_n(window.ptr, k), &name, &found, err));
    const size_t common = found ? common_bytes(name, window) : 0;
    if (common < k) {
      break;
    }
    if (common == name.len) {
      add_length(out, common);
    } else if (common == window.len || (unsigned char)name.ptr[common] > (unsigned char)window.ptr[common]) {
      break;
    }
    k = common + 1;
  }
  return KGQ_OK;
}

/* ---- which nodes -------------------------------------------------------------------------------- */

/* Predicates and units. */
static kgq_status is_vocabulary(search *s, kg_id node, bool *out, kgq_error **err) {
  uint64_t *answer;
  bool added;
  KGQ_TRY(kg_idmap_put(&s->known, node, &answer, &added, err));
  if (!added) {
    *out = *answer == 2;
    return KGQ_OK;
  }
  *out = false;
  for (int i = 0; i < 2 && !*out && s->type != KG_ID_NONE; i++) {
    if (s->vocabulary[i] != KG_ID_NONE) {
      const kg_scan_spec spec = { .perm = KG_SPOG,
                                  .prefix_length = 3,
                                  .prefix = { node, s->type, s->vocabulary[i], 0 } };
      KGQ_TRY(kg_scan_exists(s->snap, &spec, out, err));
    }
  }
  *answer = *out ? 2 : 1;
  return KGQ_OK;
}

/* Steps of look-up: what the article itself writes, names good everywhere, what other articles write. */
static unsigned step_of(const search *s, const kg_name *name) {
  switch ((int)name->kind) {
  case KG_NAME_LABEL:
  case KG_NAME_ALSO: return 1;
  case KG_NAME_WRITTEN: return s->article != KG_ID_NONE && name->graph == s->article ? 0 : 2;
  default: return 3; /* a short id */
  }
}

static bool has_node(const kg_name *names, size_t count, kg_id node) {
  for (size_t i = 0; i < count; i++) {
    if (names[i].node == node) {
      return true;
    }
  }
  return false;
}

/* Leaves the nodes of the first step that has any, each once. */
static kgq_status choose(search *s, kg_name *names, size_t *count, kgq_error **err) {
  unsigned best = 3;
  size_t kept = 0;
  for (size_t i = 0; i < *count; i++) {
    bool ours = true;
    if (step_of(s, &names[i]) < 3) {
      KGQ_TRY(is_vocabulary(s, names[i].node, &ours, err));
    }
    if (!ours) {
      names[kept++] = names[i];
      best = step_of(s, &names[i]) < best ? step_of(s, &names[i]) : best;
    }
  }
  *count = kept;
  kept = 0;
  for (size_t i = 0; i < *count; i++) {
    if (step_of(s, &names[i]) == best && !has_node(names, kept, names[i].node)) {
      names[kept++] = names[i];
    }
  }
  *count = kept;
  return KGQ_OK;
}

/* ---- the walk ----------------------------------------------------------------------------------- */

/* Tells the name of that length at a piece, if it is one. *end: the piece behind it. */
static kgq_status try_name(search *s, size_t at, size_t length, size_t *end, kgq_error **err) {
  const size_t start = s->pieces[at].folded;
  const size_t behind = piece_at(s, at, start + length);
  kg_name names[NAMES_MAX];
  size_t count = 0;
  *end = at;
  if (behind == s->count || inside_word(s, start + length)) {
    return KGQ_OK;
  }
  kg_arena_reset(&s->arena);
  KGQ_TRY(kg_names_find(s->snap, kg_str_n(s->text.bytes + start, length), &s->arena, names, NAMES_MAX, &count,
                        err));
  count = count < NAMES_MAX ? count : NAMES_MAX;
  KGQ_TRY(choose(s, names, &count, err));
  if (count == 0) {
    return KGQ_OK;
  }
  *end = behind;
  const kg_name_place place = {
    .start = s->pieces[at].original, .end = s->pieces[behind].original, .names = names, .count = count
  };
  return s->fn(s->arg, &place, err);
}

static kgq_status search_at(search *s, size_t at, size_t *next, kgq_error **err) {
  const size_t start = s->pieces[at].folded;
  const size_t first = s->pieces[at + 1].folded - start;
  const size_t left = s->text.len - start;
  const kgq_str window =
      kg_str_n(s->text.bytes + start, left < KG_LIMIT_NAME_BYTES ? left : KG_LIMIT_NAME_BYTES);
  lengths found = { .count = 0 };
  *next = at + 1;
  if (first == 0 || first > window.len || window.ptr[0] == ' ' || inside_word(s, start)) {
    return KGQ_OK;
  }
  KGQ_TRY(find_lengths(s, window, first, &found, err));
  for (size_t i = found.count; i > 0; i--) {
    size_t end;
    KGQ_TRY(try_name(s, at, found.items[i - 1], &end, err));
    if (end > at) {
      *next = end;
      break;
    }
  }
  return KGQ_OK;
}

static kgq_status search_all(search *s, kgq_error **err) {
  size_t checked = 0;
  for (size_t at = 0; at + 1 < s->count;) {
    if (at >= checked) {
      KGQ_TRY(kg_cancel_check(s->cancel, err));
      checked = at + PIECES_BETWEEN_CHECKS;
    }
    KGQ_TRY(search_at(s, at, &at, err));
  }
  return KGQ_OK;
}

static kgq_status find_id(kg_snap *snap, const char *iri, kg_id *out, kgq_error **err) {
  const kg_term term = kg_term_iri(kg_str(iri));
  return kg_dict_find(snap, &term, out, err);
}

kgq_status kg_names_in_text(kg_snap *snap, kgq_str text, kg_id article, kg_cancel *cancel,
                            kg_name_place_fn fn, void *arg, kgq_error **err) {
  static const char table[1] = { KG_KEY_NAME };
  const kgq_allocator *a = &snap->db->allocator;
  search s = { .snap = snap, .article = article, .cancel = cancel, .fn = fn, .arg = arg };
  if (text.len > KG_LIMIT_LITERAL_BYTES || kg_utf8_valid(text) != text.len) {
    return text.len > KG_LIMIT_LITERAL_BYTES
               ? kg_fail(err, KGQ_LIMIT, "the text is longer than %u bytes", KG_LIMIT_LITERAL_BYTES)
               : kg_fail(err, KGQ_DATA, "the text is not UTF-8 at byte %zu", kg_utf8_valid(text));
  }
  kg_arena_init(&s.arena, a);
  kg_buf_init(&s.text, a);
  kg_buf_init(&s.key, a);
  kg_idmap_init(&s.known, a);
  kgq_status st;
  KGQ_TRY_DONE(fold_text(&s, text, err));
  KGQ_TRY_DONE(find_id(snap, KG_RDF_TYPE, &s.type, err));
  KGQ_TRY_DONE(find_id(snap, KG_RDF_PROPERTY, &s.vocabulary[0], err));
  KGQ_TRY_DONE(find_id(snap, KG_KGQ_UNIT, &s.vocabulary[1], err));
  KGQ_TRY_DONE(kg_store_iter_open(snap->store, kg_str_n(table, 1), &s.it, err));
  st = search_all(&s, err);
done:
  kg_store_iter_close(s.it);
  kg_free(a, s.pieces, s.capacity * sizeof *s.pieces);
  kg_idmap_free(&s.known);
  kg_buf_free(&s.key);
  kg_buf_free(&s.text);
  kg_arena_free(&s.arena);
  return st;
}

/* ---- for hosts ---------------------------------------------------------------------------------- */

typedef struct telling {
  kg_snap *snap;
  kg_arena arena;
  kgq_name_place_fn fn;
  void *arg;
  bool stopped;
} telling;

static kgq_status iri_of(telling *t, kg_id id, kgq_str *out, kgq_error **err) {
  kg_term term = { .text = { "", 0 } };
  if (id != KG_ID_DEFAULT_GRAPH) {
    KGQ_TRY(kg_dict_get(t->snap, id, &t->arena, &term, err));
  }
  *out = term.text;
  return KGQ_OK;
}

static kgq_status tell_place(void *arg, const kg_name_place *place, kgq_error **err) {
  telling *t = arg;
  kg_arena_reset(&t->arena);
  for (size_t i = 0; i < place->count && !t->stopped; i++) {
    kgq_name_place told = { .offset = place->start,
                            .bytes = place->end - place->start,
                            .kind = (int32_t)place->names[i].kind,
                            .number = (uint32_t)i + 1,
                            .count = (uint32_t)place->count,
                            .name = place->names[i].text };
    KGQ_TRY(iri_of(t, place->names[i].node, &told.node, err));
    KGQ_TRY(iri_of(t, place->names[i].graph, &told.graph, err));
    t->stopped = t->fn(t->arg, &told) != 0;
  }
  return t->stopped ? KGQ_DONE : KGQ_OK; /* ends the search, and is no error */
}

kgq_status kgq_names_in_text(kgq_conn *conn, const char *text, size_t bytes, const char *article,
                             kgq_name_place_fn fn, void *arg, kgq_error **err) {
  static_assert((int)KGQ_NAME_LABEL == (int)KG_NAME_LABEL && (int)KGQ_NAME_ALSO == (int)KG_NAME_ALSO &&
                    (int)KGQ_NAME_WRITTEN == (int)KG_NAME_WRITTEN,
                "the kinds of names are those of the index");
  if (!conn || !text || !fn) {
    return kg_fail(err, KGQ_MISUSE, "kgq_names_in_text needs a connection, a text and a function");
  }
  KGQ_TRY(kg_conn_usable(conn, err));
  const kgq_allocator *a = &conn->db->allocator;
  telling t = { .fn = fn, .arg = arg };
  kg_id graph = KG_ID_NONE;
  kg_cancel cancel;
  KGQ_TRY(kg_snap_take(conn->db, &t.snap, err));
  kg_arena_init(&t.arena, a);
  atomic_store(&conn->interrupt, 0);
  kg_cancel_init(&cancel, a, &conn->interrupt);
  kg_cancel_start(&cancel, 0, 0);
  kgq_status st = article ? find_id(t.snap, article, &graph, err) : KGQ_OK;
  if (st == KGQ_OK) {
    const kgq_str whole = bytes == KGQ_NUL_TERMINATED ? kg_str(text) : kg_str_n(text, bytes);
    st = kg_names_in_text(t.snap, whole, graph, &cancel, tell_place, &t, err);
  }
  kg_arena_free(&t.arena);
  kg_snap_drop(t.snap);
  return st == KGQ_DONE ? KGQ_OK : st;
}
