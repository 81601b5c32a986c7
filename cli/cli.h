// What a command is, how it reads its command line, and how it speaks.
//
// A command is one constant row: name, arguments, flags, examples, and the function that does
// the work. Parsing, --help, the man page and the shell completions walk the same rows, so they
// cannot disagree. Results go to stdout, human words to stderr. The commands see the public
// headers only; they have no way in that a user lacks.
//
//     typedef struct grid_options { int64_t points; const char *output; bool json; }
//     grid_options; static const cli_flag flags[] = {
//         CLI_FLAG("points", grid_options, points, INT, "COUNT", "points on each axis",
//         .minimum = 2), CLI_FLAG("output", grid_options, output, FILE, "FILE", "picture to
//         write", .letter = 'o'), CLI_FLAG("json", grid_options, json, SWITCH, NULL, "print
//         JSON"),
//     };
//     const cli_command cli_grid = {.name = "grid", ..., CLI_FLAGS(flags, grid_options), .run =
//     run};
//
// and one more line in the list of main.c.

#ifndef PES_CLI_CLI_H
#define PES_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pes/field.h"
#include "pes/status.h"

// Exit codes, the same for every command. CLI_GO never leaves the program: "carry on".
enum { CLI_GO = -1, CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_INTERRUPTED = 130 };

enum { CLI_TEXTS = 64 };

// A flag that may be given several times.
typedef struct cli_texts {
    int64_t count;
    const char *text[CLI_TEXTS];
} cli_texts;

typedef enum cli_kind {
    CLI_SWITCH, // bool; takes no value
    CLI_INT,    // int64_t
    CLI_REAL,   // double
    CLI_SEED,   // uint64_t
    CLI_WORD,   // const char *; one of `choice` where there is one
    CLI_FILE,   // const char *; completes to files
    CLI_FOLDER, // const char *; completes to folders
    CLI_LIST,   // cli_texts; may be repeated
} cli_kind;

typedef struct cli_flag {
    const char *name; // without the dashes
    cli_kind kind;
    size_t offset;     // of the member in the command's option struct
    const char *value; // what stands for its value in help: "DIR"; NULL for switches
    const char *help;  // one phrase, no capital, no full stop
    char letter;       // 'o' for -o; 0: none
    double minimum;    // CLI_INT, CLI_REAL: smallest value allowed
    const char *(*choice)(int64_t index); // CLI_WORD: the words allowed, NULL past the last
} cli_flag;

#define CLI_FLAG(name_, structure, member, kind_, value_, ...)                                 \
    {                                                                                          \
        .name = name_, .kind = CLI_##kind_, .offset = offsetof(structure, member),             \
        .value = value_, .help = __VA_ARGS__                                                   \
    }

// The flags of a command and the struct that they fill.
#define CLI_FLAGS(rows, structure)                                                             \
    .flag = rows, .flags = (int64_t)(sizeof(rows) / sizeof *(rows)),                           \
    .options_size = sizeof(structure)

typedef struct cli_example {
    const char *line; // "pes run experiments/demo.toml"
    const char *text; // what it does, one phrase
} cli_example;

typedef struct cli_command cli_command;

// One invocation, read and checked.
typedef struct cli_call {
    const cli_command *command;
    int64_t count; // positional arguments, command->least..most
    const char *const *argument;
    const void *options; // the command's option struct, filled
} cli_call;

struct cli_command {
    const char *name;
    const char *summary;                // one sentence: a verb first, a full stop
    const char *arguments;              // as in the usage line: "FILE", "DIR...", "[NAME]", ""
    int64_t least;                      // positional arguments, at least
    int64_t most;                       // at most; -1: any number
    cli_kind argument_kind;             // CLI_FILE, CLI_FOLDER, CLI_WORD: for completion
    const char *(*word)(int64_t index); // CLI_WORD: known words, NULL past the last, or NULL
    const char *details;                // paragraphs parted by "\n\n", not wrapped; or NULL
    const cli_example *example;         // ends with a row of NULLs; or NULL
    const cli_flag *flag;
    int64_t flags;
    size_t options_size;
    void (*set_default)(void *options); // NULL: all bytes zero
    int (*run)(const cli_call *call);   // returns an exit code
};

