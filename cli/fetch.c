#include "cli/fetch.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"

extern char **environ;

// curl's exit code, 128 and above after a signal, or -1 with errno set if it did not start.
static int run_curl(const char *url, const char *path) {
    char program[] = "curl", fail[] = "-fsSL", retry[] = "--retry", times[] = "2";
    char wait_option[] = "--connect-timeout", wait_seconds[] = "20", out[] = "-o";
    char to[CLI_PATH], from[CLI_PATH];
    snprintf(to, sizeof to, "%.*s", CLI_PATH - 1, path);
    snprintf(from, sizeof from, "%.*s", CLI_PATH - 1, url);
    char *const words[] = {program,      fail, retry, times, wait_option,
                           wait_seconds, out,  to,    from,  NULL};
    pid_t child;
    int status = 0;
    errno = posix_spawnp(&child, program, NULL, NULL, words, environ);
    if (errno != 0) {
        return -1;
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int fetch_file(const char *url, const char *path) {
    const int code = run_curl(url, path);
    if (code == 0) {
        return CLI_OK;
    }
    const int reason = errno;
    unlink(path);
    if (code < 0 || code == 127) {
        return cli_fail(CLI_FAILED, "the program curl could not be started (%s); install it",
                        code < 0 ? strerror(reason) : "not found");
    }
    return cli_fail(
        CLI_FAILED,
        "%s could not be downloaded (curl ended with %d); check the network, or put "
        "the files there by hand and run 'pes data verify'",
        url, code);
}
