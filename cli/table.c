#include "cli/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t table_hash(uint64_t hash, const char *text) {
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return hash;
}

// Closed rows behind the head; what is behind them is cut off. -1 if it is another table.
static int64_t count_rows(const char *path, const char *text, const char *head,
                          const char *close) {
    if (strncmp(text, head, strlen(head)) != 0) {
        return -1;
    }
    const char *end = text + strlen(head);
    int64_t rows = 0;
    for (const char *next = strstr(end, close); next != NULL; next = strstr(end, close)) {
        end = next + strlen(close);
        rows++;
    }
    return truncate(path, (off_t)(end - text)) == 0 ? rows : -1;
}

// The text of a table that there may be: NULL if there is none. What is no file, or cannot be
// read, is left alone: it is not ours to write over, and a pipe or a device may never end.
static int read_begun(const char *path, char **text, size_t *length) {
    struct stat status;
    *text = NULL;
    if (stat(path, &status) != 0) {
        return CLI_OK; // opening it says why
    }
    if (!S_ISREG(status.st_mode)) {
        return cli_fail(CLI_USAGE, "%s is not a file; name one for the table", path);
    }
    *text = cli_read_file(path, length);
    return *text != NULL
               ? CLI_OK
               : cli_fail(CLI_FAILED, "%s could not be read: %s", path, strerror(errno));
}

int table_open(FILE **out, const char *path, const char *head, const char *close,
               int64_t *done) {
    char *text;
    size_t length = 0;
    *out = NULL;
    const int code = read_begun(path, &text, &length);
    if (code != CLI_OK) {
        return code;
    }
    // less than the head, as an interruption may leave it, is no table yet
    const bool begun =
        text != NULL && (length >= strlen(head) || memcmp(head, text, length) != 0);
    *done = begun ? count_rows(path, text, head, close) : 0;
    free(text);
    if (*done < 0) {
        return cli_fail(CLI_USAGE, "%s exists and holds another table; name another file",
                        path);
    }
    *out = fopen(path, begun ? "a" : "w");
    if (*out == NULL) {
        return cli_fail(CLI_FAILED, "%s could not be opened: %s", path, strerror(errno));
    }
    if (!begun) {
        fputs(head, *out);
    }
    return table_flush(*out, path);
}

int table_close(FILE *table, const char *path, const char *head) {
    fseek(table, 0, SEEK_END);
    const bool is_bare = ftell(table) == (long)strlen(head);
    if (fclose(table) != 0) {
        return cli_fail(CLI_FAILED, "%s could not be written to its end", path);
    }
    if (is_bare) {
        unlink(path);
    }
    return CLI_OK;
}

int table_flush(FILE *table, const char *path) {
    return fflush(table) == 0 && !ferror(table)
               ? CLI_OK
               : cli_fail(CLI_FAILED, "%s could not be written: %s", path, strerror(errno));
}
