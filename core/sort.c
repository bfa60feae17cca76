/* core/sort.c: radix sort of four-word records, and multikey quicksort of strings.
 *
 * Records: least significant digit first, 8 bits a pass, digits aligned to the lowest bit that varies,
 * constant digits skipped. Strings: three-way partitions over an 8-byte window of each string, big-endian in
 * an integer, so that a comparison touches no string memory; windows move on by 8 where all are equal. An
 * explicit stack, no recursion.
 */
#include "core/sort.h"

#include <assert.h>

#define DIGIT_BITS 8
#define DIGITS     (1u << DIGIT_BITS)

/* ---- records ------------------------------------------------------------------------------------ */

static void varying_bits(const uint64_t *records, size_t count, uint64_t out[KG_SORT_WORDS]) {
  memset(out, 0, KG_SORT_WORDS * sizeof *out);
  for (size_t i = 1; i < count; i++) {
    for (unsigned w = 0; w < KG_SORT_WORDS; w++) {
      out[w] |= records[i * KG_SORT_WORDS + w] ^ records[w];
    }
  }
}

/* One pass: counts the digit, then moves the records to their places, keeping the order of equal ones. */
static void sort_digit(const uint64_t *from, uint64_t *to, size_t count, unsigned word, unsigned shift,
                       uint64_t mask) {
  size_t place[DIGITS] = { 0 };
  for (size_t i = 0; i < count; i++) {
    place[from[i * KG_SORT_WORDS + word] >> shift & mask]++;
  }
  size_t sum = 0;
  for (unsigned d = 0; d < DIGITS; d++) {
    const size_t n = place[d];
    place[d] = sum;
    sum += n;
  }
  for (size_t i = 0; i < count; i++) {
    const uint64_t *record = from + i * KG_SORT_WORDS;
    memcpy(to + place[record[word] >> shift & mask]++ * KG_SORT_WORDS, record,
           KG_SORT_WORDS * sizeof *record);
  }
}

uint64_t *kg_sort_records(uint64_t *records, uint64_t *scratch, size_t count,
                          const uint64_t mask[KG_SORT_WORDS]) {
  uint64_t varying[KG_SORT_WORDS];
  varying_bits(records, count, varying);
  uint64_t *from = records, *to = scratch;
  for (unsigned word = KG_SORT_WORDS; word-- > 0;) {
    uint64_t left = varying[word] & mask[word];
    while (left) {
      const unsigned shift = (unsigned)__builtin_ctzll(left);
      const uint64_t digit_mask = (left >> shift) & (DIGITS - 1);
      sort_digit(from, to, count, word, shift, digit_mask);
      uint64_t *swap = from;
      from = to;
      to = swap;
      left &= ~((uint64_t)(DIGITS - 1) << shift);
    }
  }
  return from;
}

/* ---- strings ------------------------------------------------------------------------------------ */

typedef struct item {
  uint64_t window; /* the 8 bytes from the segment's depth, big-endian, padded with zeros */
  uint32_t index;
} item;

typedef struct segment {
  uint32_t from, to;
  size_t depth;
} segment;

typedef struct string_sort {
  const kgq_allocator *allocator;
  const kgq_str *texts;
  item *items;
  segment *stack;
  size_t stack_count, stack_capacity;
  uint64_t random;
} string_sort;

static uint64_t window_at(kgq_str text, size_t depth) {
  unsigned char bytes[8] = { 0 };
  if (text.len > depth) {
    const size_t n = text.len - depth;
    memcpy(bytes, text.ptr + depth, n < 8 ? n : 8);
  }
  return kg_get_be64(bytes);
}

static bool item_less(const string_sort *s, const item *a, const item *b, size_t depth) {
  if (a->window != b->window) {
    return a->window < b->window;
  }
  const kgq_str x = s->texts[a->index], y = s->texts[b->index];
  const size_t skip_x = x.len < depth + 8 ? x.len : depth + 8, skip_y = y.len < depth + 8 ? y.len : depth + 8;
  if (skip_x != skip_y || skip_x < depth + 8) {
    return x.len < y.len; /* one ended inside the window: it is a beginning of the other */
  }
  return kg_str_compare(kg_str_n(x.ptr + skip_x, x.len - skip_x), kg_str_n(y.ptr + skip_y, y.len - skip_y)) <
         0;
}

