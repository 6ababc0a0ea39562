// Measures Zession beside its peers. `npm run bench -- http codec` runs some parts, `--quick` shows only that they run.
import { parseArgs } from "node:util";
import { print, publish } from "./lib/results.ts";
import type { Part } from "./lib/section.ts";

/** Each part, loaded only where it runs. */
const parts: Record<string, () => Promise<Part>> = {
  http: async () => (await import("./parts/http.ts")).http,
  lost: async () => (await import("./parts/lost.ts")).lost,
  codec: async () => (await import("./parts/codec.ts")).codec,
  drivers: async () => (await import("./parts/drivers.ts")).drivers,
  fairness: async () => (await import("./parts/fairness.ts")).fairness,
  memory: async () => (await import("./parts/memory.ts")).memory,
  size: async () => (await import("./parts/size.ts")).size,
  editor: async () => (await import("./parts/editor.ts")).editor,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !(name in parts));
if (unknown.length > 0)
  throw new Error(`there is no part ${unknown}; there are ${Object.keys(parts).join(", ")}`);

for (const [name, load] of Object.entries(parts)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\nmeasuring: ${name}`);
  const measure = await load();
  const section = await measure({ isQuick: values.quick });
  print(section);
  if (!values.quick) await publish(section);
}
