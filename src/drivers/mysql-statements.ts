/** How many expired sessions are deleted by one statement. */
export const BATCH = 500;

/** Returns the statement that makes the table. */
export function ddlOf(table: string): string {
  return `
CREATE TABLE IF NOT EXISTS \`${table}\` (
  \`key\` varbinary(512) NOT NULL PRIMARY KEY,
  text longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  version varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- By the clock of the program, in milliseconds since 1970: kept, and compared with nothing.
  expires_at double,
  -- By the clock of the server, in milliseconds since 1970: when the row may be deleted.
  deadline double,
  INDEX \`${table}_deadline\` (deadline)
) ENGINE=InnoDB;
`;
}

/** The clock at the start of a statement, in microseconds since 1970. */
const STARTED = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

/**
 * The server's clock in milliseconds since 1970, also after a statement has waited. There is no
 * such clock in UTC, so this adds the time since the start by the local clock. If that is changed
 * to or from summer time meanwhile, it jumps by half hours.
 */
const CLOCK = `((${STARTED} + (TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6)) + 3600000000)
    MOD 1800000000) DIV 1000)`;

/** Asks for the clock, and for the settings that the driver depends on. */
export const ASK_SERVER: string = `SELECT ${CLOCK}, @@autocommit, @@character_set_client,
  @@character_set_results, @@max_allowed_packet`;

/**
 * A parameter of a statement: the columns of a row, the time to live, the version that the record
 * must have, and until when the caller waits by the server's clock.
 */
export type ParameterName = "key" | "text" | "version" | "expiresAt" | "ttl" | "wanted" | "latest";

/** A statement whose parameters have names. */
export interface Statement {
  /** The text, with `?` for each parameter. */
  readonly text: string;
  /** The names of its parameters, in the order of the text. */
  readonly names: readonly ParameterName[];
}

/** The statements of one table. */
export interface Statements {
  readonly read: Statement;
  readonly put: Statement;
  readonly insert: Statement;
  readonly replace: Statement;
  readonly exchange: Statement;
  readonly remove: Statement;
  readonly touch: Statement;
  readonly sweep: Statement;
}

/** Each is one statement, and so one transaction. A parameter is written as `:name`. */
export function statements(table: string): Statements {
  const live = `(deadline IS NULL OR deadline > ${CLOCK})`;
  /**
   * A condition that is always true, computed after all waiting for other transactions. If the
   * caller no longer waits, it cannot be computed, because the sum is too large a number: that
   * undoes the whole statement. It makes the server's answer say its clock, and whether `isDone`,
   * as `insertId`.
   */
  const inTime = (isDone: string): string =>
    `LAST_INSERT_ID(IF(~0 + (${CLOCK} >= :latest) > 0, ${CLOCK} * 2 + (${isDone}), 0)) > 0`;
  const deadline = `deadline = IF(${inTime("TRUE")}, ${CLOCK} + :ttl, NULL)`;
  /**
   * Inserts a row, and once more without a version: that one meets the first in any case, after all
   * waiting, so that it can tell what has become of it. MySQL assigns from left to right, and what
   * is `replaced` depends on `deadline`.
   */
  const insert = (replaced: string): string => {
    const set = (column: string): string =>
      `${column} = IF(VALUES(version) <> '' AND ${replaced}, VALUES(${column}), ${column})`;
    return `INSERT INTO \`${table}\` (\`key\`, text, version, expires_at, deadline)
    VALUES (:key, :text, :version, :expiresAt, ${CLOCK} + :ttl), (:key, '', '', NULL, NULL)
    ON DUPLICATE KEY UPDATE ${set("text")}, ${set("version")}, ${set("expires_at")},
      deadline = IF(VALUES(version) <> '', IF(${replaced}, VALUES(deadline), deadline),
        IF(${inTime("version = :version")}, deadline, NULL))`;
  };
  const replace = `UPDATE \`${table}\` SET text = :text, version = :version,
    expires_at = :expiresAt, ${deadline} WHERE \`key\` = :key AND ${live}`;
  return {
    read: named(
      `SELECT text, version, expires_at FROM \`${table}\` WHERE \`key\` = :key AND ${live}`,
    ),
    put: named(insert("TRUE")),
    insert: named(insert(`NOT ${live}`)),
    replace: named(replace),
    exchange: named(`${replace} AND version = :wanted`),
    // The answer to a DELETE has no `insertId`.
    remove: named(
      `DELETE FROM \`${table}\` WHERE \`key\` = :key AND ${live} AND ${inTime("TRUE")}`,
    ),
    touch: named(`UPDATE \`${table}\` SET expires_at = :expiresAt, ${deadline}
      WHERE \`key\` = :key AND ${live} AND (:wanted IS NULL OR version = :wanted)`),
    // A clock that stands still in a statement, so that it can use the index.
    sweep: named(
      `DELETE FROM \`${table}\` WHERE deadline <= ${STARTED} DIV 1000 ORDER BY deadline LIMIT ${BATCH}`,
    ),
  };
}

function named(text: string): Statement {
  const names = [...text.matchAll(/:(\w+)/g)].map(([, name]) => name as ParameterName);
  return { text: text.replaceAll(/:\w+/g, "?"), names };
}
