/* graph/block_pack.c: bit packing of one stream; see block_pack.h for the bytes.
 *
 * Packing finds the width from a histogram of bit lengths: the exact cost of each length that occurs is added
 * up, and the cheapest wins, so that one outlier in 128 costs 10 bytes instead of widening all. Unpacking is
 * branch-free within a stream: groups of 8 numbers with constant shifts for widths up to 32, two loads a
 * number for the widest.
 */
#include "graph/block_pack.h"

#include <assert.h>

const uint8_t kg_rotation_bits[KG_ROTATIONS] = { 0, 4, 5 };

enum { HEAD_LONG = 0x80, HEAD_BASE_MASK = 0x0f, HEAD_ROTATION_SHIFT = 4, HEAD_EXCEPTIONS = 0x40 };

/* ---- packing ------------------------------------------------------------------------------------ */

unsigned kg_rotation_choose(const uint64_t *values, uint32_t count) {
  uint64_t differ = 0, any = 0;
  for (uint32_t i = 0; i < count; i++) {
    differ |= values[i] ^ values[0];
    any |= values[i];
  }
  if (differ >> 59 == 0) {
    return 0; /* one tag, one range: nothing to bring down */
  }
  return any >> 59 & 1 ? 2 : 1;
}

static uint64_t zigzag(uint64_t difference) {
  return difference << 1 ^ (0 - (difference >> 63));
}
static uint64_t unzigzag(uint64_t v) {
  return v >> 1 ^ (0 - (v & 1));
}

static size_t bytes_of_bits(size_t bits) {
  return (bits + 7) / 8;
}

/* The cheapest width for numbers whose bit lengths are counted in lengths[]; *high_width: of the exceptions'
 * rest. */
static unsigned choose_width(const uint8_t lengths[65], uint32_t count, unsigned *high_width, size_t *cost) {
  unsigned longest = 64;
  while (longest > 0 && lengths[longest] == 0) {
    longest--;
  }
  unsigned best = longest;
  size_t best_cost = bytes_of_bits((size_t)count * longest);
  size_t exceptions = 0;
  for (unsigned width = longest; width-- > 0;) {
    exceptions += lengths[width + 1];
    if (lengths[width] == 0 && width > 0) {
      continue;
    }
    const size_t c =
        bytes_of_bits((size_t)count * width) + 2 + exceptions + bytes_of_bits(exceptions * (longest - width));
    if (c < best_cost) {
      best = width;
      best_cost = c;
    }
  }
  *high_width = longest - best;
  *cost = best_cost;
  return best;
}

static unsigned width_over_base(const uint64_t *values, uint32_t count, uint64_t base, unsigned *high_width,
                                size_t *cost) {
  uint8_t lengths[65] = { 0 };
  for (uint32_t i = 0; i < count; i++) {
    lengths[kg_bit_length(values[i] - base)]++;
  }
  return choose_width(lengths, count, high_width, cost);
}

static unsigned char *put_bits(unsigned char *out, const uint64_t *values, uint32_t count, unsigned width,
                               uint64_t base) {
  const uint64_t mask = width == 64 ? ~(uint64_t)0 : ((uint64_t)1 << width) - 1;
  uint64_t word = 0;
  unsigned fill = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t v = (values[i] - base) & mask;
    word |= v << fill;
    fill += width;
    if (fill >= 64) {
      kg_put_le64(out, word);
      out += 8;
      fill -= 64;
      word = fill ? v >> (width - fill) : 0;
    }
  }
  for (; fill > 0; fill = fill > 8 ? fill - 8 : 0, word >>= 8) {
    *out++ = (unsigned char)word;
  }
  return out;
}

static unsigned char *put_exceptions(unsigned char *out, const uint64_t *values, uint32_t count,
                                     unsigned width, unsigned high_width, uint64_t base) {
  uint64_t high[KG_MINI_ROWS];
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t rest = (values[i] - base) >> width; /* width < 64: there are longer ones */
    if (rest) {
      high[n++] = rest;
      *out++ = (unsigned char)i;
    }
  }
  return put_bits(out, high, n, high_width, 0);
}

static uint32_t count_exceptions(const uint64_t *values, uint32_t count, unsigned width, uint64_t base) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count && width < 64; i++) {
    n += (values[i] - base) >> width != 0;
  }
  return n;
}

