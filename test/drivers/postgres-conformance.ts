import pg from "pg";
import postgres from "postgres";
import { afterAll, beforeAll, describe, it } from "vitest";
import {
  type PostgresDriver,
  type PostgresDriverOptions,
  postgresDriver,
} from "zession/drivers/postgres";
import { describeDriver } from "zession/testing";
import { startProxy, type TcpProxy } from "../servers/proxy.ts";

/** Makes a pool of so many connections, by one of the packages that the driver knows. */
export type Connect = (
  url: string,
  max: number,
) => { readonly pool: PostgresDriverOptions["pool"]; readonly close: () => Promise<unknown> };

export const byPg: Connect = (url, max) => {
  const pool = new pg.Pool({ connectionString: url, max });
  return { pool, close: () => pool.end() };
};

export const byPostgres: Connect = (url, max) => {
  const pool = postgres(url, { max, onnotice: () => {} });
  return { pool, close: () => pool.end() };
};

/** Connects by the package pg, with a setting of the server. */
export function withSetting(setting: string): Connect {
  return (url, max) => {
    const pool = new pg.Pool({ connectionString: url, max, options: `-c ${setting}` });
    return { pool, close: () => pool.end() };
  };
}

/**
 * Runs the conformance suite on a table of its own.
 *
 * @param options - how many upserts each of 8 rivals makes, and the groups of tests to run; by
 *   default 200, and all groups
 */
export function describeConformance(
  name: string,
  server: string,
  connect: Connect,
  { upserts, groups }: { readonly upserts?: number; readonly groups?: readonly string[] } = {},
): void {
  describe(`postgresDriver – ${name}`, () => {
    let proxy: TcpProxy;
    let driver: PostgresDriver;
    let close: () => Promise<unknown>;
    beforeAll(async () => {
      proxy = await startProxy(server);
      const connection = connect(proxy.url, 8);
      close = connection.close;
      const table = name.replaceAll(/\W/g, "_").toLowerCase();
      driver = postgresDriver({ pool: connection.pool, table });
      await driver.migrate();
    });
    afterAll(async () => {
      await close();
      await proxy.close();
    });

    describeDriver(name, () => driver, {
      describe: (title, define) => {
        if (title === name || groups === undefined || groups.includes(title))
          describe(title, define);
      },
      it,
      upserts,
      outage: { begin: () => proxy.hold(), end: () => proxy.resume() },
    });
  });
}
