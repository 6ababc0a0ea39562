import { DatabaseSync } from "node:sqlite";

/** A value that a statement takes or gives. */
export type SqliteValue = string | number | null;

/** What {@link sqliteDriver} needs of a database, on whatever runtime. */
export interface SqliteDatabase {
  /** Runs statements that give nothing. */
  exec(sql: string): void;
  /** Prepares a statement: gives its first row, or `undefined`, each time it is called. */
  prepare(sql: string): (...values: SqliteValue[]) => Record<string, SqliteValue> | undefined;
  close(): void;
}

/** Opens a database file by `node:sqlite` (Node.js and Deno). */
export function openDatabase(filename: string): SqliteDatabase {
  const database = new DatabaseSync(filename);
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return (...values) => statement.get(...values) as Record<string, SqliteValue> | undefined;
    },
    close: () => database.close(),
  };
}