/* The least number; or one that nearly all equal, so that a few smaller ones become exceptions. */
static uint64_t choose_base(const uint64_t *values, uint32_t count, unsigned *width, unsigned *high_width) {
  uint64_t low = values[0];
  const uint64_t common = values[count / 2];
  uint32_t equal = 0;
  for (uint32_t i = 0; i < count; i++) {
    low = values[i] < low ? values[i] : low;
    equal += values[i] == common;
  }
  size_t cost, other_cost;
  *width = width_over_base(values, count, low, high_width, &cost);
  if (*width == 0 || common == low || equal < count - count / 8) {
    return low;
  }
  unsigned other_high;
  const unsigned other = width_over_base(values, count, common, &other_high, &other_cost);
  if (other_cost >= cost) {
    return low;
  }
  *width = other;
  *high_width = other_high;
  return common;
}

size_t kg_pack(const uint64_t *values, uint32_t count, bool ids, uint64_t reference, unsigned char *out) {
  assert(count > 0 && count <= KG_MINI_ROWS);
  uint64_t rotated[KG_MINI_ROWS];
  rotated[0] = 0; /* the compiler cannot know that there is a first value once assertions are off */
  const unsigned rotation = ids ? kg_rotation_choose(values, count) : 0;
  for (uint32_t i = 0; i < count; i++) {
    rotated[i] = kg_rotate_left(values[i], kg_rotation_bits[rotation]);
  }
  unsigned width, high_width;
  const uint64_t base = choose_base(rotated, count, &width, &high_width);
  const uint64_t stored = zigzag(base - kg_rotate_left(reference, kg_rotation_bits[rotation]));
  const unsigned base_bytes = (kg_bit_length(stored) + 7) / 8;
  const uint32_t exceptions = count_exceptions(rotated, count, width, base);
  unsigned char *p = out;
  const bool is_long = stored != 0 || rotation != 0 || exceptions > 0;
  *p++ = (unsigned char)(width | (is_long ? HEAD_LONG : 0u));
  if (is_long) {
    *p++ =
        (unsigned char)(base_bytes | rotation << HEAD_ROTATION_SHIFT | (exceptions ? HEAD_EXCEPTIONS : 0u));
    for (unsigned i = 0; i < base_bytes; i++) {
      *p++ = (unsigned char)(stored >> (8 * i));
    }
  }
  if (exceptions) {
    *p++ = (unsigned char)exceptions;
    *p++ = (unsigned char)high_width;
  }
  p = put_bits(p, rotated, count, width, base);
  if (exceptions) {
    p = put_exceptions(p, rotated, count, width, high_width, base);
  }
  assert((size_t)(p - out) <= KG_PACK_BYTES_MAX(count));
  return (size_t)(p - out);
}

/* ---- unpacking ---------------------------------------------------------------------------------- */

/* Number i of width w in a group of 8, which is w bytes; all but p is constant, so that one load, shift and
 * mask remain. Widths up to 32 never cross the 8 loaded bytes. */
#define TAKE(w, i) (base + (kg_load_le64(p + (i) * (w) / 8) >> ((i) * (w) % 8) & (((uint64_t)1 << (w)) - 1)))
#define CASE(w)                                                                                              \
  case w:                                                                                                    \
    for (; i + 8 <= count; i += 8, p += (w)) {                                                               \
      out[i] = TAKE(w, 0), out[i + 1] = TAKE(w, 1), out[i + 2] = TAKE(w, 2), out[i + 3] = TAKE(w, 3);        \
      out[i + 4] = TAKE(w, 4), out[i + 5] = TAKE(w, 5), out[i + 6] = TAKE(w, 6), out[i + 7] = TAKE(w, 7);    \
    }                                                                                                        \
    break;

/* Whole groups of 8; returns how many numbers it took. */
static uint32_t get_groups(const unsigned char *p, uint32_t count, unsigned width, uint64_t base,
                           uint64_t *out) {
  uint32_t i = 0;
  switch (width) {
    CASE(1)
    CASE(2)
    /* clang-format off */
    CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14)
        CASE(15) CASE(16) CASE(17) CASE(18) CASE(19) CASE(20) CASE(21) CASE(22) CASE(23) CASE(24) CASE(25)
            CASE(26) CASE(27) CASE(28) CASE(29) CASE(30) CASE(31) CASE(32) default : break;
    /* clang-format on */
  }
  return i;
}

