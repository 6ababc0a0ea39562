import { describe, expect, it } from "vitest";
import {
  addVary,
  editHeaders,
  forbidStoring,
  keepPrivate,
  withHeaders,
} from "../../src/http/response.ts";

/** What `Cache-Control` becomes. */
function edited(edit: (headers: Headers) => void, control: string | undefined): string | null {
  const headers = new Headers(control === undefined ? {} : { "cache-control": control });
  edit(headers);
  return headers.get("cache-control");
}

const TARGETED = [
  "CDN-Cache-Control",
  "Cloudflare-CDN-Cache-Control",
  "Vercel-CDN-Cache-Control",
  "Netlify-CDN-Cache-Control",
  "Surrogate-Control",
  "Edge-Control",
  "X-Accel-Expires",
];

describe("forbidStoring", () => {
  it.each<[string | undefined, string]>([
    [undefined, "no-store"],
    ["", "no-store"],
    ["private, max-age=60", "private, max-age=60, no-store"],
    ["No-Store", "No-Store"],
    ["x-no-store", "x-no-store, no-store"],
    ["no-store=1", "no-store=1, no-store"],
    ["public, max-age=600, s-maxage=900", "max-age=600, no-store"],
    ["no-store, must-understand", "no-store"],
    ['public, ext="a, no-store, b"', 'ext="a, no-store, b", no-store'],
    ['x=" no-store "', 'x=" no-store ", no-store'],
    ['ext="\\", no-store"', 'ext="\\", no-store", no-store'],
    ['private="public"', 'private="public", no-store'],
    // Nothing that a cache would read as part of a quote.
    ['max-age=1, x="abc', "max-age=1, x=, abc, no-store"],
    ['x="a, no-store', "x=, a, no-store"],
  ])("turns %j into %j (S50, S51)", (control, expected) => {
    expect(edited(forbidStoring, control)).toBe(expected);
  });
});

describe("keepPrivate", () => {
  it.each<[string | undefined, string]>([
    [undefined, "private"],
    ["max-age=60", "max-age=60, private"],
    ["public, max-age=600", "max-age=600, private"],
    ["PUBLIC", "private"],
    ["s-maxage=60, max-age=5", "max-age=5, private"],
    ["private, max-age=60", "private, max-age=60"],
    ["no-store", "no-store"],
    ["public, no-store", "no-store"],
    ["no-cache", "no-cache, private"],
    ['private="set-cookie", max-age=60', "max-age=60, private"],
    ['private="public"', "private"],
    ['ext="no-store", public', 'ext="no-store", private'],
    ['ext="private, public"', 'ext="private, public", private'],
    ["must-understand, no-store", "no-store"],
  ])("turns %j into %j (S50, S51)", (control, expected) => {
    expect(edited(keepPrivate, control)).toBe(expected);
  });
});

describe.each([forbidStoring, keepPrivate])("$name", (edit) => {
  it.each(TARGETED)("leaves no %s behind, which some caches prefer (S50)", (name) => {
    const headers = new Headers({ [name]: "max-age=600", "x-cache-control-seen": "1" });
    edit(headers);
    expect([...headers.keys()]).toEqual(["cache-control", "x-cache-control-seen"]);
  });
});

describe("addVary", () => {
  it.each<[string | undefined, string]>([
    [undefined, "Cookie"],
    ["Accept", "Accept, Cookie"],
    ["accept,COOKIE", "accept,COOKIE"],
    ["X-Cookie", "X-Cookie, Cookie"],
    ["*", "*"],
    ["Accept, *", "Accept, *"],
  ])("turns %j into %j (S50, S51)", (own, expected) => {
    const headers = new Headers(own === undefined ? {} : { vary: own });
    addVary(headers, "Cookie");
    addVary(headers, "Cookie");
    expect(headers.get("vary")).toBe(expected);
  });
});

describe.each([withHeaders, editHeaders])("$name", (edit) => {
  const mark = (headers: Headers) => headers.append("x-mark", "1");

  it.each<[string, () => Response | Promise<Response>]>([
    ["a redirect, whose headers cannot be changed", () => Response.redirect("https://a.example")],
    ["a fetched response", () => fetch("data:text/plain,hello")],
    ["no content", () => new Response(null, { status: 204 })],
    ["not modified", () => new Response(null, { status: 304 })],
    ["the highest status", () => new Response(null, { status: 599 })],
    ["a 101 with headers that can be changed", () => foreign(101, new Headers())],
    ["a status that a framework made up", () => foreign(999, new Headers())],
  ])("changes the headers of %s (B37, D18)", async (_, make) => {
    const response = await make();
    const result = edit(response, mark);
    expect(result.headers.get("x-mark")).toBe("1");
    expect([result.status, result.statusText]).toEqual([response.status, response.statusText]);
  });

  it.each<[string, () => Response]>([
    ["Response.error()", () => Response.error()],
    ["an immutable 101", () => foreign(101, immutable())],
    ["an immutable 999", () => foreign(999, immutable())],
    ["an immutable 199", () => foreign(199, immutable())],
    ["an immutable 600", () => foreign(600, immutable())],
  ])("lets %s pass as it is (D18)", (_, make) => {
    const response = make();
    expect(edit(response, mark)).toBe(response);
    expect(response.headers.has("x-mark")).toBe(false);
  });

  it("passes on what the edit itself throws", () => {
    const fail = (): void => {
      throw new Error("edit");
    };
    expect(() => edit(new Response(), fail)).toThrow("edit");
  });
});

describe("withHeaders", () => {
  it("changes nothing on a response that is handed out again, even one with a body that was read (D18)", async () => {
    const shared = new Response("body", { status: 599 });
    expect(await withHeaders(shared, (it) => it.set("set-cookie", "a=1")).text()).toBe("body");
    expect(withHeaders(shared, (it) => it.set("set-cookie", "a=1"))).toBe(shared);
    expect(shared.headers.has("set-cookie")).toBe(false);
  });
});

/** What a framework or another runtime may hand over. */
function foreign(status: number, headers: Headers): Response {
  return { status, statusText: "", headers, body: null } as Response;
}

function immutable(): Headers {
  return Response.error().headers;
}
