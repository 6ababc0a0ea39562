import { describe, expect, it, vi } from "vitest";
import { bearerKey, ConfigurationError, defineSession, headerKey, memoryDriver } from "zession";
import { z } from "zod";

const request = (headers: Record<string, string>) => new Request("http://localhost/", { headers });

describe("headerKey", () => {
  const visits = defineSession({
    name: "visits",
    key: z.string(),
    value: z.number(),
    keyFn: headerKey("X-Client-Id"),
  });

  it("takes the key from the header", async () => {
    const session = await visits.fromRequest(request({ "x-client-id": "a" }));
    expect(session?.key).toBe("a");
    await session?.insert(1);
    expect(await visits.store.find("a")).toBe(1);
  });

  it.each([{}, { "x-client-id": "" }, { "x-client-id": "  " }])(
    "is no session where it is missing or empty: %j (S66)",
    async (headers) => {
      expect(await visits.fromRequest(request(headers))).toBeUndefined();
    },
  );

  it("refuses a header that arrived twice: one was the client's (S66)", async () => {
    const headers = new Headers({ "x-client-id": "victim" });
    headers.append("x-client-id", "real");
    const twice = visits.fromRequest(new Request("http://localhost/", { headers }));
    await expect(twice).rejects.toMatchObject({ code: "ERR_SESSION_INVALID_KEY", status: 400 });
    await expect(twice).rejects.not.toThrow(/victim|real/);
  });

  it("says which header it reads", () => {
    expect(headerKey("X-Client-Id").header).toBe("X-Client-Id");
    expect(bearerKey().header).toBe("Authorization");
  });

  it.each(["", "x client", "x\n", "ü"])("refuses %j, which is no header's name (B13)", (name) => {
    expect(() => headerKey(name)).toThrow(ConfigurationError);
    // A missing one would be the header "undefined".
    expect(() => headerKey(undefined as never)).toThrow(ConfigurationError);
  });
});

describe("bearerKey", () => {
  const driver = memoryDriver();
  const write = vi.spyOn(driver, "write");
  const clients = defineSession({ key: z.string(), value: z.number(), keyFn: bearerKey(), driver });

  it.each(["Bearer abc", "bearer abc", "BEARER   abc", "Bearer abc "])(
    "takes the token of %j (RFC 6750)",
    async (authorization) => {
      const session = await clients.fromRequest(request({ authorization }));
      expect(session?.key).toBe("abc");
    },
  );

  it.each([
    "",
    "Bearer",
    "Bearer ",
    "Bearerabc",
    "Basic abc",
    "Bearer a b",
    "Bearer a,b",
    "Bearer =",
    "Bearer a=b",
    `Bearer ${"a".repeat(4097)}`,
  ])("is no session with %j (S4)", async (authorization) => {
    expect(await clients.fromRequest(request({ authorization }))).toBeUndefined();
  });

  it("keeps a hash of the token, of one length whatever the token's (S8)", async () => {
    for (const token of ["abc", "eyJhbGciOi.J9".repeat(300), "a~+/="]) {
      await clients.store.insert(token, 1);
      expect(write.mock.lastCall?.[0]).toMatch(/^session:[\w-]{43}$/);
      expect(write.mock.lastCall?.[0]).not.toContain(token);
      expect(await clients.store.find(token)).toBe(1);
    }
  });

  it("issues nothing, and a request starts none of its sessions: a client could make tokens up (D10)", async () => {
    const visitor = request({ authorization: "Bearer made-up" });
    const session = await clients.fromRequest(visitor);
    await expect(session?.insert(5)).rejects.toMatchObject({ code: "ERR_SESSION_ENDED" });
    await expect(session?.upsert(5, (n) => n)).rejects.toMatchObject({ code: "ERR_SESSION_ENDED" });
    expect(await session?.find()).toBeUndefined();
    expect(await clients.store.find("made-up")).toBeUndefined();
    const response = clients.finalize(new Response(), visitor);
    expect([...response.headers]).toEqual([["vary", "Authorization"]]);
    const { rotate } = session as unknown as { rotate(): Promise<void> };
    await expect(rotate.call(session)).rejects.toMatchObject({ code: "ERR_SESSION_USAGE" });
  });

  it("lets a request change a session that the program has started (D10)", async () => {
    await clients.store.insert("given", 1);
    const session = await clients.fromRequest(request({ authorization: "Bearer given" }));
    expect(await session?.upsert(0, (n) => n + 1)).toBe(2);
    expect(await session?.insert(7)).toBe(7);
    expect(await clients.session("outside").upsert(1, (n) => n)).toBe(1);
  });
});
