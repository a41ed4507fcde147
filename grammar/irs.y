/*
 * The language's grammar. Each action is one ast_*() call (src/lang/ast_build.h): it builds, it never decides.
 *
 * What the lexer has done before a token arrives here (src/lang/lexer.h): brackets balance, every item and statement
 * ends in a NEWLINE, no NEWLINE stands where a line goes on.
 *
 * Any item and statement may stand in any block as far as the grammar is concerned; what may stand where is a table
 * (tbl/keyword.def), so that a misplaced one is called that, and a block whose header is broken is still read.
 */
%require "3.8"
%define api.prefix {ir}
%define api.pure full
%define api.value.type union
%define api.token.prefix {TOK_}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {struct parser *p}

%code requires {
	#include "parser.h"
}

%code provides {
	/* The next token, as the lexer arranges them. */
	int irlex(IRSTYPE *value, IRLTYPE *at, struct parser *p);
}

%code {
	#include "ast_build.h"
	#include "syntax_error.h"

	/* A name is what stands at its place. */
	#define NAME(at) ((struct name){ text_at(p, (at)), (at) })
	/* Values are pointers and numbers: the parser copies one for each rule. */
	_Static_assert(sizeof(union IRSTYPE) == 8, "a value is one machine word");

	#define YYMAXDEPTH 4000 /* a thousand `else if`; brackets are bounded by the lexer */
	#define YYLLOC_DEFAULT(cur, rhs, n) \
		((cur) = (n) ? (struct span){ YYRHSLOC(rhs, 1).file, YYRHSLOC(rhs, 1).start, YYRHSLOC(rhs, n).end } \
			     : (struct span){ YYRHSLOC(rhs, 0).file, YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end })

	static void irerror(const struct span *at, struct parser *p, const char *message)
	{
		(void)message; /* with custom errors: only that the stack is full */
		syntax_too_deep(p, *at);
	}
}

%token END 0 "the end of the file" NEWLINE "a new line"
%token BAD_LITERAL
%token <int64_t> INT "a number" DURATION "a duration" SIZE "a size" PERCENT "a percentage"
%token <double> FLOAT "a number with a fraction"
%token <struct segment> STRING "a text" STRING_HEAD "a text with a hole" STRING_MIDDLE
%token <struct segment> STRING_TAIL "the end of the hole"
%token LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]" LBRACE "{" RBRACE "}"
%token COMMA "," COLON ":" ASSIGN "=" DOT "." DOTDOT ".." ARROW "->"
%token EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">=" PLUS "+" MINUS "-" STAR "*" SLASH "/" MODULO "%"

/* tbl/keyword.def has the same words with their uses. */
%token WORD "a name"
%token FN "fn" LET "let" WAIT "wait" LOG "log" FAIL "fail" RETRY "retry" RETURN "return"
%token HTTP "http" EXPECT "expect" FOR "for" IN "in" IF "if" ELSE "else" TRY "try" RUN "run" RAW "raw"
%token AND "and" OR "or" NOT "not" TRUE "true" FALSE "false" HERE "here" RUNNER "runner"
%token USE "use" SCENARIO "scenario" FAULT "fault" BRIEF "brief" LEVEL "level" LASTS "lasts"
%token COMPONENTS "components" REQUIRES "requires" READING "reading" TARGET "target" PARAM "param" PROBE "probe" ALARM "alarm" PRECONDITION "precondition" STEP "step"
%token MESSAGE "message" HINT "hint" RESOLVED "resolved" RESOLUTION "resolution" NEEDS "needs" INDUCE "induce" VERIFY "verify"
%token RESTORE "restore" SUPERSEDED "superseded" FAILSAFE "failsafe" DO "do" SPAWN "spawn" SECRET "secret" HIDDEN "hidden"
%token TCP "tcp" CONNECT "connect" AS "as" ON "on" ONE "one" AT "at" MOST "most" AFTER "after" WHEN "when"
%token UNLESS "unless" EVERY "every" TIMEOUT "timeout" INPUT "input" FROM "from" LATEST "latest" SILENT "silent" WITHIN "within" MARK "mark" BODY "body"
%token HEALTHY "healthy" FAILS "fails" OF "of" NONE "none" BECAUSE "because"

