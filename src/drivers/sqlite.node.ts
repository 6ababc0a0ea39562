import { DatabaseSync } from "node:sqlite";

/** A value that a statement takes or gives. */
export type SqliteValue = string | number | null;

/** Values of a statement, by the names that it gives them: each begins with `$`, and none is left over. */
export type SqliteValues = Record<`$${string}`, SqliteValue>;

/** What {@link sqliteDriver} needs of a database, on whatever runtime. */
export interface SqliteDatabase {
  /** Runs statements that give nothing. */
  exec(sql: string): void;
  /** Prepares a statement that reads: gives its first row, or `undefined`, each time it is called. */
  prepareRead(sql: string): (values: SqliteValues) => SqliteRow | undefined;
  /**
   * Prepares a statement that writes: gives how many rows it changed, each time it is called. Its commit is part of it: one
   * that fails is thrown, which a runtime does not do where it only asks for a row.
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
    exec: (sql) => database.exec(sql),
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
