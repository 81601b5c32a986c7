#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

static const double terminal_seconds = 0.2;
static const double plain_seconds = 10.0;

static double monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

progress progress_begin(const char *label, bool quiet, int64_t inner_limit) {
    return (progress){.label = label,
                      .unit = "update",
                      .quiet = quiet,
                      .on_terminal = isatty(STDERR_FILENO) == 1,
                      .inner_limit = inner_limit};
}

// Share of the way, by whichever limit comes first. A search that only its inner steps end does
// not know its number of points.
static double share(const progress *line, double update, double updates, double steps) {
    const double unknown = line->inner_limit > 0 ? 0.0 : 1.0;
    const double by_updates = updates > 0.0 ? update / updates : unknown;
    const double by_steps =
        line->inner_limit > 0 ? steps / (double)line->inner_limit : by_updates;
    return fmin(fmax(by_updates, by_steps), 1.0);
}

static void print_line(const progress *line, const pes_progress *now, double done,
                       pace_rates rates) {
    char steps[CLI_NUMBER_SIZE], left[CLI_NUMBER_SIZE], value[CLI_NUMBER_SIZE];
    fprintf(stderr, "%s%s%s %lld", line->on_terminal ? "\r" : "", line->label, line->unit,
            (long long)now->update);
    if (now->updates > 0) {
        fprintf(stderr, " of %lld", (long long)now->updates);
    }
    fprintf(stderr, ", %.0f %%", floor(100.0 * done));
    if (rates.steps_per_second > 0.0 && rates.seconds_left > 0.0) {
        fprintf(stderr, ", %s inner steps/s, %s left", cli_count(rates.steps_per_second, steps),
                cli_seconds(rates.seconds_left, left));
    }
    if (!isnan(now->objective)) {
        fprintf(stderr, ", objective %s", cli_short(now->objective, value));
    } else if (now->update > line->first_update && !isnan(now->last.loss)) {
        fprintf(stderr, ", loss %s", cli_short(now->last.loss, value));
    }
    fputs(line->on_terminal ? "\033[K" : "\n", stderr);
    fflush(stderr);
}

void progress_report(progress *line, const pes_progress *now) {
    if (line->quiet) {
        return;
    }
    const double time = monotonic();
    const double done =
        share(line, (double)now->update, (double)now->updates, (double)now->inner_steps);
    if (!line->pace.begun) {
        line->printed = time;
        line->first_update = now->update;
    }
    const pace_rates rates =
        pace_note(&line->pace, (pace_mark){time, (double)now->inner_steps, done});
    if (time - line->printed >= (line->on_terminal ? terminal_seconds : plain_seconds)) {
        line->printed = time;
        print_line(line, now, done, rates);
    }
}

void progress_end(progress *line) {
    if (!line->quiet && line->on_terminal) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
}
