/* graph/line_sort.c: runs in a temporary file, merged through a heap. See line_sort.h. */
#include "graph/line_sort.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/sort.h"

/* Read buffer of a run while merging; a longer line gets its own room. */
#define RUN_BYTES ((size_t)64 << 10)

typedef struct line_place {
  size_t offset;
  uint32_t bytes;
} line_place;

typedef struct run {
  uint64_t at, end; /* in the file */
  kg_buf buf;       /* read ahead */
  size_t used;
  kgq_str line; /* the one at hand, in buf */
} run;

struct kg_line_sort {
  const kgq_allocator *allocator;
  size_t budget;
  kg_buf bytes;
  line_place *lines;
  size_t line_count, line_capacity;
  FILE *file; /* of the runs: bytes (4, little-endian), line, ... */
  uint64_t file_bytes;
  run *runs;
  size_t run_count, run_capacity;
  run **heap;
  kg_buf last; /* the line given last */
  bool any;
};

kgq_status kg_line_sort_new(const kgq_allocator *a, size_t budget_bytes, kg_line_sort **out,
                            kgq_error **err) {
  kg_line_sort *sort = kg_alloc_zero(a, 1, sizeof *sort);
  if (!sort) {
    return kg_fail_memory(err);
  }
  sort->allocator = a;
  sort->budget = budget_bytes;
  kg_buf_init(&sort->bytes, a);
  kg_buf_init(&sort->last, a);
  *out = sort;
  return KGQ_OK;
}

void kg_line_sort_free(kg_line_sort *sort) {
  if (!sort) {
    return;
  }
  for (size_t i = 0; i < sort->run_count; i++) {
    kg_buf_free(&sort->runs[i].buf);
  }
  kg_free(sort->allocator, sort->heap, sort->heap ? sort->run_count * sizeof(run *) : 0);
  kg_free(sort->allocator, sort->runs, sort->run_capacity * sizeof *sort->runs);
  kg_free(sort->allocator, sort->lines, sort->line_capacity * sizeof *sort->lines);
  kg_buf_free(&sort->bytes);
  kg_buf_free(&sort->last);
  if (sort->file) {
    (void)fclose(sort->file);
  }
  kg_free(sort->allocator, sort, sizeof *sort);
}

static kgq_status fail_file(kgq_error **err) {
  const kgq_status status = errno == ENOSPC ? KGQ_FULL : KGQ_IO;
  return kg_fail(err, status, "the temporary file for sorting failed: %s", strerror(errno));
}

/* Each line once. */
static kgq_status give(kg_line_sort *sort, kgq_str line, kg_line_fn fn, void *arg, kgq_error **err) {
  if (sort->any && kg_str_equal(kg_buf_str(&sort->last), line)) {
    return KGQ_OK;
  }
  sort->any = true;
  sort->last.len = 0;
  KGQ_TRY(kg_buf_add_str(&sort->last, line, err));
  return fn(arg, line, err);
}

/* ---- one run in memory -------------------------------------------------------------------------- */

static kgq_status each_sorted(kg_line_sort *sort, kg_line_fn fn, void *arg, kgq_error **err) {
  const size_t n = sort->line_count;
  kgq_str *texts = kg_alloc_zero(sort->allocator, n + 1, sizeof *texts);
  uint32_t *order = kg_alloc_zero(sort->allocator, n + 1, sizeof *order);
  kgq_status st = texts && order ? KGQ_OK : kg_fail_memory(err);
  for (size_t i = 0; st == KGQ_OK && i < n; i++) {
    texts[i] = kg_str_n(sort->bytes.bytes + sort->lines[i].offset, sort->lines[i].bytes);
  }
  st = st == KGQ_OK ? kg_sort_strings(sort->allocator, texts, (uint32_t)n, order, err) : st;
  for (size_t i = 0; st == KGQ_OK && i < n; i++) {
    st = fn(arg, texts[order[i]], err);
  }
  kg_free(sort->allocator, texts, texts ? (n + 1) * sizeof *texts : 0);
  kg_free(sort->allocator, order, order ? (n + 1) * sizeof *order : 0);
  sort->line_count = 0;
  sort->bytes.len = 0;
  return st;
}

static kgq_status spill_line(void *arg, kgq_str line, kgq_error **err) {
  kg_line_sort *sort = arg;
  char head[4];
  kg_put_le32(head, (uint32_t)line.len);
  if (fwrite(head, 1, sizeof head, sort->file) != sizeof head ||
      fwrite(line.ptr, 1, line.len, sort->file) != line.len) {
    return fail_file(err);
  }
  sort->file_bytes += sizeof head + line.len;
  return KGQ_OK;
}

/* An unnamed file in $TMPDIR, else /tmp: gone when it is closed or the process ends. */
static FILE *temporary_file(void) {
  char path[PATH_MAX];
  const char *folder = getenv("TMPDIR");
  const int length = snprintf(path, sizeof path, "%s/kgq-XXXXXX", folder && *folder ? folder : "/tmp");
  const int fd = length > 0 && (size_t)length < sizeof path ? mkstemp(path) : -1;
  if (fd < 0) {
    return NULL;
  }
  (void)unlink(path);
  FILE *file = fdopen(fd, "w+b");
  if (!file) {
    (void)close(fd);
  }
  return file;
}

