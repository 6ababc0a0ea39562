import type { IncomingMessage, ServerResponse } from "node:http";
import type { Visits, VisitsSession } from "./visits.ts";

/** The session of a request of Node's, and what puts its cookie on the response. */
export interface Mounted {
  readonly session: VisitsSession;
  readonly finish: () => void;
}

/** Mounts a definition by hand where requests and responses are Node's. */
export async function mount(
  visits: Visits,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<Mounted> {
  const get = (name: string): string | null => incoming.headers[name]?.toString() ?? null;
  // All that is read of a request.
  const request = { method: incoming.method, url: incoming.url, headers: { get } } as Request;
  const session = await visits.fromRequest(request);
  const finish = (): void => {
    const { headers } = visits.finalize(new Response(null), request);
    for (const [name, value] of headers) response.appendHeader(name, value);
  };
  return { session, finish };
}
