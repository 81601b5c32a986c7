// A program of a user's, built against the installed library by tests/install/run.sh.

#include <stdio.h>
#include <string.h>

#include <pes/status.h>
#include <pes/version.h>

int main(void) {
    if (strcmp(pes_version(), PES_VERSION_STRING) != 0) {
        fprintf(stderr, "headers %s, library %s\n", PES_VERSION_STRING, pes_version());
        return 1;
    }
    return puts(pes_status_text(PES_OK)) < 0;
}