%precedence PROBE_HEALTHY HTTP_PLAIN
%precedence FOR TIMEOUT
%left OR
%left AND
%precedence NOT
%left PLUS MINUS
%left STAR SLASH MODULO
%precedence NEGATIVE

%nterm <struct template *> string title
%nterm <struct expr *> expr sum operand literal list condition run_operand reference
%nterm <struct chain> entries args arglist exprs params paramlist names strings pointers clauses facts
%nterm <struct chain> run_options http_options failsafe_parts begun filled
%nterm <struct arg *> arg
%nterm <struct clause *> clause run_option http_option failsafe_part
%nterm <struct param *> param
%nterm <struct type_at *> type result
%nterm <struct pointer *> pointer
%nterm <struct range *> quantities bounds
%nterm <struct count_range *> count
%nterm <enum binary_op> compare
%nterm <struct block *> block
%nterm <struct stmt *> stmt if_stmt
%nterm <struct item *> item param_item

%start file

%%

file: entries                                     { ast_file(p, &$1); }
;

/* ---- blocks and what stands in them ---- */

entries:
  %empty                                          { $$ = (struct chain){ 0 }; }
| entries item NEWLINE                            { $$ = ast_entry_item(p, $1, $2); }
| entries stmt NEWLINE                            { $$ = ast_entry_stmt(p, $1, $2); }
| entries "let" name "=" error NEWLINE            { $$ = ast_entry_stmt(p, $1, ast_let(p, span_join(@2, @5), NAME(@3), ast_error(p, @5))); yyerrok; }
| entries error NEWLINE                           { $$ = ast_entry_error(p, $1, @2); yyerrok; }
| entries broken_block NEWLINE                    { $$ = ast_entry_error(p, $1, @2); }
;
/* The header makes no sense, but the block is there and is read. */
broken_block:
  error "{" entries "}"                           { yyerrok; }
| broken_block "else" "{" entries "}"
| broken_block "else" "if" condition "{" entries "}"
;
block: "{" entries "}"                            { $$ = ast_block(p, @$, &$2); }
;

/* ---- items ---- */

item:
  "use" names                                     { $$ = ast_use(p, @$, @1, &$2); }
| "use" string "as" name                          { $$ = ast_use_file(p, @$, @1, $2, NAME(@4)); }
| "scenario" string "{" entries "}"               { $$ = ast_scenario(p, @$, @1, $2, &$4); }
| "fn" name "(" params ")" result block           { $$ = ast_fn(p, @$, @1, NAME(@2), &$4, *$6, $7); }
| "fault" name "(" params ")" "{" entries "}"     { $$ = ast_fault(p, @$, @1, NAME(@2), &$4, &$7); }
| "brief" string                                  { $$ = ast_brief(p, @$, @1, $2); }
| "level" name                                    { $$ = ast_level(p, @$, @1, NAME(@2)); }
| "lasts" quantities                              { $$ = ast_lasts(p, @$, @1, *$2); }
| "components" strings                            { $$ = ast_texts(p, I_COMPONENTS, @$, @1, &$2); }
| "requires" strings                              { $$ = ast_texts(p, I_REQUIRES, @$, @1, &$2); }
| "reading" pointers                              { $$ = ast_reading(p, @$, @1, &$2); }
| "target" name ":" count                         { $$ = ast_target(p, @$, @1, NAME(@2), *$4); }
| param_item                                      { $$ = $1; }
| "secret" param_item                             { $$ = ast_secret(p, @$, $2); }
| "probe" name title clauses block                { $$ = ast_probe(p, @$, @1, NAME(@2), $3, &$4, $5); }
| "alarm" string severity clauses                 { $$ = ast_alarm(p, @$, @1, $2, NAME(@3), &$4); }
| "precondition" string clauses block             { $$ = ast_precondition(p, @$, @1, $2, &$3, $4); }
| "step" step_name title clauses "{" entries "}"  { $$ = ast_step(p, @$, @1, NAME(@2), $3, &$4, &$6); }
| "message" string clauses string                 { $$ = ast_message(p, @$, @1, $2, &$3, $4); }
| "hint" pointer                                  { $$ = ast_hint(p, @$, @1, *$2); }
| "resolved" block                                { $$ = ast_body(p, I_RESOLVED, @$, @1, $2); }
| "hidden" "resolution" "{" facts "}"             { $$ = ast_resolution(p, @$, @1, &$4); }
| "needs" name                                    { $$ = ast_needs(p, @$, @1, NAME(@2), NO_NAME, NULL); }
| "needs" name string                             { $$ = ast_needs(p, @$, @1, NAME(@2), NO_NAME, $3); }
| "needs" name name string                        { $$ = ast_needs(p, @$, @1, NAME(@2), NAME(@3), $4); }
| "induce" block                                  { $$ = ast_body(p, I_INDUCE, @$, @1, $2); }
| "verify" block                                  { $$ = ast_body(p, I_VERIFY, @$, @1, $2); }
| "superseded" block                              { $$ = ast_body(p, I_SUPERSEDED, @$, @1, $2); }
| "restore" block                                 { $$ = ast_restore(p, @$, @1, $2, NULL); }
| "restore" "none" "because" string               { $$ = ast_restore(p, @$, @1, NULL, $4); }
| "failsafe" failsafe_parts                       { $$ = ast_failsafe(p, @$, @1, &$2); }
;

