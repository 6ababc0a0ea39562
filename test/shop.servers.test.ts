import { type IncomingHttpHeaders, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ExampleServer, startExample } from "./example-server.ts";

let shop: ExampleServer;
beforeAll(async () => {
  shop = await startExample("login.ts");
});
afterAll(() => shop?.stop());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request with exactly these headers: `fetch` would choose some of them itself. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${shop.url}${path}`, { method, headers }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const post = (path: string, form: string, headers: Record<string, string> = {}) =>
  send("POST", path, { ...FORM, ...headers }, form);
const cookieOf = ({ headers }: Answer) => headers["set-cookie"]?.[0]?.split(";")[0] ?? "";

describe("the shop", () => {
  it("guards every response by headers, and allows no script, frame or inline style", async () => {
    for (const path of ["/", "/cart", "/style.css", "/icon.svg", "/nowhere"]) {
      const { headers, body } = await send("GET", path);
      expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'self';/);
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("same-origin");
      expect(body).not.toMatch(/<script|<style|\sstyle=/);
    }
  });

  it("answers what it does not know with a page, by 404 or 405", async () => {
    const missing = await send("GET", "/nowhere");
    expect(missing.status).toBe(404);
    expect(missing.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(missing.body).toContain("There is no such page.");
    for (const [method, path, allow] of [
      ["GET", "/sign-out", "POST"],
      ["DELETE", "/cart", "GET, HEAD, POST"],
      ["OPTIONS", "/", "GET, HEAD"],
    ] as const) {
      const { status, headers } = await send(method, path);
      expect([status, headers.allow]).toEqual([405, allow]);
    }
  });

  it("redirects to addresses without a host, whatever the client says of the host", async () => {
    const host = "evil.example";
    const { status, headers } = await post("/sign-in", "user=Ada", { host });
    expect([status, headers.location]).toEqual([303, "/"]);
  });

  it("reads no form that is too large or is none", async () => {
    const large = `user=${"a".repeat(5000)}`;
    expect((await post("/sign-in", large)).status).toBe(413);
    // Without saying beforehand how large it is.
    expect((await post("/sign-in", large, { "transfer-encoding": "chunked" })).status).toBe(413);
    expect((await post("/cart", "{}", { "content-type": "application/json" })).status).toBe(415);
    expect((await post("/cart", "book=nonsense")).status).toBe(400);
    expect((await post("/cart/quantity", "book=emma&quantity=10")).status).toBe(400);
  });

  it("changes nothing by GET or HEAD, and shows the message to GET alone", async () => {
    const cookie = cookieOf(await post("/sign-in", "user=Ada"));
    const head = await send("HEAD", "/", { cookie });
    expect([head.status, head.body]).toEqual([200, ""]);
    const first = await send("GET", "/", { cookie });
    expect(first.body).toContain("Welcome, Ada.");
    expect(first.headers["set-cookie"]).toBeUndefined();
    const [second, third] = [
      await send("GET", "/", { cookie }),
      await send("GET", "/", { cookie }),
    ];
    expect(second.body).toBe(third.body);
    // A visitor who only looks gets no cookie.
    expect((await send("GET", "/")).headers["set-cookie"]).toBeUndefined();
  });

  it("takes forms of its own origin only, also behind a proxy that ends TLS (D7)", async () => {
    const host = "shop.example";
    const cookie = cookieOf(await post("/sign-in", "user=Ada"));
    for (const origin of ["https://evil.example", "https://shop.example.evil.example", "null"]) {
      for (const path of ["/sign-in", "/sign-out", "/cart", "/orders", "/cart/quantity"]) {
        const form = "user=Eve&book=emma&quantity=2";
        const { status, headers, body } = await post(path, form, { host, origin, cookie });
        expect(status).toBe(403);
        expect(headers["set-cookie"]).toBeUndefined();
        expect(body).toContain("This form was sent from another site.");
      }
    }
    const own = await post("/cart", "book=emma", { host, origin: "https://shop.example", cookie });
    expect(own.status).toBe(303);
    expect((await send("GET", "/cart", { cookie })).body).toContain("Emma");
  });

  it("lets another user on the same browser find the cart, but not the orders (S16)", async () => {
    const before = cookieOf(await post("/cart", "book=emma"));
    const ada = cookieOf(await post("/sign-in", "user=Ada", { cookie: before }));
    await post("/orders", "", { cookie: ada });
    expect((await send("GET", "/orders", { cookie: ada })).body).toContain("1 × Emma");
    await post("/cart", "book=walden", { cookie: ada });
    const bob = cookieOf(await post("/sign-in", "user=Bob", { cookie: ada }));
    expect((await send("GET", "/orders", { cookie: bob })).body).not.toContain("Emma");
    expect((await send("GET", "/cart", { cookie: bob })).body).toContain("Walden");
  });

  it("loses no book of twenty that arrive at the same time, up to nine (S34)", async () => {
    const cookie = cookieOf(await post("/cart", "book=emma"));
    await Promise.all(
      ["walden", "dubliners", "middlemarch", "moby-dick"].flatMap((book) =>
        Array.from({ length: 5 }, () => post("/cart", `book=${book}`, { cookie })),
      ),
    );
    const { body } = await send("GET", "/", { cookie });
    expect(body).toContain('<span class="count">21</span>');
  });

  it("takes a form that is sent twice at the same time for one (S15)", async () => {
    const before = cookieOf(await post("/cart", "book=emma"));
    const twice = async (path: string, form: string, cookie: string) => {
      const answers = await Promise.all([1, 2].map(() => post(path, form, { cookie })));
      expect(answers.map((it) => it.status)).toEqual([303, 303]);
      return answers.map(cookieOf).filter((it) => it !== "");
    };
    await twice("/cart/quantity", "book=emma&quantity=2", before);
    // One of the two answers brings the new cookie; the other leaves the browser's as it is.
    const [cookie = "", ...others] = await twice("/sign-in", "user=Ada", before);
    expect(others).toEqual([]);
    await twice("/orders", "", cookie);
    const { body } = await send("GET", "/orders", { cookie });
    expect(body.match(/2 × Emma/g)).toHaveLength(1);
    await twice("/sign-out", "", cookie);
    expect((await send("GET", "/orders", { cookie })).body).not.toContain("Emma");
  });

  it("sends a cookie without Secure only where it is told to (S42)", async () => {
    const plain = await startExample("login.ts", [], { PLAIN_HTTP: "1" });
    try {
      const response = await fetch(`${plain.url}/cart`, {
        method: "POST",
        headers: FORM,
        body: "book=emma",
        redirect: "manual",
      });
      const [cookie] = response.headers.getSetCookie();
      expect(cookie).toMatch(/^session=/);
      expect(cookie).not.toContain("Secure");
    } finally {
      await plain.stop();
    }
  });
});
