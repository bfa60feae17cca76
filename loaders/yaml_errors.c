/* loaders/yaml_errors.c: collecting the errors and warnings of one facts file (docs/FACTS.md, "Errors").
 *
 * Turns line and column into places with their source line, keeps the first KG_LIMIT_FILE_ERRORS, sorts them
 * at the end. Does not decide what is wrong, and prints nothing: kgq_error_format does.
 */
#include "loaders/yaml_errors.h"

#include <assert.h>
#include <stdio.h>

#include "core/text.h"

void kg_yaml_errors_init(kg_yaml_errors *e, const char *file, kgq_str text) {
  const kgq_str byte_order_mark = KG_STR("\xEF\xBB\xBF");
  if (kg_str_starts(text, byte_order_mark)) {
    text = kg_str_n(text.ptr + byte_order_mark.len, text.len - byte_order_mark.len);
  }
  *e = (kg_yaml_errors){ .file = file, .text = text, .cursor_line = 1 };
}

static void free_found(kg_yaml_found *found) {
  for (uint32_t i = 0; i < found->kept; i++) {
    kgq_error_free(found->items[i]);
  }
  found->kept = 0;
}

void kg_yaml_errors_free(kg_yaml_errors *e) {
  free_found(&e->errors);
  free_found(&e->warnings);
}

/* ---- places ------------------------------------------------------------------------------------ */

/* Length of the line end at `at`: LF, CR LF or CR; 0 if there is none. */
static size_t line_end(kgq_str text, size_t at) {
  if (text.ptr[at] == '\r') {
    return at + 1 < text.len && text.ptr[at + 1] == '\n' ? 2 : 1;
  }
  return text.ptr[at] == '\n' ? 1 : 0;
}

static size_t offset_of_line(kg_yaml_errors *e, uint32_t line) {
  if (line < e->cursor_line) {
    e->cursor_line = 1;
    e->cursor_offset = 0;
  }
  size_t at = e->cursor_offset;
  while (e->cursor_line < line && at < e->text.len) {
    const size_t end = line_end(e->text, at);
    e->cursor_line += end > 0;
    at += end > 0 ? end : 1;
  }
  e->cursor_offset = at;
  return at;
}

static kgq_str line_at(kgq_str text, size_t start) {
  size_t end = start;
  while (end < text.len && line_end(text, end) == 0) {
    end++;
  }
  return kg_str_n(text.ptr + start, end - start);
}

static size_t offset_of_column(kgq_str line, uint32_t column) {
  size_t at = 0;
  for (uint32_t i = 1; i < column && at < line.len; i++) {
    uint32_t c;
    const size_t n = kg_utf8_decode(kg_str_n(line.ptr + at, line.len - at), &c);
    at += n ? n : 1;
  }
  return at;
}

kgq_str kg_yaml_text_at(kg_yaml_errors *e, kg_yaml_spot spot) {
  const size_t start = offset_of_line(e, spot.line);
  const size_t at = start + offset_of_column(line_at(e->text, start), spot.column);
  return kg_str_n(e->text.ptr + at, e->text.len - at);
}

kg_place kg_yaml_place(kg_yaml_errors *e, kg_yaml_spot spot) {
  kg_place place = { .file = e->file };
  if (spot.line == 0) {
    return place;
  }
  const size_t start = offset_of_line(e, spot.line);
  place.source = line_at(e->text, start);
  place.line = spot.line;
  place.column = spot.column;
  place.offset = start + offset_of_column(place.source, spot.column);
  return place;
}

kg_yaml_spot kg_yaml_spot_of_offset(const kg_yaml_errors *e, size_t offset) {
  kg_yaml_spot spot = { 1, 1 };
  size_t start = 0;
  assert(offset <= e->text.len);
  for (size_t at = 0; at < offset;) {
    const size_t end = line_end(e->text, at);
    at += end > 0 ? end : 1;
    if (end > 0 && at <= offset) {
      spot.line++;
      start = at;
    }
  }
  spot.column = 1 + (uint32_t)kg_utf8_count(kg_str_n(e->text.ptr + start, offset - start));
  return spot;
}

kgq_str kg_yaml_clip(kgq_str text) {
  enum { shown_bytes_max = 120 };
  size_t len = 0;
  while (len < text.len && text.ptr[len] != '\n') {
    uint32_t c;
    const size_t n = kg_utf8_decode(kg_str_n(text.ptr + len, text.len - len), &c);
    if (n == 0 || len + n > shown_bytes_max) {
      break;
    }
    len += n;
  }
  return kg_str_n(text.ptr, len);
}

kg_yaml_spot kg_yaml_spot_inside(kg_yaml_errors *e, kg_yaml_spot spot, kgq_str scalar, size_t at) {
  kgq_str rest = kg_yaml_text_at(e, spot);
  uint32_t quote = 0;
  assert(at <= scalar.len);
  if (rest.len > 0 && (rest.ptr[0] == '"' || rest.ptr[0] == '\'')) {
    rest = kg_str_n(rest.ptr + 1, rest.len - 1);
    quote = 1;
  }
  if (kg_str_starts(rest, scalar)) {
    spot.column += quote + (uint32_t)kg_utf8_count(kg_str_n(scalar.ptr, at));
  }
  return spot;
}

/* ---- collecting -------------------------------------------------------------------------------- */

static kgq_error **record(kg_yaml_errors *e, kg_yaml_found *found, kgq_status status, kg_yaml_spot spot,
                          const char *format, va_list args) KG_PRINTF(5, 0);
