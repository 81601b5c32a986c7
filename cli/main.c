// pes: finds the command that was named, reads its command line, runs it.

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"

static const cli_command *const commands[] = {
    &cli_run,      &cli_resume,   &cli_plot,     &cli_compare,    &cli_surface,
    &cli_variance, &cli_advise,   &cli_evaluate, &cli_export,     &cli_import,
    &cli_render,   &cli_report,   &cli_list,     &cli_info,       &cli_data,
    &cli_bench,    &cli_selftest, &cli_help,     &cli_completion,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

const cli_command *cli_command_get(int64_t index) {
    return index >= 0 && index < COMMANDS ? commands[index] : NULL;
}

const cli_command *cli_command_find(const char *name) {
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static const char *command_name(int64_t index) {
    return index < COMMANDS ? commands[index]->name : NULL;
}

int cli_unknown_command(const char *name) {
    const char *nearest = cli_nearest(name, command_name);
    if (nearest != NULL) {
        return cli_fail(CLI_USAGE, "there is no command '%s'; did you mean '%s'?", name,
                        nearest);
    }
    return cli_fail(CLI_USAGE, "there is no command '%s'; 'pes --help' lists them", name);
}

static int run_command(const cli_command *command, int count, char **words) {
    void *options = calloc(1, command->options_size > 0 ? command->options_size : 1);
    const char **argument = calloc((size_t)count + 1, sizeof *argument);
    int code = CLI_GO;
    if (options == NULL || argument == NULL) {
        code = cli_fail(CLI_FAILED, "there is no memory left");
    } else {
        cli_call call = {.command = command, .argument = argument, .options = options};
        if (command->set_default != NULL) {
            command->set_default(options);
        }
        code = cli_parse(command, count, words, options, argument, &call.count);
        if (code == CLI_GO) {
            code = command->run(&call);
        }
    }
    free(argument);
    free(options);
    return code;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        cli_print_usage(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        cli_print_usage(stdout);
        return cli_flush();
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("pes %s\n", pes_version());
        return cli_flush();
    }
    const cli_command *command = cli_command_find(argv[1]);
    return command != NULL ? run_command(command, argc - 2, argv + 2)
                           : cli_unknown_command(argv[1]);
}
