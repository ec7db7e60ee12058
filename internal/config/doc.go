// Package config is gallad.toml and the keys beside it: what a file may say, what it means, and what is wrong with it.
//
// It is one package so that all who handle the file agree: gallad runs by it, `gallad check` explains it, `galla setup`
// writes it and reads it back before it counts, and `galla doctor` reads it when gallad can't be asked.
//
//	gallad.toml ──Parse──▶ Config, complete and checked     credential gateway-NAME ──ReadSecrets──▶ Secrets
//	                          └── Gateway.Client(Secrets) ──▶ a client of the account
//
// It promises that every mistake in a file is told at once, with its line and its remedy, and that no error quotes a
// secret. It refuses unknown keys, files above 1 MiB, and keys that others may read. It writes nothing and starts
// nothing.
package config
