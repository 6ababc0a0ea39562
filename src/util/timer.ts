/**
 * Lets the process end while this timer waits. Where timers are plain numbers (Workers, browsers),
 * none keeps it alive.
 */
export function unref<Timer>(timer: Timer): Timer {
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
