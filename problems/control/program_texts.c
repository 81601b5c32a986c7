// The programs in C and Python: tables of numbers, and a text that is the same for all
// policies.

#include "problems/control/program.h"

static const char c_head[] =
    "//\n"
    "// A C99 file that needs nothing but libm:\n"
    "//\n"
    "//     double observation[POLICY_OBSERVED], action[POLICY_ACTIONS];\n"
    "//     float memory[POLICY_MEMORY + 1] = {0}; // zero at the start of an episode\n"
    "//     policy_act(observation, memory, action);\n"
    "//\n"
    "// Sums are chains of fused multiply-adds in the order of libpes: a policy without tanh\n"
    "// has the same bits, another those of the C library's tanhf.\n\n"
    "#include <math.h>\n#include <string.h>\n\n";

static const char c_body[] =
    "static void compute(const struct layer *l, const float *x, const float *memory, float *y) "
    "{\n"
    "    for (int o = 0; o < l->outputs; o++) {\n"
    "        float sum = l->bias != NULL ? l->bias[o] : 0.0f;\n"
    "        for (int i = 0; i < l->inputs; i++)\n"
    "            sum = fmaf(x[i], l->weight[i * l->outputs + o], sum);\n"
    "        for (int i = 0; l->recurrent != NULL && i < l->outputs; i++)\n"
    "            sum = fmaf(memory[i], l->recurrent[i * l->outputs + o], sum);\n"
    "        y[o] = l->squash ? tanhf(sum) : sum;\n"
    "    }\n"
    "}\n\n"
    "void policy_act(const double *observation, float *memory, double *action);\n\n"
    "void policy_act(const double *observation, float *memory, double *action) {\n"
    "    float x[POLICY_WIDEST], y[POLICY_WIDEST];\n"
    "    for (int i = 0; i < POLICY_OBSERVED; i++) {\n"
    "        double seen = observation[i];\n"
    "        if (POLICY_NORMALIZES) {\n"
    "            seen = (seen - mean[i]) * scale[i];\n"
    "            if (clip > 0 && fabs(seen) > clip) seen = copysign(clip, seen);\n"
    "        }\n"
    "        x[i] = (float)seen;\n"
    "    }\n"
    "    for (int k = 0; k < POLICY_LAYERS; k++) {\n"
    "        compute(&layers[k], x, memory, y);\n"
    "        if (layers[k].recurrent != NULL)\n"
    "            memcpy(memory, y, (size_t)layers[k].outputs * sizeof *y);\n"
    "        memcpy(x, y, (size_t)layers[k].outputs * sizeof *y);\n"
    "    }\n"
    "    for (int i = 0; i < POLICY_ACTIONS; i++) {\n"
    "        const double a = x[i], l = low[i], h = high[i];\n"
    "        action[i] = bounds == 't'   ? 0.5 * (l + h) + 0.5 * (h - l) * a\n"
    "                    : bounds == 'c' ? (a < l ? l : a > h ? h : a)\n"
    "                                    : a;\n"
    "    }\n"
    "}\n";

static void print_head(FILE *out, const pes_control *control, const char *mark,
                       const char *name, const char *where) {
    char room[PES_NAME_SIZE];
    fprintf(out, "%s A policy for %s: %s.\n%s It observes", mark, name, where, mark);
    for (int64_t i = 0; i < control->policy.num_observed; i++) {
        fprintf(out, "%s\n%s     %s", i > 0 ? "," : "", mark,
                pes_control_observed_name(control, i, room));
    }
    fprintf(out, "\n%s and acts by", mark);
    for (int64_t i = 0; i < control->policy.num_actions; i++) {
        fprintf(out, "%s\n%s     %s", i > 0 ? "," : "", mark,
                pes_control_action_name(control, i, room));
    }
    fputc('\n', out);
}

static int64_t widest_of(const pes_policy *policy) {
    return policy->num_observed > policy->widest ? policy->num_observed : policy->widest;
}

