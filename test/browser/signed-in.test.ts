import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { cookieKey, defineSession } from "zession";
import { expressSession } from "zession/routers/express";
import { signedIn } from "zession/testing";
import { z } from "zod";
import { startChromium } from "./chromium.ts";

it("a browser of Playwright is signed in by signedIn, on this machine over plain HTTP", async () => {
  const visitors = defineSession({
    name: "visitor",
    value: z.object({ user: z.string() }),
    keyFn: cookieKey(),
    privileged: ["user"],
  });
  const middleware = expressSession(visitors);
  const server = createServer((req, res) => {
    middleware(req, res, async () => {
      if (req.url === "/sign-out") await visitors.of(req).remove();
      res.end((await visitors.of(req).find())?.user ?? "nobody");
    });
  }).listen(0, "127.0.0.1");
  const { browser, stop } = await startChromium();
  try {
    const { port } = server.address() as AddressInfo;
    for (const url of [`http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
      const context = await browser.newContext();
      await context.addCookies((await signedIn(visitors, { user: "Ada" })).browserCookies(url));
      const page = await context.newPage();
      const visit = async (path: string) => (await page.goto(`${url}${path}`))?.text();
      expect(await visit("/")).toBe("Ada");
      expect(await visit("/sign-out")).toBe("nobody");
      expect(await visit("/")).toBe("nobody");
      await context.close();
    }
  } finally {
    await stop();
    server.close();
    server.closeAllConnections();
  }
});
