import type { Driver, DriverVersion } from "../drivers/driver.ts";
import { type DriverTest, equal, lives, type TestContext, written } from "./context.ts";

/** How often two calls are raced, half of the times in either order. */
const ROUNDS = 20;

/** Tests races between single calls of the driver. */
export const races: readonly DriverTest[] = [
  [
    "lets exactly one of 32 writes of an absent record win (C35)",
    async (context) => {
      await expectOneWinner(context, context.newKey(), { if: "absent" });
    },
    "atomic",
  ],
  [
    "lets exactly one of 32 writes of one version win",
    async (context) => {
      const key = context.newKey();
      const version = written(await context.driver.write(key, "before", lives()));
      await expectOneWinner(context, key, { if: { version } });
    },
    "atomic",
  ],
  [
    "removes a record once, however many remove it",
    async ({ driver, newKey }) => {
      const key = newKey();
      written(await driver.write(key, "a", lives()));
      const removed = await together(8, () => driver.remove(key));
      equal(removed.filter((it) => it).length, 1, "calls that removed it");
    },
    "atomic",
  ],
  [
    "lets no conditional write revive what is removed meanwhile (C36)",
    async ({ driver, newKey }) => {
      for (const condition of ["present", "version"] as const) {
        for (let round = 0; round < ROUNDS; round++) {
          const key = newKey();
          const version = written(await driver.write(key, "a", lives()));
          const write = async () => {
            const options = { ...lives(), if: condition === "version" ? { version } : condition };
            return (await driver.write(key, "b", options)).written;
          };
          const [removed] = await race(round, () => driver.remove(key), write);
          equal(removed, true, "removed");
          equal(await driver.read(key), undefined, "record");
        }
      }
    },
    "atomic",
  ],
  [
    "lets no touch revive what is removed meanwhile (C27)",
    async ({ driver, newKey }) => {
      for (let round = 0; round < ROUNDS; round++) {
        const key = newKey();
        written(await driver.write(key, "a", lives()));
        const touch = async () => driver.touch?.(key, lives(60_000));
        const [removed] = await race(round, () => driver.remove(key), touch);
        equal(removed, true, "removed");
        equal(await driver.read(key), undefined, "record");
      }
    },
    "touch",
  ],
  [
    "loses no write to a touch (C28)",
    async ({ driver, newKey }) => {
      for (let round = 0; round < ROUNDS; round++) {
        const key = newKey();
        const before = written(await driver.write(key, "a", lives()));
        const expiry = lives(60_000);
        const condition = round % 4 < 2 ? {} : { if: { version: before } };
        const touch = async () => driver.touch?.(key, { ...expiry, ...condition });
        const write = async () =>
          written(await driver.write(key, "b", { ...lives(), if: { version: before } }));
        const [version, touched] = await race(round, write, touch);
        const record = await driver.read(key);
        equal(record?.text, "b", "text");
        equal(record?.version, version, "version");
        // A touch by the version came first, if it found it.
        if (touched && "if" in condition) equal(record?.expiresAt, undefined, "expiresAt");
      }
    },
    "touch",
  ],
  [
    "replaces a record as a whole: no reader finds nothing, or parts of two",
    async ({ driver, newKey }) => {
      const key = newKey();
      const texts = new Map<DriverVersion, string>();
      const write = async (text: string, ttl: number) => {
        texts.set(written(await driver.write(key, text, lives(ttl))), `${text} ${ttl}`);
      };
      await write("first", 60_000);
      const read = async () => ({ record: await driver.read(key), now: Date.now() });
      const found = [];
      for (let round = 0; round < ROUNDS; round++) {
        const writing = [write("a", 60_000), write("b", 9_000_000)];
        found.push(...(await together(4, read)));
        await Promise.all(writing);
        found.push(await read());
      }
      for (const { record, now } of found) {
        const ttl = (record?.expiresAt ?? 0) - now < 1_000_000 ? 60_000 : 9_000_000;
        equal(`${record?.text} ${ttl}`, texts.get(record?.version ?? ""), "text and expiry");
      }
    },
    "atomic",
  ],
];

/**
 * Starts 32 writes on a condition that holds once, and checks that all of them agree on the one
 * that won.
 */
async function expectOneWinner(
  { driver }: TestContext,
  key: string,
  condition: NonNullable<Pick<Parameters<Driver["write"]>[2], "if">>,
): Promise<void> {
  const results = await together(32, (i) =>
    driver.write(key, `${i}`, { ...lives(), ...condition }),
  );
  const record = await driver.read(key);
  equal(results.filter((it) => it.written).length, 1, "winners");
  for (const [index, result] of results.entries()) {
    if (result.written) equal(record?.text, `${index}`, "text");
    else equal(result.current?.text, record?.text, "text of current");
    const version = result.written ? result.version : result.current?.version;
    equal(version, record?.version, "version");
  }
}

/**
 * Starts two calls at once, in turns the one and the other first. Returns their answers in the
 * order given.
 */
async function race<One, Other>(
  round: number,
  one: () => One,
  other: () => Other,
): Promise<[Awaited<One>, Awaited<Other>]> {
  if (round % 2 === 0) return Promise.all([one(), other()]);
  const [second, first] = await Promise.all([other(), one()]);
  return [first, second];
}

/** Starts `count` calls at once. */
export function together<Result>(
  count: number,
  start: (index: number) => Result,
): Promise<Awaited<Result>[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => start(index)));
}
