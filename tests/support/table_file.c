#include "support/table_file.h"

#include <stdio.h>
#include <stdlib.h>

const char *test_table(const scratch *folder, const char *name, int64_t rows, double scale,
                       int64_t classes) {
    const char *path = scratch_path(folder, name);
    const size_t room = 64 * ((size_t)rows + 1);
    char *text = malloc(room);
    if (text == NULL) {
        abort();
    }
    size_t used = (size_t)snprintf(text, room, "id,wave,same,y\n");
    for (int64_t id = 0; id < rows; id++) {
        const double wave = (double)(id * (rows - id) % 97) / 7.0;
        const int64_t y = classes > 0 ? id % classes : id;
        used += (size_t)snprintf(text + used, room - used, "%lld,%.6f,0.1,%.6f\n",
                                 (long long)id, wave, scale * (double)y);
    }
    scratch_write(path, text, used);
    free(text);
    return path;
}
