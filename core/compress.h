/* core/compress.h: Zstandard, the only place that names it.
 *
 * Whole blocks in memory (values that RocksDB does not compress by itself) and streams (.zst input files).
 * Frames are untrusted: a declared size above the caller's limit is refused before memory is taken.
 */
#ifndef KG_CORE_COMPRESS_H
#define KG_CORE_COMPRESS_H

#include "core/memory.h"

kgq_status kg_zstd_compress(kgq_str in, int level, kg_buf *out, kgq_error **err);
kgq_status kg_zstd_expand(kgq_str in, size_t bytes_max, kg_buf *out, kgq_error **err);

typedef struct kg_zstd_stream kg_zstd_stream;
kgq_status kg_zstd_stream_open(const kgq_allocator *a, kg_zstd_stream **out, kgq_error **err);
/* Consumes from *in (advances it), writes up to capacity bytes, *written says how many. Frames may follow
 * each other. KGQ_DATA when the bytes are no Zstandard. *frame_done tells whether input may end here. */
kgq_status kg_zstd_stream_read(kg_zstd_stream *s, kgq_str *in, char *out, size_t capacity, size_t *written,
                               bool *frame_done, kgq_error **err);
void kg_zstd_stream_close(kg_zstd_stream *s);
const char *kg_zstd_version(void);

#endif
