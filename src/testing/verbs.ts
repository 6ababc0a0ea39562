import { defineSession } from "../definition/define-session.ts";
import {
  anything,
  type DriverTest,
  equal,
  equalJson,
  rejects,
  type TestContext,
} from "./context.ts";

/** Opens a session of anything on the driver. */
function open({ driver, newKey }: TestContext) {
  const { session } = defineSession({ key: anything, value: anything, keyFn: () => null, driver });
  return session(newKey());
}

/** Tests the verbs of a session on the driver. */
export const verbs: readonly DriverTest[] = [
  [
    "finds nothing where there is no session (C1)",
    async (context) => equal(await open(context).find(), undefined, "found"),
  ],
  [
    "inserts, and replaces what is there (C2, C3)",
    async (context) => {
      const session = open(context);
      await session.insert(1);
      equal(await session.find(), 1, "found");
      await session.insert(2);
      equal(await session.find(), 2, "found after the second insert");
    },
  ],
  [
    "swaps a value for the previous one (C8, C9)",
    async (context) => {
      const session = open(context);
      equal(await session.swap("a"), undefined, "previous of nothing");
      equal(await session.swap("b"), "a", "previous");
      equal(await session.find(), "b", "found");
    },
    "atomic",
  ],
  [
    "upserts the initial value unchanged where there is none (C10)",
    async (context) => {
      const session = open(context);
      let calls = 0;
      equal(await session.upsert(5, () => ++calls), 5, "stored");
      equal(calls, 0, "calls of update");
      equal(await session.find(), 5, "found");
    },
    "atomic",
  ],
  [
    "upserts the result of the update where there is a value (C11)",
    async (context) => {
      const session = open(context);
      await session.insert(5);
      let calls = 0;
      const update = (n: unknown) => {
        calls++;
        return (n as number) + 1;
      };
      equal(await session.upsert(0, update), 6, "stored");
      equal(calls, 1, "calls of update");
      equal(await session.find(), 6, "found");
    },
    "atomic",
  ],
  [
    "changes nothing and holds no lock when an update throws (C12)",
    async (context) => {
      const session = open(context);
      await session.insert("a");
      const update = () => {
        throw new RangeError("no");
      };
      await rejects(session.upsert("b", update), "RangeError", "a throwing update");
      await rejects(
        session.update(async () => update()),
        "RangeError",
        "a rejecting update",
      );
      equal(await session.find(), "a", "found");
      equal(await session.update(() => "c"), "c", "a later update");
    },
    "atomic",
  ],
  [
    "takes an update that returns nothing as a change in place, and refuses it for a primitive (C13)",
    async (context) => {
      const session = open(context);
      await session.insert({ items: ["a"] });
      await session.update((cart) => {
        (cart as { items: string[] }).items.push("b");
      });
      equalJson(await session.find(), { items: ["a", "b"] }, "found");
      await session.insert(1);
      await rejects(
        session.update(() => undefined),
        "InvalidValueError",
        "no value for a number",
      );
      equal(await session.find(), 1, "found after the refusal");
    },
    "atomic",
  ],
  [
    "removes, and returns whether there was a value (C6, C7)",
    async (context) => {
      const session = open(context);
      equal(await session.remove(), false, "removed nothing");
      await session.insert(1);
      equal(await session.remove(), true, "removed");
      equal(await session.find(), undefined, "found");
      equal(await session.remove(), false, "removed twice");
    },
  ],
  [
    "touches only what is there",
    async (context) => {
      const session = open(context);
      equal(await session.touch(), false, "touched nothing");
      await session.insert(1);
      equal(await session.touch(), true, "touched");
      equal(await session.find(), 1, "found");
    },
  ],
  [
    "rejects every verb once closed (C40)",
    async ({ driver, newKey }) => {
      const definition = defineSession({
        key: anything,
        value: anything,
        keyFn: () => null,
        driver,
      });
      const session = definition.session(newKey());
      await session.insert(1);
      await definition.close();
      await definition.close();
      await rejects(session.find(), "UnavailableError", "find");
      await rejects(session.insert(2), "UnavailableError", "insert");
      await rejects(session.remove(), "UnavailableError", "remove");
    },
  ],
];
