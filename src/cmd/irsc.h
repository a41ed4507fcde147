/* irsc: its subcommands, one file each. Each takes its own argv (argv[0] is its name) and returns an enum irs_exit. */
#ifndef IRS_CMD_IRSC_H
#define IRS_CMD_IRSC_H

#define IRSC_COMMAND(name, function, about) int function(int argc, char **argv);
#include "irs/tbl/irsc_command.def"
#undef IRSC_COMMAND

#endif
