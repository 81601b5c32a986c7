#include "cli/stop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t arrived;

static void remember(int number) {
    static const char words[] =
        "\npes: stopping after this update; once more to stop at once\n";
    const int kept = errno;
    (void)number;
    if (!arrived) {
        const ssize_t written = write(STDERR_FILENO, words, sizeof words - 1);
        (void)written;
    }
    arrived = 1;
    errno = kept;
}

void stop_watch(void) {
    static const int number[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        struct sigaction before;
        sigaction(number[i], NULL, &before);
        if (number[i] == SIGHUP && before.sa_handler == SIG_IGN) {
            continue;
        }
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = remember;
        action.sa_flags = (int)SA_RESETHAND; // the second one finds the default again
        sigemptyset(&action.sa_mask);
        sigaction(number[i], &action, NULL);
    }
}

bool stop_wanted(void) {
    return arrived != 0;
}
