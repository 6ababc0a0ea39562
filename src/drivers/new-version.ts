/**
 * Returns a version that no record ever had: 96 random bits. A counter could start again when a
 * table was emptied or a server lost its memory.
 */
export function newVersion(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCharCode(...bytes));
}
