// Package gl says which OpenGL a program gets at the X display that DISPLAY names: its version, and who draws. It
// decides whether ebiten can present (it needs OpenGL ES 3.0 or OpenGL 3.2) and whether it is worth it (a GPU draws).
//
// Ask loads the driver into the process that calls it, which may crash in it and never gives its memory back: let a
// child process call it. It opens no window.
package gl
