// A driver without compare-and-set takes the verbs away that need it.
import { expectError, expectType } from "tsd";
import {
  type Driver,
  defineSession,
  memoryDriver,
  type NonAtomicSession,
  type NonAtomicStore,
  type Session,
  type SessionRequest,
  type Store,
} from "zession";
import { z } from "zod";

const base = { key: z.string(), value: z.number(), keyFn: () => "a" };
declare const atomic: Driver;
declare const eventual: Driver<false>;

const safe = defineSession({ ...base, driver: atomic });
expectType<Session<string, number>>(safe.session("a"));
expectType<Store<string, number>>(safe.store);
expectType<Session<string, number>>(
  defineSession({ ...base, driver: memoryDriver() }).session("a"),
);

const weak = defineSession({ ...base, driver: eventual });
expectType<NonAtomicSession<string, number>>(weak.session("a"));
expectType<NonAtomicStore<string, number>>(weak.store);
expectType<NonAtomicSession<string, number>>({} as SessionRequest<typeof weak>["session"]);
expectType<Promise<number | undefined>>(weak.session("a").find());
expectError(weak.session("a").upsert(1, (n: number) => n));
expectError(weak.session("a").update((n: number) => n));
expectError(weak.session("a").swap(1));
expectError(weak.session("a").rotate());
expectError(weak.store.upsert("a", 1, (n: number) => n));
expectError(({} as SessionRequest<typeof weak>).session.swap(1));

// A driver of one's own says by itself what it can: as a class, as an object, as what a function
// gives.
declare const read: Driver["read"];
declare const write: Driver["write"];
declare const remove: Driver["remove"];

class AtomicDriver {
  readonly atomic = true;
  readonly read = read;
  readonly write = write;
  readonly remove = remove;
}
class EventualDriver {
  readonly atomic = false;
  readonly read = read;
  readonly write = write;
  readonly remove = remove;
}
expectType<Store<string, number>>(defineSession({ ...base, driver: new AtomicDriver() }).store);
expectType<NonAtomicStore<string, number>>(
  defineSession({ ...base, driver: new EventualDriver() }).store,
);

expectType<Store<string, number>>(
  defineSession({ ...base, driver: { atomic: true, read, write, remove } }).store,
);
expectType<NonAtomicStore<string, number>>(
  defineSession({ ...base, driver: { atomic: false, read, write, remove } }).store,
);

const satisfying = { atomic: false, read, write, remove } satisfies Driver<false>;
expectType<NonAtomicStore<string, number>>(defineSession({ ...base, driver: satisfying }).store);

function annotated(): Driver {
  return { atomic: true, read, write, remove };
}
expectType<Store<string, number>>(defineSession({ ...base, driver: annotated() }).store);

// One that does not say is trusted by the types and asked when the verb is called.
const unsaid = { atomic: Math.random() > 0.5, read, write, remove };
expectType<Store<string, number>>(defineSession({ ...base, driver: unsaid }).store);

// One that is no driver.
expectError(defineSession({ ...base, driver: { atomic: true, read, write } }));
expectError(defineSession({ ...base, driver: { atomic: "yes", read, write, remove } }));
expectError(defineSession({ ...base, driver: { atomic: true, read, write, remove: () => 1 } }));
expectError(
  defineSession({ ...base, driver: { atomic: true, read: () => "text", write, remove } }),
);
expectError(defineSession({ ...base, driver: memoryDriver }));
