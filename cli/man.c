// The man page pes(1), out of the commands' rows.

#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"

// Text with the letters escaped that troff would read.
static void print_text(FILE *out, const char *text) {
    bool starts_line = true;
    for (; *text != '\0'; text++) {
        if (text[0] == '\n' && text[1] == '\n') {
            fputs("\n.PP\n", out);
            text++;
            starts_line = true;
            continue;
        }
        if (starts_line && (*text == '.' || *text == '\'')) {
            fputs("\\&", out);
        }
        starts_line = false;
        if (*text == '\\') {
            fputs("\\e", out);
        } else if (*text == '-') {
            fputs("\\-", out);
        } else if (*text == '\'') {
            fputs("\\(aq", out);
        } else if (*text == '~') {
            fputs("\\(ti", out);
        } else {
            fputc(*text, out);
        }
    }
}

static void print_flags(FILE *out, const cli_command *command) {
    for (int64_t i = 0; i < command->flags; i++) {
        char form[64];
        char value[128];
        cli_flag_form(&command->flag[i], form, sizeof form);
        fputs(".TP\n.B ", out);
        print_text(out, form);
        fputc('\n', out);
        print_text(out, command->flag[i].help);
        if (cli_flag_default(command, &command->flag[i], value, sizeof value)) {
            fputs(" (default ", out);
            print_text(out, value);
            fputc(')', out);
        }
        fputs(".\n", out);
    }
}

static void print_command(FILE *out, const cli_command *command) {
    fprintf(out, ".SS pes %s ", command->name);
    print_text(out, command->arguments);
    fputc('\n', out);
    print_text(out, command->summary);
    if (command->details != NULL) {
        fputs("\n.PP\n", out);
        print_text(out, command->details);
    }
    fputc('\n', out);
    print_flags(out, command);
    for (int64_t i = 0; command->example != NULL && command->example[i].line != NULL; i++) {
        fputs(".PP\n.nf\n.RS\n", out);
        print_text(out, command->example[i].line);
        fputs("\n.RE\n.fi\n.RS\n", out);
        print_text(out, command->example[i].text);
        fputs("\n.RE\n", out);
    }
}

static void print_end(FILE *out) {
    fputs(
        ".SH EXIT STATUS\n"
        ".TP\n.B 0\nSuccess.\n"
        ".TP\n.B 1\nThe work failed.\n"
        ".TP\n.B 2\nThe command line or a file was wrong.\n"
        ".TP\n.B 130\nInterrupted; a checkpoint was written.\n"
        ".SH ENVIRONMENT\n"
        ".TP\n.B PES_DATA\nThe folder of all data sets, after \\-\\-data and before the "
        "cache.\n"
        ".TP\n.B PES_KERNELS\nThe instruction set to use (scalar, avx2, avx512); every one "
        "gives the same bits.\n"
        ".TP\n.B XDG_CACHE_HOME\nData sets that were fetched lie in its folder pes; "
        "\\(ti/.cache without it.\n",
        out);
}

void cli_print_man(FILE *out) {
    fprintf(out,
            ".\\\" Written by 'pes help --man'; change the commands' rows instead.\n"
            ".TH PES 1 \"\" \"pes %s\" \"User Commands\"\n"
            ".SH NAME\npes \\- gradients of long unrolled computations by Persistent "
            "Evolution Strategies\n"
            ".SH SYNOPSIS\n.B pes\n.I command\n[\\fIarguments\\fR] [\\fIflags\\fR]\n"
            ".SH DESCRIPTION\n"
            "pes runs experiments that are written down in TOML files, continues them after "
            "any interruption, and draws and compares what came out. Results go to standard "
            "output, everything else to standard error.\n"
            ".SH COMMANDS\n",
            pes_version());
    for (int64_t i = 0; cli_command_get(i) != NULL; i++) {
        print_command(out, cli_command_get(i));
    }
    print_end(out);
}
