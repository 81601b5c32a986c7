# Every command explains itself, and the pages made from the commands' rows are the rows' own.
. "$(dirname "$0")/lib.sh"

expect 0 '' -- "$PES" --help
commands=$(sed -n 's/^  \([a-z]*\) .*/\1/p' out)
[ "$(echo "$commands" | wc -l)" -ge 10 ] || fail "pes --help lists too few commands: $commands"
expect 0 '' -- "$PES" --version
grep -qE '^pes [0-9]+\.[0-9]+\.[0-9]+$' out || fail "pes --version says $(cat out)"
if (expect 2 '' -- true && [ "$failures" -eq 0 ]) 2>/dev/null; then
    fail "expect takes anything" # keep it honest
fi

for command in $commands; do
    expect 0 '' -- "$PES" "$command" --help
    grep -q "^usage: pes $command" out || fail "pes $command --help has no usage line"
    expect 0 '' -- "$PES" help "$command"
    expect 2 'there is no flag --nonsense' -- "$PES" "$command" --nonsense
done

"$PES" --help >all
"$PES" help >again
cmp all again || fail "pes help and pes --help differ"

# Misspelt commands and flags, missing and surplus words.
got=0
"$PES" >out 2>err || got=$?
[ "$got" -eq 2 ] && grep -q '^usage:' err || fail "pes alone: exit code $got, $(cat err)"
expect 2 "there is no command 'rnu'; did you mean 'run'?" -- "$PES" rnu
expect 2 "there is no command 'frobnicate'; 'pes --help' lists them" -- "$PES" frobnicate
expect 2 "there is no command 'frobnicate'" -- "$PES" help frobnicate
expect 2 'run: there is no flag --thread; did you mean --threads?' -- "$PES" run --thread 2 x
expect 2 'run: missing FILE' -- "$PES" run
expect 2 "run: 'b' is one argument too many" -- "$PES" run a b
expect 2 'run: --out needs a value: --out DIR' -- "$PES" run a --out
expect 2 "run: --threads must be an integer from 0 upwards, not 'two'" -- "$PES" run a --threads two
expect 2 "run: --threads must be an integer from 0 upwards, not '-1'" -- "$PES" run a --threads=-1
expect 2 'run: --quiet takes no value' -- "$PES" run a --quiet=yes
expect 2 'missing DIR' -- "$PES" resume
expect 2 "'csh' is not one of bash, zsh, fish" -- "$PES" completion csh

# Completion scripts are scripts, and complete.
for shell in bash zsh fish; do
    expect 0 '' -- "$PES" completion $shell
    [ -s out ] || fail "the completion for $shell is empty"
done
"$PES" completion bash >pes.bash
bash -n pes.bash || fail "the completion for bash is no bash"
complete() { bash -c '. ./pes.bash 2>/dev/null; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pes
    echo "${COMPREPLY[*]}"' pes "$@"; }
[ "$(complete pes res)" = resume ] || fail "res completes to '$(complete pes res)'"
[ "$(complete pes run --thr)" = --threads ] || fail "--thr completes to '$(complete pes run --thr)'"
[ "$(complete pes info mlp_tr)" = mlp_training ] || fail "mlp_tr does not complete"
if command -v zsh >/dev/null; then
    "$PES" completion zsh >_pes
    zsh -n _pes || fail "the completion for zsh is no zsh"
fi

# What is committed is what the rows say.
expect 0 '' -- "$PES" help --man
cp out pes.1
"$PES" completion bash >pes.bash
"$PES" completion zsh >_pes
"$PES" completion fish >pes.fish
if [ -d "${PES_SOURCE_DIR:-}/docs" ]; then
    cmp pes.1 "$PES_SOURCE_DIR/docs/pes.1" || fail "run: pes help --man > docs/pes.1"
    for file in pes.bash _pes pes.fish; do
        cmp $file "$PES_SOURCE_DIR/cli/completions/$file" ||
            fail "cli/completions/$file is old: see 'pes completion'"
    done
fi
if command -v man >/dev/null && command -v groff >/dev/null; then
    groff -man -Tutf8 -ww pes.1 >page 2>warnings || fail "groff cannot read pes.1"
    [ ! -s warnings ] || fail "groff warns: $(cat warnings)"
fi

expect 1 'could not be written to standard output' -- bash -c '"$PES" list >/dev/full'
finish
