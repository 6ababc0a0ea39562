// Makes the load, in a process of its own so that it shares no caches and no thread with what is measured.
import { connect, type Socket } from "node:net";
import { answer } from "../lib/child.ts";

/** What to load a server with. */
export interface Load {
  readonly port: number;
  readonly path: string;
  /** Ends after so many milliseconds … */
  readonly milliseconds?: number;
  /** … or after so many requests. */
  readonly requests?: number;
  /**
   * How many requests a second are made, as long as the server keeps up. Left out: each client asks again as soon as it has
   * its answer.
   */
  readonly perSecond?: number;
  /** How many clients wait for their answers at a time, at most. */
  readonly connections: number;
  /** Whether all of them are one browser, with one cookie jar. Otherwise each has its own, which it keeps. */
  readonly isOneBrowser?: boolean;
}

/** What came of it. */
export interface LoadResult {
  readonly requests: number;
  readonly failed: number;
  readonly seconds: number;
  /** The body of the last answer. */
  readonly body: string;
}

/** The cookies of one browser. */
class Jar {
  readonly #cookies = new Map<string, string>();
  header = "";

  store(head: string): void {
    for (const [, name = "", value = ""] of head.matchAll(/\r\nset-cookie: ([^=;]+)=([^;\r]*)/gi)) {
      this.#cookies.set(name, value);
      const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
      this.header = `Cookie: ${pairs.join("; ")}\r\n`;
    }
  }
}

/** One connection, which is kept open, and asks again as soon as it has its answer. */
class Connection {
  readonly #socket: Socket;
  readonly jar: Jar;
  #received = "";
  #answered: (status: number, body: string) => void = () => {};

  constructor(port: number, jar: Jar) {
    this.jar = jar;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.setEncoding("latin1").on("data", (text: string) => this.#receive(text));
    this.#socket.on("close", () => this.#answered(0, ""));
    this.#socket.on("error", () => {});
  }

  /** Sends a request; what it is answered is told by a call, not by a promise, which would cost the load more. */
  ask(path: string, answered: (status: number, body: string) => void): void {
    this.#answered = answered;
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${this.jar.header}\r\n`);
  }

  #receive(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.slice(0, end + 2);
    const body = this.#received.slice(end + 4);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined ? !body.endsWith("0\r\n\r\n") : body.length < Number(length)) return;
    this.#received = "";
    this.jar.store(head);
    const content = length === undefined ? (body.split("\r\n")[1] ?? "") : body;
    this.#answered(Number(head.slice(9, 12)), content);
  }

  end(): void {
    this.#socket.destroy();
  }
}

const open = new Map<number, Connection[]>();

/** Returns connections that are kept for the next load of the same port. */
function connectionsTo(port: number, count: number): Connection[] {
  const connections =
    open.get(port) ?? Array.from({ length: count }, () => new Connection(port, new Jar()));
  open.set(port, connections);
  return connections;
}

/**
 * Makes requests at a given rate. It asks for the time again and again and never sleeps, because waking it would be work of
 * the server, and more of it the more often a slow server lets it sleep.
 */
async function pace({
  connections,
  milliseconds = 0,
  path,
  perSecond = 0,
  port,
}: Load): Promise<LoadResult> {
  const clients = connectionsTo(port, connections);
  const free = [...clients];
  const started = performance.now();
  let done = 0;
  let failed = 0;
  let last = "";
  let sent = 0;
  for (let passed = 0; passed < milliseconds; passed = performance.now() - started) {
    const due = (passed / 1000) * perSecond;
    for (let client = free[0]; client !== undefined && sent < due; client = free[0]) {
      free.shift();
      sent++;
      const asked = client;
      asked.ask(path, (status, body) => {
        done++;
        last = body;
        if (status !== 200) failed++;
        free.push(asked);
      });
    }
    await new Promise(setImmediate);
  }
  while (free.length < clients.length) await new Promise(setImmediate);
  return { requests: done, failed, seconds: (performance.now() - started) / 1000, body: last };
}

function load(order: Load): Promise<LoadResult> {
  if (order.perSecond !== undefined) return pace(order);
  const { connections, isOneBrowser, milliseconds, path, port, requests } = order;
  const jar = new Jar();
  const clients = isOneBrowser
    ? Array.from({ length: connections }, () => new Connection(port, jar))
    : connectionsTo(port, connections);
  const started = performance.now();
  const end = started + (milliseconds ?? Number.POSITIVE_INFINITY);
  let left = requests ?? Number.POSITIVE_INFINITY;
  let done = 0;
  let failed = 0;
  let last = "";
  return new Promise((resolve) => {
    let busy = clients.length;
    const next = (client: Connection): void => {
      if (left <= 0 || performance.now() >= end) {
        if (--busy > 0) return;
        if (isOneBrowser) readAndEnd();
        else resolve(result(last));
        return;
      }
      left--;
      client.ask(path, (status, body) => {
        done++;
        last = body;
        if (status !== 200) failed++;
        if (status !== 0) next(client);
      });
    };
    const result = (body: string): LoadResult => ({
      requests: done,
      failed,
      seconds: (performance.now() - started) / 1000,
      body,
    });
    /** Reads what the browser's session holds in the end. */
    const readAndEnd = (): void => {
      clients[0]?.ask("/read", (_, body) => {
        resolve(result(body));
        for (const client of clients) client.end();
      });
    };
    if (!isOneBrowser) for (const client of clients) next(client);
    // The session is there before the others come.
    else
      clients[0]?.ask("/count", () => {
        for (const client of clients) next(client);
      });
  });
}

answer(load);
