// Sessions whose keys the server issues.

import type { IncomingMessage } from "node:http";
import { Router } from "itty-router";
import { expectAssignable, expectError, expectNotAssignable, expectType } from "tsd";
import {
  bearerKey,
  type CookieKeyOptions,
  type CookieSession,
  cookieKey,
  type Driver,
  defineSession,
  type FromRequestOptions,
  headerKey,
  type InferKey,
  type InferSession,
  type KeySource,
  type NodeRequest,
  type NonAtomicSession,
  type Session,
  type SessionEvent,
  type SessionRequest,
  type Store,
} from "zession";
import { z } from "zod";

const cart = z.object({
  items: z.array(z.string()),
  message: z.string().optional(),
  seen: z.date().optional(),
});
type Cart = z.infer<typeof cart>;

const carts = defineSession({ name: "carts", key: z.string(), value: cart, keyFn: cookieKey() });

// Every request has a session, and only a request's can be rotated.
type CartSession = CookieSession<string, Cart>;
expectType<(request: Request | NodeRequest, options?: FromRequestOptions) => Promise<CartSession>>(
  carts.fromRequest,
);
expectType<Promise<CartSession>>(carts.fromRequest({} as IncomingMessage, { response: false }));
expectError(carts.fromRequest({} as Request, { response: "no" }));
expectError(carts.fromRequest({} as Request, { respond: false }));
expectType<CartSession>({} as SessionRequest<typeof carts>["carts"]);
expectType<CartSession>({} as InferSession<typeof carts>);
expectType<string>({} as InferKey<typeof carts>);
expectType<Session<string, Cart>>(carts.session("a"));
expectType<Store<string, Cart>>(carts.store);
expectType<Promise<void>>(({} as CartSession).rotate());
expectError(carts.session("a").rotate());
expectError(carts.store.rotate("a"));
// It has no key until a verb has found or started it.
expectType<string | undefined>(({} as CartSession).key);
expectAssignable<Session<string | undefined, Cart>>({} as CartSession);
expectNotAssignable<Session<string, Cart>>({} as CartSession);
carts.wrap((request) => {
  expectType<CartSession>(request.carts);
  expectType<string>(request.url);
  return request.carts.find();
});
Router().get("/", carts.middleware, (request) => {
  expectType<CartSession>(request.carts);
});

// A key of one's own can be brought into another form, but must take text.
const branded = defineSession({
  key: z.string().brand("Visit"),
  value: z.number(),
  keyFn: cookieKey({
    sameSite: "strict",
    secrets: [process.env["NEW"] ?? "", process.env["OLD"] ?? ""],
  }),
});
expectType<string & z.core.$brand<"Visit">>({} as InferKey<typeof branded>);
expectError(defineSession({ key: z.number(), value: z.number(), keyFn: cookieKey() }));
expectError(defineSession({ key: z.enum(["a"]), value: z.number(), keyFn: cookieKey() }));

// The options are checked.
expectError(cookieKey({ sameSite: "Lax" }));
expectError(cookieKey({ secrets: "text" }));
expectError(cookieKey({ secrets: [process.env["SECRET"]] }));
expectError(cookieKey({ secrets: undefined }));
expectError(cookieKey({ maxAge: 5 }));
expectError(cookieKey({ secure: true, maxAge: 5 }));
expectError(cookieKey({ crossOrigin: "ignore" }));
expectError(cookieKey({ trustedOrigins: "https://app.example" }));
expectType<KeySource<Request>>(cookieKey());

// So is what browsers would refuse and what protects nothing, where the compiler knows it (D06-D16).
expectError(cookieKey({ secrets: [] }));
expectError(cookieKey({ secrets: ["keyboard cat"] }));
expectError(cookieKey({ secrets: ["0123456789abcdef0123456789abcde"] }));
expectError(cookieKey({ secrets: process.env["SECRETS"]?.split(",") }));
expectError(cookieKey({ sameSite: "none", secure: false }));
expectError(cookieKey({ partitioned: true, secure: false }));
expectError(cookieKey({ name: "__Host-x", domain: "example.com" }));
expectError(cookieKey({ name: "__host-x", path: "/admin" }));
expectError(cookieKey({ name: "__Host-x", secure: false }));
expectError(cookieKey({ name: "__Secure-x", secure: false }));
expectError(cookieKey({ name: "a b" }));
expectError(cookieKey({ name: "" }));
expectError(cookieKey({ path: "admin" }));
expectError(defineSession({ value: z.number(), keyFn: cookieKey({ path: "admin" }) }));

