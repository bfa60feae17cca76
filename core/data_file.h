/* core/data_file.h: looking at the end of RocksDB's data files before RocksDB does. */
#ifndef KG_CORE_DATA_FILE_H
#define KG_CORE_DATA_FILE_H

#include <stdbool.h>

/* false: the file `name` in the folder `fd` has a damaged head of its properties, which a RocksDB built with
 * assertions meets before it has compared their checksum, and then ends the process. */
bool kg_data_file_opens(int fd, const char *name);

#endif