names:
  name                                            { $$ = ast_names(p, (struct chain){ 0 }, NAME(@1)); }
| names "," name                                  { $$ = ast_names(p, $1, NAME(@3)); }
;
strings:
  string                                          { $$ = ast_strings(p, (struct chain){ 0 }, $1); }
| strings "," string                              { $$ = ast_strings(p, $1, $3); }
;
pointers:
  pointer                                         { $$ = ast_pointers(p, (struct chain){ 0 }, *$1); }
| pointers "," pointer                            { $$ = ast_pointers(p, $1, *$3); }
;
pointer: name string                              { $$ = ast_pointer(p, @$, NAME(@1), $2); }
;
title:
  %empty                                          { $$ = NULL; }
| string
;
step_name:
  %empty
| name
;
severity:
  %empty
| name
;
quantities:
  literal                                         { $$ = ast_range(p, @$, $1, $1); }
| literal ".." literal                            { $$ = ast_range(p, @$, $1, $3); }
;
count:
  INT name                                        { $$ = ast_count(p, @$, $1, $1, NAME(@2)); }
| INT ".." INT name                               { $$ = ast_count(p, @$, $1, $3, NAME(@4)); }
;
param_item: "param" name ":" type "=" sum bounds  { $$ = ast_param_item(p, @$, @1, NAME(@2), *$4, $6, *$7); }
;
bounds:
  %empty                                          { $$ = ast_range(p, @$, NULL, NULL); }
| "in" sum ".." sum                               { $$ = ast_range(p, @$, $2, $4); }
;

/* What may follow in a header. Each item takes the clauses that it knows. */
clauses:
  %empty                                          { $$ = (struct chain){ 0 }; }
| clauses clause                                  { $$ = ast_clauses(p, $1, *$2); }
;
clause:
  "on" sum                                        { $$ = ast_clause(p, CLAUSE_ON, @$, $2); }
| "one" "at" name name                            { $$ = ast_one_at_a_time(p, @$, NAME(@3), NAME(@4)); }
| "at" "most" sum                                 { $$ = ast_clause(p, CLAUSE_FANOUT, @$, $3); }
| "after" sum                                     { $$ = ast_clause(p, CLAUSE_AFTER, @$, $2); }
| "when" condition                                { $$ = ast_clause(p, CLAUSE_WHEN, @$, $2); }
| "unless" name                                   { $$ = ast_unless(p, @$, NAME(@2)); }
| "every" sum                                     { $$ = ast_clause(p, CLAUSE_EVERY, @$, $2); }
| "timeout" sum                                   { $$ = ast_clause(p, CLAUSE_TIMEOUT, @$, $2); }
| "from" sum                                      { $$ = ast_clause(p, CLAUSE_FROM, @$, $2); }
| "latest" sum                                    { $$ = ast_clause(p, CLAUSE_LATEST, @$, $2); }
| "," "latest" sum                                { $$ = ast_clause(p, CLAUSE_LATEST, @$, $3); }
;

failsafe_parts:
  failsafe_part                                   { $$ = ast_clauses(p, (struct chain){ 0 }, *$1); }
