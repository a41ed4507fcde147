/* irs: the runner's main. */
#include "irs.h"

#include "cli.h"

static const struct cli_verb verbs[] = {
#define IRS_COMMAND(name, function, about) { #name, function, about },
#include "irs/tbl/irs_command.def"
#undef IRS_COMMAND
};

int main(int argc, char **argv)
{
	const struct cli_program irs = {
		"irs", "runs practice outages and undoes them", verbs, sizeof verbs / sizeof *verbs,
	};
	return cli_main(&irs, argc, argv);
}
