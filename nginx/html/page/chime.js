// The sound of a notification: two short tones, made by the browser.

/** Frequency (Hz) and start (s). */
const TONES = [[660, 0], [880, 0.12]];
const LENGTH_S = 0.25;
const VOLUME = 0.12;

let context;

/** Plays the sound, where the browser allows it: after the first click or key in the page. */
export async function playChime() {
    try {
        context ??= new AudioContext();
        if (context.state === "suspended") await context.resume();
    } catch {
        return;
    }
    for (const [frequency, start] of TONES) {
        const [tone, volume] = [context.createOscillator(), context.createGain()];
        const at = context.currentTime + start;
        tone.frequency.value = frequency;
        volume.gain.setValueAtTime(0, at);
        volume.gain.linearRampToValueAtTime(VOLUME, at + 0.01);
        volume.gain.exponentialRampToValueAtTime(0.001, at + LENGTH_S);
        tone.connect(volume).connect(context.destination);
        tone.start(at);
        tone.stop(at + LENGTH_S);
    }
}
