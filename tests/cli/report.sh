# pes report: one page that parses, refers to nothing outside, and holds what the runs say.
. "$(dirname "$0")/lib.sh"
command -v gnuplot >/dev/null || exit 77

small 'updates = 40' 'evaluate_every = 10' '[sweep]' '"estimator.method" = ["pes", "truncated_es"]' \
    '"run.seed" = [1, 2]' >x.toml
expect 0 '' -- "$PES" run x.toml --out 'a <b> & "c"' --quiet

# page FILE TEXT...: is it HTML whose elements are closed in their order, with nothing fetched from
# elsewhere, and with these texts on it?
page() {
    python3 - "$@" <<'END' || fail "$1 is not the page that it should be"
import base64, html.parser, re, sys
source = open(sys.argv[1], encoding="utf-8").read()
void = {"meta", "img", "br", "hr", "link", "input"}

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text, self.images, self.rows = [], [], [], []
    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(set(names)) == len(names), attributes
        for name, value in attributes:
            assert name not in ("href", "srcset", "onload"), (tag, name)
            if name == "src":
                assert tag == "img" and value.startswith("data:image/"), value[:80]
                self.images.append(base64.b64decode(value.split("base64,")[1], validate=True))
        assert tag not in ("script", "link", "iframe", "object"), tag
        if tag == "tr":
            self.rows.append([dict(attributes).get("class"), 0])
        if tag in ("td", "th"):
            assert self.open[-1] == "tr", self.open
            self.rows[-1][1] += 1
        if tag not in void:
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
    def handle_data(self, data):
        self.text.append(data)

parsed = Page()
parsed.feed(source)
parsed.close()
assert source.startswith("<!DOCTYPE html>") and not parsed.open, parsed.open
assert not re.search(r"https?://|url\(|@import", source), "something is fetched"
text = "".join(parsed.text)
for wanted in sys.argv[2:]:
    assert wanted in text, wanted
assert parsed.images and all(b"<svg" in i or i[:4] == b"\x89PNG" for i in parsed.images)
print(len(parsed.images))
END
}

expect 0 '' -- "$PES" report 'a <b> & "c"' -o x.html --title 'My <title> & more'
[ ! -s err ] || fail "a report has something to say: $(cat err)"
grep -qx 'x.html' out || fail "the page's name is not printed: $(cat out)"
page x.html 'My <title> & more' 'a <b> & "c"/pes-seed1' 'Persistent Evolution Strategies' \
    'estimator.method' 'truncated_es' 'Vicol' 'finished' 'kernels' 'log_a' 'problem.hidden' >count
[ "$(cat count)" = 1 ] || fail "not one picture: $(cat count)"
ls "${TMPDIR:-/tmp}"/pes-report-* 2>/dev/null && fail "the picture's folder is left behind"

# The numbers are the runs' own: the final mean over seeds, and each end.
python3 - <<'END' || fail "the page does not hold the runs' numbers"
import html, json, re
source = html.unescape(open("x.html").read())
ends = [json.load(open(f'a <b> & "c"/{run}/result.json')) for run in ["pes-seed1", "pes-seed2"]]
mean = sum(end["objective"] for end in ends) / 2
assert f">{mean:.4g}<" in source, mean
for end in ends:
    assert f">{end['objective']:.4g}<" in source and f">{end['theta'][0]:.4g}<" in source
differing = re.findall(r'<tr class="differs"><td>([^<]*)', source)
assert set(differing) == {"estimator.method"}, differing
changed = re.findall(r'<tr class="changed"><td>([^<]*)', source)
assert "problem.hidden" in changed and "estimator.sigma" not in changed, changed
END

# One run; one that has only begun; pictures from elsewhere and a surface.
expect 0 '' -- "$PES" report 'a <b> & "c"/pes-seed1' -o one.html
page one.html 'mlp_training' 'pes-seed1' >count
cp -r 'a <b> & "c"/pes-seed1' begun
rm begun/result.json begun/log.jsonl begun/evaluations.jsonl
expect 0 '' -- "$PES" report 'a <b> & "c"/pes-seed2' begun -o begun.html
page begun.html '1 incomplete run is left out' 'incomplete' >count
expect 0 '' -- "$PES" report begun -o nothing.html
grep -q 'there is nothing to draw' nothing.html || fail "a run without updates is not reported"
expect 0 '' -- "$PES" surface begun/experiment.toml --x log_a=-7:-3:3 --y log_b=0:4:4 -o grid.txt \
    -p map.png --quiet
expect 0 '' -- "$PES" report 'a <b> & "c"' --surface grid.txt --picture map.png -o more.html
page more.html 'map.png' >count
[ "$(cat count)" = 2 ] || fail "not two pictures: $(cat count)"

# Settings that no method of the page looks at are not on it, and one that only some look at is shown
# for those.
expect 0 '' -- "$PES" run x.toml --out search --quiet --set 'sweep.estimator.method=["pes"]' \
    --set 'sweep.run.seed=[1]' --set search.method=random --set search.points=4
expect 0 '' -- "$PES" report search -o search.html
page search.html 'search.points' 'estimator.horizon' >count
grep -q 'optimizer.learning_rate\|estimator.sigma' search.html &&
    fail "a search is said to have an optimizer"
grep -q 'search.points' one.html && fail "an estimator is said to search"

# What is refused; no page is left then.
expect 2 'report needs -o FILE' -- "$PES" report begun
expect 2 "ends in .html, not as in 'x.pdf'" -- "$PES" report begun -o x.pdf
expect 2 'nowhere is not a folder' -- "$PES" report nowhere -o y.html
expect 2 'x.toml is neither a PNG nor an SVG picture' -- "$PES" report begun --picture x.toml -o y.html
expect 2 'none.png could not be read' -- "$PES" report begun --picture none.png -o y.html
[ ! -e y.html ] || fail "a page was written in spite of a failure"
expect 1 'could not be written' -- "$PES" report begun -o nowhere/x.html
mkdir bin
expect 1 'gnuplot draws the pictures and is not in PATH' -- env PATH="$work/bin" "$PES" report begun -o y.html
finish
