// The `Content-Type` that Bun gives a text, with and without a cookie; and a response that is used again.
import { Elysia } from "elysia";
import { cookieKey, defineSession } from "zession";
import { z } from "zod";

const visits = defineSession({ name: "visits", value: z.number(), keyFn: cookieKey() });
const shared = new Response("shared");
const app = new Elysia().get(
  "/elysia",
  async ({ request }) => `${await count(visits.of(request))}`,
);

const count = (session) => session.upsert(1, (it) => it + 1);

const fetchOnce = visits.wrap(async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/elysia") return app.fetch(request);
  const text = `${await count(request.visits)}`;
  if (pathname === "/shared") return shared;
  if (pathname === "/bytes") return new Response(new TextEncoder().encode(text));
  if (pathname === "/stream") return new Response(ReadableStream.from([text]));
  return new Response(text);
});

const server = Bun.serve({ port: 0, fetch: fetchOnce });
for (const path of ["text", "elysia", "shared", "shared", "bytes", "stream"]) {
  const response = await fetch(new URL(path, server.url));
  const cookies = response.headers.getSetCookie().length;
  console.log(path, await response.text(), response.headers.get("content-type"), cookies);
}
process.exit();