| failsafe_parts "," failsafe_part                { $$ = ast_clauses(p, $1, *$3); }
;
failsafe_part:
  name                                            { $$ = ast_clause(p, CLAUSE_WORD, @$, ast_name_expr(p, NAME(@1))); }
| "silent" sum                                    { $$ = ast_clause(p, CLAUSE_SILENT, @$, $2); }
| "latest" sum                                    { $$ = ast_clause(p, CLAUSE_LATEST, @$, $2); }
;

facts:
  %empty                                          { $$ = (struct chain){ 0 }; }
| facts name string NEWLINE                       { $$ = ast_fact(p, $1, NAME(@2), $3); }
| facts error NEWLINE                             { $$ = $1; yyerrok; }
;

params:
  %empty                                          { $$ = (struct chain){ 0 }; }
| paramlist
| paramlist ","
;
paramlist:
  param                                           { $$ = ast_params(p, (struct chain){ 0 }, *$1); }
| paramlist "," param                             { $$ = ast_params(p, $1, *$3); }
;
param:
  name ":" type                                   { $$ = ast_param(p, NAME(@1), *$3, NULL); }
| name ":" type "=" expr                          { $$ = ast_param(p, NAME(@1), *$3, $5); }
;
type:
  name                                            { $$ = ast_type(p, NAME(@1)); }
| name "<" type ">"                               { $$ = ast_type_list(p, @$, NAME(@1), *$3); }
;
result:
  %empty                                          { $$ = ast_type_none(p, @$); }
| "->" type                                       { $$ = $2; }
;

/* ---- statements ---- */

stmt:
  "let" name "=" expr                             { $$ = ast_let(p, @$, NAME(@2), $4); }
| "expect" condition                              { $$ = ast_expect(p, @$, $2, NULL, NULL); }
| "expect" condition "within" sum                 { $$ = ast_expect(p, @$, $2, $4, NULL); }
| "expect" condition "for" sum                    { $$ = ast_expect(p, @$, $2, NULL, $4); }
| if_stmt
| "for" name "in" expr block                      { $$ = ast_for(p, @$, NAME(@2), $4, NULL, $5); }
| "for" name "in" expr "at" "most" sum block      { $$ = ast_for(p, @$, NAME(@2), $4, $7, $8); }
| "retry" sum block                               { $$ = ast_retry(p, @$, $2, NULL, $3); }
| "retry" sum "every" sum block                   { $$ = ast_retry(p, @$, $2, $4, $5); }
| "wait" sum                                      { $$ = ast_simple(p, S_WAIT, @$, $2); }
| "log" sum                                       { $$ = ast_simple(p, S_LOG, @$, $2); }
| "fail" sum                                      { $$ = ast_simple(p, S_FAIL, @$, $2); }
| "return"                                        { $$ = ast_simple(p, S_RETURN, @$, NULL); }
| "return" expr                                   { $$ = ast_simple(p, S_RETURN, @$, $2); }
| "spawn" run_operand "mark" sum                  { $$ = ast_spawn(p, @$, $2, $4); }
| "do" reference "(" args ")"                     { $$ = ast_do(p, @$, ast_call(p, span_join(@2, @5), $2, &$4)); }
| "run" run_operand run_options                   { $$ = ast_simple(p, S_EXPR, @$, ast_run(p, @$, $2, &$3)); }
| expr                                            { $$ = ast_simple(p, S_EXPR, @$, $1); }
| expr "=" expr                                   { $$ = ast_assignment(p, @$, @2, $1); }
;
if_stmt:
  "if" condition block                            { $$ = ast_if(p, @$, $2, $3, NULL); }
| "if" condition block "else" block               { $$ = ast_if(p, @$, $2, $3, $5); }
| "if" condition block "else" if_stmt             { $$ = ast_if(p, @$, $2, $3, ast_else_if(p, @5, $5)); }
;
condition:
  expr
| expr "=" expr                                   { $$ = ast_equals_meant(p, @$, @2, $1, $3); }
;

run_operand:
  string                                          { $$ = ast_string(p, @$, $1); }
| list
| reference
;
reference:
  name                                            { $$ = ast_name_expr(p, NAME(@1)); }
