import { expect, inject, it } from "vitest";
import { drivers } from "./drivers.ts";

it("the suites of this folder run again on Postgres and, where there is a Redis server, on Redis", () => {
  const { redis } = inject("servers");
  const expected = redis === undefined ? ["postgres"] : ["postgres", "redis"];
  expect(drivers.map(([name]) => name)).toEqual(expected);
});
