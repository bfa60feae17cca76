/* loaders/published.c: the list of published folders, and the file that an IRI stands for. See published.h.
 */
#include "loaders/published.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/beneath.h"
#include "graph/iri.h"

typedef struct mapping {
  kg_buf iri;    /* ends with '/' or ':' */
  kg_buf folder; /* absolute, without links, ends with '/' */
  int fd;
} mapping;

struct kg_published {
  mapping *items;
  size_t count, capacity;
};

/* ---- the list ----------------------------------------------------------------------------------- */

static void free_mapping(mapping *m) {
  kg_buf_free(&m->iri);
  kg_buf_free(&m->folder);
  if (m->fd >= 0) {
    (void)close(m->fd);
  }
}

static void free_published(kgq_conn *conn) {
  const kgq_allocator *a = &conn->db->allocator;
  struct kg_published *p = conn->published;
  for (size_t i = 0; i < p->count; i++) {
    free_mapping(&p->items[i]);
  }
  kg_free(a, p->items, p->capacity * sizeof *p->items);
  kg_free(a, p, sizeof *p);
}

static kgq_status begin_list(kgq_conn *conn, kgq_error **err) {
  if (!conn->published) {
    conn->published = kg_alloc_zero(&conn->db->allocator, 1, sizeof *conn->published);
    if (!conn->published) {
      return kg_fail_memory(err);
    }
    conn->published_free = free_published;
  }
  return KGQ_OK;
}

static kgq_status add_slash(kg_buf *text, const char *enough, kgq_error **err) {
  return strchr(enough, text->bytes[text->len - 1]) ? KGQ_OK : kg_buf_add_byte(text, '/', err);
}

static kgq_status check_iri(kgq_str iri, kgq_error **err) {
  size_t offset = 0;
  const char *refusal = kg_iri_check_absolute(iri, &offset);
  if (!refusal && (memchr(iri.ptr, '?', iri.len) || memchr(iri.ptr, '#', iri.len))) {
    refusal = "it has a query or a fragment";
  }
  return refusal ? kg_fail(err, KGQ_DATA, "<%.*s> can have no files below it: %s", KG_ARG(iri), refusal)
                 : KGQ_OK;
}

/* The folder may be a link: the host has named it. */
static kgq_status open_folder(mapping *m, const char *dir, kgq_error **err) {
  char absolute[PATH_MAX];
  m->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (m->fd < 0 || !realpath(dir, absolute)) {
    const kgq_status status = errno == ENOENT ? KGQ_NOTFOUND : KGQ_IO;
    return kg_fail(err, status, "cannot open the folder %s: %s", dir, strerror(errno));
  }
  KGQ_TRY(kg_buf_add_text(&m->folder, absolute, err));
  return add_slash(&m->folder, "/", err);
}

static void remove_mapping(struct kg_published *p, kgq_str iri) {
  for (size_t i = 0; i < p->count; i++) {
    if (kg_str_equal(kg_buf_str(&p->items[i].iri), iri)) {
      free_mapping(&p->items[i]);
      p->items[i] = p->items[--p->count];
      return;
    }
  }
}

/* Takes `m` over if that works. */
static kgq_status put_mapping(kgq_conn *conn, const mapping *m, kgq_error **err) {
  struct kg_published *p = conn->published;
  void *items = p->items;
  remove_mapping(p, kg_buf_str(&m->iri));
  if (p->count == KG_LIMIT_MAPPINGS) {
    return kg_fail(err, KGQ_LIMIT, "a connection has at most %d mapped folders", KG_LIMIT_MAPPINGS);
  }
  KGQ_TRY(kg_grow(&conn->db->allocator, &items, &p->capacity, p->count + 1, sizeof *p->items, err));
  p->items = items;
  p->items[p->count++] = *m;
  return KGQ_OK;
}

