// A Python module with the network, the optimizer's parameter groups and their schedules: what
// mlp_training does in an inner step, in PyTorch's words.
//
// The module has one list for each hyperparameter, with an entry for each tensor in the order
// of model.parameters() (w0, b0, w1, ...), or for each hidden layer. An entry is a number, or a
// function of the inner step t where the hyperparameter has a schedule. The learning rate goes
// through a LambdaLR whose base is 1; other schedules are put into the groups before each step.

#include "problems/hyper/mlp_training/pytorch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems/hyper/mlp_training/mlp_training.h"
#include "problems/hyper/mlp_training/pytorch_values.h"

// What the parts of the module are written from.
typedef struct page {
    pes_mlp_listing list;
    const pes_mlp_training *training;
    const pes_mlp_options *options;
    int64_t steps; // of an episode
} page;

// ---- the module -----------------------------------------------------------------------------

static const char head[] =
    "Written by pes export. Training goes like this:\n"
    "\n"
    "    model = make_model()\n"
    "    optimizer, schedule = make_optimizer(model)\n"
    "    for inputs, targets in minibatches:  # EPISODE of them\n"
    "        train_step(model, optimizer, schedule, inputs, targets)\n"
    "\"\"\"\n"
    "\n"
    "import math\n"
    "\n"
    "import torch\n"
    "\n";

// A function of the module, which is written where a schedule of that name is there, or a
// transform with knots.
typedef struct function {
    const char *name;
    const char *text;
} function;

static const function courses[] = {
    {"inverse_time",
     "def inverse_time(t, a, b):\n"
     "    return a / (1 + t / SCHEDULE_STEPS) ** b\n\n\n"},
    {"exponential",
     "def exponential(t, a, b):\n"
     "    return a * math.exp(-b * t / SCHEDULE_STEPS)\n\n\n"},
    {"linear",
     "def linear(t, a, z):\n"
     "    passed = min(t / SCHEDULE_STEPS, 1)\n"
     "    return (1 - passed) * a + passed * z\n\n\n"},
    {"cosine",
     "def cosine(t, a, z):\n"
     "    passed = min(t / SCHEDULE_STEPS, 1)\n"
     "    return z + (a - z) * (1 + math.cos(math.pi * passed)) / 2\n\n\n"},
    {"piecewise",
     "def piecewise(t, knots, transform):\n"
     "    place = min(t / SCHEDULE_STEPS, 1) * (len(knots) - 1)\n"
     "    knot = min(int(place), max(len(knots) - 2, 0))\n"
     "    after = knots[min(knot + 1, len(knots) - 1)]\n"
     "    return transform(knots[knot] + (place - knot) * (after - knots[knot]))\n\n\n"},
};
static const function transforms[] = {
    {"log", "def log(theta):\n    return math.exp(theta)\n\n\n"},
    {"logit",
     "def logit(low, high):\n"
     "    return lambda theta: low + (high - low) / (1 + math.exp(-theta))\n\n\n"},
    {"softplus",
     "def softplus(theta):\n"
     "    return max(theta, 0) + math.log1p(math.exp(-abs(theta)))\n\n\n"},
    {"identity", "def identity(theta):\n    return theta\n\n\n"},
};
static const char tools[] =
    "def bounded(value, low, high):\n"
    "    return min(max(value, low), high)\n"
    "\n"
    "\n"
    "def at(entry, t):\n"
    "    return entry(t) if callable(entry) else entry\n"
    "\n"
    "\n";

