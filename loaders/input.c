/* loaders/input.c: the window that readers look through.
 *
 * Holds the moving window with its book-keeping of offsets, lines and columns, and the places of errors.
 * Where the bytes come from is the matter of input_source.c; what they mean is that of the readers.
 */
#include "loaders/input.h"

#include "core/limits.h"
#include "core/text.h"

/* First window: fits the second-level cache beside what a reader touches; grows only for a token that needs
 * it. */
#define WINDOW_BYTES ((size_t)256 << 10)
/* This much of the line before the unread bytes stays in the window, so that an error can show it. */
#define LINE_KEPT_BYTES 1024

static void begin(kg_input *in, const kgq_allocator *a, const char *name) {
  *in = (kg_input){ .allocator = a, .name = name, .start_line = 1 };
}

kgq_status kg_input_file(kg_input *in, const kgq_allocator *a, const char *path, kgq_error **err) {
  begin(in, a, strcmp(path, "-") == 0 ? "stdin" : path);
  KGQ_TRY(kg_source_file(a, path, &in->source, err));
  in->start = in->at = in->end = "";
  return KGQ_OK;
}

kgq_status kg_input_fd(kg_input *in, const kgq_allocator *a, int fd, const char *name, kgq_error **err) {
  begin(in, a, name);
  KGQ_TRY(kg_source_fd(a, fd, name, &in->source, err));
  in->start = in->at = in->end = "";
  return KGQ_OK;
}

kgq_status kg_input_memory(kg_input *in, const kgq_allocator *a, const char *name, kgq_str bytes,
                           kgq_error **err) {
  begin(in, a, name);
  if (kg_source_compressed(bytes)) {
    in->start = in->at = in->end = "";
    return kg_source_memory(a, name, bytes, &in->source, err);
  }
  in->start = in->at = bytes.len ? bytes.ptr : "";
  in->end = in->at + bytes.len;
  in->eof = true;
  return KGQ_OK;
}

void kg_input_close(kg_input *in) {
  kg_source_close(in->source);
  kg_free(in->allocator, in->buffer, in->capacity);
  *in = (kg_input){ 0 };
}

/* ---- lines and columns -------------------------------------------------------------------------- */

/* Every byte of a file passes here once, so it must cost little beside reading N-Triples itself: one counter
 * a byte of a row of 64, which compilers turn into vector instructions, summed up before any can overflow. */
static size_t count_newlines(const char *p, const char *end) {
  enum { row_bytes = 64, rows_max = 255 };
  size_t lines = 0;
  while (end - p >= row_bytes) {
    unsigned char counters[row_bytes] = { 0 };
    for (int row = 0; row < rows_max && end - p >= row_bytes; row++, p += row_bytes) {
      for (int i = 0; i < row_bytes; i++) {
        counters[i] = (unsigned char)(counters[i] + (p[i] == '\n'));
      }
    }
    for (int i = 0; i < row_bytes; i++) {
      lines += counters[i];
    }
  }
  for (; p < end; p++) {
    lines += *p == '\n';
  }
  return lines;
}

/* Start of the line of `at`, as far as the window goes. */
static const char *line_start(const kg_input *in, const char *at) {
  const char *newline = at > in->start ? memrchr(in->start, '\n', (size_t)(at - in->start)) : NULL;
  return newline ? newline + 1 : in->start;
}

/* Bytes before `keep` leave the window: what is known of them goes into the start_ fields. */
static void forget(kg_input *in, const char *keep) {
  const char *const line = line_start(in, keep);
  const uint64_t before = line == in->start ? in->start_column : 0;
  in->start_column = before + kg_utf8_count(kg_str_n(line, (size_t)(keep - line)));
  in->start_line += count_newlines(in->start, keep);
  in->start_offset += (uint64_t)(keep - in->start);
  in->start = keep;
}

