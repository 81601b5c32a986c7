// pes completion: scripts for bash, zsh and fish, out of the commands' rows.

#include <string.h>

#include "cli/commands.h"

// ---- bash ---------------------------------------------------------------------------

// What a flag's value completes to, in the words of bash's compgen.
static void print_bash_action(FILE *out, cli_kind kind, const char *(*word)(int64_t index)) {
    if (kind == CLI_FOLDER) {
        fputs("-d", out);
    } else if (kind == CLI_FILE) {
        fputs("-f", out);
    } else {
        fputs("-W \"", out);
        for (int64_t i = 0; word != NULL && word(i) != NULL; i++) {
            fprintf(out, "%s%s", i > 0 ? " " : "", word(i));
        }
        fputc('"', out);
    }
}

static void print_bash_values(FILE *out, const cli_command *command) {
    fprintf(out, "        %s)\n            case $before in\n", command->name);
    for (int64_t i = 0; i < command->flags; i++) {
        const cli_flag *flag = &command->flag[i];
        if (flag->kind == CLI_SWITCH) {
            continue;
        }
        fputs("            ", out);
        if (flag->letter != 0) {
            fprintf(out, "-%c | ", flag->letter);
        }
        fprintf(out, "--%s) COMPREPLY=($(compgen ", flag->name);
        print_bash_action(out, flag->kind, flag->choice);
        fputs(" -- \"$word\")); return ;;\n", out);
    }
    fputs("            esac\n            flags=\"", out);
    for (int64_t i = 0; i < command->flags; i++) {
        fprintf(out, "--%s ", command->flag[i].name);
    }
    fputs("--help\"\n            ", out);
    if (command->most != 0) {
        fputs("_pes_arguments() { compgen ", out);
        print_bash_action(out, command->argument_kind, command->word);
        fputs(" -- \"$word\"; } ;;\n", out);
    } else {
        fputs("_pes_arguments() { :; } ;;\n", out);
    }
}

static void print_bash(FILE *out) {
    fputs(
        "# Completion of pes for bash, written by 'pes completion bash'.\n"
        "_pes() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} flags\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        COMPREPLY=($(compgen -W \"",
        out);
    for (int64_t i = 0; cli_command_get(i) != NULL; i++) {
        fprintf(out, "%s ", cli_command_get(i)->name);
    }
    fputs(
        "--help --version\" -- \"$word\"))\n        return\n    fi\n"
        "    case ${COMP_WORDS[1]} in\n",
        out);
    for (int64_t i = 0; cli_command_get(i) != NULL; i++) {
        print_bash_values(out, cli_command_get(i));
    }
    fputs(
        "        *) return ;;\n    esac\n"
        "    if [ \"${word#-}\" != \"$word\" ]; then\n"
        "        COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
        "    else\n"
        "        COMPREPLY=($(_pes_arguments))\n"
        "    fi\n"
        "    unset -f _pes_arguments\n"
        "}\n"
        "complete -o filenames -F _pes pes\n",
        out);
}

// ---- zsh ----------------------------------------------------------------------------

// A phrase inside single quotes and _arguments' brackets.
static void print_zsh_text(FILE *out, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\''", out);
        } else {
            fprintf(out, "%s%c", strchr("[]:\\", *text) != NULL ? "\\" : "", *text);
        }
    }
}

static void print_zsh_action(FILE *out, cli_kind kind, const char *(*word)(int64_t index)) {
    if (kind == CLI_FOLDER) {
        fputs("_files -/", out);
    } else if (kind == CLI_FILE) {
        fputs("_files", out);
    } else if (word != NULL) {
        fputc('(', out);
        for (int64_t i = 0; word(i) != NULL; i++) {
            fprintf(out, "%s%s", i > 0 ? " " : "", word(i));
        }
        fputc(')', out);
    } else {
        fputc(' ', out);
    }
}

static void print_zsh_flag(FILE *out, const cli_flag *flag) {
    const char *repeated = flag->kind == CLI_LIST ? "*" : "";
    fprintf(out, " \\\n            '%s--%s%s[", repeated, flag->name,
            flag->kind == CLI_SWITCH ? "" : "=");
    print_zsh_text(out, flag->help);
    fputc(']', out);
    if (flag->kind != CLI_SWITCH) {
        fprintf(out, ":%s:", flag->value);
        print_zsh_action(out, flag->kind, flag->choice);
    }
    fputc('\'', out);
}

