#include "unroll/unroll.h"

#include <string.h>

// The batch of rows first..first + count - 1.
static pes_batch batch_of(const pes_system *system, const pes_rows *rows, int64_t first,
                          int64_t count) {
    return (pes_batch){
        .count = count,
        .theta = rows->theta + first * system->num_params,
        .state = rows->state + first * system->state_bytes,
        .stream = rows->stream + first,
        .clock = rows->clock + first,
        .common = rows->common,
    };
}

pes_status pes_unroll_prepare(const pes_system *system, void *worker, const pes_rows *rows) {
    for (int64_t i = 0; i < rows->count;) {
        int64_t end = rows->level ? rows->count : i + 1;
        while (end < rows->count && rows->action[end] == rows->action[i]) {
            end++;
        }
        if (rows->action[i] == PES_ASK_RESTART) {
            const pes_batch batch = batch_of(system, rows, i, end - i);
            const pes_status status = system->init(system->user, worker, &batch);
            if (status != PES_OK) {
                return pes_unroll_failed(system, "init", status);
            }
        }
        const bool copy = rows->action[i] == PES_ASK_COPY;
        for (; copy && i < end; i++) {
            memcpy(rows->state + i * system->state_bytes, rows->shared,
                   (size_t)system->state_bytes);
        }
        i = end;
    }
    return PES_OK;
}

// The system writes losses `steps` apart; rows are `width` apart. Last row first, so that
// nothing is overwritten before it has moved.
static void spread(int64_t count, int64_t steps, int64_t width, double *loss) {
    for (int64_t i = count - 1; i > 0 && steps < width; i--) {
        memmove(loss + i * width, loss + i * steps, (size_t)steps * sizeof *loss);
    }
}

pes_status pes_unroll_each(const pes_system *system, const pes_rows *rows, pes_unroll_call call,
                           void *argument) {
    memset(rows->ended, 0, (size_t)rows->count * sizeof *rows->ended);
    for (int64_t i = 0; i < rows->count;) {
        int64_t end = rows->level ? rows->count : i + 1;
        while (end < rows->count && rows->steps[end] == rows->steps[i]) {
            end++;
        }
        if (rows->steps[i] > 0) {
            pes_batch batch = batch_of(system, rows, i, end - i);
            batch.steps = rows->steps[i];
            batch.loss = rows->loss + i * rows->width;
            batch.ended = rows->ended + i;
            PES_TRY(call(argument, &batch, i));
            spread(end - i, rows->steps[i], rows->width, batch.loss);
        }
        i = end;
    }
    return PES_OK;
}

typedef struct plain_call {
    const pes_system *system;
    void *worker;
} plain_call;

static pes_status call_unroll(void *argument, const pes_batch *batch, int64_t first) {
    const plain_call *call = argument;
    (void)first;
    const pes_status status = call->system->unroll(call->system->user, call->worker, batch);
    return status == PES_OK ? PES_OK : pes_unroll_failed(call->system, "unroll", status);
}

pes_status pes_unroll_advance(const pes_system *system, void *worker, const pes_rows *rows) {
    return pes_unroll_each(system, rows, call_unroll,
                           &(plain_call){.system = system, .worker = worker});
}

const char *pes_objective_name(int64_t index) {
    static const char *const name[] = {"sum", "mean", "final"};
    return index < (int64_t)(sizeof name / sizeof *name) ? name[index] : NULL;
}

int64_t pes_objective_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_objective_name(i) != NULL; i++) {
        if (strcmp(name, pes_objective_name(i)) == 0) {
            return i;
        }
    }
    return -1;
}

// Each addition waits for the one before it, so that four rows side by side take the time of
// one.
static void sum_four(int64_t steps, int64_t width, const double *loss, double sum[4]) {
    double a = 0.0, b = 0.0, c = 0.0, d = 0.0;
    for (int64_t t = 0; t < steps; t++) {
        a += loss[t];
        b += loss[t + width];
        c += loss[t + 2 * width];
        d += loss[t + 3 * width];
    }
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
}

void pes_unroll_sums(int64_t count, const int64_t *steps, int64_t width, const double *loss,
                     double *sum) {
    for (int64_t i = 0; i < count;) {
        const double *row = loss + i * width;
        if (i + 4 <= count && steps[i + 1] == steps[i] && steps[i + 2] == steps[i] &&
            steps[i + 3] == steps[i]) {
            sum_four(steps[i], width, row, sum + i);
            i += 4;
            continue;
        }
        sum[i] = 0.0;
        for (int64_t t = 0; t < steps[i]; t++) {
            sum[i] += row[t];
        }
        i++;
    }
}

double pes_unroll_credit(pes_objective objective, double scale, int64_t steps,
                         const double *loss, double *previous) {
    double sum;
    pes_unroll_sums(1, &steps, steps, loss, &sum);
    return pes_unroll_credit_sum(objective, scale, sum, steps, loss, previous);
}

void pes_unroll_credits(pes_objective objective, double scale, int64_t count, int64_t steps,
                        int64_t width, const double *loss, double *credit, double *previous) {
    if (objective == PES_OBJECTIVE_SUM && steps > 0) { // there is nothing to ask each row
        for (int64_t i = 0; i < count; i++) {
            previous[i] = loss[i * width + steps - 1];
        }
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        credit[i] = pes_unroll_credit_sum(objective, scale, credit[i], steps, loss + i * width,
                                          &previous[i]);
    }
}
