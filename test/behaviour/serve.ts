import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve as serveFetch } from "srvx";
import type { App } from "./apps.ts";

/** A server of one app. */
export interface Running {
  readonly origin: string;
  close(): Promise<unknown>;
}

/** Serves an app on a free port of this machine: fetch-style ones on the runtime's own server. */
export async function serve(app: App): Promise<Running> {
  if ("fetch" in app) {
    const server = serveFetch({
      fetch: app.fetch,
      port: 0,
      hostname: "127.0.0.1",
      silent: true,
      gracefulShutdown: false,
    });
    await server.ready();
    const { origin } = new URL(server.url ?? "");
    return { origin, close: () => server.close(true) };
  }
  const server = createServer(app.listener);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