static const char model[] =
    "class Perceptron(torch.nn.Module):\n"
    "    def __init__(self):\n"
    "        super().__init__()\n"
    "        sizes = [INPUTS, *HIDDEN, OUTPUTS]\n"
    "        self.layers = torch.nn.ModuleList(\n"
    "            torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))\n"
    "        for layer in self.layers:\n"
    "            std = 1 / math.sqrt(layer.in_features)\n"
    "            torch.nn.init.trunc_normal_(layer.weight, std=std, a=-2 * std, b=2 * std)\n"
    "            torch.nn.init.zeros_(layer.bias)\n"
    "\n"
    "    def forward(self, x, t=0):\n"
    "        for h, layer in enumerate(self.layers[:-1]):\n"
    "            x = activation(layer(x))\n"
    "            share = torch.tensor(at(ACTIVE_UNITS[h], t), dtype=torch.float32)\n"
    "            active = int(share * HIDDEN[h])\n"
    "            if active < HIDDEN[h]:\n"
    "                x = x * (torch.arange(HIDDEN[h], device=x.device) < active)\n"
    "            x = torch.nn.functional.dropout(x, at(DROPOUT[h], t), self.training)\n"
    "        return self.layers[-1](x)\n"
    "\n"
    "\n"
    "def make_model():\n"
    "    return Perceptron()\n"
    "\n"
    "\n";

// How torch.optim writes an inner optimizer: the constructor, and the settings of group i.
typedef struct spelling {
    const char *name;
    const char *constructor;
    const char *settings;
} spelling;

static const spelling spellings[] = {
    {"sgd", "torch.optim.SGD(groups, lr=1)",
     "{\"momentum\": at(MOMENTUM[i], t), \"weight_decay\": at(L2[i], t)}"},
    {"nesterov", "torch.optim.SGD(groups, lr=1, momentum=0.9, nesterov=True)",
     "{\"momentum\": at(MOMENTUM[i], t), \"weight_decay\": at(L2[i], t)}"},
    {"adam", "torch.optim.Adam(groups, lr=1)",
     "{\"betas\": (at(MOMENTUM[i], t), at(BETA2[i], t)), \"eps\": at(EPSILON[i], t),\n"
     "            \"weight_decay\": at(L2[i], t)}"},
    {"adamw", "torch.optim.Adam(groups, lr=1)  # with decay() it is AdamW",
     "{\"betas\": (at(MOMENTUM[i], t), at(BETA2[i], t)), \"eps\": at(EPSILON[i], t),\n"
     "            \"weight_decay\": at(L2[i], t)}"},
    {"rmsprop", "torch.optim.RMSprop(groups, lr=1)",
     "{\"alpha\": at(BETA2[i], t), \"eps\": at(EPSILON[i], t), \"weight_decay\": at(L2[i], "
     "t)}"},
};

static const char optimizer[] =
    "def settings(i, t):\n"
    "    return %s\n"
    "\n"
    "\n"
    "def make_optimizer(model):\n"
    "    groups = [{\"params\": [p], **settings(i, 0)} for i, p in "
    "enumerate(model.parameters())]\n"
    "    optimizer = %s\n"
    "    rates = [lambda t, rate=rate: at(rate, t) for rate in LEARNING_RATE]\n"
    "    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rates)\n"
    "\n"
    "\n"
    "def decay(optimizer, t):\n"
    "    \"\"\"What the weights lose in step t by decoupled decay, to be taken from them after "
    "it.\"\"\"\n"
    "    return [(p, group[\"lr\"] * at(WEIGHT_DECAY[i], t) * p.detach())\n"
    "            for i, group in enumerate(optimizer.param_groups) for p in group[\"params\"]\n"
    "            if at(WEIGHT_DECAY[i], t) > 0]\n"
    "\n"
    "\n"
    "def train_step(model, optimizer, schedule, inputs, targets):\n"
    "    t = schedule.last_epoch\n"
    "    for i, group in enumerate(optimizer.param_groups):\n"
    "        group.update(settings(i, t))\n"
    "    model.train()\n"
    "    loss = training_loss(model(inputs, t), targets, t)\n"
    "    optimizer.zero_grad()\n"
    "    loss.backward()\n"
    "%s"
    "    if at(CLIP_NORM, t) < math.inf:\n"
    "        torch.nn.utils.clip_grad_norm_(model.parameters(), at(CLIP_NORM, t))\n"
    "    lost = decay(optimizer, t)\n"
    "    optimizer.step()\n"
    "    with torch.no_grad():\n"
    "        for p, less in lost:\n"
    "            p -= less\n"
    "    schedule.step()\n"
    "    return loss.item()\n";

