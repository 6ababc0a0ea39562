import type { Driver, DriverRecord, TouchOptions, WriteOptions } from "zession";
import type { Backend, SmallDriver } from "../small-driver.ts";

/** Breaks a correct driver: returns the methods that are different. */
export type Mutation = (right: SmallDriver, backend: Backend) => Partial<Driver>;

/** Lets others have their turn. */
export const tick = (): Promise<void> => new Promise<void>((resolve) => setTimeout(resolve));
/** The kinds of writes, by their condition. */
export type Kind = "absent" | "present" | "version" | "none";
export const kindOf = ({ if: condition }: Pick<WriteOptions, "if">): Kind =>
  typeof condition === "object" ? "version" : (condition ?? "none");

/** Changes every text that is written. */
export const texted =
  (change: (text: string) => string): Mutation =>
  (right) => ({ write: (key, text, options) => right.write(key, change(text), options) });

/** Changes every record that is given out. */
export const told = (change: (record: DriverRecord) => unknown): Mutation => {
  const changed = (it: DriverRecord | undefined) => it && (change({ ...it }) as DriverRecord);
  return (right) => ({
    read: (key) => changed(right.read(key)),
    write: (key, text, options) => {
      const result = right.write(key, text, options);
      return result.written ? result : { written: false, current: changed(result.current) };
    },
  });
};

/** Changes the options of the writes of one kind, or of all. */
export const written =
  (
    change: (options: WriteOptions, key: string, backend: Backend) => Partial<WriteOptions>,
    kind?: Kind,
  ): Mutation =>
  (right, backend) => ({
    write: (key, text, options) =>
      right.write(
        key,
        text,
        kind === undefined || kindOf(options) === kind
          ? { ...options, ...change(options, key, backend) }
          : options,
      ),
  });

/** Changes the options of touches. */
export const touched =
  (
    change: (options: TouchOptions, key: string, backend: Backend) => Partial<TouchOptions>,
  ): Mutation =>
  (right, backend) => ({
    touch: (key, options) => right.touch(key, { ...options, ...change(options, key, backend) }),
  });

type Ttl = Partial<Pick<WriteOptions, "ttl">>;

/**
 * What is left of a live record's time to live; `Infinity` without an end; `undefined` if there is
 * no such record.
 */
export const leftOf = (key: string, backend: Backend): number | undefined => {
  const left = (backend.get(key)?.deadline ?? 0) - Date.now();
  return left > 0 ? left : undefined;
};
/** The option for what is left. */
export const ttlOf = (left: number): Ttl => ({
  ttl: left === Infinity ? undefined : left,
});
/** The option that keeps the time to live of a live record. */
export const keepsTtl = (_: unknown, key: string, backend: Backend): Ttl => {
  const left = leftOf(key, backend);
  return left === undefined ? {} : ttlOf(left);
};

/** What all drivers of one backend have in common, beside it. */
export function sharedMap<Value>(): (backend: Backend) => Map<string, Value> {
  const maps = new WeakMap<Backend, Map<string, Value>>();
  return (backend) => {
    const map = maps.get(backend) ?? new Map<string, Value>();
    maps.set(backend, map);
    return map;
  };
}