static kgq_status spill(kg_line_sort *sort, kgq_error **err) {
  if (sort->line_count == 0) {
    return KGQ_OK;
  }
  sort->file = sort->file ? sort->file : temporary_file();
  if (!sort->file) {
    return fail_file(err);
  }
  void *runs = sort->runs;
  KGQ_TRY(kg_grow(sort->allocator, &runs, &sort->run_capacity, sort->run_count + 1, sizeof *sort->runs, err));
  sort->runs = runs;
  run *fresh = &sort->runs[sort->run_count++];
  *fresh = (run){ .at = sort->file_bytes };
  kg_buf_init(&fresh->buf, sort->allocator);
  KGQ_TRY(each_sorted(sort, spill_line, sort, err));
  fresh->end = sort->file_bytes;
  return KGQ_OK;
}

kgq_status kg_line_sort_add(kg_line_sort *sort, kgq_str line, kgq_error **err) {
  const size_t needed = sort->bytes.len + line.len + (sort->line_count + 1) * (sizeof(line_place) + 24);
  if (needed > sort->budget || sort->line_count == UINT32_MAX - 1) {
    KGQ_TRY(spill(sort, err));
  }
  void *lines = sort->lines;
  KGQ_TRY(
      kg_grow(sort->allocator, &lines, &sort->line_capacity, sort->line_count + 1, sizeof *sort->lines, err));
  sort->lines = lines;
  sort->lines[sort->line_count++] = (line_place){ sort->bytes.len, (uint32_t)line.len };
  return kg_buf_add_str(&sort->bytes, line, err);
}

/* ---- merging ------------------------------------------------------------------------------------ */

/* At least `wanted` unread bytes of the run in its buffer. */
static kgq_status read_ahead(kg_line_sort *sort, run *r, size_t wanted, kgq_error **err) {
  const size_t unread = r->buf.len - r->used;
  if (unread >= wanted) {
    return KGQ_OK;
  }
  memmove(r->buf.bytes, r->buf.bytes + r->used, unread);
  r->used = 0;
  r->buf.len = unread;
  const size_t room = wanted > RUN_BYTES ? wanted : RUN_BYTES;
  const size_t more = r->end - r->at < room - unread ? (size_t)(r->end - r->at) : room - unread;
  KGQ_TRY(kg_buf_reserve(&r->buf, more, err));
  for (size_t got = 0; got < more;) {
    const ssize_t count = pread(fileno(sort->file), r->buf.bytes + r->buf.len, more - got, (off_t)r->at);
    if (count <= 0) {
      return fail_file(err);
    }
    r->at += (uint64_t)count;
    r->buf.len += (size_t)count;
    got += (size_t)count;
  }
  return r->buf.len >= wanted ? KGQ_OK : kg_fail(err, KGQ_IO, "the temporary file for sorting was cut off");
}

/* *more false: the run is over. */
static kgq_status next_line(kg_line_sort *sort, run *r, bool *more, kgq_error **err) {
  *more = r->used < r->buf.len || r->at < r->end;
  if (!*more) {
    return KGQ_OK;
  }
  KGQ_TRY(read_ahead(sort, r, 4, err));
  const size_t bytes = kg_get_le32(r->buf.bytes + r->used);
  KGQ_TRY(read_ahead(sort, r, 4 + bytes, err));
  r->line = kg_str_n(r->buf.bytes + r->used + 4, bytes);
  r->used += 4 + bytes;
  return KGQ_OK;
}

static void sink_down(run **heap, size_t count, size_t at) {
  for (;;) {
    size_t least = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
      least = kg_str_compare(heap[child]->line, heap[least]->line) < 0 ? child : least;
    }
    if (least == at) {
      return;
    }
    run *moved = heap[at];
    heap[at] = heap[least];
    heap[least] = moved;
    at = least;
  }
}

static kgq_status merge(kg_line_sort *sort, kg_line_fn fn, void *arg, kgq_error **err) {
  size_t count = 0;
  bool more = false;
  sort->heap = kg_alloc_zero(sort->allocator, sort->run_count, sizeof *sort->heap);
  if (!sort->heap) {
    return kg_fail_memory(err);
  }
  if (fflush(sort->file) != 0) {
    return fail_file(err);
  }
  for (size_t i = 0; i < sort->run_count; i++) {
    KGQ_TRY(kg_buf_reserve(&sort->runs[i].buf, RUN_BYTES, err));
    KGQ_TRY(next_line(sort, &sort->runs[i], &more, err));
    sort->heap[count] = &sort->runs[i];
    count += more;
  }
  for (size_t i = count; i > 0; i--) {
    sink_down(sort->heap, count, i - 1);
  }
  while (count > 0) {
    KGQ_TRY(give(sort, sort->heap[0]->line, fn, arg, err));
    KGQ_TRY(next_line(sort, sort->heap[0], &more, err));
    sort->heap[0] = more ? sort->heap[0] : sort->heap[--count];
    sink_down(sort->heap, count, 0);
  }
  return KGQ_OK;
}

typedef struct giver {
  kg_line_sort *sort;
  kg_line_fn fn;
  void *arg;
} giver;

static kgq_status give_sorted(void *arg, kgq_str line, kgq_error **err) {
  giver *g = arg;
  return give(g->sort, line, g->fn, g->arg, err);
}

kgq_status kg_line_sort_finish(kg_line_sort *sort, kg_line_fn fn, void *arg, kgq_error **err) {
  if (sort->run_count == 0) {
    giver g = { sort, fn, arg };
    return each_sorted(sort, give_sorted, &g, err);
  }
  KGQ_TRY(spill(sort, err));
  kg_buf_free(&sort->bytes);
  kg_buf_init(&sort->bytes, sort->allocator);
  return merge(sort, fn, arg, err);
}
