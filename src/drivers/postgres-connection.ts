import { hash } from "#sha256";
import { ConfigurationError } from "../errors.ts";

/** A row of an answer, by the names of its columns. */
export type Row = Record<string, unknown>;

/** An answer of `pg`. */
export interface PgAnswer {
  /** The rows. */
  readonly rows: Row[];
}

/** A statement as `pg` takes it. */
export interface PgStatement {
  /** Names a prepared statement. Without it, the statement is parsed and planned each time. */
  name?: string;
  /** The statement. */
  text: string;
  /** Its values. */
  values: unknown[];
}

/** What `postgresDriver` uses of a `Pool` or `Client` of the package `pg`. */
export interface PgPool {
  /** Runs a statement, or the text of several. */
  query(statement: PgStatement | string): Promise<PgAnswer>;
}

/** What `postgresDriver` uses of the `sql` of the package `postgres`. */
export interface PostgresJs {
  /** Runs a statement as it is. */
  unsafe(
    text: string,
    values?: never[],
    options?: {
      /** Whether the connection keeps the statement, parsed and planned. */
      prepare?: boolean;
    },
  ): PromiseLike<readonly Row[]> & {
    /** Allows several statements. */
    simple(): PromiseLike<unknown>;
  };
}

/** The one way to a database, whichever package it is. */
export interface Connection {
  query(text: string, values: unknown[]): PromiseLike<readonly Row[]>;
  /** Runs several statements at once, as one transaction. */
  script(text: string): PromiseLike<unknown>;
}

/**
 * The codes of a prepared statement that is missing, or is there already, or was made for a table
 * that has changed since. Nothing was carried out. The first two come from a transaction pooler
 * that takes no notice of prepared statements.
 * <https://www.postgresql.org/docs/current/errcodes-appendix.html>
 */
const UNPREPARED = ["26000", "42P05", "0A000"];

/** @throws ConfigurationError for anything but the pools of the two packages */
export function connectionOf(pool: PgPool | PostgresJs): Connection {
  const isObject = (typeof pool === "object" || typeof pool === "function") && pool !== null;
  if (isObject && "query" in pool && typeof pool.query === "function") return overPg(pool);
  if (isObject && "unsafe" in pool && typeof pool.unsafe === "function") {
    return {
      // It names and keeps prepared statements by itself.
      query: (text, values) => pool.unsafe(text, values as never[], { prepare: true }),
      script: (text) => pool.unsafe(text).simple(),
    };
  }
  throw new ConfigurationError(
    '"pool" of postgresDriver must be a pool of the package pg, or the sql of the package postgres.',
  );
}

function overPg(pool: PgPool): Connection {
  // A pooler may hand one connection to several programs: a name stands for one text everywhere.
  const names = new Map<string, string>();
  const nameOf = (text: string): string => {
    const name = names.get(text) ?? `zession_${hash("sha256", text, "base64url")}`;
    names.set(text, name);
    return name;
  };
  const rowsOf = ({ rows }: PgAnswer): Row[] => rows;
  let isPrepared = true;
  return {
    query: (text, values) => {
      if (!isPrepared) return pool.query({ text, values }).then(rowsOf);
      return pool.query({ name: nameOf(text), text, values }).then(rowsOf, (error: unknown) => {
        if (!UNPREPARED.includes(codeOf(error) as string)) throw error;
        isPrepared = false;
        return pool.query({ text, values }).then(rowsOf);
      });
    },
    script: (text) => pool.query(text),
  };
}

/** Returns the five characters that Postgres tells errors apart by, if an error has them. */
export function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
