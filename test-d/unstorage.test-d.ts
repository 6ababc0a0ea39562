// The storages that unstorage and Nitro give, and what sessions on them lack.
import { expectError, expectType } from "tsd";
import { createStorage, prefixStorage, type Storage, type StorageValue } from "unstorage";
import { cookieKey, defineSession, type NonAtomicSession } from "zession";
import { type UnstorageDriver, unstorageDriver } from "zession/drivers/unstorage";
import { z } from "zod";

declare const ofText: Storage<string>;
declare const ofItems: Storage<{ items: { a: number } }>;
declare function useStorage<Value extends StorageValue = StorageValue>(
  base?: string,
): Storage<Value>;

const driver = unstorageDriver({ storage: createStorage() });
expectType<UnstorageDriver>(driver);
expectType<Promise<number>>(driver.sweep());
unstorageDriver({ storage: prefixStorage(createStorage(), "sessions") });
unstorageDriver({ storage: prefixStorage<string>(createStorage(), "sessions") });
unstorageDriver({ storage: useStorage("sessions") });
unstorageDriver({ storage: ofText });
unstorageDriver({ storage: ofItems });

declare const browser: {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
};
expectError(unstorageDriver({ storage: browser }));
expectError(unstorageDriver({ storage: new Map<string, string>() }));
expectError(unstorageDriver({}));

const { session } = defineSession({ key: z.string(), value: z.number(), keyFn: () => "a", driver });
expectType<NonAtomicSession<string, number>>(session("a"));
expectError(session("a").upsert(1, (n: number) => n));
expectError(session("a").update((n: number) => n));
expectError(session("a").swap(1));

const carts = defineSession({ value: z.string(), keyFn: cookieKey(), driver });
expectError(carts.session("a").rotate());
