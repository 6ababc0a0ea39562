/** How many expired sessions are deleted by one statement. */
export const BATCH = 500;

/** Returns the statements that make the table and its index. */
export function ddlOf(prefix: string, table: string): string {
  return `
CREATE TABLE IF NOT EXISTS ${prefix}"${table}" (
  key text COLLATE "C" PRIMARY KEY,
  text text NOT NULL,
  version text NOT NULL,
  -- By the clock of the program, in milliseconds since 1970: kept, and compared with nothing.
  expires_at double precision,
  -- By the clock of the server: when the row may be deleted.
  deadline timestamptz
);
CREATE INDEX IF NOT EXISTS "${table}_deadline" ON ${prefix}"${table}" (deadline) WHERE deadline IS NOT NULL;
`;
}

/** The server's clock in milliseconds since 1970. */
const CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000)::numeric";

/** Asks for the clock and the encoding of the server. */
export const ASK_SERVER: string = `SELECT ${CLOCK}::text AS time, current_setting('server_encoding') AS encoding`;

/**
 * A column to return from a write: the server's clock, as text, if the caller still waits.
 * Otherwise the column cannot be computed, which undoes the write. It is computed after all waiting
 * for other transactions; a condition of the write would be too early for a row that another
 * transaction inserts or deletes. `$1` is how long the caller waits, by the server's clock. The
 * planner must not compute the failing branch, so that branch depends on the clock too.
 */
const inTime = `(CASE WHEN ${CLOCK} < $1::double precision THEN ${CLOCK}
  ELSE CAST('zession: the caller no longer waits at ' || clock_timestamp() AS numeric) END)::text AS time`;

/** The statements of one table. */
export interface Statements {
  readonly read: string;
  readonly put: string;
  readonly insert: string;
  readonly replace: string;
  readonly exchange: string;
  readonly remove: string;
  readonly touch: string;
  readonly sweep: string;
}

/**
 * Each is one statement, and so one transaction. Expiry is judged by `clock_timestamp`, so that a
 * write that waits for another sees what expired meanwhile; by `now` in the sweep, so that it can
 * use the index.
 */
export function statements(table: string): Statements {
  const live = "(t.deadline IS NULL OR t.deadline > clock_timestamp())";
  const after = (ttl: string): string =>
    `clock_timestamp() + ${ttl}::double precision * interval '1 millisecond'`;
  const put = `INSERT INTO ${table} AS t (key, text, version, expires_at, deadline)
    VALUES ($2, $3, $4, $5::double precision, ${after("$6")})
    ON CONFLICT (key) DO UPDATE SET text = excluded.text, version = excluded.version,
      expires_at = excluded.expires_at, deadline = excluded.deadline`;
  const replace = `UPDATE ${table} AS t SET text = $3, version = $4, expires_at = $5::double precision,
    deadline = ${after("$6")} WHERE t.key = $2 AND ${live}`;
  const record = "t.text, t.version, t.expires_at::text AS ends";
  /** Returns a row that says that it has written, or the current record. */
  const orCurrent = (write: string): string => `WITH written AS (${write} RETURNING ${inTime})
    SELECT time, 'written' AS outcome, NULL AS text, NULL AS version, NULL AS ends FROM written
    UNION ALL
    SELECT ${CLOCK}::text, 'refused', ${record} FROM ${table} AS t
      WHERE t.key = $2 AND ${live} AND NOT EXISTS (SELECT FROM written)`;
  return {
    read: `SELECT ${record} FROM ${table} AS t WHERE t.key = $1 AND ${live}`,
    put: orCurrent(put),
    insert: orCurrent(`${put} WHERE NOT ${live}`),
    replace: orCurrent(replace),
    exchange: orCurrent(`${replace} AND t.version = $7`),
    remove: `DELETE FROM ${table} AS t WHERE t.key = $2
      RETURNING ${inTime}, CASE WHEN ${live} THEN 'live' ELSE 'expired' END AS was`,
    touch: `UPDATE ${table} AS t SET expires_at = $3::double precision, deadline = ${after("$4")}
      WHERE t.key = $2 AND ${live} AND ($5::text IS NULL OR t.version = $5) RETURNING ${inTime}`,
    sweep: `DELETE FROM ${table} WHERE key IN (
        SELECT key FROM ${table} WHERE deadline <= now() LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
      RETURNING ${inTime}`,
  };
}
