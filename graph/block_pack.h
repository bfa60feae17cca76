/* graph/block_pack.h: one stream of numbers of a mini-block, bit-packed over a base, with patched exceptions.
 *
 * The unit under block.c: it knows neither rows nor columns, only up to KG_MINI_ROWS numbers that are either
 * small differences or ids. Byte layout of a stream (docs/FORMAT.md draws it): 1 byte   width in bits 0..64;
 * top bit: a second byte follows (else the base is the reference, without rotation or exceptions) [1 byte
 * bits 0-3 bytes of base, bits 4-5 rotation, bit 6 exceptions] [base     difference to the reference, zigzag,
 * little-endian] [1 byte   number of exceptions, 1 byte width of their high parts] packed low parts,
 * [positions of exceptions, 1 byte each], [packed high parts]
 */
#ifndef KG_GRAPH_BLOCK_PACK_H
#define KG_GRAPH_BLOCK_PACK_H

#include "core/limits.h"
#include "core/memory.h"

/* Readable bytes that must follow every stream: decoders load 8 bytes at a time. */
#define KG_PACK_PADDING 8
/* Most bytes that a stream of n numbers takes (an all-different stream of 64-bit numbers and its head). */
#define KG_PACK_BYTES_MAX(n) ((size_t)(n)*8 + 16)

/* Rotations that bring the tag of an id (4 bits), or the tag and the append bit (5), to the low end. */
#define KG_ROTATIONS 3
extern const uint8_t kg_rotation_bits[KG_ROTATIONS];
static inline uint64_t kg_rotate_left(uint64_t v, unsigned bits) {
  return bits ? v << bits | v >> (64 - bits) : v;
}
static inline uint64_t kg_rotate_right(uint64_t v, unsigned bits) {
  return bits ? v >> bits | v << (64 - bits) : v;
}
/* The rotation (index into kg_rotation_bits) that makes the spread of these ids small. */
unsigned kg_rotation_choose(const uint64_t *values, uint32_t count);

static inline uint64_t kg_load_le64(const unsigned char *p) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return v;
#else
  return kg_get_le64(p);
#endif
}

static inline unsigned kg_bit_length(uint64_t v) {
  return v ? 64u - (unsigned)__builtin_clzll(v) : 0;
}

/* Packs `count` numbers (1 .. KG_MINI_ROWS) and returns the bytes written. `ids`: rotation allowed,
 * `reference` is an id near them that the reader knows too. Room: KG_PACK_BYTES_MAX(count). */
size_t kg_pack(const uint64_t *values, uint32_t count, bool ids, uint64_t reference, unsigned char *out);

/* Reads `count` numbers into out (room for KG_MINI_ROWS); returns the end of the stream, or NULL if it does
 * not lie before `end`, which KG_PACK_PADDING readable bytes must follow. *zero: all are 0 (out is filled all
 * the same). */
const unsigned char *kg_unpack(const unsigned char *p, const unsigned char *end, uint32_t count,
                               uint64_t reference, uint64_t *out, bool *zero);

#endif
