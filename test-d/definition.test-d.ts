// What follows from a definition, without a single annotation.
import { expectAssignable, expectError, expectNotAssignable, expectNotType, expectType } from "tsd";
import {
  type AnyDefinition,
  type CookieSession,
  cookieKey,
  defineSession,
  type InferKey,
  type InferKeyedSession,
  type InferSession,
  type InferValue,
  type MaybePromise,
  type Session,
  type SessionMiddleware,
  type SessionRequest,
  type Store,
} from "zession";
import { z } from "zod";

const visits = defineSession({
  name: "visits",
  key: z.string().min(1),
  value: z.number().int().nonnegative(),
  keyFn: (request) => {
    expectType<Request>(request);
    return request.headers.get("x-client-id");
  },
});

type Visits = Session<string, number>;

expectType<"visits">(visits.name);
expectType<Visits>(visits.session("x"));
expectType<(key: string) => Visits>(visits.session);
expectType<Store<string, number>>(visits.store);
expectType<SessionMiddleware<Request, Record<"visits", Visits | undefined>, []>>(visits.middleware);
expectAssignable<(request: Request) => Promise<void>>(visits.middleware);
expectAssignable<(request: Request & { ip: string }) => Promise<void>>(visits.middleware);
expectType<Promise<void>>(visits.middleware(new Request("http://localhost")));
expectType<(request: Request) => Promise<Visits | undefined>>(visits.fromRequest);
expectType<() => Promise<void>>(visits.close);
expectType<Response>(visits.finalize(new Response(), new Request("http://localhost")));

expectType<string>({} as InferKey<typeof visits>);
expectType<number>({} as InferValue<typeof visits>);
expectType<Visits>({} as InferSession<typeof visits>);
expectType<Request & Record<"visits", Visits | undefined>>({} as SessionRequest<typeof visits>);

// The verbs, on the handle and on the store.
const handle = visits.session("x");
expectType<string>(handle.key);
expectType<Promise<number | undefined>>(handle.find());
expectType<Promise<number>>(handle.insert(1));
expectType<Promise<number | undefined>>(handle.swap(1));
expectType<Promise<number>>(handle.upsert(1, (n) => n + 1));
expectType<Promise<number | undefined>>(handle.update((n) => n + 1));
expectType<Promise<boolean>>(handle.remove());
expectType<Promise<boolean>>(handle.touch());
expectType<Promise<number | undefined>>(visits.store.find("x"));
expectType<Promise<number>>(visits.store.upsert("x", 1, async (n) => n + 1));
expectAssignable<
  (update: (current: number) => MaybePromise<number>) => Promise<number | undefined>
>(handle.update);

expectError(visits.session(1));
expectError(visits.session());
expectError(visits.store.find(1));
expectError(handle.insert("1"));
expectError(handle.insert());
expectError(handle.upsert("1", (n) => n));
expectError(handle.upsert(1));
expectError(handle.upsert(1, (n) => `${n}`));
expectError(handle.upsert(1, (n: string) => n.length));
expectError(handle.update(() => {}));
expectError(handle.swap(null));
expectError(handle.rotate());
expectError(visits.store.insert("x", "1"));
expectError(visits.sessions);

// Without a name the property is `session`; without null or undefined from keyFn it is always
// there.
const always = defineSession({ key: z.string(), value: z.boolean(), keyFn: () => "a" });
expectType<"session">(always.name);
expectType<Request & Record<"session", Session<string, boolean>>>(
  {} as SessionRequest<typeof always>,
);
expectType<(request: Request) => Promise<Session<string, boolean>>>(always.fromRequest);

const custom = defineSession({
  name: "custom",
  key: z.string(),
  value: z.number(),
  keyFn: (_request: Request & { secure: boolean }, env: { tenant: string }) => env.tenant,
});

// A handler behind wrap sees the session; it may take more arguments than keyFn.
const fetch = visits.wrap(async (request, env: { readonly tag: string }) => {
  expectType<Request & Record<"visits", Visits | undefined>>(request);
  return new Response(env.tag);
});
expectType<
  (
    request: Request & { readonly visits?: never },
    env: { readonly tag: string },
  ) => Promise<Response>
>(fetch);
expectAssignable<(request: Request, env: { readonly tag: string }) => Promise<Response>>(fetch);
visits.wrap((request) => expectNotAssignable<Visits>(request.visits));
expectError(visits.wrap((request) => request.session));

