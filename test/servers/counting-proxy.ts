import { type AddressInfo, connect, createServer } from "node:net";

/** Stands between a client and a Postgres server and counts what the client waits for. */
export interface CountingProxy {
  readonly port: number;
  /** How many times the client has asked for an answer: `Query` and `Sync` messages of the protocol. */
  readonly roundTrips: () => number;
  close(): Promise<void>;
}

/** Starts a proxy to a server of this machine. */
export async function startCountingProxy(target: number): Promise<CountingProxy> {
  let roundTrips = 0;
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    let left = Buffer.alloc(0);
    let isStarted = false;
    client.on("data", (chunk) => {
      upstream.write(chunk);
      left = Buffer.concat([left, chunk]);
      // The first message has no type; every other has one byte of it. Then comes the length, its own four bytes included.
      for (;;) {
        const head = isStarted ? 1 : 0;
        if (left.length < head + 4) return;
        const length = head + left.readUInt32BE(head);
        if (left.length < length) return;
        if (isStarted && "QS".includes(String.fromCharCode(left[0] ?? 0))) roundTrips++;
        isStarted = true;
        left = left.subarray(length);
      }
    });
    upstream.pipe(client);
    client.on("close", () => upstream.destroy()).on("error", () => upstream.destroy());
    upstream.on("close", () => client.destroy()).on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    roundTrips: () => roundTrips,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
