import { inspect } from "node:util";
import { expect, it } from "vitest";
import { bearerKey, combine, cookieKey, defineSession, memoryDriver } from "zession";
import { z } from "zod";

/** What `console.log` shows on Node.js and Deno, and what `JSON.stringify` does. */
function shown(session: unknown): string {
  const deno = Reflect.get(session as object, Symbol.for("Deno.customInspect"));
  const text = inspect(session);
  expect(Reflect.apply(deno, session, [])).toBe(text);
  expect(text).toBe(`Session ${JSON.stringify(session)}`);
  return text;
}

it("a handle of a key shows name, state and fingerprint in a log, and no key or value (S11)", async () => {
  const fingerprints: unknown[] = [];
  const { session } = defineSession({
    name: "visits",
    key: z.string().min(3),
    value: z.object({ secret: z.string() }),
    keyFn: () => null,
    onEvent: (event) => fingerprints.push(Reflect.get(event, "fingerprint")),
  });
  const handle = session("hunter2");
  expect(shown(handle)).toContain('"state":"not used yet"');
  await handle.find();
  expect(shown(handle)).toContain('"state":"no session found"');
  await handle.upsert({ secret: "swordfish" }, (it) => it);
  expect(JSON.parse(JSON.stringify(handle))).toEqual({
    name: "visits",
    state: "live",
    fingerprint: fingerprints[0],
  });
  expect(shown(handle)).not.toMatch(/hunter2|swordfish/);
  expect(shown(session("a"))).toBe('Session {"name":"visits","state":"not used yet"}');
});

it("a session by cookie shows the same, and whether it has ended; no token (S11)", async () => {
  const fingerprints: unknown[] = [];
  const members = defineSession({
    name: "members",
    value: z.number(),
    keyFn: cookieKey(),
    onEvent: (event) => fingerprints.push(Reflect.get(event, "fingerprint")),
  });
  const request = new Request("https://site.example/");
  const session = await members.fromRequest(request);
  expect(shown(session)).toBe('Session {"name":"members","state":"not used yet"}');
  await session.insert(1);
  expect(JSON.parse(JSON.stringify(session))).toEqual({
    name: "members",
    state: "live",
    fingerprint: fingerprints[0],
  });
  const [cookie = ""] = members.finalize(new Response(), request).headers.getSetCookie();
  expect(shown(session)).not.toContain(cookie.split(/[=;]/)[1]);
  expect(shown(session)).not.toContain(session.key);
  await session.remove();
  expect(shown(session)).toBe('Session {"name":"members","state":"ended"}');
});

it("a log of a handle whose key an asynchronous schema refuses rejects nothing (S11)", async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", note);
  const key = z.string().refine(async (it) => it !== "hunter2");
  const visits = defineSession({ name: "visits", key, value: z.number(), keyFn: () => null });
  expect(shown(visits.session("hunter2"))).toBe('Session {"name":"visits","state":"not used yet"}');
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(rejections).toEqual([]);
});

it("a definition and its store show name and kind in a log, and no secret, key or value (S11)", async () => {
  const secret = "correct horse battery staple, and some more";
  const driver = memoryDriver();
  const value = z.object({ secret: z.string() });
  const cookies = defineSession({
    name: "a",
    value,
    keyFn: cookieKey({ secrets: [secret] }),
    driver,
  });
  const tokens = defineSession({ name: "b", key: z.string(), value, keyFn: bearerKey(), driver });
  const keys = defineSession({ name: "c", key: z.string(), value, keyFn: () => "hunter2", driver });
  await keys.store.insert("hunter2", { secret: "swordfish" });
  const kinds = [
    [cookies, { name: "a", kind: "cookie" }],
    [tokens, { name: "b", kind: "secret" }],
    [keys, { name: "c", kind: "key" }],
  ] as const;
  for (const [definition, summary] of kinds) {
    const text = JSON.stringify(summary);
    expect(JSON.stringify(definition)).toBe(text);
    expect(JSON.stringify(definition.store)).toBe(text);
    const all = { depth: 10, showHidden: true };
    expect(inspect(definition, all)).toBe(`SessionDefinition ${text}`);
    expect(inspect(definition.store, all)).toBe(`Store ${text}`);
    // What a log does not show is still there to be taken apart.
    expect(Object.keys(definition)).toContain("store");
  }
  const web = combine(cookies, keys);
  expect(inspect(web)).toBe('CombinedSessions {"names":["a","c"]}');
  const parts = [driver, cookieKey({ secrets: [secret] }), web, new Request("https://a.example/")];
  expect(inspect(parts, { depth: 10, showHidden: true })).not.toMatch(/horse|hunter2|swordfish/);
});
