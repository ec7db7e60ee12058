// sound makes the counter's beeps without a file: success two short high ones, failure one long low one, attention three.
// Browsers let a page sound only after a touch or a key.
let context;

export function unlock() {
  context ??= new AudioContext();
  context.onstatechange = () => changed();
  if (context.state === 'suspended') context.resume();
  changed();
}

// sounding reports whether a sound would be heard; onSound is told when that changes.
let changed = () => {};
export const sounding = () => context?.state === 'running';
export const onSound = (f) => { changed = f; };

function beep(hz, at, length) {
  const tone = context.createOscillator();
  const gain = context.createGain();
  tone.frequency.value = hz;
  tone.type = 'square';
  gain.gain.setValueAtTime(0.15, context.currentTime + at);
  gain.gain.setTargetAtTime(0, context.currentTime + at + length - 0.03, 0.01);
  tone.connect(gain).connect(context.destination);
  tone.start(context.currentTime + at);
  tone.stop(context.currentTime + at + length + 0.05);
}

const melodies = {
  paid: [[1047, 0, 0.12], [1397, 0.18, 0.18]],
  not: [[220, 0, 0.6]],
  bell: [[880, 0, 0.15], [880, 0.25, 0.15], [880, 0.5, 0.15]],
};

export function play(name) {
  if (!sounding()) return;
  for (const note of melodies[name]) beep(...note);
}