static void print_columns(const page *p) {
    const pes_mlp_samples *samples = &p->training->samples;
    const pes_table_scale *target = samples->column + samples->features;
    FILE *out = p->list.out;
    fputs(
        "# Columns but the target's become (x - MEAN) / DEVIATION; the rows for training gave "
        "both.\n",
        out);
    for (int i = 0; i < 2; i++) {
        fprintf(out, "%s = [", i == 0 ? "MEAN" : "DEVIATION");
        for (int64_t c = 0; c < samples->features; c++) {
            const pes_table_scale *column = &samples->column[c];
            fputs(c > 0 ? ", " : "", out);
            pes_mlp_print_number(out, i == 0 ? column->mean : column->deviation);
        }
        fputs("]\n", out);
    }
    if (samples->target != NULL) {
        fputs("# An output y means TARGET_MEAN + TARGET_DEVIATION * y.\n", out);
        fputs("TARGET_MEAN, TARGET_DEVIATION = ", out);
        pes_mlp_print_number(out, target->mean);
        fputs(", ", out);
        pes_mlp_print_number(out, target->deviation);
        fputs("\n", out);
    }
}

// What became of the data before it came to the network.
static void print_inputs(const page *p) {
    const pes_mlp_samples *samples = &p->training->samples;
    const pes_dataset *set = pes_mlp_options_dataset(p->options);
    if (set == NULL) {
        print_columns(p);
        return;
    }
    const int64_t channels = set->channels > 0 ? set->channels : 1;
    fputs("# Inputs are SCALE * pixel + SHIFT of its channel, pixels from 0 to 255.\n",
          p->list.out);
    for (int i = 0; i < 2; i++) {
        fprintf(p->list.out, "%s = [", i == 0 ? "SCALE" : "SHIFT");
        for (int64_t c = 0; c < channels; c++) {
            fprintf(p->list.out, "%s%.9g", c > 0 ? ", " : "",
                    (double)(i == 0 ? samples->scale[c] : samples->shift[c]));
        }
        fputs("]\n", p->list.out);
    }
}

static void print_sizes(const page *p) {
    const pes_mlp_network *network = &p->training->network;
    fprintf(p->list.out, "INPUTS, OUTPUTS = %lld, %lld\nHIDDEN = [", (long long)network->inputs,
            (long long)network->layer[network->layers - 1].out);
    for (int64_t i = 0; i < p->options->hidden.count; i++) {
        fprintf(p->list.out, "%s%lld", i > 0 ? ", " : "",
                (long long)p->options->hidden.value[i]);
    }
    fprintf(p->list.out,
            "]\nBATCH_SIZE = %lld\nEPISODE = %lld  # steps\nSCHEDULE_STEPS = %lld\n\n\n",
            (long long)p->options->batch_size, (long long)p->steps,
            (long long)pes_mlp_options_schedule_steps(p->options));
}

// Is the schedule, or the transform of knots, of that name somewhere in the tune?
static bool is_used(const pes_mlp_tune *tune, const char *name) {
    for (int64_t r = 0; r < tune->count; r++) {
        const pes_mlp_tuned *row = &tune->row[r];
        const bool has_knots = row->schedule->num_params == 0;
        if (strcmp(row->schedule->name, name) == 0 ||
            (has_knots && strcmp(row->course.transform->name, name) == 0)) {
            return true;
        }
    }
    return false;
}

static void print_used(const page *p, const function *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        fputs(is_used(p->list.tune, rows[i].name) ? rows[i].text : "", p->list.out);
    }
}

static void print_courses(const page *p) {
    print_used(p, courses, sizeof courses / sizeof *courses);
    print_used(p, transforms, sizeof transforms / sizeof *transforms);
    fputs(tools, p->list.out);
}

