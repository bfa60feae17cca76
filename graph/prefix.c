/* graph/prefix.c: prefixes of the database, built in and stored: find, list, shorten; and the public look-ups
 * of the shell's line editor, kgq_prefixes and kgq_complete.
 *
 * Loaders store prefixes through a transaction, queries use them without declaring them, output is shortened
 * with them. The built-in ones (vocab.h) are always there; a stored one of the same name does not count.
 */
#include "core/text.h"
#include "graph/dict.h"
#include "graph/keys.h"
#include "graph/names.h"
#include "graph/rdflex.h"
#include "graph/vocab.h"

typedef struct prefix {
  kgq_str name, iri;
} prefix;

#define PREFIX_ROW(prefix_name, namespace_iri)                                                               \
  { { prefix_name, sizeof(prefix_name) - 1 }, { namespace_iri, sizeof(namespace_iri) - 1 } },
static const prefix builtins[] = { KG_BUILTIN_PREFIXES(PREFIX_ROW) };
#undef PREFIX_ROW
enum { BUILTINS = sizeof builtins / sizeof builtins[0] };

static const prefix *find_builtin(kgq_str name) {
  for (int i = 0; i < BUILTINS; i++) {
    if (kg_str_equal(builtins[i].name, name)) {
      return &builtins[i];
    }
  }
  return NULL;
}

static kgq_status find_stored(kg_snap *snap, kgq_str name, kg_arena *arena, kgq_str *iri, bool *found,
                              kgq_error **err) {
  kg_buf key;
  kg_pin pin = { .handle = NULL };
  kg_buf_init(&key, &snap->db->allocator);
  kgq_status st;
  KGQ_TRY_DONE(kg_buf_add_byte(&key, KG_KEY_PREFIX, err));
  KGQ_TRY_DONE(kg_buf_add_str(&key, name, err));
  KGQ_TRY_DONE(kg_store_get(snap->store, kg_buf_str(&key), &pin, err));
  if (pin.value.ptr != NULL) {
    KGQ_TRY_DONE(kg_arena_copy(arena, pin.value, iri, err));
    *found = true;
  }
done:
  kg_pin_free(&pin);
  kg_buf_free(&key);
  return st;
}

kgq_status kg_prefix_find(kg_snap *snap, kgq_str name, kg_arena *arena, kgq_str *iri, bool *found,
                          kgq_error **err) {
  const prefix *builtin = find_builtin(name);
  *found = builtin != NULL;
  if (builtin != NULL) {
    *iri = builtin->iri;
    return KGQ_OK;
  }
  return find_stored(snap, name, arena, iri, found, err);
}

/* ---- all of them, in order of name ------------------------------------------------------------------- */

/* The first built-in name greater than `last` (all: last NULL) and not greater than `bound` (NULL: no bound).
 */
static const prefix *next_builtin(const prefix *last, const kgq_str *bound) {
  const prefix *best = NULL;
  for (int i = 0; i < BUILTINS; i++) {
    const kgq_str name = builtins[i].name;
    if ((last == NULL || kg_str_compare(name, last->name) > 0) &&
        (bound == NULL || kg_str_compare(name, *bound) <= 0) &&
        (best == NULL || kg_str_compare(name, best->name) < 0)) {
      best = &builtins[i];
    }
  }
  return best;
}

static kgq_status each_builtin(const prefix **last, const kgq_str *bound, kg_prefix_fn fn, void *arg,
                               kgq_error **err) {
  for (const prefix *next; (next = next_builtin(*last, bound)) != NULL; *last = next) {
    KGQ_TRY(fn(arg, next->name, next->iri, err));
  }
  return KGQ_OK;
}