static kgq_error **record(kg_yaml_errors *e, kg_yaml_found *found, kgq_status status, kg_yaml_spot spot,
                          const char *format, va_list args) {
  found->total++;
  if (found->kept == KG_LIMIT_FILE_ERRORS) {
    return &e->dropped;
  }
  kg_arena scratch;
  kg_arena_init(&scratch, NULL);
  const kg_place place = kg_yaml_place(e, spot);
  kgq_error **item = &found->items[found->kept];
  va_list again;
  va_copy(again, args);
  const int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  char *message = length < 0 ? NULL : kg_arena_alloc(&scratch, (size_t)length + 1);
  *item = NULL;
  if (message) {
    (void)vsnprintf(message, (size_t)length + 1, format, args);
    (void)kg_fail_at(item, status, &place, "%s", message);
  } else {
    (void)kg_fail_memory(item);
  }
  kg_arena_free(&scratch);
  found->spots[found->kept++] = spot;
  return item;
}

kgq_error **kg_yaml_error(kg_yaml_errors *e, kg_yaml_spot spot, const char *format, ...) {
  va_list args;
  va_start(args, format);
  kgq_error **item = record(e, &e->errors, KGQ_DATA, spot, format, args);
  va_end(args);
  return item;
}

kgq_error **kg_yaml_syntax(kg_yaml_errors *e, kg_yaml_spot spot, const char *format, ...) {
  va_list args;
  va_start(args, format);
  kgq_error **item = record(e, &e->errors, KGQ_SYNTAX, spot, format, args);
  va_end(args);
  return item;
}

kgq_error **kg_yaml_warning(kg_yaml_errors *e, kg_yaml_spot spot, const char *format, ...) {
  va_list args;
  va_start(args, format);
  kgq_error **item = record(e, &e->warnings, KGQ_OK, spot, format, args);
  va_end(args);
  return item;
}

/* ---- handing over ------------------------------------------------------------------------------ */

static bool spot_after(kg_yaml_spot a, kg_yaml_spot b) {
  return a.line != b.line ? a.line > b.line : a.column > b.column;
}

/* Stable; at most KG_LIMIT_FILE_ERRORS items. */
static void sort_found(kg_yaml_found *found) {
  for (uint32_t i = 1; i < found->kept; i++) {
    kgq_error *item = found->items[i];
    const kg_yaml_spot spot = found->spots[i];
    uint32_t j = i;
    for (; j > 0 && spot_after(found->spots[j - 1], spot); j--) {
      found->items[j] = found->items[j - 1];
      found->spots[j] = found->spots[j - 1];
    }
    found->items[j] = item;
    found->spots[j] = spot;
  }
}

kgq_status kg_yaml_errors_finish(kg_yaml_errors *e, kgq_error **err) {
  kg_yaml_found *found = &e->errors;
  if (found->total == 0) {
    return KGQ_OK;
  }
  sort_found(found);
  const kgq_status st = kgq_error_status(found->items[0]);
  if (found->total > found->kept) {
    kgq_error *rest = NULL;
    (void)kg_fail(&rest, KGQ_DATA, "… and %llu more", (unsigned long long)(found->total - found->kept));
    kg_error_append(&found->items[found->kept - 1], rest);
  }
  if (err == NULL || *err != NULL) {
    free_found(found);
    return st;
  }
  for (uint32_t i = 0; i < found->kept; i++) {
    kg_error_append(err, found->items[i]);
  }
  found->kept = 0;
  return st;
}

void kg_yaml_warnings_finish(kg_yaml_errors *e, kg_yaml_warning_fn fn, void *arg) {
  kg_yaml_found *found = &e->warnings;
  sort_found(found);
  for (uint32_t i = 0; i < found->kept; i++) {
    fn(arg, found->items[i]);
  }
  if (found->total > found->kept) {
    kgq_error *rest = NULL;
    (void)kg_fail(&rest, KGQ_OK, "… and %llu more warnings",
                  (unsigned long long)(found->total - found->kept));
    fn(arg, rest);
  }
  found->kept = 0;
}

/* ---- the nearest known word -------------------------------------------------------------------- */

/* Near: one change in a word of up to five letters, two up to eight, three beyond. */
kg_nearest kg_nearest_to(kgq_str wanted) {
  const size_t characters = wanted.len > 4 * KG_LIMIT_IRI_BYTES ? 0 : kg_utf8_count(wanted);
  const size_t limit = characters < 2 ? 0 : characters <= 5 ? 1 : characters <= 8 ? 2 : 3;
  return (kg_nearest){ .wanted = wanted, .distance = limit + 1 };
}

/* Of two that are equally near the first by bytes: candidates come from hash tables, in no order. */
void kg_nearest_try(kg_nearest *n, kgq_str candidate) {
  enum { character_bytes_max = 4, wanted_bytes_max = 200 };
  const size_t limit = n->best.len > 0 ? n->distance : n->distance - 1;
  const size_t more =
      candidate.len > n->wanted.len ? candidate.len - n->wanted.len : n->wanted.len - candidate.len;
  if (limit == 0 || more > character_bytes_max * limit || n->wanted.len > wanted_bytes_max) {
    return;
  }
  const size_t distance = kg_edit_distance(n->wanted, candidate, limit);
  const bool nearer = distance < n->distance;
  if (distance <= limit && (nearer || kg_str_compare(candidate, n->best) < 0)) {
    n->distance = distance;
    n->best = candidate;
  }
}
