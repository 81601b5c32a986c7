// From the words of a command line to a filled option struct.

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

// Edit distance of two names (Levenshtein), one row of the table at a time.
static size_t distance(const char *a, const char *b) {
    enum { LETTERS = 64 };
    const size_t length = strlen(b);
    if (length >= LETTERS) {
        return LETTERS;
    }
    size_t row[LETTERS];
    for (size_t j = 0; j <= length; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t best = diagonal + (a[i] != b[j]);
            best = row[j + 1] + 1 < best ? row[j + 1] + 1 : best;
            best = row[j] + 1 < best ? row[j] + 1 : best;
            diagonal = row[j + 1];
            row[j + 1] = best;
        }
    }
    return row[length];
}

const char *cli_nearest(const char *name, const char *(*known)(int64_t index)) {
    const char *nearest = NULL;
    size_t least = 0;
    for (int64_t i = 0; known(i) != NULL; i++) {
        const size_t slips = distance(name, known(i));
        if (nearest == NULL || slips < least) {
            nearest = known(i);
            least = slips;
        }
    }
    const size_t third = nearest != NULL ? strlen(nearest) / 3 : 0;
    return nearest != NULL && least <= (third > 2 ? third : 2) ? nearest : NULL;
}

// ---- values -------------------------------------------------------------------------

// What a flag of that kind takes, for the sentence when it got something else.
static const char *const kind_words[] = {
    [CLI_SWITCH] = "no value",
    [CLI_INT] = "an integer",
    [CLI_REAL] = "a number",
    [CLI_SEED] = "a seed, an integer from 0 upwards",
    [CLI_WORD] = "a word",
    [CLI_FILE] = "a file's name",
    [CLI_FOLDER] = "a folder's name",
    [CLI_LIST] = "a text",
};

static bool read_int(const cli_flag *flag, const char *text, void *member) {
    char *end;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    *(int64_t *)member = value;
    return errno == 0 && end != text && *end == '\0' && (double)value >= flag->minimum;
}

static bool read_real(const cli_flag *flag, const char *text, void *member) {
    char *end;
    const double value = strtod(text, &end);
    *(double *)member = value;
    return end != text && *end == '\0' && isfinite(value) && value >= flag->minimum;
}

static bool read_seed(const cli_flag *flag, const char *text, void *member) {
    (void)flag;
    char *end;
    errno = 0;
    *(uint64_t *)member = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && strchr(text, '-') == NULL;
}

