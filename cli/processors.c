// How many threads there may be.

#include <unistd.h>

#include "cli/cli.h"

int64_t cli_processors(void) {
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? count : 1;
}

int64_t cli_threads(int64_t given) {
    return given > 0 ? given : cli_processors();
}
