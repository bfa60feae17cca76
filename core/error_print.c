/* core/error_print.c: an error as a person should read it: place, message, source line, caret, hint.
 *
 * Holds the public kgq_error_format, over the public accessors alone. The caret stands by display width.
 */
#include <stdio.h>

#include "core/text.h"

typedef struct cut_text { /* writes like snprintf: counts all, keeps what fits */
  char *bytes;
  size_t capacity, len;
} cut_text;

static void cut_add(cut_text *t, const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++, t->len++) {
    if (t->len + 1 < t->capacity) {
      t->bytes[t->len] = bytes[i];
    }
  }
}

static void cut_print(cut_text *t, const char *format, ...) KG_PRINTF(2, 3);
static void cut_print(cut_text *t, const char *format, ...) {
  char small[64];
  va_list args;
  va_start(args, format);
  const int length = vsnprintf(small, sizeof small, format, args);
  va_end(args);
  cut_add(t, small, length > 0 && (size_t)length < sizeof small ? (size_t)length : 0);
}

#define SHOWN_COLUMNS_MAX 110 /* of a long source line, around the place */

/* The source line, cut around the place if long, then a caret under the character by display width. */
static void cut_add_source(cut_text *t, const kgq_error *e) {
  kgq_str line = kg_str(kgq_error_source(e));
  size_t before = 0;
  for (uint64_t c = 1; c < kgq_error_column(e) && before < line.len; c++) {
    uint32_t codepoint;
    const size_t n = kg_utf8_decode(kg_str_n(line.ptr + before, line.len - before), &codepoint);
    before += n ? n : 1;
  }
  size_t start = 0;
  while (before - start > SHOWN_COLUMNS_MAX / 2 && line.len > SHOWN_COLUMNS_MAX) {
    uint32_t codepoint;
    const size_t n = kg_utf8_decode(kg_str_n(line.ptr + start, line.len - start), &codepoint);
    start += n ? n : 1;
  }
  size_t end = start;
  while (end < line.len &&
         (end - start < SHOWN_COLUMNS_MAX || ((unsigned char)line.ptr[end] & 0xC0) == 0x80)) {
    end++;
  }
  cut_add(t, "  ", 2);
  for (size_t i = start; i < end; i++) { /* control characters would move the caret */
    const bool control = (unsigned char)line.ptr[i] < 0x20 || line.ptr[i] == 0x7f;
    cut_add(t, control ? " " : line.ptr + i, 1);
  }
  cut_add(t, "\n  ", 3);
  for (size_t i = start; i < before; i++) {
    if ((unsigned char)line.ptr[i] < 0x80) {
      cut_add(t, " ", 1);
    }
  }
  size_t wide = 0; /* columns of what is not ASCII before the place */
  for (size_t i = start; i < before;) {
    uint32_t codepoint;
    const size_t n = kg_utf8_decode(kg_str_n(line.ptr + i, before - i), &codepoint);
    if (n > 1) {
      wide += kg_display_width(kg_str_n(line.ptr + i, n));
    }
    i += n ? n : 1;
  }
  for (size_t i = 0; i < wide; i++) {
    cut_add(t, " ", 1);
  }
  cut_add(t, "^\n", 2);
}

size_t kgq_error_format(const kgq_error *err, char *buffer, size_t capacity) {
  cut_text t = { buffer, buffer ? capacity : 0, 0 };
  if (err) {
    const char *file = kgq_error_file(err), *hint = kgq_error_hint(err);
    const uint64_t line = kgq_error_line(err);
    cut_add(&t, file, strlen(file));
    if (line) {
      cut_print(&t, "%s%llu:%llu", *file ? ":" : "", (unsigned long long)line,
                (unsigned long long)kgq_error_column(err));
    }
    if (*file || line) {
      cut_add(&t, ": ", 2);
    }
    cut_add(&t, kgq_error_message(err), strlen(kgq_error_message(err)));
    cut_add(&t, "\n", 1);
    if (line && *kgq_error_source(err)) {
      cut_add_source(&t, err);
    }
    if (*hint) {
      cut_add(&t, "  hint: ", 8);
      cut_add(&t, hint, strlen(hint));
      cut_add(&t, "\n", 1);
    }
  }
  if (t.capacity) {
    t.bytes[t.len < t.capacity ? t.len : t.capacity - 1] = '\0';
  }
  return t.len;
}