kgq_status kg_prefix_each(kg_snap *snap, kg_prefix_fn fn, void *arg, kgq_error **err) {
  static const char table[1] = { KG_KEY_PREFIX };
  kg_store_iter *it = NULL;
  const prefix *last = NULL;
  kgq_status st;
  KGQ_TRY_DONE(kg_store_iter_open(snap->store, kg_str_n(table, 1), &it, err));
  for (kg_store_iter_first(it); kg_store_iter_valid(it); kg_store_iter_next(it)) {
    const kgq_str key = kg_store_iter_key(it);
    const kgq_str name = kg_str_n(key.ptr + 1, key.len - 1);
    KGQ_TRY_DONE(each_builtin(&last, &name, fn, arg, err));
    if (find_builtin(name) == NULL) {
      KGQ_TRY_DONE(fn(arg, name, kg_store_iter_value(it), err));
    }
  }
  KGQ_TRY_DONE(kg_store_iter_status(it, err));
  KGQ_TRY_DONE(each_builtin(&last, NULL, fn, arg, err));
done:
  kg_store_iter_close(it);
  return st;
}

/* ---- shortening -------------------------------------------------------------------------------------- */

static bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* PN_LOCAL ::= (PN_CHARS_U | ':' | [0-9] | PLX) ((PN_CHARS | '.' | ':' | PLX)* (PN_CHARS | ':' | PLX))?
 * (Turtle 1.2), without PN_LOCAL_ESC. */
static bool is_plain_local(kgq_str local) {
  if (local.len == 0 || local.ptr[local.len - 1] == '.') {
    return false;
  }
  size_t bytes;
  for (size_t at = 0; at < local.len; at += bytes) {
    uint32_t c;
    bytes = kg_utf8_decode(kg_str_n(local.ptr + at, local.len - at), &c);
    if (bytes == 0) {
      return false;
    }
    if (c == '%' && local.len - at >= 3 && is_hex(local.ptr[at + 1]) && is_hex(local.ptr[at + 2])) {
      bytes = 3;
    } else if (c != ':' &&
               !(at == 0 ? kg_is_pn_chars_u(c) || (c >= '0' && c <= '9') : kg_is_pn_chars(c) || c == '.')) {
      return false;
    }
  }
  return true;
}

typedef struct shorten {
  kgq_str iri;
  kg_arena *arena;
  size_t best_bytes; /* of the namespace taken so far */
  kgq_str *out;
} shorten;

static kgq_status try_prefix(void *arg, kgq_str name, kgq_str namespace_iri, kgq_error **err) {
  shorten *s = arg;
  if (namespace_iri.len <= s->best_bytes || !kg_str_starts(s->iri, namespace_iri)) {
    return KGQ_OK;
  }
  const kgq_str local = kg_str_n(s->iri.ptr + namespace_iri.len, s->iri.len - namespace_iri.len);
  if (!is_plain_local(local)) {
    return KGQ_OK;
  }
  char *text = kg_arena_alloc(s->arena, name.len + local.len + 2);
  if (text == NULL) {
    return kg_fail_memory(err);
  }
  memcpy(text, name.ptr, name.len);
  text[name.len] = ':';
  memcpy(text + name.len + 1, local.ptr, local.len);
  text[name.len + local.len + 1] = 0;
  *s->out = kg_str_n(text, name.len + local.len + 1);
  s->best_bytes = namespace_iri.len;
  return KGQ_OK;
}

kgq_status kg_prefix_shorten(kg_snap *snap, kgq_str iri, kg_arena *arena, kgq_str *out, bool *found,
                             kgq_error **err) {
  shorten s = { .iri = iri, .arena = arena, .out = out };
  const kgq_status st = kg_prefix_each(snap, try_prefix, &s, err);
  *found = st == KGQ_OK && s.best_bytes > 0;
  return st;
}

/* ---- public ------------------------------------------------------------------------------------------ */

typedef struct listing {
  kgq_name_fn fn;
  void *arg;
  kg_arena arena; /* what is handed out ends with a NUL */
  bool stopped;
} listing;

