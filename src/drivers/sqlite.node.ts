import { DatabaseSync } from "node:sqlite";

/** A value in a row, or of a parameter. */
export type SqliteValue = string | number | null;

/**
 * The parameters of a statement by name. Each name begins with `$`, and the statement uses all of
 * them.
 */
export type SqliteValues = Record<`$${string}`, SqliteValue>;

/** The part of a database that {@link sqliteDriver} needs, on any runtime. */
export interface SqliteDatabase {
  /** Runs one statement without an answer. */
  exec(sql: string): void;
  /** Prepares a statement that reads. Each call returns its first row, or `undefined`. */
  prepareRead(sql: string): (values: SqliteValues) => SqliteRow | undefined;
  /**
   * Prepares a statement that writes. Each call returns how many rows it changed, and throws if the
   * commit fails. (A call for a row may not throw then.)
   */
  prepareWrite(sql: string): (values: SqliteValues) => number;
  close(): void;
}

/** A row, by the names of its columns. */
export type SqliteRow = Record<string, SqliteValue>;

/** Opens a database file by `node:sqlite`. */
export function openDatabase(filename: string): SqliteDatabase {
  const database = new DatabaseSync(filename);
  return {
    // Not by `exec`, whose errors have no `errcode` on Deno 2.9.
    exec: (sql) => void database.prepare(sql).run(),
    prepareRead: (sql) => {
      const statement = database.prepare(sql);
      return (values) => statement.get(values) as SqliteRow | undefined;
    },
    prepareWrite: (sql) => {
      const statement = database.prepare(sql);
      return (values) => Number(statement.run(values).changes);
    },
    close: () => database.close(),
  };
}
