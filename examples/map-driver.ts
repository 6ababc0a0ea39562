// A driver of your own, over a plain Map. It takes four methods, and versions that never come back, to keep sessions anywhere.
// `describeDriver` of zession/testing proves it (test/drivers/map-driver.test.ts).
import type {
  Driver,
  DriverRecord,
  TouchOptions,
  WriteCondition,
  WriteOptions,
  WriteResult,
} from "zession";

interface Kept extends DriverRecord {
  /** When the record expires, by this machine's clock. */
  readonly deadline: number;
}

export function mapDriver(): Driver {
  const records = new Map<string, Kept>();

  const read = (key: string): Kept | undefined => {
    const record = records.get(key);
    if (record === undefined || Date.now() < record.deadline) return record;
    records.delete(key);
    return undefined;
  };

  return {
    atomic: true,
    read,
    write(key: string, text: string, options: WriteOptions): WriteResult {
      const current = read(key);
      if (!holds(options.if, current)) return { written: false, current };
      const version = crypto.randomUUID();
      records.set(key, { text, version, ...ends(options) });
      return { written: true, version };
    },
    remove: (key) => read(key) !== undefined && records.delete(key),
    touch(key: string, options: TouchOptions): boolean {
      const current = read(key);
      if (current === undefined || !holds(options.if, current)) return false;
      records.set(key, { ...current, ...ends(options) });
      return true;
    },
  };
}

function ends({ expiresAt, ttl }: Pick<WriteOptions, "expiresAt" | "ttl">) {
  return { expiresAt, deadline: ttl === undefined ? Infinity : Date.now() + ttl };
}

function holds(condition: WriteCondition | undefined, record: DriverRecord | undefined): boolean {
  if (condition === undefined) return true;
  if (condition === "absent") return record === undefined;
  return record !== undefined && (condition === "present" || record.version === condition.version);
}
