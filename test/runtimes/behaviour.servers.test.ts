import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe } from "vitest";
import { apps } from "../behaviour/apps.ts";
import { describeBehaviour } from "../behaviour/describe-behaviour.ts";
import type { RouterResults } from "../behaviour/results.ts";
import { makeProject } from "../package/installed.ts";
import { endWithThisProcess, makeFolder, removeFolder } from "../servers/leftovers.ts";
import { type Worker, Workerd } from "./miniflare.ts";
import { chosenRuntimes } from "./runtimes.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const libraries = ["zod", "srvx", "itty-router", "itty-router-5", "hono", "h3", "elysia"];
const ofNode = ["express", "express-4", "connect", "fastify"];

// What does not run, for a reason that is not ours, by router.
const elysia = {
  Elysia: {
    "streams: the cookie leaves with the head, and the body reads and writes the session":
      "Elysia streams texts, where the runtime takes only bytes.",
  },
};
const reasons: Record<string, Record<string, RouterResults>> = { Deno: elysia };

const project = makeFolder("behaviour");
beforeAll(async () => {
  makeProject(project, [...libraries, "react-router", "react", ...ofNode]);
  // As JavaScript, because not every runtime reads TypeScript. Libraries stay where they are.
  await build({
    entryPoints: [path("serve-apps.ts")],
    outdir: project,
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    tsconfigRaw: {},
  });
}, 120_000);
afterAll(() => removeFolder(project));

// On Node.js 24, which runs these tests, they run without a process of their own.
describe.each(chosenRuntimes().filter((it) => it.title !== "Node 24"))("$title", (runtime) => {
  let server: ChildProcess;
  let origins: Record<string, string> = {};
  beforeAll(async () => {
    const args = [...runtime.args, "serve-apps.js", ...Object.keys(apps)];
    const stdio: ["ignore", "pipe", "inherit"] = ["ignore", "pipe", "inherit"];
    const started = spawn(runtime.program(), args, { cwd: project, stdio });
    server = started;
    endWithThisProcess(server);
    const [line] = await Promise.race([
      once(createInterface(started.stdout), "line"),
      once(started, "exit").then(() => ["{}"]),
    ]);
    origins = JSON.parse(line);
  }, 120_000);
  afterAll(() => void server.kill());

  const start = async (router: string) => ({
    origin: origins[router] ?? "",
    close: async () => {},
  });
  describeBehaviour(runtime.title, start, reasons[runtime.title]);
});

describe("workerd", () => {
  const workerd = new Workerd();
  beforeAll(() => workerd.install(), 120_000);
  const running: Worker[] = [];
  afterAll(() => Promise.all(running.map((it) => it.dispose())));

  const modules: Record<string, string> = {
    "itty-router 6": "itty-router",
    "itty-router 5": "itty-router-5",
    "fetch handler": "fetch",
    Hono: "hono",
    "h3 2": "h3",
    Elysia: "elysia",
    "React Router": "react-router",
  };
  const others = Object.keys(apps).filter((it) => modules[it] === undefined);
  describeBehaviour(
    "workerd",
    async (router) => {
      const file = new URL(`../behaviour/apps/${modules[router]}.ts`, import.meta.url);
      const worker = await workerd.startApp(file);
      running.push(worker);
      return { origin: worker.origin, close: async () => {} };
    },
    {
      ...elysia,
      ...Object.fromEntries(others.map((it) => [it, "It needs a server of Node.js."])),
    },
  );
});