/* Any width: the second load brings what the first shifted out. */
static void get_wide(const unsigned char *p, uint32_t from, uint32_t count, unsigned width, uint64_t base,
                     uint64_t *out) {
  const uint64_t mask = width == 64 ? ~(uint64_t)0 : ((uint64_t)1 << width) - 1;
  for (uint32_t i = from; i < count; i++) {
    const size_t bit = (size_t)i * width;
    const unsigned shift = (unsigned)(bit & 7);
    uint64_t v = kg_load_le64(p + bit / 8) >> shift;
    if (shift + width > 64) {
      v |= (uint64_t)p[bit / 8 + 8] << (64 - shift);
    }
    out[i] = base + (v & mask);
  }
}

static void get_bits(const unsigned char *p, uint32_t count, unsigned width, uint64_t base, uint64_t *out) {
  if (width == 0) {
    for (uint32_t i = 0; i < count; i++) {
      out[i] = base;
    }
    return;
  }
  get_wide(p, get_groups(p, count, width, base, out), count, width, base, out);
}

typedef struct stream_head {
  unsigned width, rotation, exceptions, high_width;
  uint64_t base;
} stream_head;

static const unsigned char *read_head(const unsigned char *p, const unsigned char *end, uint64_t reference,
                                      stream_head *h) {
  if (end - p < 1) {
    return NULL;
  }
  const unsigned first = *p++;
  *h = (stream_head){ .width = first & 0x7f, .base = reference };
  if (!(first & HEAD_LONG)) {
    return h->width <= 64 ? p : NULL;
  }
  if (end - p < 1) {
    return NULL;
  }
  const unsigned second = *p++;
  const unsigned base_bytes = second & HEAD_BASE_MASK;
  h->rotation = second >> HEAD_ROTATION_SHIFT & 3;
  const bool patched = second & HEAD_EXCEPTIONS;
  if (h->width > 64 || base_bytes > 8 || h->rotation >= KG_ROTATIONS ||
      end - p < (ptrdiff_t)(base_bytes + (patched ? 2 : 0))) {
    return NULL;
  }
  const uint64_t mask = base_bytes == 8 ? ~(uint64_t)0 : ((uint64_t)1 << (8 * base_bytes)) - 1;
  h->base = kg_rotate_left(reference, kg_rotation_bits[h->rotation]) + unzigzag(kg_load_le64(p) & mask);
  p += base_bytes;
  if (patched) {
    h->exceptions = *p++;
    h->high_width = *p++;
  }
  return p;
}

/* Adds the high parts of the exceptions; their number, places and width were checked against `end` but for
 * places. */
static bool patch(const unsigned char *positions, const stream_head *h, uint32_t count, uint64_t *out) {
  uint64_t high[KG_MINI_ROWS];
  get_bits(positions + h->exceptions, h->exceptions, h->high_width, 0, high);
  for (unsigned i = 0; i < h->exceptions; i++) {
    if (positions[i] >= count) {
      return false;
    }
    out[positions[i]] += high[i] << h->width;
  }
  return true;
}

const unsigned char *kg_unpack(const unsigned char *p, const unsigned char *end, uint32_t count,
                               uint64_t reference, uint64_t *out, bool *zero) {
  assert(count <= KG_MINI_ROWS);
  stream_head h;
  p = read_head(p, end, reference, &h);
  if (!p) {
    return NULL;
  }
  const size_t low_bytes = bytes_of_bits((size_t)count * h.width);
  const size_t high_bytes = h.exceptions + bytes_of_bits((size_t)h.exceptions * h.high_width);
  if ((size_t)(end - p) < low_bytes + high_bytes || h.exceptions > count || h.high_width > 64 - h.width ||
      (h.exceptions && h.width == 64)) {
    return NULL;
  }
  *zero = h.width == 0 && h.base == 0 && h.exceptions == 0;
  get_bits(p, count, h.width, h.base, out);
  if (h.exceptions && !patch(p + low_bytes, &h, count, out)) {
    return NULL;
  }
  if (h.rotation) {
    const unsigned bits = kg_rotation_bits[h.rotation];
    for (uint32_t i = 0; i < count; i++) {
      out[i] = out[i] >> bits | out[i] << (64 - bits);
    }
  }
  return p + low_bytes + high_bytes;
}
