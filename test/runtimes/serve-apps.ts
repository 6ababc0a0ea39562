// Serves the apps of the routers that the arguments name, each on a port of its own. Prints where.
import process from "node:process";
import { type App, apps } from "../behaviour/apps.ts";
import { serve } from "../behaviour/serve.ts";

const origins: Record<string, string> = {};
for (const router of process.argv.slice(2)) {
  const { origin } = await serve((await apps[router]?.()) as App);
  origins[router] = origin;
}
console.log(JSON.stringify(origins));
