import { once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { cookieKey, defineSession } from "zession";
import { expressSession } from "zession/routers/express";
import { z } from "zod";

const visits = defineSession({
  name: "visits",
  value: z.number(),
  keyFn: cookieKey({ secure: false }),
});
const mount = expressSession(visits);

/** Returns the head of a response, by the names in lower case, for a request that starts a session. */
async function headOf(respond: (response: ServerResponse) => unknown) {
  const server = createServer((request, response) => {
    mount(request, response, async () => {
      await visits.of(request)?.insert(1);
      respond(response);
      response.end();
    });
  });
  try {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const [message]: IncomingMessage[] = await once(get({ host: "127.0.0.1", port }), "response");
    message?.resume();
    const { headers, rawHeaders, statusCode, statusMessage } = message as IncomingMessage;
    const cookies = (headers["set-cookie"] ?? []).map((it) => it.split(/[=;]/)[0]);
    return { headers, rawHeaders, statusCode, statusMessage, cookies };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("the head of Node's response", () => {
  const forms: [string, (response: ServerResponse) => unknown][] = [
    ["an object", (it) => it.writeHead(201, { "X-Own": "1" })],
    ["an object behind a message", (it) => it.writeHead(201, "Created", { "X-Own": "1" })],
    [
      "an object before an argument that is missing",
      (it) => Reflect.apply(it.writeHead, it, [201, { "X-Own": "1" }, undefined]),
    ],
    ["names and values in turn", (it) => it.writeHead(201, ["X-Own", "1"])],
    [
      "an object after others were set",
      (it) => it.setHeader("vary", "Origin").writeHead(201, { "X-Own": "1" }),
    ],
  ];
  it.each(forms)("keeps headers that are given as %s (S51)", async (_, respond) => {
    const { cookies, headers, statusCode, statusMessage } = await headOf(respond);
    expect([statusCode, statusMessage, headers["x-own"]]).toEqual([201, "Created", "1"]);
    expect(cookies).toEqual(["visits"]);
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers.vary).toMatch(/^(Origin, )?Cookie$/);
  });

  it("lets no cache store a cookie, in however many spellings a header is given (S48, S50, S51)", async () => {
    const { cookies, headers, rawHeaders } = await headOf((it) =>
      it.writeHead(200, {
        "Cache-Control": "public, max-age=60",
        "cache-control": "public",
        "CACHE-CONTROL": "s-maxage=9",
        "Set-Cookie": "theme=dark",
        "set-cookie": ["visits=old", "lang=de"],
        Vary: "Accept",
        vary: "Origin",
      }),
    );
    expect(headers["cache-control"]).toBe("max-age=60, no-store");
    expect(cookies).toEqual(["theme", "lang", "visits"]);
    expect(headers.vary).toBe("Accept, Origin, Cookie");
    expect(rawHeaders.filter((it) => /^(vary|cache-control)$/i.test(it))).toHaveLength(2);
  });

  it("is completed on an error page whose first head Node has refused (S52)", async () => {
    const { cookies, headers, statusCode } = await headOf((it) => {
      expect(() => it.writeHead(200, { location: "/\n" })).toThrow(/Invalid character/);
      it.writeHead(500, { "x-own": "1" });
    });
    expect([statusCode, headers["x-own"]]).toEqual([500, "1"]);
    expect(cookies).toEqual(["visits"]);
    expect(headers["cache-control"]).toBe("no-store");
  });
});
