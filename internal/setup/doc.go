// Package setup makes a till out of a new box: from an owner's answers to gallad's configuration and the gateways'
// keys.
//
// It is one package for all who ask: the terminal (galla setup), a file of answers (galla setup --answers), and the
// console of a box that nobody has set up.
//
//	Answers ──Check──▶ ok ──Plan(the config as it is)──▶ a new config, byte for byte, and keys ──Write──▶ /etc
//	                                                       │ read back by internal/config before it counts
//
// It promises: the comments of the shipped file and all settings nobody was asked about stay; a new file is only
// written when it reads back as the answers meant; the one before is kept beside it; keys are written before the config
// that needs them, readable by root only, encrypted where the machine can, and never appear in an error or a log. Every
// file is replaced whole or not at all.
//
// It refuses to guess: what an answer doesn't say stays as it is.
package setup
