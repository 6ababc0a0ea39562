import { CrossOriginError, SessionEndedError, UsageError } from "../errors.ts";

/** Returns the error for a write in a request that another site made the browser send. */
export function crossOrigin(): CrossOriginError {
  return new CrossOriginError(
    "Another site made the browser send this request, so it has no session. To trust that site: cookieKey({ trustedOrigins: [...] }).",
  );
}

/** Returns the error for a verb on a session that has ended while the request was using it. */
export function sessionEnded(): SessionEndedError {
  return new SessionEndedError(
    "The session was removed, has expired or was rotated away while this request was using it. Nothing was stored.",
  );
}

/** Returns the error for a session whose new cookie the framework would not set. */
export function cookieNotSet(cause: unknown): UsageError {
  return new UsageError(
    "The cookie of this session could not be set, so the session was ended. Await every write before you respond, and write where the framework lets you set cookies (in Next.js, a server action or a route handler); see the cause.",
    { cause },
  );
}
