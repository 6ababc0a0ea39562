import { expect } from "vitest";

/** Sends a request to the program of a recipe. */
export type Send = (path: string, init?: RequestInit) => Promise<Response>;

const HEADERS = { "content-type": "application/x-www-form-urlencoded" };

function cookieOf(response: Response): string {
  const cookies = response.headers.getSetCookie();
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatch(/^__Host-visitor=.+; Path=\/; HttpOnly; Secure; SameSite=Lax/);
  expect(response.headers.get("cache-control")).toContain("no-store");
  expect(response.headers.get("vary")).toMatch(/cookie/i);
  return cookies[0]?.split(";")[0] ?? "";
}

/** Counts, signs in and out, and does what should fail: what each recipe promises. */
export async function visitRecipe(send: Send): Promise<void> {
  const get = (cookie = "") => send("/", { headers: { cookie } });
  const text = async (cookie: string) => (await get(cookie)).text();
  const post = (path: string, cookie: string, more: RequestInit = {}) =>
    send(path, { method: "POST", redirect: "manual", headers: { ...HEADERS, cookie }, ...more });

  // A count, also of requests at the same time.
  const first = await get();
  expect(first.headers.get("content-type")).toMatch(/^text\/html/);
  expect(await first.text()).toContain("<p>Hello guest, this is visit 1.</p>");
  const guest = cookieOf(first);
  const pages = await Promise.all(Array.from({ length: 10 }, () => text(guest)));
  const counts = pages.map((it) => Number(/visit (\d+)/.exec(it)?.[1])).sort((a, b) => a - b);
  expect(counts).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

  // A sign-in moves the session, and shows its message once.
  const signIn = await post("/sign-in", guest, { body: "user=Ada" });
  expect([signIn.status, signIn.headers.get("location")]).toEqual([303, "/"]);
  const ada = cookieOf(signIn);
  expect(ada).not.toBe(guest);
  expect(await text(ada)).toMatch(/<p>Welcome, Ada\.<\/p>\s*<p>Hello Ada, this is visit 12\.<\/p>/);
  expect(await text(ada)).toMatch(/<p><\/p>\s*<p>Hello Ada, this is visit 13\.<\/p>/);

  // What is refused has the status of its error, and changes nothing.
  expect((await get(guest)).status).toBe(401);
  expect((await post("/sign-in", ada, { body: "user=%3Cb%3E" })).status).toBe(422);
  expect((await post("/sign-in", ada, { body: "name=Ada" })).status).toBe(422);
  const forged = { ...HEADERS, cookie: ada, "sec-fetch-site": "cross-site" };
  expect((await post("/sign-out", "", { headers: forged })).status).toBe(403);
  expect(await text(ada)).toContain("<p>Hello Ada, this is visit 14.</p>");
  expect((await send("/none")).status).toBe(404);

  // A sign-out ends the session, and says so on the next page.
  const signOut = await post("/sign-out", ada);
  expect([signOut.status, signOut.headers.get("location")]).toEqual([303, "/"]);
  const nobody = cookieOf(signOut);
  expect(await text(nobody)).toMatch(
    /<p>You are signed out\.<\/p>\s*<p>Hello guest, this is visit 1\.<\/p>/,
  );
  expect(await text(ada)).toContain("<p>Hello guest, this is visit 1.</p>");
}
