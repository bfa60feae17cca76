/* tests/fuzz/fuzz_block.c: any bytes as a stored block, the checksum not looked at: opening, searching and
 * decoding must refuse or give rows, and never read outside. What opens and is in order must come back the
 * same after encoding its rows.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/limits.h"
#include "graph/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode_again(const kg_row *rows, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    if (kg_row_compare(&rows[i - 1], &rows[i]) >= 0) {
      return;
    }
  }
  kg_buf buf;
  kg_block block;
  kg_buf_init(&buf, &kg_libc_allocator);
  kg_id ids[4][KG_MINI_ROWS];
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
  if (kg_block_encode(rows, count, &buf, NULL) != KGQ_OK ||
      kg_block_open(kg_buf_str(&buf), true, &block, NULL) != KGQ_OK) {
    abort();
  }
  for (uint32_t i = 0; i < count; i++) {
    if (i % KG_MINI_ROWS == 0 && kg_block_decode(&block, i / KG_MINI_ROWS, columns, NULL) != KGQ_OK) {
      abort();
    }
    for (int c = 0; c < 4; c++) {
      if (ids[c][i % KG_MINI_ROWS] != rows[i].c[c]) {
        abort();
      }
    }
  }
  kg_buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static kg_row rows[KG_BLOCK_ROWS_MAX];
  kg_block block;
  if (kg_block_open(kg_str_n((const char *)data, size), false, &block, NULL) != KGQ_OK) {
    return 0;
  }
  kg_id ids[4][KG_MINI_ROWS];
  kg_id *const columns[4] = { ids[0], ids[1], ids[2], ids[3] };
  uint32_t count = 0;
  for (uint32_t m = 0; m < block.mini_count; m++) {
    if (kg_block_decode(&block, m, columns, NULL) != KGQ_OK) {
      return 0;
    }
    for (uint32_t i = 0; i < kg_block_mini_rows(&block, m); i++) {
      rows[count++] = (kg_row){ { ids[0][i], ids[1][i], ids[2][i], ids[3][i] } };
    }
  }
  (void)kg_block_find(&block, &rows[count / 2]);
  encode_again(rows, count);
  return 0;
}
