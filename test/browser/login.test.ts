import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ExampleServer, startExample } from "../example-server.ts";
import { startChromium } from "./chromium.ts";

let shop: ExampleServer;
let chromium: Awaited<ReturnType<typeof startChromium>>;

beforeAll(async () => {
  [shop, chromium] = await Promise.all([startExample("login.ts"), startChromium()]);
}, 60_000);
afterAll(async () => {
  await shop?.stop();
  await chromium?.stop();
});

/** A new visitor, whose browser runs no JavaScript. */
async function visitor(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(shop.url);
  return page;
}

const text = (page: Page) => page.innerText("body");
const cookie = async (page: Page) => (await page.context().cookies())[0];

it("a browser signs in, fills a cart and signs out (B28, B30, B35, S13, S18, S42)", async () => {
  const page = await visitor(chromium.browser);
  expect(await text(page)).toContain("Visits so far: 1");
  await page.reload();
  expect(await text(page)).toContain("Visits so far: 2");

  const before = await cookie(page);
  expect(before).toMatchObject({
    name: "__Host-session",
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
    path: "/",
    domain: "127.0.0.1",
  });
  // Half an hour from now.
  expect((before?.expires ?? 0) - Date.now() / 1000).toBeGreaterThan(1700);
  expect((before?.expires ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(1800);

  await page.getByRole("button", { name: "Add Coffee" }).click();
  await page.getByRole("button", { name: "Add Cups & saucers" }).click();
  const items = await page.getByRole("listitem").allInnerTexts();
  const today = new Date().toISOString().slice(0, 8);
  expect(items[0]).toContain(`Coffee, added on ${today}`);
  expect(items[1]).toContain(`Cups & saucers, added on ${today}`);

  await page.getByLabel("Your name").fill('<b>Ada</b> & "Co"');
  await page.getByRole("button", { name: "Sign in" }).click();
  expect(await text(page)).toContain('Welcome, <b>Ada</b> & "Co"');
  expect(await text(page)).toContain('Signed in as <b>Ada</b> & "Co"');
  expect(await page.getByRole("listitem").count()).toBe(2);
  const signedIn = await cookie(page);
  expect(signedIn?.value).not.toBe(before?.value);
  // The message was for one page.
  await page.reload();
  expect(await text(page)).not.toContain("Welcome");
  expect(await text(page)).toContain("Signed in as");

  // The cookie from before the sign-in opens nothing, and the one of now opens it only until the sign-out.
  const replay = async (value: string | undefined) =>
    (await fetch(shop.url, { headers: { cookie: `__Host-session=${value}` } })).text();
  expect(await replay(before?.value)).toContain("Visits so far: 1<");
  expect(await replay(signedIn?.value)).toContain("Signed in as");
  await page.getByRole("button", { name: "Sign out" }).click();
  expect(await text(page)).toContain("Visits so far: 1");
  expect(await text(page)).not.toContain("Signed in as");
  expect(await page.getByRole("listitem").count()).toBe(0);
  expect((await cookie(page))?.value).not.toBe(signedIn?.value);
  expect(await replay(signedIn?.value)).not.toContain("Signed in as");
  await page.context().close();
});

it("two browsers have nothing to do with each other (B6)", async () => {
  const [one, two] = await Promise.all([visitor(chromium.browser), visitor(chromium.browser)]);
  await one.getByRole("button", { name: "Add Tea" }).click();
  await two.reload();
  expect(await one.getByRole("listitem").count()).toBe(1);
  expect(await two.getByRole("listitem").count()).toBe(0);
  expect(await text(two)).toContain("Visits so far: 2");
  await Promise.all([one.context().close(), two.context().close()]);
});

it("a form of another site signs nobody out, and comes without the cookie", async () => {
  const evil = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<form method="post" action="${shop.url}/sign-out"><button>Win</button></form>`);
  });
  await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
  try {
    const page = await visitor(chromium.browser);
    await page.getByLabel("Your name").fill("Ada");
    await page.getByRole("button", { name: "Sign in" }).click();
    // Another site, not only another port: cookies know no ports.
    await page.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`);
    const sent = page.waitForRequest((it) => it.url().endsWith("/sign-out"));
    await page.getByRole("button", { name: "Win" }).click();
    expect((await (await sent).allHeaders())["cookie"]).toBeUndefined();
    expect(await text(page)).toContain("another site");
    await page.goto(shop.url);
    expect(await text(page)).toContain("Signed in as Ada");
    await page.context().close();
  } finally {
    evil.close();
    evil.closeAllConnections();
  }
});

it("the shop's log tells what became of sessions, and no token", async () => {
  const page = await visitor(chromium.browser);
  const value = (await cookie(page))?.value ?? "none";
  await page.context().close();
  expect(shop.output()).toMatch(/^created [\w-]{16}$/m);
  expect(shop.output()).toMatch(/^rotated [\w-]{16}$/m);
  expect(shop.output()).not.toContain(value);
});
