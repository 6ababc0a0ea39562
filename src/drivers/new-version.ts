/**
 * A version that no record of any key ever had: 96 random bits, so that no counter has to be kept, and none can start anew
 * where a table was emptied or a server came back without its memory.
 */
export function newVersion(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCharCode(...bytes));
}
