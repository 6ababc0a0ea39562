/** Waits until others have had their turn on the event loop, so that long work holds nobody up. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