static bool read_word(const cli_flag *flag, const char *text, void *member) {
    *(const char **)member = text;
    if (flag->choice == NULL) {
        return text[0] != '\0';
    }
    for (int64_t i = 0; flag->choice(i) != NULL; i++) {
        if (strcmp(flag->choice(i), text) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_listed(const cli_flag *flag, const char *text, void *member) {
    (void)flag;
    cli_texts *list = member;
    if (list->count >= CLI_TEXTS) {
        return false;
    }
    list->text[list->count++] = text;
    return true;
}

static bool (*const readers[])(const cli_flag *, const char *, void *) = {
    [CLI_INT] = read_int,     [CLI_REAL] = read_real, [CLI_SEED] = read_seed,
    [CLI_WORD] = read_word,   [CLI_FILE] = read_word, [CLI_FOLDER] = read_word,
    [CLI_LIST] = read_listed,
};

static int wrong_value(const cli_command *command, const cli_flag *flag, const char *text) {
    char range[256] = "";
    if (flag->choice != NULL) {
        for (int64_t i = 0; flag->choice(i) != NULL; i++) {
            const size_t used = strlen(range);
            snprintf(range + used, sizeof range - used, "%s%s", i > 0 ? ", " : "one of ",
                     flag->choice(i));
        }
    } else if (flag->kind == CLI_INT || flag->kind == CLI_REAL) {
        snprintf(range, sizeof range, "%s from %g upwards", kind_words[flag->kind],
                 flag->minimum);
    } else if (flag->kind == CLI_LIST) {
        snprintf(range, sizeof range, "given at most %d times", CLI_TEXTS);
    } else {
        snprintf(range, sizeof range, "%s", kind_words[flag->kind]);
    }
    return cli_fail(CLI_USAGE, "%s: --%s must be %s, not '%s'", command->name, flag->name,
                    range, text);
}

// ---- words --------------------------------------------------------------------------

// What is being read, and how far.
typedef struct parser {
    const cli_command *command;
    int count;
    char **word;
    int next;
    char *options;
    const char **argument;
    int64_t arguments;
} parser;

static const cli_flag *find_flag(const cli_command *command, const char *word) {
    const bool is_letter = word[1] != '-';
    const size_t length = strcspn(word + 2, "=");
    for (int64_t i = 0; i < command->flags; i++) {
        const cli_flag *flag = &command->flag[i];
        if (is_letter
                ? flag->letter != 0 && flag->letter == word[1]
                : strlen(flag->name) == length && strncmp(flag->name, word + 2, length) == 0) {
            return flag;
        }
    }
    return NULL;
}

// cli_nearest() knows lists, not tables; the command of the moment stands here.
static const cli_command *asked;

static const char *flag_name(int64_t index) {
    return index < asked->flags    ? asked->flag[index].name
           : index == asked->flags ? "help"
                                   : NULL;
}

static int unknown_flag(const cli_command *command, const char *word) {
    char name[64];
    const char *start = word + strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(start, "="), start);
    asked = command;
    const char *nearest = cli_nearest(name, flag_name);
    if (nearest != NULL) {
        return cli_fail(CLI_USAGE, "%s: there is no flag %s; did you mean --%s?", command->name,
                        word, nearest);
    }
    return cli_fail(CLI_USAGE, "%s: there is no flag %s; 'pes %s --help' lists them",
                    command->name, word, command->name);
}

// The text after a flag: behind its '=' (or its letter), or the next word.
static const char *value_text(parser *p, const char *word) {
    const char *equals = strchr(word, '=');
    if (word[1] == '-' && equals != NULL) {
        return equals + 1;
    }
    if (word[1] != '-' && word[2] != '\0') {
        return word + 2 + (word[2] == '=');
    }
    return p->next < p->count ? p->word[p->next++] : NULL;
}

static int read_flag(parser *p, const char *word) {
    const cli_flag *flag = find_flag(p->command, word);
    if (flag == NULL) {
        return unknown_flag(p->command, word);
    }
    if (flag->kind == CLI_SWITCH) {
        const bool has_value = word[1] == '-' ? strchr(word, '=') != NULL : word[2] != '\0';
        *(bool *)(void *)(p->options + flag->offset) = true;
        return has_value ? cli_fail(CLI_USAGE, "%s: --%s takes no value", p->command->name,
                                    flag->name)
                         : CLI_GO;
    }
    const char *text = value_text(p, word);
    if (text == NULL) {
        return cli_fail(CLI_USAGE, "%s: --%s needs a value: --%s %s", p->command->name,
                        flag->name, flag->name, flag->value);
    }
    return readers[flag->kind](flag, text, p->options + flag->offset)
               ? CLI_GO
               : wrong_value(p->command, flag, text);
}

static int read_word_of_line(parser *p, bool *only_arguments) {
    const char *word = p->word[p->next++];
    if (*only_arguments || word[0] != '-' || word[1] == '\0') {
        p->argument[p->arguments++] = word;
        return CLI_GO;
    }
    if (strcmp(word, "--") == 0) {
        *only_arguments = true;
        return CLI_GO;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        cli_print_help(stdout, p->command);
        const int flushed = cli_flush();
        return flushed;
    }
    return read_flag(p, word);
}

int cli_parse(const cli_command *command, int count, char **words, void *options,
              const char **argument, int64_t *arguments) {
    parser p = {.command = command,
                .count = count,
                .word = words,
                .options = options,
                .argument = argument};
    bool only_arguments = false;
    while (p.next < count) {
        const int code = read_word_of_line(&p, &only_arguments);
        if (code != CLI_GO) {
            return code;
        }
    }
    *arguments = p.arguments;
    if (p.arguments < command->least) {
        return cli_fail(CLI_USAGE, "%s: missing %s; usage: pes %s %s%s", command->name,
                        command->arguments, command->name, command->arguments,
                        command->flags > 0 ? " [flags]" : "");
    }
    if (command->most >= 0 && p.arguments > command->most) {
        return cli_fail(CLI_USAGE, "%s: '%s' is one argument too many; usage: pes %s %s%s",
                        command->name, argument[command->most], command->name,
                        command->arguments, command->flags > 0 ? " [flags]" : "");
    }
    return CLI_GO;
}
