// Serves the app of one router and prints its origin: `node test/behaviour/main.ts Hono`.
import process from "node:process";
import { type App, apps } from "./apps.ts";
import { serve } from "./serve.ts";

const { origin } = await serve((await apps[process.argv[2] ?? ""]?.()) as App);
console.log(origin);
