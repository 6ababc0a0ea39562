import { expect } from "vitest";
import { type Driver, defineSession, UnavailableError } from "zession";
import { z } from "zod";
import type { TcpProxy } from "../servers/proxy.ts";

/** A connection to a server, beside those of the driver. */
export interface OtherConnection {
  query(sql: string): Promise<unknown>;
}

/** Begins what holds writes up. Returns what ends it. */
type Begin = (proxy: TcpProxy, other: OtherConnection) => Promise<() => unknown>;

/** Lets another transaction do something, and end in its own time. */
function transaction(sql: string, end: "COMMIT" | "ROLLBACK"): Begin {
  return async (_, other) => {
    await other.query("BEGIN");
    await other.query(sql);
    return () => other.query(end);
  };
}

/**
 * What holds writes of the table `late` up, and whether its session "inserted" is there before and
 * after.
 *
 * @param key - the column of keys, as the dialect writes it
 */
export function obstacles(key: string): [name: string, begin: Begin, isThere: boolean][] {
  const remove = `DELETE FROM late WHERE ${key} LIKE '%inserted'`;
  const insert = `INSERT INTO late (${key}, text, version) VALUES ('session:inserted', 'other', 'v')`;
  return [
    [
      "the network to speak again",
      async (proxy) => {
        proxy.hold();
        return () => proxy.resume();
      },
      true,
    ],
    ["a lock", transaction("SELECT 1 FROM late FOR UPDATE", "COMMIT"), true],
    ["an update", transaction("UPDATE late SET text = CONCAT(text, ' ')", "COMMIT"), true],
    ["a removal", transaction(remove, "COMMIT"), false],
    [
      "an insert that is rolled back",
      // By another connection first, so that the key is absent for everybody.
      async (proxy, other) => {
        await other.query(remove);
        return transaction(insert, "ROLLBACK")(proxy, other);
      },
      false,
    ],
  ];
}

/**
 * Lets writes fail for their callers while something holds them up, and expects that none of them
 * is carried out when that has ended.
 *
 * @param begin - holds them up; returns what ends it
 * @param isThere - whether the session "inserted" is there before and after
 */
export async function expectNothingLate(
  driver: Driver,
  begin: () => Promise<() => unknown>,
  isThere = true,
): Promise<void> {
  const base = { key: z.string(), value: z.number(), keyFn: () => null, driver };
  const { store } = defineSession(base);
  for (const key of ["inserted", "removed", "updated"]) await store.insert(key, 1);
  const impatient = defineSession({ ...base, timeout: 200 }).store;

  const end = await begin();
  const late = await Promise.allSettled([
    impatient.insert("inserted", 2),
    impatient.remove("removed"),
    impatient.update("updated", () => 2),
  ]);
  for (const it of late)
    expect(it).toMatchObject({ status: "rejected", reason: expect.any(UnavailableError) });
  await end();

  // The only connection answers these after everything that was sent before.
  expect(await store.find("inserted")).toBe(isThere ? 1 : undefined);
  expect(await store.find("removed")).toBe(1);
  expect(await store.find("updated")).toBe(1);
}
