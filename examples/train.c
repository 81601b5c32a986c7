// A run that survives interruptions: a built-in problem, a trainer, and a directory.
//
//     train DIRECTORY
//
// DIRECTORY exists. Run it, interrupt it, run it again: it goes on from its last checkpoint and
// ends with the same bits as if nothing had happened.
//
// arguments: .
// expect: update 400 of 400, objective

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <pes/problems.h>
#include <pes/trainer.h>

static volatile sig_atomic_t asked_to_stop;

static void on_signal(int signal_number) {
    (void)signal_number;
    asked_to_stop = 1;
}

// Called after every update. True: write a checkpoint and stop.
static bool watch(void *user, const pes_progress *progress) {
    (void)user;
    if (progress->update % 100 == 0) {
        printf("update %lld of %lld, objective %.4f\n", (long long)progress->update,
               (long long)progress->updates, progress->objective);
    }
    return asked_to_stop != 0;
}

// A built-in problem by its name, with one setting changed; the others keep their defaults.
static pes_status open_problem(pes_problem **out) {
    const pes_problem_type *type = pes_problem_type_find("quadratic");
    void *options = calloc(1, type->fields->struct_size);
    if (options == NULL) {
        return pes_fail(PES_E_MEMORY, "no memory for a problem's options");
    }
    type->fields->set_default(options);
    const pes_value noise = {.type = PES_FIELD_REAL, .real = 0.1};
    pes_status status = pes_field_set(type->fields, options, "noise", &noise);
    if (status == PES_OK) {
        status = type->create(out, options, NULL);
    }
    free(options);
    return status;
}

static pes_status train(const pes_problem *problem, const char *directory) {
    pes_estimator_options estimator = pes_estimator_options_default();
    estimator.horizon = pes_problem_horizon(problem);
    pes_optimizer_options optimizer = pes_optimizer_options_default();
    pes_trainer_options run = pes_trainer_options_default();
    run.updates = 400;
    run.evaluate_every = 100;
    run.checkpoint_every = 100;
    const pes_trainer_parts parts = {
        .system = pes_problem_system(problem),
        .theta = pes_problem_theta(problem),
        .estimator = &estimator,
        .optimizer = &optimizer,
        .options = &run,
        .directory = directory,
        .fingerprint = "quadratic with noise 0.1", // a resumed run must say the same
    };
    pes_trainer *trainer = NULL;
    pes_status status = pes_trainer_create(&trainer, &parts);
    if (status == PES_OK) {
        status = pes_trainer_resume(trainer); // does nothing without a checkpoint
    }
    if (status == PES_OK) {
        status = pes_trainer_run(trainer, watch, NULL);
    }
    pes_trainer_destroy(trainer);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: train DIRECTORY\n");
        return 2;
    }
    signal(SIGINT, on_signal);
    pes_problem *problem = NULL;
    pes_status status = open_problem(&problem);
    if (status == PES_OK) {
        status = train(problem, argv[1]);
    }
    if (status != PES_OK) {
        fprintf(stderr, "train: %s\n", pes_last_error());
    }
    pes_problem_close(problem);
    return status == PES_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