| reference "." word                              { $$ = ast_field(p, @$, $1, NAME(@3)); }
;
run_options:
  %empty                                          { $$ = (struct chain){ 0 }; }
| run_options run_option                          { $$ = ast_clauses(p, $1, *$2); }
| run_options "," run_option                      { $$ = ast_clauses(p, $1, *$3); }
;
run_option:
  "on" opt_colon sum                              { $$ = ast_clause(p, CLAUSE_ON, @$, $3); }
| "timeout" opt_colon sum                         { $$ = ast_clause(p, CLAUSE_TIMEOUT, @$, $3); }
| "input" opt_colon sum                           { $$ = ast_clause(p, CLAUSE_INPUT, @$, $3); }
;
opt_colon: %empty | ":";

/* ---- expressions ---- */

expr:
  sum
| sum compare sum                                 { $$ = ast_binary(p, @$, $2, @2, $1, $3); }
| sum compare sum compare sum                     { $$ = ast_chained(p, @$, @4, $3); }
| "not" expr                                      { $$ = ast_unary(p, @$, UN_NOT, $2); }
| expr "and" expr                                 { $$ = ast_binary(p, @$, BIN_AND, @2, $1, $3); }
| expr "or" expr                                  { $$ = ast_binary(p, @$, BIN_OR, @2, $1, $3); }
| name "healthy" %prec PROBE_HEALTHY              { $$ = ast_healthy(p, @$, NAME(@1), NULL); }
| name "healthy" "for" operand                    { $$ = ast_healthy(p, @$, NAME(@1), $4); }
| name "fails" INT "of" INT                       { $$ = ast_fails(p, @$, NAME(@1), $3, $5); }
| "http" name operand http_options %prec HTTP_PLAIN { $$ = ast_http(p, @$, NAME(@2), $3, &$4, NULL); }
| "http" name operand http_options "expect" expr %prec HTTP_PLAIN { $$ = ast_http(p, @$, NAME(@2), $3, &$4, $6); }
| "tcp" "connect" operand %prec HTTP_PLAIN        { $$ = ast_tcp(p, @$, $3, NULL); }
| "tcp" "connect" operand "timeout" operand       { $$ = ast_tcp(p, @$, $3, $5); }
;
compare:
  "=="                                            { $$ = BIN_EQ; }
| "!="                                            { $$ = BIN_NE; }
| "<"                                             { $$ = BIN_LT; }
| "<="                                            { $$ = BIN_LE; }
| ">"                                             { $$ = BIN_GT; }
| ">="                                            { $$ = BIN_GE; }
| "in"                                            { $$ = BIN_IN; }
;
http_options:
  %empty                                          { $$ = (struct chain){ 0 }; }
| http_options http_option                        { $$ = ast_clauses(p, $1, *$2); }
;
http_option:
  "timeout" operand                               { $$ = ast_clause(p, CLAUSE_TIMEOUT, @$, $2); }
| "body" operand                                  { $$ = ast_clause(p, CLAUSE_BODY, @$, $2); }
;
sum:
  operand
| sum "+" sum                                     { $$ = ast_binary(p, @$, BIN_ADD, @2, $1, $3); }
| sum "-" sum                                     { $$ = ast_binary(p, @$, BIN_SUB, @2, $1, $3); }
| sum "*" sum                                     { $$ = ast_binary(p, @$, BIN_MUL, @2, $1, $3); }
| sum "/" sum                                     { $$ = ast_binary(p, @$, BIN_DIV, @2, $1, $3); }
| sum "%" sum                                     { $$ = ast_binary(p, @$, BIN_MOD, @2, $1, $3); }
| "-" sum %prec NEGATIVE                          { $$ = ast_unary(p, @$, UN_NEG, $2); }
;
operand:
  literal