static void sort_few(string_sort *s, const segment *g) {
  for (uint32_t i = g->from + 1; i < g->to; i++) {
    const item it = s->items[i];
    uint32_t j = i;
    for (; j > g->from && item_less(s, &it, &s->items[j - 1], g->depth); j--) {
      s->items[j] = s->items[j - 1];
    }
    s->items[j] = it;
  }
}

static kgq_status push_segment(string_sort *s, uint32_t from, uint32_t to, size_t depth, kgq_error **err) {
  if (to - from < 2) {
    return KGQ_OK;
  }
  void *stack = s->stack;
  KGQ_TRY(kg_grow(s->allocator, &stack, &s->stack_capacity, s->stack_count + 1, sizeof *s->stack, err));
  s->stack = stack;
  s->stack[s->stack_count++] = (segment){ from, to, depth };
  return KGQ_OK;
}

/* The pivot is the middle of three picked at random places, so that no order of input makes it slow by plan.
 */
static uint64_t choose_pivot(string_sort *s, const segment *g) {
  uint64_t w[3];
  for (int i = 0; i < 3; i++) {
    s->random = s->random * 6364136223846793005u + 1442695040888963407u;
    w[i] = s->items[g->from + (uint32_t)((s->random >> 33) % (g->to - g->from))].window;
  }
  const uint64_t low = w[0] < w[1] ? w[0] : w[1], high = w[0] < w[1] ? w[1] : w[0];
  return w[2] < low ? low : w[2] > high ? high : w[2];
}

static void swap_items(item *items, uint32_t a, uint32_t b) {
  const item t = items[a];
  items[a] = items[b];
  items[b] = t;
}

/* Items whose windows are all equal: those that end in it come first, shortest first; the others move on. */
static kgq_status sort_equal(string_sort *s, uint32_t from, uint32_t to, size_t depth, kgq_error **err) {
  uint32_t ended = from;
  for (uint32_t i = from; i < to; i++) {
    if (s->texts[s->items[i].index].len <= depth + 8) {
      swap_items(s->items, ended++, i);
    }
  }
  uint32_t place = from;
  for (size_t len = depth; len <= depth + 8; len++) {
    for (uint32_t i = place; i < ended; i++) {
      if (s->texts[s->items[i].index].len == len) {
        swap_items(s->items, place++, i);
      }
    }
  }
  for (uint32_t i = ended; i < to; i++) {
    s->items[i].window = window_at(s->texts[s->items[i].index], depth + 8);
  }
  return push_segment(s, ended, to, depth + 8, err);
}

static kgq_status sort_segment(string_sort *s, const segment *g, kgq_error **err) {
  if (g->to - g->from <= 12) {
    sort_few(s, g);
    return KGQ_OK;
  }
  const uint64_t pivot = choose_pivot(s, g);
  uint32_t low = g->from, at = g->from, high = g->to;
  while (at < high) {
    const uint64_t w = s->items[at].window;
    if (w < pivot) {
      swap_items(s->items, low++, at++);
    } else if (w > pivot) {
      swap_items(s->items, at, --high);
    } else {
      at++;
    }
  }
  KGQ_TRY(push_segment(s, g->from, low, g->depth, err));
  KGQ_TRY(push_segment(s, high, g->to, g->depth, err));
  return sort_equal(s, low, high, g->depth, err);
}

kgq_status kg_sort_strings(const kgq_allocator *a, const kgq_str *texts, uint32_t count, uint32_t *order,
                           kgq_error **err) {
  assert(order || count == 0);
  if (count == 0) {
    return KGQ_OK;
  }
  string_sort s = { .allocator = a, .texts = texts, .random = (uint64_t)(uintptr_t)texts };
  kgq_status st = KGQ_OK;
  s.items = kg_alloc(a, count * sizeof *s.items);
  if (!s.items) {
    return kg_fail_memory(err);
  }
  for (uint32_t i = 0; i < count; i++) {
    s.items[i] = (item){ window_at(texts[i], 0), i };
  }
  KGQ_TRY_DONE(push_segment(&s, 0, count, 0, err));
  while (s.stack_count > 0) {
    const segment g = s.stack[--s.stack_count];
    KGQ_TRY_DONE(sort_segment(&s, &g, err));
  }
  for (uint32_t i = 0; i < count; i++) {
    order[i] = s.items[i].index;
  }
done:
  kg_free(a, s.stack, s.stack_capacity * sizeof *s.stack);
  kg_free(a, s.items, count * sizeof *s.items);
  return st;
}
