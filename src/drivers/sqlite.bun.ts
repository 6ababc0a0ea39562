// @ts-expect-error: only Bun has this module, and its types are not installed here.
import { Database } from "bun:sqlite";
import type { SqliteDatabase, SqliteRow, SqliteValues } from "./sqlite.node.ts";

interface BunStatement {
  get(values: SqliteValues): SqliteRow | null;
  run(values: SqliteValues): { changes: number };
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
    prepareRead: (sql) => {
      const statement = database.prepare(sql);
      return (values) => statement.get(values) ?? undefined;
    },
    prepareWrite: (sql) => {
      const statement = database.prepare(sql);
      return (values) => statement.run(values).changes;
    },
    close: () => database.close(),
  };
}
