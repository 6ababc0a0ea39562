// Serves one app: node serve.ts <file of apps/> <name>.
import type { Start } from "../apps/app.ts";
import { answer } from "../lib/child.ts";

const [, , file = "", name = ""] = process.argv;
const { apps } = (await import(`../apps/${file}.ts`)) as { apps: Record<string, Start> };
const start = apps[name];
if (start === undefined) throw new Error(`apps/${file}.ts has no "${name}"`);
const port = await start();

/** Answers "port", or "cpu" with the microseconds of processor time that this process has used. */
answer((question: "port" | "cpu") => {
  if (question === "port") return port;
  const { system, user } = process.cpuUsage();
  return user + system;
});
