import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { expect } from "vitest";
import { installTool } from "./runtimes.ts";

/** The release that the tests install. */
const MINIFLARE = "miniflare@4.20260426.0";

const WORKER = { modules: true, compatibilityDate: "2026-04-01" };

/** A Worker that runs on workerd. */
export interface Worker {
  readonly origin: string;
  /** Sends a request to it, by a path. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Ends it. */
  dispose(): Promise<void>;
}

interface Miniflare {
  readonly ready: Promise<URL>;
  dispose(): Promise<void>;
}

/** Runs Workers on workerd, Cloudflare's own runtime. */
export class Workerd {
  #Miniflare: (new (options: object) => Miniflare) | undefined;

  /** Installs it. */
  async install(): Promise<void> {
    const home = installTool(MINIFLARE);
    const { main } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    this.#Miniflare = (await import(pathToFileURL(join(home, main)).href)).Miniflare;
  }

  /**
   * Bundles a file of `workers/` for workerd, from the package as it is built, and starts it.
   *
   * @param options - more options of Miniflare, such as bindings
   */
  start(file: string, options: object = {}): Promise<Worker> {
    const entry = fileURLToPath(new URL(`workers/${file}`, import.meta.url));
    return this.#start({ entryPoints: [entry] }, options);
  }

  /**
   * Starts two Workers of one file, each in its own isolate, and a third that gives them requests in
   * turn.
   *
   * @param options - of both; a class of Durable Objects is that of the Worker `one`
   */
  async startTwo(file: string, options: object): Promise<Worker> {
    const entry = fileURLToPath(new URL(`workers/${file}`, import.meta.url));
    const contents = `
      import { env } from "cloudflare:workers";
      let requests = 0;
      export default { fetch: (request) => (requests++ % 2 ? env.ONE : env.TWO).fetch(request) };`;
    const script = await bundle({ entryPoints: [entry] });
    const both = ["one", "two"].map((name) => ({ ...WORKER, ...options, name, script }));
    const gate = { name: "gate", serviceBindings: { ONE: "one", TWO: "two" } };
    return this.#start({ stdin: { contents } }, gate, both);
  }

  /** Starts a fetch-style app as a Worker. The module exports `fetch`. */
  startApp(module: URL): Promise<Worker> {
    const path = JSON.stringify(fileURLToPath(module));
    const contents = `import { fetch } from ${path}; export default { fetch };`;
    return this.#start({ stdin: { contents, resolveDir: "." } });
  }

  async #start(entry: BuildOptions, options: object = {}, others: object[] = []): Promise<Worker> {
    if (this.#Miniflare === undefined) throw new Error("install workerd first");
    const first = { ...WORKER, ...options, script: await bundle(entry) };
    const miniflare = new this.#Miniflare({ workers: [first, ...others] });
    const url = await miniflare.ready;
    return {
      origin: url.origin,
      fetch: (path, init) => {
        const headers = new Headers(init?.headers);
        // A connection that is kept may be closed by workerd while the next request is on its way.
        headers.set("connection", "close");
        return fetch(new URL(path, url), { ...init, headers });
      },
      dispose: () => miniflare.dispose(),
    };
  }
}

/** Bundles a module for workerd, from the package as it is built. */
async function bundle(entry: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({
    ...entry,
    bundle: true,
    write: false,
    format: "esm",
    // Not the source that our own tsconfig.json names.
    tsconfigRaw: {},
    // Nothing of Node.js can be imported.
    platform: "neutral",
    conditions: ["workerd", "worker", "browser"],
    // As Cloudflare's own bundler.
    mainFields: ["browser", "module", "main"],
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["cloudflare:*"],
  });
  return outputFiles[0]?.text ?? "";
}

/** Runs the suite of a Worker, a test a request. Returns the tests that fail, and why. */
export async function failures(worker: Worker): Promise<string[]> {
  const titles = (await (await worker.fetch("/tests")).json()) as string[];
  expect(titles.length).toBeGreaterThan(50);
  const failed: string[] = [];
  for (const [index, title] of titles.entries()) {
    const text = await (await worker.fetch(`/tests/${index}`, { method: "POST" })).text();
    if (text !== "") failed.push(`${title}: ${text}`);
  }
  return failed;
}
