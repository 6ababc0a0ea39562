/** How long a mark stays, in milliseconds: longer than requests with the old key may be on their way. */
export const MARK_TTL = 60_000;

const HEAD = '{"moved":';

/**
 * The text that a session leaves under its old key.
 *
 * @param key - the driver key it has moved to; `null` if it has ended
 */
export function forwardingMark(key: string | null): string {
  return `${HEAD}${JSON.stringify(key)}}`;
}

/** Whether this text is a mark and no session. */
export function isForwardingMark(text: string): boolean {
  return text.startsWith(HEAD);
}

/** The driver key that a session has moved to, if this text says so. */
export function forwardedTo(text: string): string | undefined {
  if (!isForwardingMark(text)) return undefined;
  try {
    const { moved } = JSON.parse(text) as { moved: unknown };
    return typeof moved === "string" ? moved : undefined;
  } catch {
    return undefined;
  }
}
