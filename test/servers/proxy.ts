import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, as a network that can fail. */
export interface TcpProxy {
  /** The server's address, with the proxy in its place. */
  readonly url: string;
  /**
   * Lets the next request through, after so many others, and breaks its connection instead of
   * giving the answer. Resolves once it has.
   */
  cutNext(after?: number): Promise<void>;
  /** Breaks all connections. */
  cut(): void;
  /** Passes nothing on any more, in either direction, and says nothing of it. */
  hold(): void;
  /** Passes on again, also what came meanwhile. */
  resume(): void;
  /** Passes on again for new connections. Those held so far stay silent for ever. */
  resumeAnew(): void;
  close(): Promise<void>;
}

/**
 * Starts a proxy to the server of an address. `watch` is called for each connection and gets what
 * the client sends.
 */
export async function startProxy(
  target: string,
  watch: () => (chunk: Buffer) => void = () => () => {},
): Promise<TcpProxy> {
  const url = new URL(target);
  const { hostname: host, port } = url;
  const sockets = new Set<Socket>();
  let isHeld = false;
  let untilCut = Infinity;
  let onCut = () => {};

  const server = createServer((client) => {
    const upstream = connect(Number(port || 6379), host);
    const seen = watch();
    let isToBeCut = false;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on("error", () => other.destroy());
    }
    client.on("data", (chunk) => {
      isToBeCut ||= --untilCut < 0;
      if (isToBeCut) untilCut = Infinity;
      seen(chunk);
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (!isToBeCut) return client.write(chunk);
      client.destroy();
      onCut();
    });
    if (isHeld) for (const socket of [client, upstream]) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  url.hostname = "127.0.0.1";
  url.port = `${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    cutNext: (after = 0) => {
      untilCut = after;
      return new Promise((resolve) => {
        onCut = resolve;
      });
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    hold: () => {
      isHeld = true;
      for (const socket of sockets) socket.pause();
    },
    resume: () => {
      isHeld = false;
      for (const socket of sockets) socket.resume();
    },
    resumeAnew: () => {
      isHeld = false;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Counts what a client of Postgres waits for: the messages `Query` and `Sync` of the protocol. */
export function postgresRoundTrips(): { count: number; watch: () => (chunk: Buffer) => void } {
  const counter = { count: 0, watch };
  function watch(): (chunk: Buffer) => void {
    let left = Buffer.alloc(0);
    let isStarted = false;
    return (chunk) => {
      left = Buffer.concat([left, chunk]);
      // The first message has no type; every other has one byte of it. Then comes the length, its
      // own four bytes included.
      for (;;) {
        const head = isStarted ? 1 : 0;
        if (left.length < head + 4) return;
        const length = head + left.readUInt32BE(head);
        if (left.length < length) return;
        if (isStarted && "QS".includes(String.fromCharCode(left[0] ?? 0))) counter.count++;
        isStarted = true;
        left = left.subarray(length);
      }
    };
  }
  return counter;
}
