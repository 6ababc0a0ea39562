import { describe, expect, it } from "vitest";
import { type Call, type Counted, count, isLinearizable } from "./linearizable.ts";

describe("the search", () => {
  const call = (start: number, end: number, outcome: Counted): Call<Counted> => ({
    start,
    end,
    outcome,
  });

  it("finds the order of calls that overlap", () => {
    const calls = [
      call(0, 10, { verb: "upsert", gave: 2 }),
      call(0, 10, { verb: "upsert", gave: 1 }),
      call(5, 20, { verb: "remove", gave: true }),
      call(5, 20, { verb: "find", gave: 1 }),
    ];
    expect(isLinearizable(calls, null, count)).toBe(true);
  });

  it("finds none for an update that was lost, or a session that was revived", () => {
    const lost = [
      call(0, 10, { verb: "upsert", gave: 1 }),
      call(0, 10, { verb: "upsert", gave: 1 }),
    ];
    expect(isLinearizable(lost, null, count)).toBe(false);
    const revived = [
      call(0, 1, { verb: "remove", gave: true }),
      call(2, 3, { verb: "find", gave: 5 }),
    ];
    expect(isLinearizable(revived, 5, count)).toBe(false);
  });

  it("keeps to the order of calls that do not overlap", () => {
    const calls = [
      call(0, 1, { verb: "upsert", gave: 2 }),
      call(2, 3, { verb: "upsert", gave: 1 }),
    ];
    expect(isLinearizable(calls, null, count)).toBe(false);
  });
});
