/* tests/model/answers.c: comparing answers. The contract: answers.h.
 *
 * Each blank node has a colour, a hash of the rows it occurs in; a few rounds of colouring tell blank nodes
 * apart as far as their surroundings do. Then rows are hashed with colours for labels, and the sorted hashes
 * compared.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/model/answers.h"

#define COLOUR_ROUNDS 4

/* ---- making ------------------------------------------------------------------------------------- */

kgq_str model_cell(kg_arena *arena, const kg_term *term) {
  kg_buf text;
  kgq_str out = KG_STR("");
  kg_buf_init(&text, NULL);
  if (term && (kg_term_print(term, &text, NULL) != KGQ_OK ||
               kg_arena_copy(arena, kg_buf_str(&text), &out, NULL) != KGQ_OK)) {
    exit(2);
  }
  kg_buf_free(&text);
  return out;
}

model_answers model_answers_of(kg_arena *arena, const model_result *result) {
  model_answers a = {
    .yes = result->yes, .width = result->width, .names = result->names, .count = result->count
  };
  a.rows = model_alloc(arena, (a.count + 1) * sizeof *a.rows);
  for (size_t i = 0; i < a.count; i++) {
    a.rows[i] = model_alloc(arena, (a.width + 1u) * sizeof(kgq_str));
    for (uint32_t c = 0; c < a.width; c++) {
      a.rows[i][c] = model_cell(arena, result->rows[i][c]);
    }
  }
  return a;
}

/* ---- blank nodes in cells ----------------------------------------------------------------------- */

/* The end of the quoted text or IRI that begins at `at`. */
static size_t skip_quoted(kgq_str cell, size_t at, char end) {
  for (at++; at < cell.len && cell.ptr[at] != end; at++) {
    at += cell.ptr[at] == '\\';
  }
  return at;
}

static bool in_label(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

/* The next blank node label at or behind *at, which moves behind it; empty: none. */
static kgq_str next_label(kgq_str cell, size_t *at) {
  for (size_t i = *at; i < cell.len; i++) {
    if (cell.ptr[i] == '"') {
      i = skip_quoted(cell, i, '"');
    } else if (cell.ptr[i] == '<' && !(i + 1 < cell.len && cell.ptr[i + 1] == '<')) {
      if (i == 0 || cell.ptr[i - 1] != '<') {
        i = skip_quoted(cell, i, '>');
      }
    } else if (cell.ptr[i] == '_' && i + 1 < cell.len && cell.ptr[i + 1] == ':') {
      size_t end = i + 2;
      while (end < cell.len && in_label(cell.ptr[end])) {
        end++;
      }
      *at = end;
      return kg_str_n(cell.ptr + i, end - i);
    }
  }
  *at = cell.len;
  return KG_STR("");
}

/* ---- colours ------------------------------------------------------------------------------------ */

typedef struct colour {
  kgq_str label;
  uint64_t now, next;
} colour;

typedef struct palette {
  colour *list;
  size_t count, capacity;
} palette;

static uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t z = (a ^ (b + 0x9E3779B97F4A7C15u)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 29)) * 0x94D049BB133111EBu;
  return z ^ (z >> 32);
}

static uint64_t hash_bytes(uint64_t h, const char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    h = (h ^ (unsigned char)bytes[i]) * 0x100000001B3u;
  }
  return mix(h, count);
}

static colour *colour_of(kg_arena *arena, palette *p, kgq_str label) {
  for (size_t i = 0; i < p->count; i++) {
    if (kg_str_equal(p->list[i].label, label)) {
      return &p->list[i];
    }
  }
  if (p->count == p->capacity) {
    const size_t capacity = p->capacity ? p->capacity * 2 : 64;
    colour *larger = model_alloc(arena, capacity * sizeof *larger);
    if (p->count) {
      memcpy(larger, p->list, p->count * sizeof *larger);
    }
    p->list = larger;
    p->capacity = capacity;
  }
  p->list[p->count] = (colour){ .label = label, .now = 1 };
  return &p->list[p->count++];
}

static uint64_t hash_cell(kg_arena *arena, palette *p, kgq_str cell) {
  uint64_t h = 7;
  size_t at = 0;
  while (at < cell.len) {
    const size_t start = at;
    const kgq_str label = next_label(cell, &at);
    h = hash_bytes(h, cell.ptr + start, at - start - label.len);
    h = label.len ? mix(h, colour_of(arena, p, label)->now) : h;
  }
  return h;
}

static uint64_t hash_row(kg_arena *arena, palette *p, const kgq_str *row, const uint32_t *order,
                         uint32_t width) {
  uint64_t h = 3;
  for (uint32_t c = 0; c < width; c++) {
    h = mix(h, hash_cell(arena, p, row[order[c]]));
  }
  return h;
}

