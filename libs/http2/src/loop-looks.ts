/** A look that comes later than so many pauses after the one before says that the loop stood. */
const PAUSES_MAX = 1.5;

/**
 * Looks every so often, until the returned function is called. But not when the event loop stood in between: what others sent meanwhile is not
 * read yet, and would be held against them. By the next look it is.
 */
export function everySoOften(ms: number, look: () => void): () => void {
  let lookedAtMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const wasStanding = nowMs - lookedAtMs > PAUSES_MAX * ms;
    lookedAtMs = nowMs;
    if (!wasStanding) look();
  }, ms).unref();
  return () => clearInterval(timer);
}
