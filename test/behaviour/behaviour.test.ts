import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type App, apps } from "./apps.ts";
import { describeBehaviour } from "./describe-behaviour.ts";
import { serve } from "./serve.ts";
import { supportPage } from "./support-page.ts";

describeBehaviour("Node 24", async (router) => serve((await apps[router]?.()) as App));

it("docs/support.md is what the results say: write it with `npm run support`", () => {
  expect(readFileSync("docs/support.md", "utf8")).toBe(supportPage());
});
