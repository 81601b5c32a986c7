# Runs that fail in the middle say so, exit with 1, and can go on from what they left.
. "$(dirname "$0")/lib.sh"

# All particles diverge.
small 'updates = 200' 'checkpoint_every = 1' 'evaluate_every = 0' '[optimizer]' 'name = "sgd"' 'learning_rate = 1e6' >x.toml
expect 1 'not finite' -- "$PES" run x.toml --out diverged
[ ! -e diverged/result.json ] || fail "a diverged run has a result"
[ -s diverged/experiment.toml ] || fail "a diverged run left nothing"
expect 1 'not finite' -- "$PES" resume diverged
small 'updates = 20' >wide.toml
expect 1 'not finite' -- "$PES" run wide.toml --out wide --set estimator.sigma=1e9

# A disk without room, here a limit on the size of files; then there is room again.
small 'updates = 300' 'checkpoint_every = 50' 'evaluate_every = 100' >full.toml
expect 0 '' -- "$PES" run full.toml --out whole
code=0
(ulimit -f 24; trap '' XFSZ; "$PES" run full.toml --out limited >out 2>err) || code=$?
[ "$code" -eq 1 ] || fail "exit code $code without room: $(cat err)"
grep -qF 'continue with: pes resume limited' err || fail "without room: $(cat err)"
[ ! -e limited/result.json ] || fail "a result without room"
expect 0 '' -- "$PES" resume limited
same_run whole limited

# A real full disk, for those who may make one.
mkdir small-disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64k tmpfs small-disk 2>/dev/null; then
    trap 'umount "$work/small-disk" 2>/dev/null || true; rm -rf "$work"' EXIT
    expect 1 'No space left on device' -- "$PES" run full.toml --out small-disk/run
    [ ! -e small-disk/run/result.json ] || fail "a result on a full disk"
    mount -o remount,size=64m small-disk
    expect 0 '' -- "$PES" resume small-disk/run
    same_run whole small-disk/run
fi
finish