| string                                          { $$ = ast_string(p, @$, $1); }
| list
| name                                            { $$ = ast_name_expr(p, NAME(@1)); }
| "true"                                          { $$ = ast_bool(p, @$, true); }
| "false"                                         { $$ = ast_bool(p, @$, false); }
| "here"                                          { $$ = ast_place(p, @$, E_HERE); }
| "runner"                                        { $$ = ast_place(p, @$, E_RUNNER); }
| "(" expr ")"                                    { $$ = ast_parenthesised(@$, $2); }
| operand "." word                                { $$ = ast_field(p, @$, $1, NAME(@3)); }
| operand "(" args ")"                            { $$ = ast_call(p, @$, $1, &$3); }
| "run" "(" args ")"                              { $$ = ast_run_call(p, @$, &$3, false); }
| "try" "run" "(" args ")"                        { $$ = ast_run_call(p, @$, &$4, true); }
;
literal:
  INT                                             { $$ = ast_quantity(p, @$, E_INT, $1); }
| FLOAT                                           { $$ = ast_float(p, @$, $1); }
| DURATION                                        { $$ = ast_quantity(p, @$, E_DURATION, $1); }
| SIZE                                            { $$ = ast_quantity(p, @$, E_SIZE, $1); }
| PERCENT                                         { $$ = ast_quantity(p, @$, E_PERCENT, $1); }
| BAD_LITERAL                                     { $$ = ast_error(p, @$); }
;
list:
  "[" "]"                                         { $$ = ast_list(p, @$, &(struct chain){ 0 }); }
| "[" exprs "]"                                   { $$ = ast_list(p, @$, &$2); }
| "[" exprs "," "]"                               { $$ = ast_list(p, @$, &$2); }
| "[" expr "for" name "in" expr "]"               { $$ = ast_comprehension(p, @$, $2, NAME(@4), $6, NULL); }
| "[" expr "for" name "in" expr "if" expr "]"     { $$ = ast_comprehension(p, @$, $2, NAME(@4), $6, $8); }
;
exprs:
  expr                                            { $$ = ast_exprs(p, (struct chain){ 0 }, $1); }
| exprs "," expr                                  { $$ = ast_exprs(p, $1, $3); }
;
args:
  %empty                                          { $$ = (struct chain){ 0 }; }
| arglist
| arglist ","
;
arglist:
  arg                                             { $$ = ast_args(p, (struct chain){ 0 }, *$1); }
| arglist "," arg                                 { $$ = ast_args(p, $1, *$3); }
;
arg:
  expr                                            { $$ = ast_arg(p, NO_NAME, $1); }
| label ":" expr                                  { $$ = ast_arg(p, NAME(@1), $3); }
| expr "=" expr                                   { $$ = ast_label_meant(p, @2, $1, $3); }
;

/* "text", or "text #{hole} text #{hole} text" */
string:
  STRING                                          { $$ = ast_text(p, @$, $1); }
| filled STRING_TAIL                              { $$ = ast_template(p, @$, $1, $2); }
| begun error STRING_TAIL                         { $$ = ast_template(p, @$, ast_hole_error(p, $1, @2), $3); yyerrok; }
;
begun:
  STRING_HEAD                                     { $$ = ast_stretch(p, (struct chain){ 0 }, $1); }
| filled STRING_MIDDLE                            { $$ = ast_stretch(p, $1, $2); }
| begun error STRING_MIDDLE                       { $$ = ast_stretch(p, ast_hole_error(p, $1, @2), $3); yyerrok; }
;
filled:
  begun expr                                      { $$ = ast_hole(p, $1, $2, false); }
| begun "raw" expr                                { $$ = ast_hole(p, $1, $3, true); }
;

/* ---- words ---- */

/* The lexer has decided which words are names where they stand (src/lang/context.c). */
name: WORD;
/* After a dot and as an argument's label any word may stand. */
word: label;
label:
  name
| "fn" | "let" | "wait" | "log" | "fail" | "retry" | "return" | "http" | "expect" | "for" | "in" | "if" | "else"
| "try" | "run" | "raw" | "and" | "or" | "not" | "true" | "false" | "here" | "runner"
;

%%

static int yyreport_syntax_error(const yypcontext_t *c, struct parser *p)
{
	yysymbol_kind_t kinds[YYNTOKENS];
	const char *names[YYNTOKENS];
	int n = yypcontext_expected_tokens(c, kinds, YYNTOKENS);
	for (int i = 0; i < n; i++) names[i] = yysymbol_name(kinds[i]);
	syntax_error(p, yysymbol_name(yypcontext_token(c)), *yypcontext_location(c), names, n > 0 ? (size_t)n : 0);
	return 0;
}
