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
const cookies = (page: Page) => page.context().cookies();
const cookie = async (page: Page) => (await cookies(page))[0];
/** Presses a button, each of which sends a form, and waits for the page that comes of it. */
async function press(page: Page, name: string): Promise<void> {
  const loaded = page.waitForEvent("load");
  await page.getByRole("button", { name, exact: true }).click();
  await loaded;
}
const add = (page: Page, title: string) => press(page, `Add ${title} to the cart`);
const inCart = async (page: Page) => Number(await page.innerText(".count"));

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(`${shop.url}/sign-in`);
  await page.getByLabel("Your name").fill(name);
  await press(page, "Sign in");
}

it("a browser fills a cart, signs in, orders and signs out (B28, B30, B35, S13, S18, S42)", async () => {
  const page = await visitor(chromium.browser);
  expect(await cookies(page)).toEqual([]);

  await add(page, "Emma");
  await add(page, "War & Peace");
  const before = await cookie(page);
  expect(before).toMatchObject({
    name: "__Host-session",
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
    path: "/",
    domain: "127.0.0.1",
  });
  // What is left of twelve hours.
  expect((before?.expires ?? 0) - Date.now() / 1000).toBeGreaterThan(43_000);
  expect((before?.expires ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(43_200);

  await page.getByRole("link", { name: "Cart 2" }).click();
  await press(page, "One more: Emma");
  await press(page, "One more: Emma");
  await press(page, "One less: Emma");
  expect(await page.getByRole("status", { name: "Quantity: Emma" }).innerText()).toBe("2");
  expect(await text(page)).toContain("€49.80");
  expect(await inCart(page)).toBe(3);

  await page.getByRole("link", { name: "Sign in to order" }).click();
  await page.getByLabel("Your name").fill('<b>Ada</b> & "Co"');
  await press(page, "Sign in");
  expect(await text(page)).toContain('Welcome, <b>Ada</b> & "Co".');
  expect(await inCart(page)).toBe(3);
  const signedIn = await cookie(page);
  expect(signedIn?.value).not.toBe(before?.value);
  // The message was for one page.
  await page.reload();
  expect(await text(page)).not.toContain("Welcome");
  expect(await text(page)).toContain('<b>Ada</b> & "Co"');

  await press(page, "Place order");
  expect(await text(page)).toContain("2 × Emma");
  expect(await text(page)).toContain("1 × War & Peace");
  expect(await inCart(page)).toBe(0);

  // The cookie from before the sign-in opens nothing, and the one of now opens it only until the
  // sign-out.
  const replay = async (value: string | undefined) =>
    (await fetch(`${shop.url}/orders`, { headers: { cookie: `__Host-session=${value}` } })).text();
  expect(await replay(before?.value)).not.toContain("Emma");
  expect(await replay(signedIn?.value)).toContain("Emma");
  await press(page, "Sign out");
  expect(await text(page)).toContain("You are signed out.");
  expect(await text(page)).not.toContain("Ada");
  expect((await cookie(page))?.value).not.toBe(signedIn?.value);
  expect(await replay(signedIn?.value)).not.toContain("Emma");
  await page.context().close();
});

it("the Back button shows nothing of a user who has signed out (S50)", async () => {
  const page = await visitor(chromium.browser);
  await signIn(page, "Ada");
  await add(page, "Walden");
  await page.goto(`${shop.url}/cart`);
  await press(page, "Place order");
  expect(await text(page)).toContain("1 × Walden");
  await press(page, "Sign out");
  await page.goBack();
  expect(await text(page)).not.toContain("Walden");
  expect(await text(page)).not.toContain("Ada");
  await page.context().close();
});

it("a sign-in that is double-clicked leaves the browser signed in (S15)", async () => {
  const page = await visitor(chromium.browser);
  await add(page, "Emma");
  await page.goto(`${shop.url}/sign-in`);
  await page.getByLabel("Your name").fill("Ada");
  await page.getByRole("button", { name: "Sign in", exact: true }).dblclick();
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await page.reload();
  expect(await text(page)).toContain("Ada");
  await page.context().close();
});

it("two browsers have nothing to do with each other (B6)", async () => {
  const [one, two] = await Promise.all([visitor(chromium.browser), visitor(chromium.browser)]);
  await add(one, "Emma");
  await two.reload();
  expect(await inCart(one)).toBe(1);
  expect(await inCart(two)).toBe(0);
  await Promise.all([one.context().close(), two.context().close()]);
});

it("a form of another site or another port signs nobody out (D7)", async () => {
  const evil = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<form method="post" action="${shop.url}/sign-out"><button>Win</button></form>`);
  });
  await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
  const { port } = evil.address() as AddressInfo;
  try {
    const page = await visitor(chromium.browser);
    await signIn(page, "Ada");
    // Cookies know no ports: the form of another port comes with the cookie, that of another site
    // without it.
    for (const [host, hasCookie] of [["localhost", false] as const, ["127.0.0.1", true] as const]) {
      await page.goto(`http://${host}:${port}/`);
      const sent = page.waitForRequest((it) => it.url().endsWith("/sign-out"));
      await press(page, "Win");
      expect("cookie" in (await (await sent).allHeaders())).toBe(hasCookie);
      expect(await text(page)).toContain("This form was sent from another site.");
      await page.goto(shop.url);
      expect(await text(page)).toContain("Ada");
    }
    await page.context().close();
  } finally {
    evil.close();
    evil.closeAllConnections();
  }
});

it.each([
  { colorScheme: "light", width: 1280, background: "rgb(251, 248, 242)" },
  { colorScheme: "dark", width: 360, background: "rgb(23, 21, 18)" },
] as const)(
  "the pages fit the screen, and their policy forbids nothing that they need: $colorScheme, $width pixels",
  async ({ colorScheme, width, background }) => {
    const viewport = { width, height: 800 };
    const context = await chromium.browser.newContext({ colorScheme, viewport });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("console", (message) => errors.push(message.text()));
    await page.goto(shop.url);
    await signIn(page, "A name of forty letters, which is long a");
    await add(page, "Emma");
    for (const path of ["/", "/cart", "/sign-in", "/orders"]) {
      await page.goto(`${shop.url}${path}`);
      const seen = await page.evaluate(() => ({
        background: getComputedStyle(document.documentElement).backgroundColor,
        overflow: document.documentElement.scrollWidth - innerWidth,
      }));
      expect(seen).toEqual({ background, overflow: 0 });
    }
    expect(errors).toEqual([]);
    await context.close();
  },
);

it("the shop's log tells what became of sessions, and no token (S11)", async () => {
  const page = await visitor(chromium.browser);
  await signIn(page, "Ada");
  await add(page, "Emma");
  const value = (await cookie(page))?.value ?? "none";
  await page.context().close();
  expect(shop.output()).toMatch(/^created [\w-]{16}$/m);
  expect(shop.output()).toMatch(/^rotated [\w-]{16}$/m);
  expect(shop.output()).not.toContain(value);
});
