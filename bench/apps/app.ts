import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Starts a server on a free port of the loopback address and returns the port. It answers
 *
 * - `/count` with the number of the visit, which it adds up in the session,
 * - `/read` with the number, which it reads,
 * - `/slow` as `/count`, but waits a millisecond between reading and writing.
 */
export type Start = () => Promise<number>;

/** What all of them sign, seal or encrypt with. */
export const SECRET = "a secret of at least thirty-two characters";

/** The idle limit of those that have one, in seconds. */
export const IDLE_SECONDS = 1800;

/** Serves with Node's own server. */
export function listen(handle: RequestListener): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer({ keepAliveTimeout: 600_000 }, handle).listen(0, "127.0.0.1", () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}