kg_place kg_input_place(const kg_input *in, const char *at) {
  const char *const line = line_start(in, at);
  const char *stop = memchr(at, '\n', (size_t)(in->end - at));
  stop = stop ? stop : in->end;
  stop -= stop > line && stop[-1] == '\r';
  const bool whole = line > in->start || in->start_column == 0;
  return (kg_place){
    .file = in->name,
    .line = in->start_line + count_newlines(in->start, at),
    .column = 1 + kg_utf8_count(kg_str_n(line, (size_t)(at - line))) + (whole ? 0 : in->start_column),
    .offset = in->start_offset + (uint64_t)(at - in->start),
    .source = whole && stop > line ? kg_str_n(line, (size_t)(stop - line)) : (kgq_str){ "", 0 },
  };
}

uint64_t kg_input_offset(const kg_input *in) {
  return in->start_offset + (uint64_t)(in->at - in->start);
}

/* ---- the window --------------------------------------------------------------------------------- */

/* Room for at least a quarter window behind the kept bytes. */
static kgq_status make_room(kg_input *in, const char *keep, kgq_error **err) {
  const size_t kept = (size_t)(in->end - keep), unread = (size_t)(in->end - in->at);
  size_t wanted = in->capacity ? in->capacity : WINDOW_BYTES;
  while (wanted - kept < wanted / 4) {
    wanted *= 2;
  }
  if (unread > KG_LIMIT_LINE_BYTES) {
    const kg_place place = kg_input_place(in, in->at);
    return kg_fail_at(err, KGQ_LIMIT, &place, "a line or text here is longer than %u bytes",
                      KG_LIMIT_LINE_BYTES);
  }
  if (wanted == in->capacity) {
    memmove(in->buffer, keep, kept);
  } else {
    char *larger = kg_alloc(in->allocator, wanted);
    if (!larger) {
      return kg_fail_memory(err);
    }
    memcpy(larger, keep, kept);
    kg_free(in->allocator, in->buffer, in->capacity);
    in->buffer = larger;
    in->capacity = wanted;
  }
  in->start = in->buffer;
  in->end = in->buffer + kept;
  in->at = in->end - unread;
  return KGQ_OK;
}

/* At least half as much again as is unread: who waits for the end of a line or text looks at it from its
 * beginning each time, and a pipe gives a few bytes a read. */
static kgq_status fill(kg_input *in, kgq_error **err) {
  const size_t wanted = (size_t)(in->end - in->at) / 2 + 1;
  for (size_t got = 0, count = 0; got < wanted && !in->eof; got += count) {
    const size_t used = (size_t)(in->end - in->start);
    if (used == in->capacity) {
      break;
    }
    KGQ_TRY(kg_source_read(in->source, in->buffer + used, in->capacity - used, &count, err));
    in->end += count;
    in->eof = count == 0;
  }
  return KGQ_OK;
}

kgq_status kg_input_more(kg_input *in, kgq_error **err) {
  if (in->eof) {
    return KGQ_OK;
  }
  const char *keep = line_start(in, in->at);
  keep = in->at - keep > LINE_KEPT_BYTES ? in->at : keep;
  forget(in, keep);
  KGQ_TRY(make_room(in, keep, err));
  KGQ_TRY(fill(in, err));
  uint64_t bytes_read, bytes_total;
  kg_source_position(in->source, &bytes_read, &bytes_total);
  return in->pulse ? in->pulse(in->pulse_arg, bytes_read, bytes_total, err) : KGQ_OK;
}

kgq_status kg_input_all(kg_input *in, size_t bytes_max, kg_buf *out, kgq_error **err) {
  for (;;) {
    const size_t count = (size_t)(in->end - in->at);
    if (count > bytes_max || out->len > bytes_max - count) {
      return kg_fail(err, KGQ_LIMIT, "%s is longer than %zu bytes", in->name, bytes_max);
    }
    KGQ_TRY(kg_buf_add(out, in->at, count, err));
    in->at = in->end;
    if (in->eof) {
      return KGQ_OK;
    }
    KGQ_TRY(kg_input_more(in, err));
  }
}

kgq_status kg_input_skip_mark(kg_input *in, kgq_error **err) {
  while (!in->eof && in->end - in->at < 3) {
    KGQ_TRY(kg_input_more(in, err));
  }
  if (in->end - in->at >= 3 && memcmp(in->at, "\xEF\xBB\xBF", 3) == 0) {
    in->at += 3;
    in->start = in->at;
    in->start_offset += 3;
  }
  return KGQ_OK;
}
