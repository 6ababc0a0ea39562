// @ts-expect-error: only Bun has this module, and its types are not installed here.
import { Database } from "bun:sqlite";
import type { SqliteDatabase, SqliteValue } from "./sqlite.node.ts";

interface BunStatement {
  get(...values: SqliteValue[]): Record<string, SqliteValue> | null;
}

interface BunDatabase {
  run(sql: string): unknown;
  prepare(sql: string): BunStatement;
  close(): void;
}

/** Opens a database file by `bun:sqlite`. */
export function openDatabase(filename: string): SqliteDatabase {
  const database: BunDatabase = new Database(filename, { create: true });
  return {
    exec: (sql) => void database.run(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return (...values) => statement.get(...values) ?? undefined;
    },
    close: () => database.close(),
  };
}
