// paper is whether this box has a printer: without one, nothing offers to print.
const none = ['none', ''];

export let paper = true; // until the box's health says otherwise: most have one

// heard takes in what the box's health says of its printer; true: something changed.
export function heard(printer) {
  const was = paper;
  paper = !none.includes(printer ?? '');
  return paper !== was;
}
