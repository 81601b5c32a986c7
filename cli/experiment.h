// An experiment: one TOML file, read into the option structs of the library.
//
// Tables [problem] [estimator] [optimizer] [search] [run] fill the structs through their field
// tables; [sweep] spans a grid of runs over dotted names, "estimator.truncation" = [10, 100],
// and each
// [[variant]] table is a name with settings of its own, over which the grid is run once more.
// Everything that may be wrong in a file is reported with file, line and column, and what is
// allowed.

#ifndef PES_CLI_EXPERIMENT_H
#define PES_CLI_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/toml.h"
#include "pes/estimator.h"
#include "pes/optimizer.h"
#include "pes/search.h"
#include "pes/trainer.h"
#include "problems/problems.h"

enum { EXPERIMENT_AXES = 8, EXPERIMENT_NAME = 200, EXPERIMENT_RUNS = 10000 };

// Where a setting was written: in a file, or in the text of a --set.
typedef struct experiment_source {
    const char *path;
    const char *set; // NULL: a file
    const toml_document *document;
} experiment_source;

// One axis of the grid: a setting and its values.
typedef struct experiment_axis {
    const char *name;         // "estimator.truncation"; the document owns it
    int64_t source;           // number of the source that spans it
    int64_t count;            // values, >= 1
    const toml_entry **value; // count
} experiment_axis;

// One [[variant]] of the file: settings that take the place of the common ones.
typedef struct experiment_variant {
    const char *name;           // the document owns it
    int64_t count;              // settings, >= 0
    const toml_entry **setting; // count, named "estimator.sigma"
} experiment_variant;

typedef struct experiment {
    char path[CLI_PATH];        // the file that it came from
    char stem[EXPERIMENT_NAME]; // the file's name without folder and ending
    const pes_problem_type *type;
    void *problem; // type's option struct
    pes_estimator_options estimator;
    pes_optimizer_options optimizer;
    pes_search_options search;
    pes_trainer_options run;
    bool horizon_given; // false: experiment_open() takes the problem's natural one
    int64_t axes;       // of the sweep, >= 0
    experiment_axis axis[EXPERIMENT_AXES];
    int64_t variants;            // of the sweep, >= 0
    experiment_variant *variant; // variants
    const char *variant_name;    // of a single run: the variant that it is; NULL: none
    int64_t sources;             // the file, then one for each --set
    experiment_source source[CLI_TEXTS + 1];
} experiment;

// Table number `index` of an experiment: its fields and its option struct; false past the last.
typedef struct experiment_table {
    const char *name; // "problem", "estimator", "optimizer", "search", "run"
    const pes_field_table *fields;
    void *options;
} experiment_table;
bool experiment_get_table(const experiment *setup, int64_t index, experiment_table *out);

// Is it a search, which estimates no gradients? And what its method is called: "pes", "random".
bool experiment_is_search(const experiment *setup);
const char *experiment_method(const experiment *setup);

// Is the setting another table's affair, though the struct has it? NULL, or the table's name.
const char *experiment_elsewhere(const char *table, const char *key);

// Reads a TOML file, or the resolved one in a run directory, then the `--set` texts (`set` may
// be NULL). CLI_OK; or CLI_USAGE after one sentence on stderr, and nothing to free.
int experiment_load(experiment *out, const char *path, const cli_texts *set);

// The same for the folder of one run: anything else is refused.
int experiment_load_run(experiment *out, const char *folder);

void experiment_free(experiment *setup);

// For the parts of the reader: "FILE:LINE:COLUMN: ", or "--set TEXT: ", and the sentence;
// returns CLI_USAGE.
int experiment_complain(const experiment_source *source, int64_t line, int64_t column,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));
// Writes one setting, `table`.`key`, or complains.
int experiment_set(experiment *setup, const experiment_source *source, const char *table,
                   const char *key, const toml_entry *entry);
