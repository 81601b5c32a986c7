# Completion of pes for bash, written by 'pes completion bash'.
_pes() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} flags
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "run resume plot compare surface variance advise evaluate export import render report list info data bench selftest help completion --help --version" -- "$word"))
        return
    fi
    case ${COMP_WORDS[1]} in
        run)
            case $before in
            -o | --out) COMPREPLY=($(compgen -d -- "$word")); return ;;
            --set) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --threads) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            esac
            flags="--out --set --threads --force --quiet --data --json --help"
            _pes_arguments() { compgen -f -- "$word"; } ;;
        resume)
            case $before in
            --threads) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            esac
            flags="--threads --quiet --data --json --help"
            _pes_arguments() { compgen -d -- "$word"; } ;;
        plot)
            case $before in
            -o | --output) COMPREPLY=($(compgen -f -- "$word")); return ;;
            --surface) COMPREPLY=($(compgen -f -- "$word")); return ;;
            esac
            flags="--output --surface --best --help"
            _pes_arguments() { compgen -d -- "$word"; } ;;
        compare)
            case $before in
            --target) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --at-inner-steps) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --at-seconds) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            esac
            flags="--target --at-inner-steps --at-seconds --json --help"
            _pes_arguments() { compgen -d -- "$word"; } ;;
        surface)
            case $before in
            --x) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --y) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --horizons) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            -o | --output) COMPREPLY=($(compgen -f -- "$word")); return ;;
            -p | --picture) COMPREPLY=($(compgen -f -- "$word")); return ;;
            --run) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --episodes) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --samples) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --sigma) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --smooth) COMPREPLY=($(compgen -W "all chosen" -- "$word")); return ;;
            --at) COMPREPLY=($(compgen -d -- "$word")); return ;;
            --set) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            --threads) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            esac
            flags="--x --y --horizons --output --picture --run --episodes --samples --sigma --smooth --at --set --data --threads --quiet --help"
            _pes_arguments() { compgen -f -- "$word"; } ;;
        variance)
            case $before in
            -o | --output) COMPREPLY=($(compgen -f -- "$word")); return ;;
            -p | --picture) COMPREPLY=($(compgen -f -- "$word")); return ;;
            --repetitions) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --reference-particles) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --set) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            --threads) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            esac
            flags="--output --picture --repetitions --reference-particles --set --data --threads --quiet --json --help"
            _pes_arguments() { compgen -f -- "$word"; } ;;
        advise)
            case $before in
            --inner-steps) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --set) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            --threads) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            esac
            flags="--inner-steps --set --data --threads --quiet --json --help"
            _pes_arguments() { compgen -f -- "$word"; } ;;
        evaluate)
            case $before in
            --episodes) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --theta) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --set) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            --threads) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            -o | --output) COMPREPLY=($(compgen -f -- "$word")); return ;;
            esac
            flags="--episodes --theta --set --data --threads --rivals --output --json --help"
            _pes_arguments() { compgen -d -- "$word"; } ;;
        export)
            case $before in
            -o | --output) COMPREPLY=($(compgen -d -- "$word")); return ;;
            --point) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --format) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            esac
            flags="--output --point --format --data --help"
            _pes_arguments() { compgen -d -- "$word"; } ;;
        import)
            case $before in
            esac
            flags="--json --help"
            _pes_arguments() { compgen -f -- "$word"; } ;;
        render)
            case $before in
            -o | --output) COMPREPLY=($(compgen -f -- "$word")); return ;;
            --point) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --frames) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --from) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --every) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --steps) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --episode) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --seconds) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            esac
            flags="--output --point --strip --frames --from --every --steps --episode --seconds --data --help"
            _pes_arguments() { compgen -d -- "$word"; } ;;
        report)
            case $before in
            -o | --output) COMPREPLY=($(compgen -f -- "$word")); return ;;
            --title) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --surface) COMPREPLY=($(compgen -f -- "$word")); return ;;
            --picture) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            esac
            flags="--output --title --surface --picture --help"
            _pes_arguments() { compgen -d -- "$word"; } ;;
        list)
            case $before in
            esac
            flags="--json --help"
            _pes_arguments() { compgen -W "problems methods optimizers transforms shapings searches datasets" -- "$word"; } ;;
        info)
            case $before in
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            esac
            flags="--data --json --help"
            _pes_arguments() { compgen -W "estimator optimizer search run linear quadratic regression2d influence lorenz mlp_training lstm ridge pendulum learned_optimizer cart_pole swimmer half_cheetah hopper mujoco full_es truncated_es pes nres gpes pes_analytic bptt tbptt rtrl uoro dodge sgd momentum nesterov adam adamw rmsprop clip_value clip_norm weight_decay momentum nesterov adam rmsprop scale warmup step_decay exponential_decay cosine_decay drop none sign centred_rank standardized clipped random grid successive_halving hyperband digits mnist fashion_mnist cifar10 optdigits ptb yacht" -- "$word"; } ;;
        data)
            case $before in
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            --seed) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            esac
            flags="--data --seed --json --help"
            _pes_arguments() { compgen -W "list verify fetch generate digits mnist fashion_mnist cifar10 optdigits ptb yacht" -- "$word"; } ;;
        bench)
            case $before in
            --threads) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --seconds) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            esac
            flags="--json --threads --seconds --data --help"
            _pes_arguments() { compgen -W "mlp_training mlp_training_deep linear quadratic lstm regression2d influence lorenz learned_optimizer mujoco control sgemm noise checkpoint" -- "$word"; } ;;
        selftest)
            case $before in
            --method) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --samples) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --set) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --threads) COMPREPLY=($(compgen -W "" -- "$word")); return ;;
            --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
            esac
            flags="--json --verbose --quick --method --samples --set --threads --data --help"
            _pes_arguments() { compgen -W "linear quadratic regression2d influence lorenz mlp_training lstm ridge pendulum learned_optimizer cart_pole swimmer half_cheetah hopper mujoco" -- "$word"; } ;;
        help)
            case $before in
            esac
            flags="--man --help"
            _pes_arguments() { compgen -W "run resume plot compare surface variance advise evaluate export import render report list info data bench selftest help completion" -- "$word"; } ;;
        completion)
            case $before in
            esac
            flags="--help"
            _pes_arguments() { compgen -W "bash zsh fish" -- "$word"; } ;;
        *) return ;;
    esac
    if [ "${word#-}" != "$word" ]; then
        COMPREPLY=($(compgen -W "$flags" -- "$word"))
    else
        COMPREPLY=($(_pes_arguments))
    fi
    unset -f _pes_arguments
}
complete -o filenames -F _pes pes
