# pes data: finding, checking, drawing and fetching data sets.
. "$(dirname "$0")/lib.sh"

expect 0 '' -- "$PES" data list
grep -q '^mnist ' out && grep -q 'not here' out && grep -q 'built in' out || fail "data list: $(cat out)"
expect 2 "data: 'frobnicate' is not one of list, verify, fetch, generate" -- "$PES" data frobnicate
expect 2 'data: missing NAME' -- "$PES" data verify
expect 2 "there is no data set 'mnits'; did you mean 'mnist'?" -- "$PES" data verify mnits
expect 2 'mnist' -- "$PES" data verify mnist
expect 2 '; pes data fetch yacht brings it' -- "$PES" data verify yacht
expect 0 '' -- "$PES" data verify digits

# Drawn digits as files, which another experiment can read as if they were MNIST.
expect 0 '' -- "$PES" data generate digits --data drawn
[ -s drawn/digits/train-images-idx3-ubyte ] || fail "generate wrote nothing: $(ls -R drawn)"
expect 2 'exists already' -- "$PES" data generate digits --data drawn
expect 2 'is not generated' -- "$PES" data generate mnist --data drawn
mv drawn/digits drawn/mnist
small 'updates = 2' >x.toml
expect 0 '' -- "$PES" run x.toml --set problem.dataset=mnist --data drawn
expect 1 'SHA-256' -- "$PES" data verify mnist --data drawn
grep -c 'published' out >/dev/null || fail "verify does not report the files: $(cat out)"
PES_DATA=drawn expect 0 '' -- "$PES" data list
grep -qF 'drawn/mnist' out || fail "PES_DATA was not looked at"

# Without a network, or with something else at the other end, nothing comes into place.
mkdir bin
cat >bin/curl <<'END'
#!/bin/sh
exit 6
END
chmod +x bin/curl
PATH=$work/bin:$PATH expect 1 'could not be downloaded' -- "$PES" data fetch mnist
[ ! -e cache/pes/mnist ] && [ ! -e cache/pes/mnist.partial ] || fail "a failed fetch left something"
cat >bin/curl <<'END'
#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = -o ] && echo other >"$2"; shift; done
END
PATH=$work/bin:$PATH expect 1 'is not mnist' -- "$PES" data fetch mnist
[ ! -e cache/pes/mnist ] && [ ! -e cache/pes/mnist.partial ] || fail "wrong bytes came into place"
expect 1 'curl could not be started' -- env PATH="$work/nothing" "$PES" data fetch mnist
expect 2 'digits cannot be fetched: it is built in' -- "$PES" data fetch digits
expect 2 'unpack https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz in the data folder' -- "$PES" data fetch cifar10
finish
