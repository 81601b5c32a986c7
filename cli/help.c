// Help, for one command and for all, out of the rows.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"

// Words of `text` in lines of at most `width` letters, each after `indent` blanks; "\n\n" parts
// paragraphs.
static void print_wrapped(FILE *out, const char *text, int indent, int width) {
    int column = 0;
    while (*text != '\0') {
        const size_t length = strcspn(text, " \n");
        if (column > 0 && column + 1 + (int)length > width) {
            fputc('\n', out);
            column = 0;
        }
        column += fprintf(out, "%*s%.*s", column > 0 ? 1 : indent, "", (int)length, text);
        text += length;
        if (text[0] == '\n' && text[1] == '\n') {
            fputs("\n\n", out);
            column = 0;
        }
        text += strspn(text, " \n");
    }
    fputc('\n', out);
}

void cli_flag_form(const cli_flag *flag, char *out, size_t capacity) {
    char letter[8] = "";
    if (flag->letter != 0) {
        snprintf(letter, sizeof letter, "-%c, ", flag->letter);
    }
    snprintf(out, capacity, "%s--%s%s%s", letter, flag->name, flag->value != NULL ? " " : "",
             flag->value != NULL ? flag->value : "");
}

bool cli_flag_default(const cli_command *command, const cli_flag *flag, char *out,
                      size_t capacity) {
    out[0] = '\0';
    char *options = calloc(1, command->options_size);
    if (options == NULL || command->set_default == NULL) {
        free(options);
        return false;
    }
    command->set_default(options);
    const void *member = options + flag->offset;
    char number[CLI_NUMBER_SIZE];
    if (flag->kind == CLI_INT) {
        snprintf(out, capacity, "%" PRId64, *(const int64_t *)member);
    } else if (flag->kind == CLI_SEED) {
        snprintf(out, capacity, "%" PRIu64, *(const uint64_t *)member);
    } else if (flag->kind == CLI_REAL) {
        snprintf(out, capacity, "%s", cli_real(*(const double *)member, number));
    } else if (flag->kind != CLI_SWITCH && flag->kind != CLI_LIST) {
        const char *text = *(const char *const *)member;
        snprintf(out, capacity, "%s", text != NULL ? text : "");
    }
    free(options);
    return out[0] != '\0' && strcmp(out, "0") != 0;
}

static void print_flags(FILE *out, const cli_command *command) {
    fputs("\nFlags:\n", out);
    for (int64_t i = 0; i < command->flags; i++) {
        char form[64];
        char value[128];
        cli_flag_form(&command->flag[i], form, sizeof form);
        const bool has_default =
            cli_flag_default(command, &command->flag[i], value, sizeof value);
        fprintf(out, "  %-22s %s%s%s%s\n", form, command->flag[i].help,
                has_default ? " (default " : "", has_default ? value : "",
                has_default ? ")" : "");
    }
    fprintf(out, "  %-22s %s\n", "-h, --help", "print this");
}

void cli_print_help(FILE *out, const cli_command *command) {
    fprintf(out, "usage: pes %s%s%s%s\n\n", command->name, command->arguments[0] ? " " : "",
            command->arguments, command->flags > 0 ? " [flags]" : "");
    print_wrapped(out, command->summary, 0, 80);
    if (command->details != NULL) {
        fputc('\n', out);
        print_wrapped(out, command->details, 0, 80);
    }
    print_flags(out, command);
    for (int64_t i = 0; command->example != NULL && command->example[i].line != NULL; i++) {
        fprintf(out, "%s  %s\n      %s\n", i == 0 ? "\nExamples:\n" : "",
                command->example[i].line, command->example[i].text);
    }
}

void cli_print_usage(FILE *out) {
    fputs(
        "usage: pes <command> [arguments] [flags]\n\n"
        "Gradients of long unrolled computations by Persistent Evolution Strategies.\n\n",
        out);
    for (int64_t i = 0; cli_command_get(i) != NULL; i++) {
        fprintf(out, "  %-11s %s\n", cli_command_get(i)->name, cli_command_get(i)->summary);
    }
    fputs(
        "\n'pes <command> --help' explains one of them; 'pes --version' prints the version.\n",
        out);
}

// ---- pes help -----------------------------------------------------------------------

typedef struct help_options {
    bool man;
} help_options;

static const char *command_name(int64_t index) {
    const cli_command *command = cli_command_get(index);
    return command != NULL ? command->name : NULL;
}

static int run(const cli_call *call) {
    const help_options *options = call->options;
    if (options->man) {
        cli_print_man(stdout);
    } else if (call->count == 0) {
        cli_print_usage(stdout);
    } else {
        const cli_command *command = cli_command_find(call->argument[0]);
        if (command == NULL) {
            return cli_unknown_command(call->argument[0]);
        }
        cli_print_help(stdout, command);
    }
    return cli_flush();
}

static const cli_flag flags[] = {
    CLI_FLAG("man", help_options, man, SWITCH, NULL, "print the man page, in troff's language"),
};

const cli_command cli_help = {
    .name = "help",
    .summary = "Explain a command, or list them all.",
    .arguments = "[COMMAND]",
    .most = 1,
    .argument_kind = CLI_WORD,
    .word = command_name,
    CLI_FLAGS(flags, help_options),
    .run = run,
};