static kgq_status list_prefix(void *arg, kgq_str name, kgq_str iri, kgq_error **err) {
  listing *l = arg;
  if (!l->stopped) {
    kgq_str copies[2];
    KGQ_TRY(kg_arena_copy(&l->arena, name, &copies[0], err));
    KGQ_TRY(kg_arena_copy(&l->arena, iri, &copies[1], err));
    l->stopped = l->fn(l->arg, copies[0], copies[1]) != 0;
    kg_arena_reset(&l->arena);
  }
  return KGQ_OK;
}

kgq_status kgq_prefixes(kgq_conn *conn, kgq_name_fn fn, void *arg, kgq_error **err) {
  if (conn == NULL || fn == NULL) {
    return kg_fail(err, KGQ_MISUSE, "kgq_prefixes needs a connection and a function");
  }
  KGQ_TRY(kg_conn_usable(conn, err));
  kg_snap *snap = NULL;
  KGQ_TRY(kg_snap_take(conn->db, &snap, err));
  listing l = { .fn = fn, .arg = arg };
  kg_arena_init(&l.arena, &conn->db->allocator);
  const kgq_status st = kg_prefix_each(snap, list_prefix, &l, err);
  kg_arena_free(&l.arena);
  kg_snap_drop(snap);
  return st;
}

enum { COMPLETIONS_MAX = 1000, NAMES_FOR_EACH = 4 }; /* one node is often found in several graphs */

static bool is_repeated(const kg_name *names, size_t at) {
  for (size_t i = 0; i < at; i++) {
    if (names[i].node == names[at].node && kg_str_equal(names[i].text, names[at].text)) {
      return true;
    }
  }
  return false;
}

static kgq_status list_names(kg_snap *snap, const kg_name *names, size_t count, uint32_t limit, listing *l,
                             kgq_error **err) {
  uint32_t listed = 0;
  for (size_t i = 0; i < count && listed < limit && !l->stopped; i++) {
    if (is_repeated(names, i)) {
      continue;
    }
    kg_term term;
    KGQ_TRY(kg_dict_get(snap, names[i].node, &l->arena, &term, err));
    if (term.kind == KG_TERM_IRI) {
      listed++;
      l->stopped = l->fn(l->arg, names[i].text, term.text) != 0;
    }
  }
  return KGQ_OK;
}

static kgq_status complete(kg_snap *snap, kgq_str start, uint32_t limit, listing *l, kgq_error **err) {
  const size_t capacity = (size_t)limit * NAMES_FOR_EACH;
  kg_name *names = kg_arena_alloc(&l->arena, capacity * sizeof *names);
  if (names == NULL) {
    return kg_fail_memory(err);
  }
  size_t count = 0;
  KGQ_TRY(kg_names_prefix(snap, start, &l->arena, names, capacity, &count, err));
  return list_names(snap, names, count < capacity ? count : capacity, limit, l, err);
}

kgq_status kgq_complete(kgq_conn *conn, const char *prefix_text, size_t bytes, uint32_t limit, kgq_name_fn fn,
                        void *arg, kgq_error **err) {
  if (conn == NULL || prefix_text == NULL || fn == NULL) {
    return kg_fail(err, KGQ_MISUSE, "kgq_complete needs a connection, a text and a function");
  }
  KGQ_TRY(kg_conn_usable(conn, err));
  kg_snap *snap = NULL;
  KGQ_TRY(kg_snap_take(conn->db, &snap, err));
  listing l = { .fn = fn, .arg = arg };
  kg_arena_init(&l.arena, &conn->db->allocator);
  const kgq_str start = bytes == KGQ_NUL_TERMINATED ? kg_str(prefix_text) : kg_str_n(prefix_text, bytes);
  const kgq_status st = complete(snap, start, limit < COMPLETIONS_MAX ? limit : COMPLETIONS_MAX, &l, err);
  kg_arena_free(&l.arena);
  kg_snap_drop(snap);
  return st;
}
