/* graph/log_record.h: one record of the log as bytes, for log.c alone; docs/FORMAT.md, section 6 has them.
 *
 * Writing is in log.h. A record is checked as a whole before anything of it is believed.
 */
#ifndef KG_GRAPH_LOG_RECORD_H
#define KG_GRAPH_LOG_RECORD_H

#include "graph/log.h"

/* What the records read so far say. */
typedef struct kg_log_content {
  kg_counts counts; /* of the last one */
  kg_delta_run *quads,
      *terms; /* rows as they came: s, p, o, g or number, not yet sorted; room for KG_LOG_ROWS
               */
} kg_log_content;

/* Adds the record of commit `number`. KGQ_CORRUPT: it is damaged, or does not go on from the one before. */
kgq_status kg_log_record_read(kgq_str bytes, uint64_t number, kg_log_content *to, kgq_error **err);

#endif