// The list of main.c: command number `index`, NULL past the last; and by name.
const cli_command *cli_command_get(int64_t index);
const cli_command *cli_command_find(const char *name);

// ---- the command line ---------------------------------------------------------------

// Reads the words after the command's name into `options`, and the positional ones into
// `argument` (count words long). CLI_GO, or the exit code after help or reason were printed.
int cli_parse(const cli_command *command, int count, char **words, void *options,
              const char **argument, int64_t *arguments);

// Help for one command, and for all of them.
void cli_print_help(FILE *out, const cli_command *command);
void cli_print_usage(FILE *out);

// The known name nearest to `name`, or NULL if none is near. `known` gives NULL past the last.
const char *cli_nearest(const char *name, const char *(*known)(int64_t index));

// ---- speaking -----------------------------------------------------------------------

// One sentence on stderr, after "pes: "; returns `code`.
int cli_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The last sentence of cli_fail(), without "pes: ".
const char *cli_last_sentence(void);

// pes_last_error() on stderr, after "pes: PREFIX: " (PREFIX may be NULL); the exit code that
// belongs to `status`: CLI_USAGE for what the user wrote or named, CLI_FAILED for the rest.
int cli_fail_status(pes_status status, const char *prefix);

// CLI_OK, or CLI_FAILED with a sentence if what was printed to stdout could not be written.
int cli_flush(void);

// ---- numbers and JSON ---------------------------------------------------------------

enum { CLI_NUMBER_SIZE = 40 };

// The shortest text that reads back as the same double: "0.1", "1e-08", "nan".
char *cli_real(double x, char out[CLI_NUMBER_SIZE]);

// For people: "12.3 M", "1.5 GiB", "1 h 02 min", four significant digits.
char *cli_count(double x, char out[CLI_NUMBER_SIZE]);
char *cli_bytes(double bytes, char out[CLI_NUMBER_SIZE]);
char *cli_seconds(double seconds, char out[CLI_NUMBER_SIZE]);
char *cli_short(double x, char out[CLI_NUMBER_SIZE]);

// A JSON number; null where `x` is NaN or infinite, which JSON has no word for.
json_t *cli_json_real(double x);

// Print to stdout, on one line or indented, reals as cli_real(); takes the reference.
// Returns as cli_flush().
int cli_json_print(json_t *value, bool indent);

// The same as a text that the caller frees; takes the reference. NULL without memory.
char *cli_json_text(json_t *value, bool indent);

// ---- seeds --------------------------------------------------------------------------

// A seed for number `number` of one of several uses of a run's seed, which share no randomness
// with each other, nor with the run.
enum {
    CLI_SEED_REPETITION,
    CLI_SEED_REFERENCE,
    CLI_SEED_SURFACE,
    CLI_SEED_ADVICE,
    CLI_SEED_EVALUATION
};
uint64_t cli_seed(uint64_t seed, int use, int64_t number);

// ---- processors ---------------------------------------------------------------------

// Those that are on line, at least 1; and as many threads as were asked for, or one for each
// where that is 0.
int64_t cli_processors(void);
int64_t cli_threads(int64_t given);

// ---- files --------------------------------------------------------------------------

enum { CLI_PATH = 4096 };

// "folder/name" into out; false if it does not fit.
bool cli_join(char out[CLI_PATH], const char *folder, const char *name);

// Puts the working directory before a path, if it is not absolute; false if that is longer
// than a setting may be.
bool cli_make_absolute(const char *path, char out[PES_TEXT_SIZE]);

bool cli_is_file(const char *path);
bool cli_is_folder(const char *path);

// All of a file, zero-terminated, to be freed; NULL with errno set.
char *cli_read_file(const char *path, size_t *length);

// Write beside `path`, sync, rename: either the old file or the whole new one is there.
// CLI_OK, or CLI_FAILED after a sentence.
int cli_write_file(const char *path, const char *text);
int cli_write_bytes(const char *path, const char *bytes, size_t size);

// The same with JSON, indented; keeps the reference. CLI_OK, or CLI_FAILED after a sentence.
int cli_write_json(const char *path, json_t *value);

// A folder and its parents; existing ones are fine. CLI_OK, or CLI_FAILED after a sentence.
int cli_make_folders(const char *path);

#endif // PES_CLI_CLI_H
