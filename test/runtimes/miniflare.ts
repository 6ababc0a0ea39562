import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";

/** The release that the tests install: 165 MB with workerd, too much for everybody's `npm ci`. */
const MINIFLARE = "miniflare@4.20260426.0";

/** A Worker that runs on workerd. */
export interface Worker {
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
  readonly #folder = makeFolder("workerd");
  #Miniflare: (new (options: object) => Miniflare) | undefined;

  /** Installs it into a temporary folder. */
  async install(): Promise<void> {
    const args = ["install", "--prefix", this.#folder, "--no-save", "--no-audit", MINIFLARE];
    const { status, stderr } = spawnSync("npm", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`npm could not install ${MINIFLARE}: ${stderr}`);
    const home = join(this.#folder, "node_modules", "miniflare");
    const { main } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    this.#Miniflare = (await import(pathToFileURL(join(home, main)).href)).Miniflare;
  }

  /**
   * Bundles a file of `workers/` for workerd, from the package as it is built, and starts it.
   *
   * @param options - more options of Miniflare, such as bindings
   */
  async start(file: string, options: object = {}): Promise<Worker> {
    if (this.#Miniflare === undefined) throw new Error("install workerd first");
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL(`workers/${file}`, import.meta.url))],
      bundle: true,
      write: false,
      format: "esm",
      // Not the source that our own tsconfig.json names.
      tsconfigRaw: {},
      // Nothing of Node.js can be imported.
      platform: "neutral",
      conditions: ["workerd", "worker", "browser"],
      external: ["cloudflare:*"],
    });
    const script = outputFiles[0]?.text ?? "";
    const all = { modules: true, script, compatibilityDate: "2026-04-01", ...options };
    const miniflare = new this.#Miniflare(all);
    const url = await miniflare.ready;
    return {
      fetch: (path, init) => {
        const headers = new Headers(init?.headers);
        // A connection that is kept may be closed by workerd while the next request is on its way.
        headers.set("connection", "close");
        return fetch(new URL(path, url), { ...init, headers });
      },
      dispose: () => miniflare.dispose(),
    };
  }

  /** Deletes what `install` has installed. */
  remove(): void {
    removeFolder(this.#folder);
  }
}