// "estimator.truncation" in two; false if there is no dot or a part is empty.
bool experiment_split_name(const char *name, char table[64], const char **key);
// Does a --set give that setting, or the list of tables that it is in?
bool experiment_sets(const experiment_source *set, const char *name);
// Does the value fit the setting of that dotted name? It is tried on a copy, or complained of.
int experiment_try(const experiment *grid, const experiment_source *source, const char *name,
                   const toml_entry *entry);
// Reads the axes of all sources, and then the variants of the file.
int experiment_read_sweep(experiment *setup);
int experiment_read_variants(experiment *setup);
// Reads a line of the [variant] table that a run of a sweep has: the name of its variant.
int experiment_read_variant_name(experiment *setup, const experiment_source *source,
                                 const toml_entry *entry);
// Puts the settings of variant number `index` into `out`.
int experiment_apply_variant(const experiment *grid, int64_t index, experiment *out);
void experiment_free_variants(experiment *setup);

// Does the setting name a file?
bool experiment_is_path(const pes_field *field);

// The whole path of a file that a source names: one that is not absolute is looked for beside
// the file that names it, then in the working directory. False: it is not there, or its path is
// longer than a setting may be.
bool experiment_find_file(const experiment_source *source, const char *name,
                          char out[PES_TEXT_SIZE]);

// Folders to look for data sets in: --data (may be NULL), PES_DATA, the user's cache.
typedef struct experiment_folders {
    pes_data_folders list;
    char cache[CLI_PATH]; // ($XDG_CACHE_HOME or ~/.cache)/pes; "" without a home
} experiment_folders;
void experiment_find_folders(experiment_folders *out, const char *data);

// Opens the problem at the start of the run's seed, and takes its natural horizon if the file
// gave none. CLI_OK; or the exit
// code after one sentence. The caller closes it with pes_problem_close().
int experiment_open(experiment *setup, const char *data, pes_problem **out);

// The same with a problem of that type, or NULL, that lends its data sets and is closed later.
int experiment_open_borrowing(experiment *setup, const char *data, const pes_problem *lender,
                              pes_problem **out);

// Can the problem be unrolled for `steps` inner steps in an episode, which is what `setting`
// says? CLI_OK, or CLI_USAGE after one sentence.
int experiment_check_steps(const experiment *setup, const pes_problem *problem,
                           const char *setting, int64_t steps);

// The same for a forecast: without its data files the problem is opened for its sizes, and
// `missing` says what is not there; otherwise it becomes "".
enum { EXPERIMENT_MISSING = 1024 };
int experiment_open_sizes(experiment *setup, const char *data, pes_problem **out,
                          char missing[EXPERIMENT_MISSING]);

// The resolved experiment as TOML, every setting written out; to be freed, NULL without memory.
// `experiment_fingerprint` leaves out what may change between sittings: threads, and when to
// stop and to checkpoint.
char *experiment_text(const experiment *setup);
char *experiment_fingerprint(const experiment *setup);

// The same settings as JSON: {"problem": {...}, "estimator": {...}, "optimizer": ..., "run":
// ...}.
json_t *experiment_json(const experiment *setup);
json_t *experiment_value_json(const pes_field *field, const void *options);

// A value as TOML; a list of tables on one line, in braces.
void experiment_print_value(FILE *out, const pes_value *value);

// More runs than one, in folders of their own?
bool experiment_is_sweep(const experiment *setup);

// The grid: its size (1 without a sweep); the run number `index` as an experiment of its own
// (free it before `grid`), and the name of its folder.
int64_t experiment_runs(const experiment *grid);
int experiment_point(const experiment *grid, int64_t index, experiment *out,
                     char name[EXPERIMENT_NAME]);

// The run directories that the user named: each is a run itself, or a sweep with runs inside.
// Only folders that have an experiment.toml count, each once. CLI_OK, or CLI_USAGE after one
// sentence (a name that is not a folder, or holds no run).
typedef struct experiment_list {
    int64_t count;
    char **folder; // count paths
} experiment_list;
int experiment_find_runs(experiment_list *out, int64_t count, const char *const *folder);
void experiment_list_free(experiment_list *list);

#endif // PES_CLI_EXPERIMENT_H
