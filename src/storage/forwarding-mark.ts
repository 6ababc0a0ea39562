/** How long a mark stays, in milliseconds: longer than a request with the old key is on its way. */
export const MARK_TTL = 60_000;

const HEAD = '{"moved":';

/**
 * Returns the text that a session leaves under its old key.
 *
 * @param key - the driver key it has moved to; `null` if it has ended
 */
export function forwardingMark(key: string | null): string {
  return `${HEAD}${JSON.stringify(key)}}`;
}

/** Returns whether a text is a mark and no session. */
export function isForwardingMark(text: string): boolean {
  return text.startsWith(HEAD);
}

/**
 * Returns the driver key that a session has moved to; `undefined` if the text is no mark or the
 * session has ended.
 */
export function forwardedTo(text: string): string | undefined {
  if (!isForwardingMark(text)) return undefined;
  try {
    const { moved } = JSON.parse(text) as { moved: unknown };
    return typeof moved === "string" ? moved : undefined;
  } catch {
    return undefined;
  }
}
