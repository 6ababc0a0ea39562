import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apps } from "./apps.ts";
import { type RouterResults, resultsFile } from "./results.ts";
import { scenarios } from "./scenarios.ts";
import type { Running } from "./serve.ts";

/**
 * Runs the scenarios on every router's app, and compares what came of it with the results that are
 * kept. `npm run support` keeps new ones.
 *
 * @param runtime - its name, as in the table
 * @param start - serves the app of a router on the runtime
 * @param reasons - why a router's app is not run, or by the names of scenarios why these are not
 */
export function describeBehaviour(
  runtime: string,
  start: (router: string) => Promise<Running>,
  reasons: Readonly<Record<string, RouterResults>> = {},
): void {
  const results: Record<string, RouterResults> = {};
  const routers = Object.keys(apps);
  for (const router of routers.filter((it) => typeof reasons[it] === "string"))
    results[router] = reasons[router] as string;

  describe.each(routers.filter((it) => results[it] === undefined))(`%s on ${runtime}`, (router) => {
    const passed: Record<string, string> = {};
    results[router] = passed;
    let running: Running;
    beforeAll(async () => {
      running = await start(router);
    });
    afterAll(() => running?.close());

    for (const [name, run] of Object.entries(scenarios)) {
      const reason = (reasons[router] as Readonly<Record<string, string>> | undefined)?.[name];
      if (reason !== undefined) passed[name] = reason;
      it.skipIf(reason !== undefined)(name, async () => {
        await run(running.origin);
        passed[name] = "passed";
      });
    }
  });

  it(`what routers do on ${runtime} is what docs/support.md says`, async () => {
    const text = `${JSON.stringify(results, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(fileURLToPath(resultsFile(runtime)));
  });
}