static void print_values(const page *p) {
    const int64_t tensors = 2 * p->training->network.layers;
    const int64_t hidden = p->options->hidden.count;
    fputs("# A number, or a function of the step, for each of model.parameters()\n",
          p->list.out);
    pes_mlp_print_list(&p->list, PES_MLP_LEARNING_RATE, "LEARNING_RATE", 1, tensors);
    pes_mlp_print_list(&p->list, PES_MLP_MOMENTUM, "MOMENTUM", 1, tensors);
    pes_mlp_print_list(&p->list, PES_MLP_BETA2, "BETA2", 1, tensors);
    pes_mlp_print_list(&p->list, PES_MLP_EPSILON, "EPSILON", 1, tensors);
    pes_mlp_print_list(&p->list, PES_MLP_WEIGHT_DECAY, "WEIGHT_DECAY", 1, tensors);
    pes_mlp_print_list(&p->list, PES_MLP_L2, "L2", 1, tensors);
    fputs("# and for each hidden layer\n", p->list.out);
    pes_mlp_print_list(&p->list, PES_MLP_DROPOUT, "DROPOUT", 2, hidden);
    pes_mlp_print_list(&p->list, PES_MLP_ACTIVE, "ACTIVE_UNITS", 2, hidden);
    fputs("# and for all\nLABEL_SMOOTHING = ", p->list.out);
    pes_mlp_print_entry(&p->list, PES_MLP_LABEL_SMOOTHING, 0);
    fputs("\nCLIP_NORM = ", p->list.out);
    pes_mlp_print_entry(&p->list, PES_MLP_CLIP_NORM, 0);
    fputs("\n", p->list.out);
}

// The hidden units' function, and the training loss.
static void print_functions(const page *p) {
    const char *name = p->options->activation;
    fprintf(p->list.out, "def activation(x):\n    return %s\n\n\n",
            strcmp(name, "gelu") == 0   ? "torch.nn.functional.gelu(x, approximate=\"tanh\")"
            : strcmp(name, "tanh") == 0 ? "torch.tanh(x)"
                                        : "torch.relu(x)");
    fputs("def training_loss(outputs, targets, t=0):\n    return ", p->list.out);
    fputs(pes_mlp_options_is_regression(p->options)
              ? "0.5 * torch.nn.functional.mse_loss(outputs.squeeze(1), targets)\n\n\n"
              : "torch.nn.functional.cross_entropy(\n"
                "        outputs, targets, label_smoothing=at(LABEL_SMOOTHING, t))\n\n\n",
          p->list.out);
}

static void print_optimizer(const page *p) {
    static const char zero[] =
        "    for p in model.parameters():\n"
        "        torch.nan_to_num_(p.grad, nan=0, posinf=0, neginf=0)\n";
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        if (strcmp(spellings[i].name, p->options->inner_optimizer) == 0) {
            fprintf(p->list.out, optimizer, spellings[i].settings, spellings[i].constructor,
                    p->options->zero_nonfinite ? zero : "");
        }
    }
}

// A phrase in the module's first string, which the names of folders must not end.
static void print_phrase(FILE *out, const char *phrase) {
    for (const char *c = phrase; *c != '\0'; c++) {
        if (*c == '\\' || *c == '"') {
            fputc('\\', out);
        }
        fputc((unsigned char)*c < ' ' ? '?' : *c, out);
    }
}

static char *write_pytorch(const pes_problem *problem, const float *theta, int64_t steps,
                           const char *where, size_t *size) {
    const pes_mlp_training *training = problem->user;
    char *text = NULL;
    const page p = {
        .list = {open_memstream(&text, size), &training->tune, theta},
        .training = training,
        .options = &training->options,
        .steps = steps,
    };
    if (p.list.out == NULL) {
        return NULL;
    }
    fputs("\"\"\"Hyperparameters of a training run: ", p.list.out);
    print_phrase(p.list.out, where);
    fprintf(p.list.out, ".\n\n%s", head);
    print_inputs(&p);
    print_sizes(&p);
    print_courses(&p);
    print_values(&p);
    fputs("\n\n", p.list.out);
    print_functions(&p);
    fputs(model, p.list.out);
    print_optimizer(&p);
    return fclose(p.list.out) == 0 ? text : (free(text), NULL);
}

const pes_problem_program *pes_mlp_program(int64_t index) {
    static const pes_problem_program pytorch = {
        .format = "pytorch",
        .file = "pytorch.py",
        .summary = "the network, parameter groups and a LambdaLR, as a module for PyTorch",
        .write = write_pytorch,
    };
    return index == 0 ? &pytorch : NULL;
}
