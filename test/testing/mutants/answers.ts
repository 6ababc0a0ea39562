import type { DriverRecord } from "zession";
import { type Mutation, told } from "./mutation.ts";

/** Drivers that answer wrongly. */
export const answers: Record<string, Mutation> = {
  "gives null for an absent record": (right) => ({
    read: (key) => right.read(key) ?? (null as never),
  }),
  "gives null for no expiry": told((it) => ({ ...it, expiresAt: it.expiresAt ?? null })),
  "gives numbers as text": told((it) => ({
    ...it,
    expiresAt: it.expiresAt === undefined ? undefined : `${it.expiresAt}`,
  })),
  "gives a removed count": (right) => ({ remove: (key) => (right.remove(key) ? 1 : 0) as never }),
  "gives nothing for a touch": (right) => ({
    touch: (key, options) => void right.touch(key, options) as never,
  }),
  "gives no version for a write": (right) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      return result.written ? ({ written: true } as never) : result;
    },
  }),
  "gives written for 1": (right) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      return { ...result, written: result.written ? 1 : 0 } as never;
    },
  }),
  "shows nothing in a conflict": (right) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      return result.written ? result : { written: false, current: undefined };
    },
  }),
  "shows what was there before in a conflict": (right) => {
    const before = new Map<string, DriverRecord | undefined>();
    return {
      write: (key, text, options) => {
        const old = right.read(key);
        const result = right.write(key, text, options);
        if (!result.written) return { written: false, current: before.get(key) ?? result.current };
        before.set(key, old);
        return result;
      },
    };
  },
  "shows the refused text in a conflict": (right) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      return result.written || !result.current
        ? result
        : { written: false, current: { ...result.current, text } };
    },
  }),
  "shows no expiry in a conflict": (right) => ({
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      return result.written || !result.current
        ? result
        : { written: false, current: { ...result.current, expiresAt: undefined } };
    },
  }),
  "changes records that it gave out": (right) => {
    const given = new Map<string, DriverRecord>();
    const give = (key: string): DriverRecord | undefined => {
      const record = right.read(key);
      if (record === undefined) return undefined;
      const same = Object.assign(given.get(key) ?? {}, record) as DriverRecord;
      given.set(key, same);
      return same;
    };
    return {
      read: give,
      write: (key, text, options) => {
        const result = right.write(key, text, options);
        const current = give(key);
        return result.written ? result : { written: false, current };
      },
    };
  },
  "swallows failures": (right) => ({
    write: (key, text, options) => {
      try {
        if (text.length > 200_000) throw new Error("full");
        return right.write(key, text, options);
      } catch {
        return { written: true, version: "0" };
      }
    },
  }),
  "fails when it is closed again": () => {
    let isClosed = false;
    return {
      close: () => {
        if (isClosed) throw new Error("already closed");
        isClosed = true;
      },
    };
  },
  "fails to close": () => ({ close: () => Promise.reject(new Error("busy")) }),
};