static void print_c_doubles(FILE *out, const char *name, int64_t count, const double *x) {
    fprintf(out, "static const double %s[] = {\n    ", name);
    pes_control_print_doubles(out, count, x, "INFINITY");
    fputs("};\n", out);
}

static void print_c_layers(FILE *out, const pes_policy *policy, const float *theta) {
    for (int64_t i = 0; i < policy->num_layers; i++) {
        pes_policy_tensor tensor;
        for (int64_t k = 0; pes_policy_tensor_get(&policy->layer[i], k, &tensor); k++) {
            const int64_t count = tensor.rows * (tensor.columns > 0 ? tensor.columns : 1);
            fprintf(out, "static const float %s_%s[] = {\n    ", policy->layer[i].name,
                    tensor.part);
            pes_control_print_floats(out, count, theta + tensor.begin, "f");
            fputs("};\n", out);
        }
    }
    fputs(
        "\n// Weights are inputs x outputs.\nstatic const struct layer {\n"
        "    int inputs, outputs, squash;\n    const float *weight, *recurrent, *bias;\n"
        "} layers[] = {\n",
        out);
    for (int64_t i = 0; i < policy->num_layers; i++) {
        const pes_policy_layer *layer = &policy->layer[i];
        const char *name = layer->name;
        const bool remembers = layer->recurrent >= 0, biased = layer->bias >= 0;
        fprintf(out, "    {%lld, %lld, %d, %s_weight, %s%s, %s%s},\n", (long long)layer->inputs,
                (long long)layer->outputs, layer->squash, name, remembers ? name : "NULL",
                remembers ? "_recurrent" : "", biased ? name : "NULL", biased ? "_bias" : "");
    }
    fputs("};\n\n", out);
}

void pes_control_print_c(FILE *out, const pes_control *control, const char *name,
                         const float *theta, const char *where) {
    const pes_policy *policy = &control->policy;
    const pes_normalize *normalize = &control->normalize;
    static const double none[1] = {0.0};
    const bool normalizes = normalize->numbers > 0;
    print_head(out, control, "//", name, where);
    fputs(c_head, out);
    fprintf(out,
            "enum {\n    POLICY_OBSERVED = %lld,\n    POLICY_ACTIONS = %lld,\n"
            "    POLICY_MEMORY = %lld,\n    POLICY_WIDEST = %lld,\n    POLICY_LAYERS = %lld,\n"
            "    POLICY_NORMALIZES = %d\n};\n\n",
            (long long)policy->num_observed, (long long)policy->num_actions,
            (long long)policy->num_memory, (long long)widest_of(policy),
            (long long)policy->num_layers, normalizes);
    print_c_layers(out, policy, theta);
    print_c_doubles(out, "mean", normalizes ? normalize->numbers : 1,
                    normalizes ? pes_normalize_mean(normalize, control->common) : none);
    print_c_doubles(out, "scale", normalizes ? normalize->numbers : 1,
                    normalizes ? pes_normalize_scale(normalize, control->common) : none);
    print_c_doubles(out, "low", policy->num_actions, control->environment.low);
    print_c_doubles(out, "high", policy->num_actions, control->environment.high);
    fprintf(out,
            "static const double clip = %.17g;\n"
            "static const char bounds = '%c'; // clip, tanh or none\n\n",
            normalize->clip, policy->options.action_bounds[0]);
    fputs(c_body, out);
}

// ---- Python ---------------------------------------------------------------------------------

static const char python_head[] =
    "\n"
    "# Needs no package:\n"
    "#\n"
    "#     policy = Policy()            # or policy.reset() at the start of an episode\n"
    "#     action = policy(observation) # lists of numbers\n"
    "#\n"
    "# Arithmetic is in double precision, where libpes has single precision: answers agree to\n"
    "# about six digits.\n\n"
    "import math\n\n";

