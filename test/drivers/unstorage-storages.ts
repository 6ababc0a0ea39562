import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createStorage, prefixStorage, type Storage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import fsLiteDriver from "unstorage/drivers/fs-lite";
import httpDriver from "unstorage/drivers/http";
import lruCacheDriver from "unstorage/drivers/lru-cache";
import { createStorageServer } from "unstorage/server";
import { afterAll } from "vitest";
import { makeFolder, removeFolder } from "../servers/leftovers.ts";

/** Storages of this process. The folder and the server are gone after the test file. */
export const storages: [name: string, open: () => Storage][] = [];

const memory = createStorage();
storages.push(["memory", () => memory]);

const folder = makeFolder("unstorage");
afterAll(() => removeFolder(folder));
storages.push(
  ["fs", () => createStorage({ driver: fsDriver({ base: join(folder, "fs") }) })],
  ["fs-lite", () => createStorage({ driver: fsLiteDriver({ base: join(folder, "fs-lite") }) })],
);

/** Returns a storage in files of its own. */
export const openFiles = (): Storage =>
  createStorage({ driver: fsDriver({ base: join(folder, randomUUID()) }) });

const lru = createStorage({ driver: lruCacheDriver({ max: 100_000 }) });
storages.push(["lru-cache", () => lru]);

const server = createServer(createStorageServer(createStorage()).handle).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
afterAll(() => void server.close().closeAllConnections());
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
storages.push(["http", () => createStorage({ driver: httpDriver({ base }) })]);

const mounted = createStorage();
mounted.mount("cache:sessions", fsLiteDriver({ base: join(folder, "mounted") }));
storages.push(["a prefix, on a mount", () => prefixStorage(mounted, "cache:sessions")]);
