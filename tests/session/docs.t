#!/bin/bash
# docs/journal.md and the tables say the same.
. "$(dirname "$0")/../tap.sh"
cd "$(dirname "$0")/../.." || exit 1
is "$(sed -nE 's/^EVENT\((\w+), "([^"]*)", "([^"]*)"\)$/| `\1` | \2 | \3 |/p' include/irs/tbl/event.def)" \
	"$(sed -n '/^## Events/,/^An .undo/p' docs/journal.md | grep '^| `' | grep -v '^| `ev`')" "every event stands in docs/journal.md"
is "$(sed -nE 's/^PHASE\((\w+), "([^"]*)"\)$/| `\1` | \2 |/p' include/irs/tbl/phase.def)" \
	"$(sed -n '/^## Phases/,/^## After/p' docs/journal.md | sed -nE 's/^(\| `\w+` \| [^|]* \|).*/\1/p')" "and every phase"
done_testing