// Two definitions on one request.
const both = visits.wrap(
  always.wrap((request: SessionRequest<typeof visits> & SessionRequest<typeof always>) =>
    request.session.find(),
  ),
);
expectType<(request: Request) => Promise<boolean | undefined>>(
  both as (request: Request) => Promise<boolean | undefined>,
);

// Two of one name on one request, where the compiler can see it.
const again = defineSession({ key: z.string(), value: z.string(), keyFn: () => "a" });
expectError(always.wrap(again.wrap(() => new Response())));
const inner = again.wrap((request) => request.session.find());
expectError(always.wrap(inner));
const occupied = always.wrap(
  (request: Request & { session: Session<string, boolean>; user: string }) => request.user,
);
expectAssignable<(request: Request & { user: string }) => Promise<string>>(occupied);

// Nothing of it has to be annotated, however deep.
const nested = visits.wrap(
  always.wrap((request) => {
    expectType<Visits | undefined>(request.visits);
    expectType<Session<string, boolean>>(request.session);
    expectError(request.visit);
    return new Response(request.url);
  }),
);
expectAssignable<(request: Request) => Promise<Response>>(nested);
const deepest = visits.wrap(
  always.wrap(
    custom.wrap((request, env) => {
      expectType<Visits | undefined>(request.visits);
      expectType<Session<string, number>>(request.custom);
      expectType<boolean>(request.secure);
      return Promise.all([request.custom.find(), request.session.find(), env.tenant]);
    }),
  ),
);
expectAssignable<
  (
    request: Request & { secure: boolean },
    env: { tenant: string },
  ) => Promise<[number | undefined, boolean | undefined, string]>
>(deepest);

// A handler that expects another session, or one that is always there, is refused where it is
// given.
expectError(always.wrap((request: Request & { session: Session<string, string> }) => request.url));
expectError(
  visits.wrap((request: Request & { visits: Session<string, number> }) => request.visits.find()),
);
visits.wrap((request: Request & { visits?: Session<string, number> | undefined }) => request.url);
always.wrap((request: Request & { session: { find(): Promise<boolean | undefined> } }) =>
  request.session.find(),
);

// What works with any definition.
async function closeAll(definitions: readonly AnyDefinition[]): Promise<void> {
  for (const definition of definitions) await definition.close();
}
closeAll([visits, always, custom]);
expectError(closeAll([{}]));
expectError({} as SessionRequest<object>);
function ofAny<Definition extends AnyDefinition>(
  definition: Definition,
  key: InferKey<Definition>,
): InferSession<Definition> {
  return definition.session(key);
}
expectType<Visits>(ofAny(visits, "x"));
expectError(ofAny(visits, 1));
const issued = defineSession({ value: z.number(), keyFn: cookieKey() });
expectType<Session<string, number>>({} as InferKeyedSession<typeof issued>);
expectType<CookieSession<string, number>>({} as InferSession<typeof issued>);
expectError<InferSession<typeof issued>>(issued.session("x"));
expectType<InferKeyedSession<typeof issued>>(issued.session("x"));

// Members taken out.
const { middleware, store, session } = visits;
expectType<typeof visits.middleware>(middleware);
expectType<Promise<number | undefined>>(store.find("x"));
expectType<Visits>(session("x"));

// What is missing or misspelt does not compile.
expectError(defineSession({ value: z.number(), keyFn: () => "a" }));
expectError(defineSession({ key: z.string(), keyFn: () => "a" }));
expectError(defineSession({ key: z.string(), value: z.number() }));
expectError(
  defineSession({ key: z.string(), value: z.number(), keyFn: () => "a", onInvalid: "drop" }),
);
expectError(
  defineSession({
    key: z.string(),
    value: z.number(),
    keyFn: () => "a",
    lifetime: { idle: "1 hour" },
  }),
);
expectError(
  defineSession({ key: z.string(), value: z.number(), keyFn: () => "a", lifetime: { idel: "1h" } }),
);
expectError(defineSession({ key: z.string(), value: z.number(), keyFn: () => "a", maxByte: 5 }));
expectError(
  defineSession({ key: z.string(), value: z.number(), keyFn: () => "a", driver: { atomic: true } }),
);
expectError(defineSession({ key: "string", value: z.number(), keyFn: () => "a" }));

// The types of two definitions do not mix (B19).
expectNotType<InferSession<typeof always>>(visits.session("x"));
expectError<Visits>(always.session("x"));
