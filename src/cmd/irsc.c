/* irsc: the compiler's main. */
#include "irsc.h"

#include "cli.h"

static const struct cli_verb verbs[] = {
#define IRSC_COMMAND(name, function, about) { #name, function, about },
#include "irs/tbl/irsc_command.def"
#undef IRSC_COMMAND
};

int main(int argc, char **argv)
{
	const struct cli_program irsc = {
		"irsc", "checks, formats and builds incident response scenarios (.irs)", verbs, sizeof verbs / sizeof *verbs,
	};
	return cli_main(&irsc, argc, argv);
}