static void print_zsh(FILE *out) {
    fputs(
        "#compdef pes\n# Completion of pes for zsh, written by 'pes completion zsh'.\n"
        "_pes() {\n"
        "    local -a commands\n    commands=(\n",
        out);
    for (int64_t i = 0; cli_command_get(i) != NULL; i++) {
        fprintf(out, "        '%s:", cli_command_get(i)->name);
        print_zsh_text(out, cli_command_get(i)->summary);
        fputs("'\n", out);
    }
    fputs(
        "    )\n    if (( CURRENT == 2 )); then\n"
        "        _describe command commands\n        return\n    fi\n"
        "    local command=$words[2]\n"
        "    shift words\n    (( CURRENT-- ))\n"
        "    case $command in\n",
        out);
    for (int64_t i = 0; cli_command_get(i) != NULL; i++) {
        const cli_command *command = cli_command_get(i);
        fprintf(out, "        %s)\n            _arguments '--help[print help]'", command->name);
        for (int64_t j = 0; j < command->flags; j++) {
            print_zsh_flag(out, &command->flag[j]);
        }
        if (command->most != 0) {
            fputs(" \\\n            '*:argument:", out);
            print_zsh_action(out, command->argument_kind, command->word);
            fputc('\'', out);
        }
        fputs(" ;;\n", out);
    }
    fputs("    esac\n}\n_pes \"$@\"\n", out);
}

// ---- fish ---------------------------------------------------------------------------

static void print_fish_text(FILE *out, const char *text) {
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        fprintf(out, "%s%c", *text == '\'' || *text == '\\' ? "\\" : "", *text);
    }
    fputc('\'', out);
}

static void print_fish_words(FILE *out, const char *(*word)(int64_t index)) {
    fputs(" -a '", out);
    for (int64_t i = 0; word(i) != NULL; i++) {
        fprintf(out, "%s%s", i > 0 ? " " : "", word(i));
    }
    fputc('\'', out);
}

static void print_fish_command(FILE *out, const cli_command *command) {
    static const char start[] = "complete -c pes -n '__fish_seen_subcommand_from ";
    fputs("complete -c pes -f -n __fish_use_subcommand -a ", out);
    fprintf(out, "%s -d ", command->name);
    print_fish_text(out, command->summary);
    fputc('\n', out);
    if (command->argument_kind == CLI_WORD && command->word != NULL) {
        fprintf(out, "%s%s' -f", start, command->name);
        print_fish_words(out, command->word);
        fputc('\n', out);
    }
    for (int64_t i = 0; i < command->flags; i++) {
        const cli_flag *flag = &command->flag[i];
        fprintf(out, "%s%s' -l %s", start, command->name, flag->name);
        if (flag->letter != 0) {
            fprintf(out, " -s %c", flag->letter);
        }
        fputs(flag->kind == CLI_SWITCH ? "" : " -r", out);
        if (flag->choice != NULL) {
            print_fish_words(out, flag->choice);
        }
        fputs(" -d ", out);
        print_fish_text(out, flag->help);
        fputc('\n', out);
    }
}

static void print_fish(FILE *out) {
    fputs("# Completion of pes for fish, written by 'pes completion fish'.\n", out);
    for (int64_t i = 0; cli_command_get(i) != NULL; i++) {
        print_fish_command(out, cli_command_get(i));
    }
}

// ---- the command --------------------------------------------------------------------

static const struct {
    const char *name;
    void (*print)(FILE *out);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
enum { SHELLS = sizeof shells / sizeof *shells };

static const char *shell_name(int64_t index) {
    return index < SHELLS ? shells[index].name : NULL;
}

static int run(const cli_call *call) {
    for (int i = 0; i < SHELLS; i++) {
        if (strcmp(shells[i].name, call->argument[0]) == 0) {
            shells[i].print(stdout);
            return cli_flush();
        }
    }
    return cli_fail(CLI_USAGE, "completion: '%s' is not one of bash, zsh, fish",
                    call->argument[0]);
}

static const cli_example examples[] = {
    {"pes completion bash > ~/.local/share/bash-completion/completions/pes",
     "bash completes pes from the next shell on"},
    {NULL, NULL},
};

const cli_command cli_completion = {
    .name = "completion",
    .summary = "Print a shell's completion script.",
    .arguments = "SHELL",
    .least = 1,
    .most = 1,
    .argument_kind = CLI_WORD,
    .word = shell_name,
    .details = "SHELL is bash, zsh or fish.",
    .example = examples,
    .run = run,
};
