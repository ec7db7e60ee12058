// Command galla is the cashier's and operator's command line: a client of gallad's socket.
//
// Each command is a struct with a Run method, in a file named after what it is about; main.go lists them. What a
// command prints for people goes to standard output, in sentences; with --json it prints the API's JSON, one value a
// line. Errors go to standard error: the sentence, then what to do. Exit codes are in exit.go and in --help.
package main