/* Tells the blank nodes of a row how they stand in it; their sum over all rows is their next colour. */
static void spread(kg_arena *arena, palette *p, const kgq_str *row, const uint32_t *order, uint32_t width) {
  const uint64_t h = hash_row(arena, p, row, order, width);
  for (uint32_t c = 0; c < width; c++) {
    for (size_t at = 0; at < row[order[c]].len;) {
      const kgq_str label = next_label(row[order[c]], &at);
      if (label.len) {
        colour_of(arena, p, label)->next += mix(h, mix(c, at - label.len == 0 ? 0 : 1));
      }
    }
  }
}

static int compare_hashes(const void *a, const void *b) {
  const uint64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static uint64_t *row_hashes(kg_arena *arena, const model_answers *a, const uint32_t *order) {
  palette p = { NULL, 0, 0 };
  uint64_t *hashes = model_alloc(arena, (a->count + 1) * sizeof *hashes);
  for (int round = 0; round < COLOUR_ROUNDS; round++) {
    for (size_t i = 0; i < a->count; i++) {
      spread(arena, &p, a->rows[i], order, a->width);
    }
    for (size_t i = 0; i < p.count; i++) {
      p.list[i].now = mix(p.list[i].now, p.list[i].next);
      p.list[i].next = 0;
    }
    if (p.count == 0) {
      break;
    }
  }
  for (size_t i = 0; i < a->count; i++) {
    hashes[i] = hash_row(arena, &p, a->rows[i], order, a->width);
  }
  qsort(hashes, a->count, sizeof *hashes, compare_hashes);
  return hashes;
}

/* ---- comparing ---------------------------------------------------------------------------------- */

/* order[c]: the column of `tested` with the name of column c of `expected`. */
static bool match_columns(const model_answers *expected, const model_answers *tested, uint32_t *order) {
  if (expected->width != tested->width) {
    return false;
  }
  for (uint32_t c = 0; c < expected->width; c++) {
    order[c] = expected->names ? UINT32_MAX : c;
    for (uint32_t k = 0; k < tested->width && expected->names; k++) {
      order[c] = kg_str_equal(expected->names[c], tested->names[k]) ? k : order[c];
    }
    if (order[c] == UINT32_MAX) {
      return false;
    }
  }
  return true;
}

static bool same_row(const kgq_str *a, const kgq_str *b, uint32_t width) {
  for (uint32_t c = 0; c < width; c++) {
    if (!kg_str_equal(a[c], b[c])) {
      return false;
    }
  }
  return true;
}

/* Each row once, before blank nodes are coloured by the rows they are in. */
static model_answers without_duplicates(kg_arena *arena, const model_answers *a) {
  model_answers out = *a;
  out.rows = model_alloc(arena, (a->count + 1) * sizeof *out.rows);
  out.count = 0;
  for (size_t i = 0; i < a->count; i++) {
    size_t k = 0;
    while (k < out.count && !same_row(out.rows[k], a->rows[i], a->width)) {
      k++;
    }
    if (k == out.count) {
      out.rows[out.count++] = a->rows[i];
    }
  }
  return out;
}

bool model_answers_same(kg_arena *arena, const model_answers *expected, const model_answers *tested,
                        model_comparison comparison) {
  uint32_t *order = model_alloc(arena, (expected->width + 1u) * sizeof *order);
  uint32_t *plain = model_alloc(arena, (expected->width + 1u) * sizeof *plain);
  if (expected->yes != tested->yes || !match_columns(expected, tested, order)) {
    return false;
  }
  for (uint32_t c = 0; c < expected->width; c++) {
    plain[c] = c;
  }
  if (comparison != MODEL_MULTISET) {
    const model_answers a = without_duplicates(arena, expected), b = without_duplicates(arena, tested);
    return (comparison == MODEL_SET || tested->count <= expected->count) &&
           model_answers_same(arena, &a, &b, MODEL_MULTISET);
  }
  const uint64_t *a = row_hashes(arena, expected, plain), *b = row_hashes(arena, tested, order);
  const size_t n = expected->count;
  return n == tested->count && (n == 0 || memcmp(a, b, n * sizeof *a) == 0);
}

void model_answers_print(const model_answers *answers, kg_form form) {
  if (form == KG_FORM_ASK) {
    puts(answers->yes ? "    true" : "    false");
    return;
  }
  for (uint32_t c = 0; c < answers->width && answers->names; c++) {
    printf("%s?%.*s", c ? "\t" : "    ", (int)answers->names[c].len, answers->names[c].ptr);
  }
  printf("%s(%zu rows)\n", answers->names ? "\t" : "    ", answers->count);
  for (size_t i = 0; i < answers->count && i < 60; i++) {
    for (uint32_t c = 0; c < answers->width; c++) {
      printf("%s%.*s", c ? "\t" : "    ", (int)answers->rows[i][c].len, answers->rows[i][c].ptr);
    }
    puts("");
  }
}
