// The rows of all commands, and what the pages about commands share.

#ifndef PES_CLI_COMMANDS_H
#define PES_CLI_COMMANDS_H

#include "cli/cli.h"

extern const cli_command cli_run;
extern const cli_command cli_resume;
extern const cli_command cli_plot;
extern const cli_command cli_compare;
extern const cli_command cli_surface;
extern const cli_command cli_variance;
extern const cli_command cli_advise;
extern const cli_command cli_evaluate;
extern const cli_command cli_export;
extern const cli_command cli_import;
extern const cli_command cli_render;
extern const cli_command cli_report;
extern const cli_command cli_list;
extern const cli_command cli_info;
extern const cli_command cli_data;
extern const cli_command cli_selftest;
extern const cli_command cli_bench;
extern const cli_command cli_completion;
extern const cli_command cli_help;

// "-o, --output FILE".
void cli_flag_form(const cli_flag *flag, char *out, size_t capacity);

// The default as a text; false if there is none worth telling.
bool cli_flag_default(const cli_command *command, const cli_flag *flag, char *out,
                      size_t capacity);

// The man page pes(1).
void cli_print_man(FILE *out);

// CLI_USAGE after the sentence.
int cli_unknown_command(const char *name);

#endif // PES_CLI_COMMANDS_H
