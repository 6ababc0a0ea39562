/** Waits for the next turn of the event loop, so that long work does not block it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