kgq_status kg_published_set(kgq_conn *conn, kgq_str iri, const char *dir, kgq_error **err) {
  mapping m = { .fd = -1 };
  kg_buf_init(&m.iri, &conn->db->allocator);
  kg_buf_init(&m.folder, &conn->db->allocator);
  kgq_status st = begin_list(conn, err);
  KGQ_TRY_DONE(st);
  KGQ_TRY_DONE(check_iri(iri, err));
  KGQ_TRY_DONE(kg_buf_add_str(&m.iri, iri, err));
  KGQ_TRY_DONE(add_slash(&m.iri, "/:", err));
  if (!dir) {
    remove_mapping(conn->published, kg_buf_str(&m.iri));
    goto done;
  }
  KGQ_TRY_DONE(open_folder(&m, dir, err));
  KGQ_TRY_DONE(put_mapping(conn, &m, err));
  return KGQ_OK;
done:
  free_mapping(&m);
  return st;
}

/* ---- the file of an IRI -------------------------------------------------------------------------- */

static const mapping *find_mapping(const kgq_conn *conn, kgq_str iri) {
  const mapping *best = NULL;
  for (size_t i = 0; conn->published && i < conn->published->count; i++) {
    const mapping *m = &conn->published->items[i];
    if (kg_str_starts(iri, kg_buf_str(&m->iri)) && (!best || m->iri.len > best->iri.len)) {
      best = m;
    }
  }
  return best;
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                : -1;
}

/* Undoes percent escapes (RFC 3986 2.1), once. *refusal: why this is no path, or NULL. An escaped '/' would
 * make two names of one. */
static kgq_status decode_path(kgq_str rest, kg_buf *out, const char **refusal, kgq_error **err) {
  *refusal = NULL;
  for (size_t i = 0; i < rest.len; i++) {
    char byte = rest.ptr[i];
    if (byte == '?' || byte == '#') {
      *refusal = "a file has no query and no fragment";
      return KGQ_OK;
    }
    if (byte == '%') {
      const int high = i + 2 < rest.len ? hex_digit(rest.ptr[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(rest.ptr[i + 2]) : -1;
      if (low < 0 || high * 16 + low == '/') {
        *refusal = low < 0 ? "a '%' in it has no two hexadecimal digits behind it" : "it has an escaped '/'";
        return KGQ_OK;
      }
      byte = (char)(high * 16 + low);
      i += 2;
    }
    KGQ_TRY(kg_buf_add_byte(out, byte, err));
  }
  return KGQ_OK;
}

kgq_status kg_published_open(const kgq_conn *conn, kgq_str iri, kg_buf *path, int *out, kgq_error **err) {
  const mapping *m = find_mapping(conn, iri);
  const char *refusal = NULL;
  char shown[256];
  *out = -1;
  if (!m) {
    return kg_conn_refuse_document(iri, err);
  }
  (void)snprintf(shown, sizeof shown, "<%.*s>", KG_ARG(iri));
  const size_t before = path->len;
  KGQ_TRY(decode_path(kg_str_n(iri.ptr + m->iri.len, iri.len - m->iri.len), path, &refusal, err));
  if (refusal) {
    return kg_fail(err, KGQ_REFUSED, "%s is refused: %s", shown, refusal);
  }
  return kg_beneath_open(m->fd, kg_str_n(path->bytes + before, path->len - before), shown, out, err);
}

bool kg_published_find(const kgq_conn *conn, kgq_str file, kgq_str *iri, kgq_str *rest) {
  size_t longest = 0;
  for (size_t i = 0; conn->published && i < conn->published->count; i++) {
    const mapping *m = &conn->published->items[i];
    if (m->folder.len > longest && kg_str_starts(file, kg_buf_str(&m->folder))) {
      longest = m->folder.len;
      *iri = kg_buf_str(&m->iri);
      *rest = kg_str_n(file.ptr + longest, file.len - longest);
    }
  }
  return longest > 0;
}