static const char python_body[] =
    "\n\n"
    "class Policy:\n"
    "    def __init__(self):\n"
    "        self.reset()\n"
    "\n"
    "    def reset(self):\n"
    "        self.memory = [0.0] * MEMORY\n"
    "\n"
    "    def __call__(self, observation):\n"
    "        x = [float(value) for value in observation]\n"
    "        if len(x) != OBSERVED:\n"
    "            raise ValueError(f\"an observation has {OBSERVED} numbers, not {len(x)}\")\n"
    "        if MEAN is not None:\n"
    "            x = [(a - m) * s for a, m, s in zip(x, MEAN, SCALE)]\n"
    "            if CLIP > 0:\n"
    "                x = [max(-CLIP, min(CLIP, a)) for a in x]\n"
    "        for layer in LAYERS:\n"
    "            x = self._compute(layer, x)\n"
    "        return [self._bound(a, low, high) for a, low, high in zip(x, LOW, HIGH)]\n"
    "\n"
    "    def _compute(self, layer, x):\n"
    "        y = []\n"
    "        for o in range(layer[\"outputs\"]):\n"
    "            total = layer[\"bias\"][o] if \"bias\" in layer else 0.0\n"
    "            for i, value in enumerate(x):\n"
    "                total += value * layer[\"weight\"][i * layer[\"outputs\"] + o]\n"
    "            if \"recurrent\" in layer:\n"
    "                for i, value in enumerate(self.memory):\n"
    "                    total += value * layer[\"recurrent\"][i * layer[\"outputs\"] + o]\n"
    "            y.append(math.tanh(total) if layer[\"tanh\"] else total)\n"
    "        if \"recurrent\" in layer:\n"
    "            self.memory = y\n"
    "        return y\n"
    "\n"
    "    def _bound(self, a, low, high):\n"
    "        if BOUNDS == \"tanh\":\n"
    "            return 0.5 * (low + high) + 0.5 * (high - low) * a\n"
    "        return max(low, min(high, a)) if BOUNDS == \"clip\" else a\n";

static void print_python_layers(FILE *out, const pes_policy *policy, const float *theta) {
    fputs("# Weights are inputs x outputs, row by row.\nLAYERS = [\n", out);
    for (int64_t i = 0; i < policy->num_layers; i++) {
        const pes_policy_layer *layer = &policy->layer[i];
        pes_policy_tensor tensor;
        fprintf(out, "    {\"outputs\": %lld, \"tanh\": %s", (long long)layer->outputs,
                layer->squash ? "True" : "False");
        for (int64_t k = 0; pes_policy_tensor_get(layer, k, &tensor); k++) {
            fprintf(out, ", \"%s\": [\n    ", tensor.part);
            pes_control_print_floats(out,
                                     tensor.rows * (tensor.columns > 0 ? tensor.columns : 1),
                                     theta + tensor.begin, "");
            fputc(']', out);
        }
        fputs("},\n", out);
    }
    fputs("]\n", out);
}

static void print_python_doubles(FILE *out, const char *name, int64_t count, const double *x) {
    fprintf(out, "%s = [", name);
    pes_control_print_doubles(out, count, x, "math.inf");
    fputs("]\n", out);
}

void pes_control_print_python(FILE *out, const pes_control *control, const char *name,
                              const float *theta, const char *where) {
    const pes_policy *policy = &control->policy;
    const pes_normalize *normalize = &control->normalize;
    print_head(out, control, "#", name, where);
    fputs(python_head, out);
    print_python_layers(out, policy, theta);
    fprintf(out, "OBSERVED = %lld\nMEMORY = %lld\nBOUNDS = \"%s\"\n",
            (long long)policy->num_observed, (long long)policy->num_memory,
            policy->options.action_bounds);
    print_python_doubles(out, "LOW", policy->num_actions, control->environment.low);
    print_python_doubles(out, "HIGH", policy->num_actions, control->environment.high);
    if (normalize->numbers > 0) {
        print_python_doubles(out, "MEAN", normalize->numbers,
                             pes_normalize_mean(normalize, control->common));
        print_python_doubles(out, "SCALE", normalize->numbers,
                             pes_normalize_scale(normalize, control->common));
        fprintf(out, "CLIP = %.17g\n", normalize->clip);
    } else {
        fputs("MEAN = SCALE = None  # observations are taken as they are\nCLIP = 0\n", out);
    }
    fputs(python_body, out);
}