// What only the run time knows passes, and so does what is right.
declare const text: string;
declare const isLocal: boolean;
cookieKey({ secrets: text.split(","), path: text, name: text, domain: text });
cookieKey({ secrets: [text, process.env["OLD"] ?? "old"] });
cookieKey({ secrets: ["0123456789abcdef0123456789abcdef", "ключключключключ"] });
cookieKey({ path: `${text}/admin`, name: `${text}-cart` });
cookieKey({ sameSite: "none", secure: !isLocal });
cookieKey({ sameSite: isLocal ? "lax" : "none", name: undefined, path: undefined });
cookieKey({ name: "__Host-x", path: "/", ...(isLocal ? { secrets: [text] } : {}) });
cookieKey(isLocal ? { secure: false } : { secrets: [text] });
const kept = { path: "/admin", secrets: [text], secure: false, own: 1 };
cookieKey(kept);
function over<Options extends CookieKeyOptions>(options: Options): KeySource {
  return cookieKey(options);
}
over({ path: "/admin" });
function named<Name extends string>(name: Name, options?: CookieKeyOptions): KeySource {
  return cookieKey({ sameSite: "strict", ...options, name });
}
named("__Host-x");
expectAssignable<(options?: CookieKeyOptions) => KeySource>(cookieKey);

// Another kind of request.
interface OwnRequest {
  readonly headers: Headers;
  readonly tenant: string;
}
const own = defineSession({ key: z.string(), value: z.number(), keyFn: cookieKey<OwnRequest>() });
expectType<
  (
    request: OwnRequest | NodeRequest,
    options?: FromRequestOptions,
  ) => Promise<CookieSession<string, number>>
>(own.fromRequest);

// A driver without compare-and-set takes rotate and take away too.
declare const eventual: Driver<false>;
const weak = defineSession({ key: z.string(), value: cart, keyFn: cookieKey(), driver: eventual });
expectType<NonAtomicSession<string | undefined, Cart>>(
  {} as SessionRequest<typeof weak>["session"],
);
expectError(({} as SessionRequest<typeof weak>).session.rotate());
expectError(weak.session("a").take("message"));

// take: the fields that a value can be without, and no others.
const session = {} as CartSession;
expectType<Promise<string | undefined>>(session.take("message"));
expectType<Promise<Date | undefined>>(session.take("seen"));
expectType<Promise<string | undefined>>(carts.store.take("a", "message"));
expectError(session.take("items"));
expectError(session.take("toString"));
expectError(session.take());
expectError(carts.store.take("message"));
expectError(({} as Session<string, number>).take("toFixed"));
expectError(({} as Session<string, string[]>).take(0));
expectError(({} as Session<string, Map<string, string>>).take("size"));
expectError(({} as Session<string, Date>).take("getTime"));
expectType<Promise<string | undefined>>(({} as Session<string, Record<string, string>>).take("a"));
type Either = { kind: "a"; note?: string; only?: 1 } | { kind: "b"; note?: number; only: 2 };
expectType<Promise<string | number | undefined>>(({} as Session<string, Either>).take("note"));
expectError(({} as Session<string, Either>).take("only"));
expectType<Promise<string | undefined>>(
  ({} as Session<string, { note?: string } | null>).take("note"),
);

// headerKey and bearerKey can give nothing, and issue nothing.
const headers = defineSession({ key: z.string(), value: z.number(), keyFn: headerKey("x-id") });
expectType<Session<string, number> | undefined>({} as SessionRequest<typeof headers>["session"]);
const bearers = defineSession({ key: z.string(), value: z.number(), keyFn: bearerKey() });
expectType<Session<string, number> | undefined>({} as SessionRequest<typeof bearers>["session"]);
expectError(headerKey());
expectType<string>(headerKey("x-id").header);
expectType<string>(bearerKey().header);

// Events are a union to switch on.
defineSession({
  key: z.string(),
  value: z.number(),
  keyFn: cookieKey(),
  onEvent: (event) => {
    expectType<SessionEvent<"session">>(event);
    if (event.type === "rotated") expectType<string>(event.previous);
    if (event.type === "rejected")
      expectType<"malformed" | "signature" | "unknown" | "ambiguous" | "cross-origin">(
        event.reason,
      );
    if (event.type === "unavailable") expectType<503>(event.error.status);
    expectError(event.fingerprint);
  },
});
